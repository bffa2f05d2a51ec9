"""What every page shows around its own content: names, navigation, the demo's banner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from outreach.config.environment import environment
from outreach.core import clock
from outreach.organisation.models import Organisation
from outreach.organisation.permissions import Right
from outreach.web.access import NOBODY_IN_PARTICULAR, Viewer


@dataclass(frozen=True)
class Link:
    """`is_here`: the page that is open lies under it."""

    words: str
    address: str
    is_here: bool


@dataclass(frozen=True)
class DemoBanner:
    """`speed`: how many seconds of the demo's clock pass in one real second.

    `sandbox`: where every phone and mailbox can be looked at; empty when not known.
    """

    now: datetime
    speed: float
    sandbox: str


class Frame:
    """Read only where the template asks, so that a plain page costs no query."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.viewer: Viewer = getattr(request, "viewer", NOBODY_IN_PARTICULAR)

    @cached_property
    def organisation(self) -> str:
        found = Organisation.objects.values_list("name", flat=True).first()
        return found or "Outreach"

    @cached_property
    def demo(self) -> DemoBanner | None:
        if not settings.DEMO:
            return None
        return DemoBanner(clock.now(), clock.installed().speed, environment().sandbox_url)

    @cached_property
    def links(self) -> list[Link]:
        rights = self.viewer.rights
        return [
            Link(words, address, self._is_here(address))
            for words, address, right in (
                ("Sends", reverse("launches"), Right.SEE_LAUNCHES),
                ("Replies", reverse("cases"), Right.SEE_CASES),
                ("Schools", reverse("schools"), Right.STOP_SCHOOL),
                ("A parent called", reverse("enter-opt-out"), Right.MANAGE_AUDIENCE),
                ("Parents", reverse("rosters"), Right.MANAGE_AUDIENCE),
                ("Senders", reverse("senders"), Right.MANAGE_SENDERS),
                ("Alerts", reverse("readiness"), Right.MANAGE_LAUNCHES),
            )
            if rights.has_somewhere(right)
        ]

    def _is_here(self, address: str) -> bool:
        path = self._request.path
        if address == "/":
            return path == "/" or path.startswith("/launches")
        return path.startswith(address)


def frame(request: HttpRequest) -> dict[str, object]:
    """The context processor."""
    return {"frame": Frame(request)}
