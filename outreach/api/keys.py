"""The key of a request: checked, counted, and held to its scopes and its school."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest
from ninja.security import HttpBearer

from outreach.core.errors import NotAllowed
from outreach.organisation.api_keys import Used, count_use, key_of
from outreach.organisation.models import ApiKey, ApiScope
from outreach.organisation.visible_schools import EVERY_SCHOOL, NO_SCHOOL, seeing


class KeyedRequest(HttpRequest):
    """A request that carries its key. `used`: how much of the minute's rate is gone."""

    auth: ApiKey
    used: Used


class Bearer(HttpBearer):
    """`Authorization: Bearer ok_…`, for keys with `scope`."""

    def __init__(self, scope: ApiScope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        """None for no key in force. Raises TooMany, and NotAllowed without the scope."""
        with seeing("POST", NO_SCHOOL):
            key = key_of(token)
            if key is None:
                return None
            request.used = count_use(key)  # type: ignore[attr-defined]  # see KeyedRequest
        if self.scope not in key.scopes:
            raise NotAllowed(
                f"This key may not: {self.scope.label.lower()}.",
                remedy=f"Make one with the scope {self.scope.value}.",
            )
        return key


@contextmanager
def rows_of(key: ApiKey, *, reading: bool = False) -> Iterator[None]:
    """The rows that the key may see: its school's, or every school's.

    `reading`: in one transaction that PostgreSQL itself holds to reading.
    """
    schools = EVERY_SCHOOL if key.school_id is None else str(key.school_id)
    with seeing("GET" if reading else "POST", schools):
        yield


def require_whole(key: ApiKey) -> None:
    """Raises NotAllowed for a key of one school: sends and hooks are the organisation's."""
    if key.school_id is not None:
        raise NotAllowed(
            "This key is for one school.", remedy="Make one without --school for this."
        )
