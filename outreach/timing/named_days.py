"""Days that have a name and move with the year: Safer Internet Day and its like.

Owns the rules of those that ship; a campaign, the organisation or a school may give dates of
its own, which stand in the place of a rule's. Refuses days that belong to one school alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

_TUESDAY, _THURSDAY = 1, 3


def named_day(name: str, year: int) -> date | None:
    """The day of that name in `year`, None where no rule has the name."""
    rule = _RULES.get(name)
    return rule(year) if rule else None


def named_days() -> tuple[str, ...]:
    """The names that have a rule."""
    return tuple(_RULES)


def _first(weekday: int, not_before: date) -> date:
    return not_before + timedelta(days=(weekday - not_before.weekday()) % 7)


_RULES: Mapping[str, Callable[[int], date]] = {
    # The Tuesday of the second week of the second month, https://better-internet-for-kids
    # .europa.eu/en/saferinternetday: 6 February 2024, 11 February 2025, 10 February 2026.
    "safer-internet-day": lambda year: _first(_TUESDAY, date(year, 2, 5)),
    # The first Thursday of November, UNESCO 40 C/Resolution 41.
    "day-against-bullying": lambda year: _first(_THURSDAY, date(year, 11, 1)),
    # 20 November, United Nations resolution 836 (IX).
    "world-childrens-day": lambda year: date(year, 11, 20),
}
