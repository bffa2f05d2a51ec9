"""SendGrid's suppression lists: who is dropped, why, and since when.

Source: OpenAPI file tsg_suppressions_v3 and "Event Webhook Reference", reasons of `dropped`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from outreach.core import clock


class ListName(StrEnum):
    """As they stand in the paths below /v3/suppression."""

    UNSUBSCRIBES = "unsubscribes"
    SPAM_REPORTS = "spam_reports"
    BOUNCES = "bounces"
    BLOCKS = "blocks"
    INVALID_EMAILS = "invalid_emails"


# A blocked address is not dropped: the next mail to it is tried. In the order of precedence.
_DROP_REASONS: Mapping[ListName, str] = {
    ListName.BOUNCES: "Bounced Address",
    ListName.INVALID_EMAILS: "Invalid",
    ListName.SPAM_REPORTS: "Spam Reporting Address",
    ListName.UNSUBSCRIBES: "Unsubscribed Address",
}


@dataclass(frozen=True)
class Entry:
    """`created`: Unix seconds of business time. `reason`, `status`: where the list has them."""

    email: str
    created: int
    reason: str = ""
    status: str = ""


@dataclass
class SuppressionLists:
    """All lists; addresses compare without case."""

    _lists: dict[ListName, dict[str, Entry]] = field(
        default_factory=lambda: {name: {} for name in ListName}
    )

    def add(self, name: ListName, email: str, *, reason: str = "", status: str = "") -> None:
        """An address that is there already keeps its first entry, as at SendGrid."""
        created = int(clock.now().timestamp())
        self._lists[name].setdefault(email.casefold(), Entry(email, created, reason, status))

    def add_for_drop(self, reason: str, email: str) -> None:
        """Puts an address on the list whose reason for dropping this is; else on bounces."""
        found = (name for name, words in _DROP_REASONS.items() if words == reason)
        self.add(next(found, ListName.BOUNCES), email, reason=reason)

    def remove(self, name: ListName, email: str) -> bool:
        return self._lists[name].pop(email.casefold(), None) is not None

    def get(self, name: ListName, email: str) -> Entry | None:
        return self._lists[name].get(email.casefold())

    def entries(self, name: ListName) -> list[Entry]:
        """In the order in which they came."""
        return list(self._lists[name].values())

    def drop_reason(self, email: str, *, despite_unsubscribe: bool = False) -> str:
        """Why mail to this address is dropped; "" when it is not."""
        for name, words in _DROP_REASONS.items():
            if despite_unsubscribe and name is ListName.UNSUBSCRIBES:
                continue
            if self.get(name, email):
                return words
        return ""

    def reasons(self) -> dict[str, str]:
        """Address -> reason, for the pages and the control API."""
        emails = {key for name in _DROP_REASONS for key in self._lists[name]}
        return {email: self.drop_reason(email) for email in sorted(emails)}

    def clear(self) -> None:
        for entries in self._lists.values():
            entries.clear()
