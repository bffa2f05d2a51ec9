"""What fits: messages against what their senders may send in a day, day by day.

What does not fit waits for the next day's window while it is worth reading, else it expires,
as it does when messages are claimed. Looks at this launch alone: others may use the same room.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from outreach.campaigns.definition import Occurrence
from outreach.campaigns.models import Launch
from outreach.campaigns.schedule import window_after
from outreach.delivery.capacity import account_limits, most_for, room_by_day
from outreach.organisation.models import Sender


@dataclass(frozen=True)
class Demand:
    """Messages of one step run in one zone that want to go out through one sender."""

    occurrence: Occurrence
    zone: str
    sender: Sender
    messages: int
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class DayFit:
    """A day (UTC) on which a sender has a limit. `most`: what it may send, 0 where its account
    has nothing left. `wanted` = `goes` + `waits` (for another day) + `expires`."""

    day: date
    sender: str
    channel: str
    most: int
    wanted: int
    goes: int
    waits: int
    expires: int


@dataclass
class _Tally:
    most: int
    wanted: int = 0
    goes: int = 0
    waits: int = 0
    expires: int = 0


def fits(launch: Launch, demands: Iterable[Demand]) -> tuple[DayFit, ...]:
    """Each day of each limited sender; empty where no sender has a limit."""
    limited = {room.sender.pk for room in room_by_day(launch)}
    accounts = account_limits()
    waiting = [each for each in demands if each.sender.pk in limited]
    found: dict[tuple[date, Sender], _Tally] = {}
    used: dict[tuple[date, str], int] = {}
    while waiting:
        waiting.sort(key=lambda each: each.opens_at)
        demand = waiting.pop(0)
        rest = _send(demand, found, used, accounts)
        if rest is not None:
            waiting.append(rest)
    return tuple(
        DayFit(
            day,
            sender.identity,
            sender.channel,
            tally.most,
            tally.wanted,
            tally.goes,
            tally.waits,
            tally.expires,
        )
        for (day, sender), tally in sorted(
            found.items(), key=lambda item: (item[0][0], item[0][1].pk)
        )
    )


def _send(
    demand: Demand,
    found: dict[tuple[date, Sender], _Tally],
    used: dict[tuple[date, str], int],
    accounts: Mapping[str, int],
) -> Demand | None:
    """Counts what goes on its day; returns what waits for a later one."""
    day, provider = demand.opens_at.date(), demand.sender.provider
    most = most_for(demand.sender, day, accounts)
    if most is None:  # past the end of a warm-up
        return None
    tally = found.setdefault((day, demand.sender), _Tally(most))
    room = most - tally.goes
    if provider in accounts:
        room = min(room, accounts[provider] - used.get((day, provider), 0))
    goes = max(0, min(room, demand.messages))
    used[day, provider] = used.get((day, provider), 0) + goes
    tally.wanted += demand.messages
    tally.goes += goes
    return _later(demand, demand.messages - goes, tally)


def _later(demand: Demand, rest: int, tally: _Tally) -> Demand | None:
    if not rest:
        return None
    window = window_after(demand.occurrence, demand.zone, demand.closes_at)
    if window is None:
        tally.expires += rest
        return None
    tally.waits += rest
    return replace(demand, messages=rest, opens_at=window.opens_at, closes_at=window.closes_at)
