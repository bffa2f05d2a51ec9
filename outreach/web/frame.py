"""What every page shows around its own content: names, navigation, the demo's banner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

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
class Group:
    """Pages of one kind of work, folded under one word."""

    words: str
    links: tuple[Link, ...]

    @property
    def is_here(self) -> bool:
        return any(link.is_here for link in self.links)


# Words, the pages under them (words, name of the address), and who may open each.
_MENU: tuple[tuple[str, tuple[tuple[str, str, Right], ...]], ...] = (
    (gettext_noop("Home"), ((gettext_noop("Home"), "home", Right.SEE_LAUNCHES),)),
    (
        gettext_noop("Sends"),
        (
            (gettext_noop("Sends"), "launches", Right.SEE_LAUNCHES),
            (gettext_noop("Calendar"), "calendar", Right.SEE_LAUNCHES),
            (gettext_noop("Campaigns"), "campaigns", Right.SEE_LAUNCHES),
            (gettext_noop("Reports"), "reports", Right.SEE_LAUNCHES),
        ),
    ),
    (gettext_noop("Replies"), ((gettext_noop("Replies"), "cases", Right.SEE_CASES),)),
    (
        gettext_noop("Schools"),
        (
            (gettext_noop("Schools"), "schools", Right.STOP_SCHOOL),
            (gettext_noop("Parents"), "rosters", Right.MANAGE_AUDIENCE),
            (gettext_noop("One person"), "people", Right.MANAGE_AUDIENCE),
            (gettext_noop("A parent called"), "enter-opt-out", Right.MANAGE_AUDIENCE),
        ),
    ),
    (
        gettext_noop("Set up"),
        (
            (gettext_noop("Senders"), "senders", Right.MANAGE_SENDERS),
            (gettext_noop("Alerts"), "readiness", Right.MANAGE_LAUNCHES),
            (gettext_noop("Staff"), "staff", Right.MANAGE_STAFF),
            (gettext_noop("Other systems"), "endpoints", Right.CONNECT_SYSTEMS),
            (gettext_noop("Audit log"), "audit", Right.SEE_AUDIT),
        ),
    ),
)


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
    def menu(self) -> list[Group]:
        """What the viewer may open; a group of one page is that page itself."""
        groups = (Group(gettext(words), self._links(pages)) for words, pages in _MENU)
        return [group for group in groups if group.links]

    def _links(self, pages: Iterable[tuple[str, str, Right]]) -> tuple[Link, ...]:
        rights = self.viewer.rights
        return tuple(
            Link(gettext(words), reverse(name), self._is_here(reverse(name)))
            for words, name, right in pages
            if rights.has_somewhere(right)
        )

    def _is_here(self, address: str) -> bool:
        path = self._request.path
        return path == address or (address != "/" and path.startswith(f"{address}/"))


def frame(request: HttpRequest) -> dict[str, object]:
    """The context processor."""
    return {"frame": Frame(request)}
