"""The Celery bodies of this room. The sweeper wakes it again while messages wait."""

from __future__ import annotations

import logging

from celery import shared_task

from outreach.core import queues
from outreach.core.errors import OutreachError
from outreach.core.wake import wake
from outreach.replies.actions import MOST_AT_ONCE, read_waiting_replies
from outreach.replies.catch_up import read_missed_texts
from outreach.replies.upkeep import look_after_cases

_LOG = logging.getLogger(__name__)


@shared_task(name=queues.READ_REPLIES)
def read_replies_task() -> None:
    """Reads what waits; a full round asks for another."""
    if read_waiting_replies() == MOST_AT_ONCE:
        wake(queues.READ_REPLIES, queues.CONTROL)


@shared_task(name=queues.READ_MISSED_TEXTS)
def read_missed_texts_task() -> None:
    """Reads what was texted while nobody could store it; nothing to do without a gap."""
    try:
        read_missed_texts()
    except OutreachError as error:  # the gap stays open, and no text is claimed until it is closed
        _LOG.warning(
            "the texts of a gap cannot be read back yet, and none goes out: %s. %s",
            error.code,
            error.remedy,
        )


@shared_task(name=queues.LOOK_AFTER_CASES)
def look_after_cases_task() -> None:
    """Alerts again, reminds, erases old words."""
    look_after_cases()
