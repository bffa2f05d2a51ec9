"""The Celery body of this room. The sweeper wakes it again while messages wait."""

from __future__ import annotations

from celery import shared_task

from outreach.core import queues
from outreach.core.wake import wake
from outreach.replies.actions import MOST_AT_ONCE, read_waiting_replies


@shared_task(name=queues.READ_REPLIES)
def read_replies_task() -> None:
    """Reads what waits; a full round asks for another."""
    if read_waiting_replies() == MOST_AT_ONCE:
        wake(queues.READ_REPLIES, queues.CONTROL)
