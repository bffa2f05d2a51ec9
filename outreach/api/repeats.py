"""Idempotency-Key: a request that is sent again is answered again, not done again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from django.db import transaction
from ninja import Schema, Status

from outreach.api.keys import KeyedRequest
from outreach.core.clock import now
from outreach.core.errors import BadInput, NotNow
from outreach.organisation.models import ApiAnswer, ApiKey

_LONGEST = 100
Body = TypeVar("Body", bound=Schema)


class Repeated(NotNow):
    """The name of a request was used for another one, or the first is still under way."""

    code = "idempotency-key"


def once(
    request: KeyedRequest, do: Callable[[], tuple[int, Body]], shape: type[Body]
) -> Status[Body]:
    """What `do` answers, or what it answered when this request came first.

    Without the header it is simply done. A request that failed may be sent again under its name.
    Raises Repeated, BadInput for a name that is too long.
    """
    name = request.headers.get("Idempotency-Key", "")
    if not name:
        return Status(*do())
    if len(name) > _LONGEST:
        raise BadInput(f"The Idempotency-Key has more than {_LONGEST} characters.")
    earlier = _begin(request.auth, name, _digest(request))
    if earlier is not None:
        return _again(earlier, request, shape)
    try:
        status, body = do()
    except BaseException:
        ApiAnswer.objects.filter(key=request.auth, name=name).delete()
        raise
    ApiAnswer.objects.filter(key=request.auth, name=name).update(
        status=status, body=body.model_dump(mode="json")
    )
    return Status(status, body)


def _begin(key: ApiKey, name: str, asked: bytes) -> ApiAnswer | None:
    """The earlier request of this name; None when this one is the first, which is noted."""
    with transaction.atomic():
        row, is_new = ApiAnswer.objects.get_or_create(
            key=key, name=name, defaults={"asked": asked, "at": now()}
        )
    return None if is_new else row


def _again(earlier: ApiAnswer, request: KeyedRequest, shape: type[Body]) -> Status[Body]:
    if bytes(earlier.asked) != _digest(request):
        raise Repeated(
            "This Idempotency-Key was used for another request.", remedy="Choose a new one."
        )
    if earlier.status is None:
        raise Repeated(
            "The first request with this Idempotency-Key is not done yet.",
            remedy="Ask again in a moment.",
        )
    return Status(earlier.status, shape.model_validate(earlier.body))


def _digest(request: KeyedRequest) -> bytes:
    parts = [(request.method or "").encode(), request.get_full_path().encode(), request.body]
    return hashlib.sha256(b"\0".join(parts)).digest()
