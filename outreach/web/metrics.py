"""What Prometheus reads: the figures of the installation."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from outreach.config.environment import environment
from outreach.operations.figures import Figures
from outreach.organisation.visible_schools import EVERY_SCHOOL, seeing
from outreach.web.access import with_token

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_VIA")


@with_token
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All figures; 403 for whoever may not read them, 503 while PostgreSQL does not answer.

    With OUTREACH_METRICS_TOKEN set, that token; else only from this machine itself: a proxy here
    would make everybody look so, hence nothing that was forwarded.
    """
    if not _may_read(request):
        return HttpResponse("not for you\n", status=403, content_type="text/plain")
    registry = CollectorRegistry(auto_describe=False)
    try:
        with seeing("GET", EVERY_SCHOOL):
            registry.register(Figures())
            body = generate_latest(registry)
    except DatabaseError:
        return HttpResponse("PostgreSQL does not answer\n", status=503, content_type="text/plain")
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    token = environment().metrics_token
    if token:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        same = hmac.compare_digest(given.strip().encode(), token.encode())
        return scheme.casefold() == "bearer" and same
    if any(name in request.META for name in _FORWARDED):
        return False
    return _is_this_machine(request.META.get("REMOTE_ADDR", ""))


def _is_this_machine(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
