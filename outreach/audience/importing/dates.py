"""Dates as schools write them."""

from __future__ import annotations

import re
from datetime import date

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_NATIONAL = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?: .*)?")
_MONTH_FIRST = frozenset({"US", "PH"})


def read_date(text: str, country: str) -> date | None:
    """ISO, or day, month and year with points or strokes (month first in the United States).

    None when it is no date. A year of two digits is none: 03.04.05 can be three dates.
    """
    if found := _ISO.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := _NATIONAL.fullmatch(text):
        day, month, year = map(int, found.groups())
        if country.upper() in _MONTH_FIRST:
            day, month = month, day
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
