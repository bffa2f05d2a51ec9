"""What SendGrid's answer to one request means for each recipient in it.

SendGrid takes or refuses a request as a whole. Owns that rule and its one exception: a 400
that names personalizations fails those and gives the others back, unsent.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus

from outreach.core.errors import ProviderBusy, ProviderRefused, Refusal
from outreach.providers.port import Accepted, Outcome
from outreach.providers.transport import Answer, error_for_status

# {"errors": [{"field": "personalizations.3.to.0.email", "message": …}]} (OpenAPI of POST
# /v3/mail/send, ErrorResponse; shapes seen in sendgrid-nodejs #1362, sendgrid-ruby #467).
_PERSONALIZATION = re.compile(r"personalizations[.\[](\d{1,4})\]?(?:\.(\w+))?")
_KIND_BY_FIELD = {"to": Refusal.BAD_ADDRESS, "from": Refusal.NOT_ENABLED}
_KIND_BY_STATUS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: Refusal.UNAUTHORISED,
    HTTPStatus.FORBIDDEN: Refusal.UNAUTHORISED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Refusal.CONTENT,
}
_CONTENT_FIELDS = ("subject", "content", "headers")


def outcomes_of(answer: Answer, count: int) -> list[Outcome]:
    """One outcome per personalization, in order. `count`: how many there were."""
    if answer.status == HTTPStatus.ACCEPTED:
        return [Accepted(answer.headers.get("X-Message-Id"))] * count
    by_status = error_for_status(answer)
    if by_status is not None:
        return [by_status] * count
    if answer.status == HTTPStatus.BAD_REQUEST:
        return _outcomes_of_bad_request(answer.body, count)
    kind = _KIND_BY_STATUS.get(answer.status, Refusal.OTHER)
    return [_refused(str(answer.status), kind)] * count


def _outcomes_of_bad_request(body: bytes, count: int) -> list[Outcome]:
    fields = _fields(body)
    found = [match for field in fields if (match := _PERSONALIZATION.match(field))]
    named = {int(match[1]): _KIND_BY_FIELD.get(match[2], Refusal.CONTENT) for match in found}
    if not named or len(found) < len(fields) or max(named) >= count:
        content = any(field.startswith(_CONTENT_FIELDS) for field in fields)
        return [_refused("400", Refusal.CONTENT if content else Refusal.OTHER)] * count
    others = ProviderBusy(
        "SendGrid refused the request for another recipient in it; this one was not sent.",
        provider_code="400",
        retry_after_seconds=0.0,
    )
    return [_refused("400", named[i]) if i in named else others for i in range(count)]


def _fields(body: bytes) -> list[str]:
    """The `field` of every error, "" where there is none; empty for an unreadable body."""
    try:
        errors = json.loads(body)["errors"]
        return [str(error.get("field") or "") for error in errors]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []


def _refused(code: str, kind: str) -> ProviderRefused:
    return ProviderRefused("SendGrid refused the message.", provider_code=code, kind=kind)
