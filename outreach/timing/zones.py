"""Time zones by their IANA names, and the instant that a wall clock shows.

Owns the two nights a year on which a local time does not exist or exists twice.
Rules come from the system's zone files, else from the `tzdata` package. Refuses
abbreviations and offsets as zone names: they know no summer time.
"""

from __future__ import annotations

import difflib
import math
import re
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from outreach.core.errors import BadInput

# In the database, but no place: the machine's own zone and a marker for "not configured".
_NO_PLACES = {"Factory", "localtime"}
_LONGEST_NAME = 60
_OFFSET = re.compile(r"(utc|gmt)?\s*[+\-\u2212]\s*\d{1,2}(:?\d{2})?", re.IGNORECASE)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Every IANA zone name that this machine knows."""
    return frozenset(available_timezones() - _NO_PLACES)


def check_zone(name: str) -> str:
    """`name` itself when it is an IANA zone ("Europe/Berlin"), spelt as the database spells it.

    Raises BadInput that names the nearest zone.
    """
    if name in zone_names():
        return name
    shown = name[:_LONGEST_NAME]
    raise BadInput(f"{shown!r} is not a time zone.", remedy=_advice(shown))


def zone_rules(name: str) -> ZoneInfo:
    """The rules of an IANA zone. Raises BadInput as `check_zone` does."""
    return ZoneInfo(check_zone(name))


def local_instant(day: date, at: time, zone: str) -> datetime:
    """The instant (aware UTC) at which clocks in `zone` show `day` and `at`.

    In a gap (clocks go forward) the first valid instant after it; in a fold (clocks go
    back) the first of the two. Raises BadInput for an unknown zone.
    """
    rules = zone_rules(zone)
    wall = datetime.combine(day, at)
    first = wall.replace(tzinfo=rules, fold=0).astimezone(UTC)
    if first.astimezone(rules).replace(tzinfo=None) == wall:
        return first
    # In a gap fold=1 reads the wall clock with the offset after the change, which is an
    # instant before the change (PEP 495), so the change lies between the two.
    before = wall.replace(tzinfo=rules, fold=1).astimezone(UTC)
    change = first_offset_change(rules, before, first)
    if change is None:
        raise ValueError(f"the rules of {zone} contradict themselves on {day}")
    return change


def first_offset_change(rules: ZoneInfo, after: datetime, until: datetime) -> datetime | None:
    """When clocks change within (`after`, `until`], aware UTC; None when the offset is the same.

    For spans of up to a day: no zone changes its clocks twice within one.
    """
    old = _offset(rules, after.timestamp())
    if old == _offset(rules, until.timestamp()):
        return None
    low, high = math.floor(after.timestamp()), math.ceil(until.timestamp())
    while high - low > 1:  # clocks change on whole seconds
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(rules, middle) == old else (low, middle)
    return datetime.fromtimestamp(high, UTC)


def _offset(rules: ZoneInfo, timestamp: float) -> float:
    offset = datetime.fromtimestamp(timestamp, UTC).astimezone(rules).utcoffset()
    return offset.total_seconds() if offset is not None else 0.0


def _advice(name: str) -> str:
    if _OFFSET.fullmatch(name.strip()):
        return "An offset knows no summer time; name a place instead, for instance 'Europe/Berlin'."
    nearest = _nearest(name)
    return f"Did you mean {nearest!r}?" if nearest else "Write it like 'Europe/Berlin'."


def _nearest(name: str) -> str | None:
    wanted = re.sub(r"\s+", "_", name.strip()).casefold()
    whole = {zone.casefold(): zone for zone in zone_names()}
    cities = {
        zone.rpartition("/")[2].casefold(): zone
        for zone in sorted(zone_names())
        if not zone.startswith("Etc/")
    }
    for spellings in (whole, cities):
        if wanted in spellings:
            return spellings[wanted]
    city = wanted.rpartition("/")[2]
    for text, spellings in ((wanted, whole), (city, cities)):
        close = difflib.get_close_matches(text, spellings, n=1, cutoff=0.75)
        if close:
            return spellings[close[0]]
    return None
