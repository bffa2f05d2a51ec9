"""The Celery body of this room. The sweeper wakes it again while notices wait."""

from __future__ import annotations

from celery import shared_task

from outreach.core import queues
from outreach.core.wake import wake
from outreach.notices.sending import MOST_AT_ONCE, send_due_notices


@shared_task(name=queues.SEND_NOTICES)
def send_notices_task() -> None:
    """Sends what is due; a full round asks for another."""
    if send_due_notices() == MOST_AT_ONCE:
        wake(queues.SEND_NOTICES, queues.CONTROL)
