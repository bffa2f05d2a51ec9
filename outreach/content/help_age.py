"""How old the entries of the help directory are.

Owns the limit of 300 days: people move, numbers change, and a wrong number is worse than none.
Refuses the clock: today is an argument.
"""

from __future__ import annotations

from datetime import date, timedelta

from outreach.content.help_directory import HelpDirectory, HelpEntry

MOST_AGE = timedelta(days=300)
_MONTH = 7  # characters of "2024-10"


def stale_entries(directory: HelpDirectory, country: str, today: date) -> list[HelpEntry]:
    """The entries of `country` that messages show and that nobody has verified for 300 days, or
    of which nobody knows when."""
    return [
        entry
        for entry in directory.shown()
        if entry.country == country and not _is_fresh(entry, today)
    ]


def _is_fresh(entry: HelpEntry, today: date) -> bool:
    as_of = verified_by(entry.as_of)
    return as_of is not None and today - as_of <= MOST_AGE


def verified_by(as_of: str | None) -> date | None:
    """The day of "2024-10-21"; the first of "2024-10" and of "2024", for it may be as old."""
    if not as_of:
        return None
    whole = as_of if len(as_of) > _MONTH else f"{as_of}-01" if "-" in as_of else f"{as_of}-01-01"
    return date.fromisoformat(whole)
