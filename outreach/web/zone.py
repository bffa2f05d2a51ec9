"""The viewer's time zone, as the browser told us.

The page's script writes it into a cookie; without script times are shown in UTC, and
always with the zone's name beside them.
"""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from outreach.core.errors import BadInput
from outreach.timing import check_zone

COOKIE = "zone"
_NAME = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}")


def zone_of(request: HttpRequest) -> tzinfo:
    """The zone in the cookie; UTC when there is none, or none that exists."""
    name = request.COOKIES.get(COOKIE, "").replace("%2F", "/")
    if len(name) > 64 or not _NAME.fullmatch(name):  # noqa: PLR2004  # longest IANA name is 32
        return UTC
    try:
        check_zone(name)
    except BadInput:
        return UTC
    return ZoneInfo(name)
