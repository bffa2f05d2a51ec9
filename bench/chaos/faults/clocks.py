"""Time itself: a clock that jumps, and the nights on which local time does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bench.chaos.faults.servers import under_way
from bench.chaos.house import NOON
from bench.chaos.trial import OPEN_TEXTS, Trial

_SPEED = 60.0
_EARLIER = timedelta(minutes=10)
_HOUR = timedelta(hours=1)

# (zone, day, local time that exists twice or not at all)
NIGHTS = (
    ("Europe/London", date(2026, 10, 25), time(1, 30)),
    ("Europe/London", date(2027, 3, 28), time(1, 30)),
    ("America/New_York", date(2026, 11, 1), time(1, 30)),
    ("America/New_York", date(2027, 3, 14), time(2, 30)),
    ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15)),
    ("Australia/Lord_Howe", date(2027, 4, 4), time(1, 45)),
)
_CLAIMS = """
SELECT count(*), count(DISTINCT e.delivery_id), coalesce(bool_and(
  e.at >= b.opens_at AND e.at < least(b.closes_at, b.expires_at)), false)
FROM delivery_deliveryevent e
JOIN delivery_delivery d ON d.step_run_id = e.step_run_id AND d.id = e.delivery_id
JOIN delivery_batch b ON b.id = d.batch_id
WHERE e.step_run_id = %s AND e.event = 'claim'
"""
_WINDOW = "SELECT DISTINCT opens_at, closes_at FROM delivery_batch WHERE step_run_id = %s"


def jump(by: timedelta) -> Callable[[Trial], None]:
    """In the middle of a send business time jumps for every process."""

    def act(trial: Trial) -> None:
        under_way(trial)
        trial.unknown_at_most = OPEN_TEXTS
        trial.house.set_clock(trial.house.now() + by)
        trial.house.restart_all()
        trial.resume()

    return act


def night(zone: str, day: date, at: time) -> Callable[[Trial], None]:
    """A step at a local time that exists twice, or never, goes out once and in its window."""

    def act(trial: Trial) -> None:
        house = trial.house
        trial.begin()
        house.execute("UPDATE organisation_school SET zone = %s", zone)
        due = datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
        names = house.running()
        for name in names:
            house.kill(name)
        house.set_clock(due - _EARLIER)  # however long making the launch takes
        trial.launch(f"{at:%H:%M}", "1h", day.isoformat())
        house.set_clock(due - _EARLIER, _SPEED)
        house.ensure(*names)
        house.wait(trial.is_over, "the end of the send")
        _judge(trial, zone, day)
        house.execute("UPDATE organisation_school SET zone = 'UTC' WHERE id % 2 = 1")
        house.execute("UPDATE organisation_school SET zone = 'Europe/London' WHERE id % 2 = 0")
        house.set_clock(NOON)
        house.restart_all()

    return act


def _judge(trial: Trial, zone: str, day: date) -> None:
    claims, people, in_window = trial.house.rows(_CLAIMS, trial.run)[0]
    trial.expect(claims == people == trial.house.people, f"{claims} claims for {people} people")
    trial.expect(in_window, "something was claimed outside its window")
    windows = trial.house.rows(_WINDOW, trial.run)
    trial.expect(len(windows) == 1, f"{len(windows)} windows in one zone")
    opens_at, closes_at = windows[0]
    trial.expect(closes_at - opens_at == _HOUR, f"the window is {closes_at - opens_at} long")
    trial.expect(opens_at.astimezone(ZoneInfo(zone)).date() == day, "it opens on another day")
