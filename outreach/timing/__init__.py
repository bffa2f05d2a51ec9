"""When a message may go out: local time, quiet hours, weekdays, and the windows they give.

Owns the arithmetic from "day 3, 16:30, within 4 hours, where the reader lives" to
two instants. Refuses Django, the network and `now()`: time is an argument.
"""

from outreach.timing.steps import (
    AfterStep,
    FixedDate,
    LaunchDay,
    LocalMoment,
    WhenRule,
    settle,
    step_day,
)
from outreach.timing.windows import (
    EVERY_WEEKDAY,
    QuietHours,
    Window,
    earliest_opening,
    send_window,
)
from outreach.timing.zones import check_zone, local_instant

__all__ = [
    "EVERY_WEEKDAY",
    "AfterStep",
    "FixedDate",
    "LaunchDay",
    "LocalMoment",
    "QuietHours",
    "WhenRule",
    "Window",
    "check_zone",
    "earliest_opening",
    "local_instant",
    "send_window",
    "settle",
    "step_day",
]
