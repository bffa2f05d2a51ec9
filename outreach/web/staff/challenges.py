"""The two halves of a passkey's question: asked by the page's script, answered by its form.

The challenge waits in the session, for five minutes and one answer.
"""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.utils import timezone

from outreach.core.errors import BadInput
from outreach.organisation.second_factor.passkeys import Question, Site

_CHALLENGE = "challenge"
_WAITS = timedelta(minutes=5)
_LONGEST_ANSWER = 20_000


def site_of(request: HttpRequest) -> Site:
    """Where this request found us; its host is one of OUTREACH_ALLOWED_HOSTS."""
    host, _ = split_domain_port(request.get_host())
    return Site(host=host, origin=f"{request.scheme}://{request.get_host()}")


def question(request: HttpRequest, asked: Question) -> HttpResponse:
    """The question as JSON; an earlier one of this session is void."""
    at = int(timezone.now().timestamp())
    request.session[_CHALLENGE] = {"bytes": asked.challenge.hex(), "at": at}
    return HttpResponse(asked.options, content_type="application/json")


def take_challenge(request: HttpRequest) -> bytes:
    """The challenge of this session, once. Raises BadInput."""
    kept = request.session.pop(_CHALLENGE, None)
    if kept is None or timezone.now().timestamp() - kept["at"] > _WAITS.total_seconds():
        raise BadInput("That took too long.", remedy="Please try the passkey once more.")
    return bytes.fromhex(kept["bytes"])


def answer_of(request: HttpRequest) -> str:
    """What the browser signed, as the form carries it."""
    return request.POST.get("answer", "")[:_LONGEST_ANSWER]
