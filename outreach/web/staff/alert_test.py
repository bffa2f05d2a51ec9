"""The link in a test alert: GET asks, POST confirms. Scanners that open it confirm nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from outreach.core.errors import BadToken
from outreach.organisation.alert_tests import acknowledge, read_test_token
from outreach.organisation.staff import actor_of
from outreach.web.access import public


@public
@csrf_exempt  # no cookie and no login: the sealed token allows it, and nothing else
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def test_alert(request: HttpRequest, token: str) -> HttpResponse:
    """200 for a good link however often it is used; 404 for any other."""
    try:
        test, channel = read_test_token(token)
    except BadToken:
        return render(request, "staff/test_alert.html", {"is_wrong": True}, status=404)
    if request.method == "POST":
        acknowledge(test, channel, actor=actor_of(test.staff))
    return render(request, "staff/test_alert.html", {"is_done": request.method == "POST"})
