"""What fits: how many messages senders may still send today, and what a launch wants on which day.

For pages and commands; the claim itself counts in SQL (`readiness`, `ledger`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from outreach.campaigns.launch_plan import launch_schools
from outreach.campaigns.models import Launch
from outreach.campaigns.schedule import occurrences_of, step_windows
from outreach.core.clock import now
from outreach.organisation.limits import account_of, most_on
from outreach.organisation.models import AccountLimit, Sender

_NOTICED_SHARE = 0.8


@dataclass(frozen=True)
class SenderDay:
    """One sender today (UTC). `sent`: None where nothing is counted, as no limit needs it.

    `paused_until`: real time, of its own pause or its account's, None when it is over.
    """

    sender: Sender
    sent: int | None
    most: int | None
    account_sent: int | None
    account_most: int | None
    account_rate_per_second: float | None
    paused_until: datetime | None
    paused_why: str


@dataclass(frozen=True)
class DayRoom:
    """A day (UTC) on which a sender of the launch has a limit.

    `wanted`: messages of this launch planned for the day, None before its steps are planned.
    """

    day: date
    sender: Sender
    most: int
    wanted: int | None

    @property
    def is_short(self) -> bool:
        return self.wanted is not None and self.wanted > self.most


@dataclass(frozen=True)
class MoneySpent:
    """Against a cap. `is_noticed`: four fifths of it are gone."""

    micros: int
    cap_micros: int

    @property
    def percent(self) -> int:
        return self.micros * 100 // self.cap_micros if self.cap_micros else 100

    @property
    def is_noticed(self) -> bool:
        return self.micros > 0 and self.micros >= self.cap_micros * _NOTICED_SHARE


_PAUSE = """
SELECT s.id,
  CASE WHEN s.paused_until > clock_timestamp() THEN s.paused_until END,
  CASE WHEN a.paused_until > clock_timestamp() THEN a.paused_until END,
  s.paused_why, a.paused_why
FROM organisation_sender s LEFT JOIN organisation_accountlimit a ON a.provider = s.provider
"""
_MESSAGES = "SELECT key, messages FROM delivery_spend WHERE key = ANY (%s)"
_MONEY = "SELECT micros FROM delivery_spend WHERE key = %s"
_WANTED = """
SELECT (b.opens_at AT TIME ZONE 'UTC')::date, b.sender_id, sum(b.last_id - b.first_id + 1)
FROM delivery_batch b JOIN campaigns_steprun r ON r.id = b.step_run_id
WHERE r.launch_id = %s GROUP BY 1, 2
"""


def senders_today() -> list[SenderDay]:
    """Every sender with its limits, what has gone out, and whether it is paused."""
    senders = list(Sender.objects.order_by("channel", "pk"))
    today = now().date()
    counted = _counted(senders, today)
    pauses = {row[0]: row[1:] for row in _query(_PAUSE, [])}
    return [_sender_day(sender, today, counted, pauses[sender.pk]) for sender in senders]


def _sender_day(
    sender: Sender, today: date, counted: dict[str, int], pause: Sequence[Any]
) -> SenderDay:
    account = account_of(sender.provider)
    own_until, account_until, own_why, account_why = pause
    most = most_on(sender, today)
    ends = [each for each in (own_until, account_until) if each is not None]
    return SenderDay(
        sender=sender,
        sent=counted.get(_sender_key(sender, today), 0) if most is not None else None,
        most=most,
        account_sent=counted.get(_account_key(sender, today), 0)
        if account.most_a_day is not None
        else None,
        account_most=account.most_a_day,
        account_rate_per_second=account.rate_per_second,
        paused_until=max(ends, default=None),
        paused_why=own_why if own_until else account_why or "",
    )


def _counted(senders: Sequence[Sender], day: date) -> dict[str, int]:
    keys = [key(each, day) for each in senders for key in (_sender_key, _account_key)]
    return {key: int(number) for key, number in _query(_MESSAGES, [keys])}


def _sender_key(sender: Sender, day: date) -> str:
    return f"sender:{sender.pk}:{day}"


def _account_key(sender: Sender, day: date) -> str:
    return f"account:{sender.provider}:{day}"


def room_by_day(launch: Launch) -> list[DayRoom]:
    """For each day of the launch, today on, what its limited senders may send then.

    What does not fit waits for the next day where its step allows that, else it expires. Costs
    one query where no sender has a limit.
    """
    accounts = account_limits()
    senders = [
        sender
        for sender in Sender.objects.filter(is_active=True).order_by("channel", "pk")
        if sender.most_a_day is not None or sender.warm_up or sender.provider in accounts
    ]
    if not senders:
        return []
    wanted = {(day, sender): int(number) for day, sender, number in _query(_WANTED, [launch.pk])}
    used = {sender for _, sender in wanted}
    days = sorted(day for day in _days(launch) | {day for day, _ in wanted} if day >= now().date())
    rooms = (
        _room(day, sender, accounts, wanted)
        for day in days
        for sender in senders
        if not used or sender.pk in used
    )
    return [room for room in rooms if room is not None]


def account_limits() -> dict[str, int]:
    """Provider -> messages a day of its account, where that is limited."""
    found = AccountLimit.objects.filter(most_a_day__isnull=False)
    return {each.provider: each.most_a_day for each in found if each.most_a_day is not None}


def _room(
    day: date,
    sender: Sender,
    accounts: Mapping[str, int],
    wanted: Mapping[tuple[date, int], int],
) -> DayRoom | None:
    most = most_for(sender, day, accounts)
    return None if most is None else DayRoom(day, sender, most, wanted.get((day, sender.pk)))


def most_for(sender: Sender, day: date, accounts: Mapping[str, int]) -> int | None:
    """By its own limit and its account's, whichever is less; None where there is none."""
    limits = (most_on(sender, day), accounts.get(sender.provider))
    return min((each for each in limits if each is not None), default=None)


def _days(launch: Launch) -> set[date]:
    zones = set(launch_schools(launch).values_list("zone", flat=True).distinct())
    return {
        each.window.opens_at.date()
        for occurrence in occurrences_of(launch)
        for each in step_windows(occurrence, zones)
    }


def spent_by(launch: Launch) -> MoneySpent:
    """Of the launch's own cap."""
    return MoneySpent(_micros(f"launch:{launch.pk}"), launch.cap_micros)


def spent_today(cap_micros: int) -> MoneySpent:
    """Of the cap of one day over all launches, `cap_micros`."""
    return MoneySpent(_micros(f"day:{now():%Y-%m-%d}"), cap_micros)


def _micros(key: str) -> int:
    rows = _query(_MONEY, [key])
    return int(rows[0][0]) if rows else 0


def _query(query: str, params: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(cursor.fetchall())
