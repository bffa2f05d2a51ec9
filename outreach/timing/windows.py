"""From a local day and time to the window in which a message may go out.

Owns quiet hours, weekdays and closed days: a window never touches any, as the reader's own
clock shows them. Refuses to know what is sent, to whom, and what time it is now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from outreach.core.errors import BadInput
from outreach.timing.zones import first_offset_change, local_instant, zone_rules

# Monday is 0, as in `date.weekday()`.
EVERY_WEEKDAY: frozenset[int] = frozenset(range(7))
NO_DAYS: frozenset[date] = frozenset()

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class QuietHours:
    """Local times between which nothing is sent: from `start` on, up to but not at `end`.

    May wrap midnight (20:00 to 08:00). `start == end` means that there are none.
    """

    start: time
    end: time

    def covers(self, at: time) -> bool:
        """Whether a clock that shows `at` is in the quiet hours."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True)
class Window:
    """Sending may begin at `opens_at` and must be over at `closes_at`: aware UTC, never empty."""

    opens_at: datetime
    closes_at: datetime

    def __post_init__(self) -> None:
        for instant in (self.opens_at, self.closes_at):
            if instant.utcoffset() != timedelta(0):
                raise ValueError(f"{instant} is not an aware UTC datetime")
        if self.opens_at >= self.closes_at:
            raise ValueError(f"the window {self.opens_at} to {self.closes_at} is empty")


def send_window(
    *,
    day: date,
    at: time,
    within: timedelta,
    zone: str,
    quiet: QuietHours,
    weekdays: frozenset[int] = EVERY_WEEKDAY,
    closed: frozenset[date] = NO_DAYS,
) -> Window:
    """The window that opens when clocks in `zone` show `day` and `at`, `within` long.

    An opening in quiet hours, on a day not in `weekdays` (Monday is 0) or on one of `closed`
    (holidays) moves to the next good instant. The window closes early where quiet hours or a
    forbidden day begin. A later (`day`, `at`) never opens earlier, so steps keep their order in
    every zone.

    Raises BadInput for an unknown zone, no weekdays, or a `within` that is not positive.
    """
    _refuse_empty(within, weekdays)
    local = _LocalRules(zone_rules(zone), quiet, weekdays, closed)
    opens_at = local_instant(day, at, zone)
    while local.forbid(opens_at):
        opens_at = local.next_change(opens_at)
    last = opens_at + within
    closes_at = local.next_change(opens_at)
    while closes_at < last and not local.forbid(closes_at):
        closes_at = local.next_change(closes_at)
    return Window(opens_at, min(closes_at, last))


def earliest_opening(
    *,
    day: date,
    at: time,
    within: timedelta,
    zones: Iterable[str],
    quiet: QuietHours,
    weekdays: frozenset[int] = EVERY_WEEKDAY,
) -> datetime:
    """When the first of `zones` opens its window (aware UTC): planning must be done by then.

    Raises BadInput when there are no zones, and as `send_window` does.
    """
    openings = [
        send_window(
            day=day, at=at, within=within, zone=zone, quiet=quiet, weekdays=weekdays
        ).opens_at
        for zone in set(zones)
    ]
    if not openings:
        raise BadInput("There is no time zone to plan for.", remedy="Add a school first.")
    return min(openings)


@dataclass(frozen=True)
class _LocalRules:
    """What the wall clock of one zone allows."""

    zone: ZoneInfo
    quiet: QuietHours
    weekdays: frozenset[int]
    closed: frozenset[date]

    def forbid(self, instant: datetime) -> bool:
        wall = instant.astimezone(self.zone)
        return (
            wall.weekday() not in self.weekdays
            or self.quiet.covers(wall.time())
            or wall.date() in self.closed
        )

    def next_change(self, instant: datetime) -> datetime:
        """The next instant at which `forbid` may answer differently.

        That is midnight, a start or end of quiet hours, or the clocks being changed, which
        can put the wall clock into quiet hours (or out) with no such time passing.
        """
        wall = instant.astimezone(self.zone).time()
        marks = (time.min, self.quiet.start, self.quiet.end)
        change = instant + min(_time_until(mark, wall) for mark in marks)
        return first_offset_change(self.zone, instant, change) or change


def _time_until(mark: time, wall: time) -> timedelta:
    """More than nothing, at most a day."""
    ahead = datetime.combine(date.min, mark) - datetime.combine(date.min, wall)
    return ahead if ahead > timedelta(0) else ahead + _DAY


def _refuse_empty(within: timedelta, weekdays: frozenset[int]) -> None:
    if within <= timedelta(0):
        raise BadInput("A window must be longer than nothing.", remedy="Write it like 3h.")
    if not weekdays & EVERY_WEEKDAY:
        raise BadInput("No weekday is left to send on.", remedy="Name at least one weekday.")
