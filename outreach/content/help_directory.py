"""The help directory: who helps in which country.

Owns the list in `help_directory.json` and the rule what of it may be shown: a phone
number, an address or hours only where its own flag says that somebody checked it, an
entry only where it is verified as a whole, and nothing for adults alone.
Refuses to know languages: see `phrases`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ANYWHERE = "INT"
ROUND_THE_CLOCK = "24/7"


@dataclass(frozen=True)
class HelpEntry:
    """One line of the file, verified or not. Flags say which of its parts were checked.

    `purpose`: emergency, helpline, report, removal or advice. `audience`: any of
    children, parents, staff, everyone, adults; empty when the line does not say.
    `as_of`: the date of the source as far as known, "2024" or "2024-10-21".
    """

    country: str
    name: str
    organisation: str
    purpose: str
    phone: str | None
    phone_verified: bool
    url: str | None
    url_verified: bool
    hours: str | None
    hours_verified: bool
    audience: tuple[str, ...]
    audience_as_stated: str | None
    verified: bool
    as_of: str | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class HelpLine:
    """What may be shown of one entry: unverified parts are None. `hours` as in the file."""

    name: str
    phone: str | None = None
    url: str | None = None
    hours: str | None = None
    audience: tuple[str, ...] = ()


@dataclass(frozen=True)
class HelpLines:
    """The help of one country, each list with the line to name first at its head.

    `helplines` are for families, `staff` for people who work at schools. `others`: help lines
    that may be closed at the moment of writing; empty where nobody asked for a moment.
    """

    country: str
    emergencies: tuple[HelpLine, ...] = ()
    helplines: tuple[HelpLine, ...] = ()
    report: tuple[HelpLine, ...] = ()
    removal: tuple[HelpLine, ...] = ()
    staff: tuple[HelpLine, ...] = ()
    others: tuple[HelpLine, ...] = ()

    @property
    def emergency(self) -> HelpLine | None:
        """The number to call in danger."""
        return next(iter(self.emergencies), None)

    @property
    def helpline(self) -> HelpLine | None:
        """The first line that can be called."""
        return next((line for line in self.helplines if line.phone), None)

    def missing(self) -> list[str]:
        """What a message to this country must not go out without; empty when all is there."""
        lacks = []
        if self.emergency is None:
            lacks.append("a verified emergency number")
        if self.helpline is None:
            lacks.append("a verified help line with a phone number")
        return lacks


class HelpDirectory:
    """All entries, verified or not, in the order in which they are to be named."""

    def __init__(self, entries: Iterable[HelpEntry]) -> None:
        self.entries = tuple(entries)

    def countries(self) -> list[str]:
        """Every country that has an entry, ISO 3166 alpha-2, sorted."""
        return sorted({e.country for e in self.entries} - {"EU", ANYWHERE})

    def for_country(self, country: str) -> HelpLines:
        """The lines of `country` (ISO alpha-2); an unknown one has the international ones only."""
        report = self._lines(country, "report") or self._lines(ANYWHERE, "report")
        return HelpLines(
            country=country,
            emergencies=tuple(e for e in self._lines(country, "emergency") if e.phone),
            helplines=_for_families(self._lines(country, "helpline")),
            report=report,
            removal=self._lines(country, "removal") + self._lines(ANYWHERE, "removal"),
            staff=tuple(e for e in self._lines(country, "helpline") if e.audience == ("staff",)),
        )

    def shown(self) -> list[HelpEntry]:
        """Entries of which messages show something."""
        return [entry for entry in self.entries if _may_be_shown(entry)]

    def unverified(self) -> list[HelpEntry]:
        """Entries of which at least one part that is there has not been checked."""
        return [entry for entry in self.entries if _has_unchecked_part(entry)]

    def _lines(self, country: str, purpose: str) -> tuple[HelpLine, ...]:
        shown = (
            _shown(entry)
            for entry in self.entries
            if entry.country == country and entry.purpose == purpose and _may_be_shown(entry)
        )
        return tuple(line for line in shown if line.phone or line.url)


@cache
def help_directory() -> HelpDirectory:
    """The directory that ships with the product, read once."""
    text = files("outreach.content").joinpath("help_directory.json").read_text("utf-8")
    return HelpDirectory(
        HelpEntry(**{**row, "audience": tuple(row["audience"]), "sources": tuple(row["sources"])})
        for row in json.loads(text)
    )


def _may_be_shown(entry: HelpEntry) -> bool:
    # A service for adults asks a child for proof of age, or keeps the child waiting.
    return entry.verified and "adults" not in entry.audience


def _shown(entry: HelpEntry) -> HelpLine:
    return HelpLine(
        name=entry.name,
        phone=entry.phone if entry.phone_verified else None,
        url=entry.url if entry.url_verified else None,
        hours=entry.hours if entry.hours_verified else None,
        audience=entry.audience,
    )


def _for_families(lines: tuple[HelpLine, ...]) -> tuple[HelpLine, ...]:
    return tuple(line for line in lines if line.audience != ("staff",))


def _has_unchecked_part(entry: HelpEntry) -> bool:
    parts = (
        (entry.phone, entry.phone_verified),
        (entry.url, entry.url_verified),
        (entry.hours, entry.hours_verified),
    )
    return not entry.verified or any(value and not checked for value, checked in parts)
