"""When a message may go out: local time, quiet hours, terms and holidays, and the windows.

Owns the arithmetic from "three days before the holidays, 16:30, within 4 hours, where the
reader lives" to two instants. Refuses Django, the network and `now()`: time is an argument.
"""

from outreach.timing.calendars import (
    Edge,
    Missing,
    Period,
    SchoolCalendar,
    knows_public_holidays,
    public_holidays,
)
from outreach.timing.named_days import named_days
from outreach.timing.recurrence import Every, repeated
from outreach.timing.steps import (
    NO_CALENDAR,
    AfterOptIn,
    AfterStep,
    FixedDate,
    FromEdge,
    LaunchDay,
    LocalMoment,
    NextWeekday,
    OnNamedDay,
    WhenRule,
    every_day,
    settle,
    step_day,
)
from outreach.timing.windows import (
    EVERY_WEEKDAY,
    NO_DAYS,
    QuietHours,
    Window,
    earliest_opening,
    send_window,
)
from outreach.timing.zones import check_zone, local_instant

__all__ = [
    "EVERY_WEEKDAY",
    "NO_CALENDAR",
    "NO_DAYS",
    "AfterOptIn",
    "AfterStep",
    "Edge",
    "Every",
    "FixedDate",
    "FromEdge",
    "LaunchDay",
    "LocalMoment",
    "Missing",
    "NextWeekday",
    "OnNamedDay",
    "Period",
    "QuietHours",
    "SchoolCalendar",
    "WhenRule",
    "Window",
    "check_zone",
    "earliest_opening",
    "every_day",
    "knows_public_holidays",
    "local_instant",
    "named_days",
    "public_holidays",
    "repeated",
    "send_window",
    "settle",
    "step_day",
]
