"""Idempotency-Key: a request that is sent again is answered again, not done again."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TypeVar

from django.db import connection, transaction
from ninja import Schema, Status

from outreach.api.keys import KeyedRequest
from outreach.config.environment import environment
from outreach.core.clock import now
from outreach.core.errors import BadInput, NotNow
from outreach.core.fingerprints import derived_key
from outreach.core.locks import Lock
from outreach.organisation.models import ApiAnswer, ApiKey

_LONGEST = 100
_ALONE = "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))"
Body = TypeVar("Body", bound=Schema)


class Repeated(NotNow):
    """The name of a request was used for another one, or the first is still under way."""

    code = "idempotency-key"


def once(
    request: KeyedRequest, do: Callable[[], tuple[int, Body]], shape: type[Body]
) -> Status[Body]:
    """What `do` answers, or what it answered when this request came first.

    Without the header it is simply done. What is done and its answer are committed together, so a
    request that failed, or whose process died, may be sent again under its name.
    Raises Repeated, BadInput for a name that is too long.
    """
    name = request.headers.get("Idempotency-Key", "")
    if not name:
        return Status(*do())
    if len(name) > _LONGEST:
        raise BadInput(f"The Idempotency-Key has more than {_LONGEST} characters.")
    with transaction.atomic():
        _require_alone(request.auth, name)
        earlier = ApiAnswer.objects.filter(key=request.auth, name=name).first()
        if earlier is not None:
            return _again(earlier, request, shape)
        status, body = do()
        ApiAnswer.objects.create(
            key=request.auth,
            name=name,
            asked=_digest(request),
            status=status,
            body=body.model_dump(mode="json"),
            at=now(),
        )
    return Status(status, body)


def _require_alone(key: ApiKey, name: str) -> None:
    """Raises Repeated while another request of this name is under way."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE, [Lock.API_REQUEST, f"{key.pk} {name}"])
        if not cursor.fetchone()[0]:
            raise Repeated(
                "The first request with this Idempotency-Key is not done yet.",
                remedy="Ask again in a moment.",
            )


def _again(earlier: ApiAnswer, request: KeyedRequest, shape: type[Body]) -> Status[Body]:
    if bytes(earlier.asked) != _digest(request):
        raise Repeated(
            "This Idempotency-Key was used for another request.", remedy="Choose a new one."
        )
    return Status(earlier.status, shape.model_validate(earlier.body))


def _digest(request: KeyedRequest) -> bytes:
    parts = [(request.method or "").encode(), request.get_full_path().encode(), request.body]
    # Keyed: of a request with a phone number, a bare hash could be guessed.
    secret = derived_key(environment().secret_key.encode(), "repeated requests")
    return hmac.digest(secret, b"\0".join(parts), "sha256")
