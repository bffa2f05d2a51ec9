"""What people read in place of a reason."""

from __future__ import annotations

from outreach.delivery.rehearsal.choosing import SCHOOL_STOPPED
from outreach.delivery.rules import REASON_WORDS


def left_out_words(reason: str) -> str:
    """Why somebody is left out, in a few plain words."""
    if reason == SCHOOL_STOPPED:
        return "Their school is stopped; it waits, and expires if the stop is not lifted in time"
    return REASON_WORDS.get(reason) or reason.replace("_", " ")
