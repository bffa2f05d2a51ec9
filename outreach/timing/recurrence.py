"""The days of what comes again every week, month or year. Terms and holidays are of `calendars`."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from enum import StrEnum
from itertools import count, takewhile

_MONTHS = 12


class Every(StrEnum):
    """How often a step comes again."""

    WEEK = "week"
    MONTH = "month"
    TERM = "term"
    HOLIDAY = "holiday"
    YEAR = "year"


def repeated(first: date, every: Every, until: date) -> list[date]:
    """`first` and the same day of each later week, month or year, up to and with `until`.

    The 31st is the last day of a shorter month. Raises ValueError for terms and holidays.
    """
    days = (_later(first, every, number) for number in count())
    return list(takewhile(lambda day: day <= until, days))


def _later(first: date, every: Every, number: int) -> date:
    match every:
        case Every.WEEK:
            return first + timedelta(weeks=number)
        case Every.MONTH:
            return _months_later(first, number)
        case Every.YEAR:
            return _months_later(first, _MONTHS * number)
        case _:
            raise ValueError(f"a {every} has no length")


def _months_later(first: date, months: int) -> date:
    year, month = divmod(first.year * _MONTHS + first.month - 1 + months, _MONTHS)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(first.day, last))
