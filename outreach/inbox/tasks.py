"""The Celery body of this room. The clock wakes it where a mailbox is set up."""

from __future__ import annotations

import logging

from celery import shared_task

from outreach.core import queues
from outreach.core.errors import OutreachError
from outreach.core.wake import wake
from outreach.inbox.mailbox import read_mailbox

_LOG = logging.getLogger(__name__)


@shared_task(name=queues.READ_MAILBOX)
def read_mailbox_task() -> None:
    """Some seconds of it; asks for another round while something waits."""
    try:
        if not read_mailbox().is_done:
            wake(queues.READ_MAILBOX, queues.CONTROL)
    except OutreachError as error:  # the clock asks again
        _LOG.warning("the mailbox cannot be read now: %s", error)
