"""When a help line is open: the hours of the directory, compared with a moment.

Owns the few ways in which hours are written there. What it cannot read for certain (a
public holiday aside, which the words themselves tell) it does not call open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

from outreach.content.help_directory import ROUND_THE_CLOCK, HelpLine, HelpLines

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY_DAY = frozenset(range(7))
_SPAN = re.compile(r"(?P<days>.+?) (?P<start>\d{1,2}:\d\d)-(?P<end>\d{1,2}:\d\d)")
_LONGER = re.compile(r"(?P<days>.+?) to (?P<end>\d{1,2}:\d\d)")
_MIDNIGHT = "24:00"
Week = dict[int, tuple[time, time]]


@cache
def week_of(hours: str) -> Week | None:
    """Weekday (0 is Monday) -> from when to when; None for hours that cannot be read.

    `hours`: like "Mon-Fri 9:00-17:00, Tue and Thu to 19:00" or "every day 8:00-23:00".
    """
    if hours == ROUND_THE_CLOCK:
        return dict.fromkeys(_EVERY_DAY, (time.min, time.max))
    week: Week = {}
    for part in hours.split(", "):
        span, longer = _SPAN.fullmatch(part), _LONGER.fullmatch(part)
        days = _days((span or longer or {"days": ""})["days"])
        if not days or (longer is not None and not days <= set(week)):
            return None
        for day in days:
            if span is not None:
                week[day] = (_time(span["start"]), _time(span["end"]))
            elif longer is not None:
                week[day] = (week[day][0], _time(longer["end"]))
    return week


def _days(words: str) -> frozenset[int]:
    """The weekdays that `words` name; empty for others."""
    text = words.lower()
    if text == "every day":
        return _EVERY_DAY
    if text == "working days":
        return frozenset(range(5))
    if text in _DAYS:
        return frozenset({_DAYS.index(text)})
    first, dash, last = text.partition("-")
    if dash and first in _DAYS and last in _DAYS:
        return frozenset(range(_DAYS.index(first), _DAYS.index(last) + 1))
    several = text.split(" and ")
    known = [_DAYS.index(day) for day in several if day in _DAYS]
    return frozenset(known) if len(known) == len(several) else frozenset()


def _time(text: str) -> time:
    return time.max if text == _MIDNIGHT else time.fromisoformat(text.zfill(5))


def is_open(hours: str | None, country: str, moment: datetime) -> bool:
    """Whether a line with these hours is certainly open. `moment`: aware.

    In a country of several zones it has to be open in all of them.
    """
    week = week_of(hours) if hours else None
    if week is None:
        return False
    if hours == ROUND_THE_CLOCK:
        return True
    zones = list(zones_of(country))
    return bool(zones) and all(is_within(week, moment.astimezone(zone)) for zone in zones)


def is_within(week: Week, local: datetime) -> bool:
    """Whether a moment, in local time, lies within the hours."""
    span = week.get(local.weekday())
    return span is not None and span[0] <= local.time() < span[1]


def zones_of(country: str) -> Iterator[ZoneInfo]:
    """The time zones of a country (ISO alpha-2), by CLDR."""
    for name in get_global("territory_zones").get(country, ()):
        try:
            yield ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue


def lines_at(lines: HelpLines, moment: datetime) -> HelpLines:
    """The same country with the help lines that are open now first and alone in `helplines`;
    all others that can be called stand in `others`."""
    called = [line for line in lines.helplines if line.phone]
    is_now = {line: is_open(line.hours, lines.country, moment) for line in called}
    return replace(
        lines,
        helplines=tuple(line for line in called if is_now[line]),
        others=tuple(sorted((line for line in called if not is_now[line]), key=_has_no_hours)),
    )


def _has_no_hours(line: HelpLine) -> bool:
    return line.hours is None
