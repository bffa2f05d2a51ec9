"""When a person here reads replies. Whoever writes in distress is told honestly."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from outreach.content.opening_hours import is_within, week_of
from outreach.core.clock import now
from outreach.core.errors import BadInput
from outreach.organisation.models import Organisation


def reads_now(organisation: Organisation) -> bool:
    """Whether this moment lies in the reading hours; never without them."""
    week = week_of(organisation.reading_hours) if organisation.reading_hours else None
    return week is not None and is_within(
        week, now().astimezone(ZoneInfo(organisation.reading_zone))
    )


def checked_hours(hours: str) -> str:
    """Hours that can be read, or nothing. Raises BadInput."""
    text = " ".join(hours.split())
    if text and week_of(text) is None:
        raise BadInput(
            f"{text!r} cannot be read as hours.",
            remedy='Write them like "Mon-Fri 9:00-16:00", "every day 8:00-20:00" or "24/7".',
        )
    return text


def checked_zone(name: str) -> str:
    """A zone of the tz database. Raises BadInput."""
    text = name.strip()
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(
            f"{text!r} is not a time zone.", remedy="Write it like Europe/Berlin."
        ) from error
    return text
