"""The Celery body of this room. The clock wakes it at intervals."""

from __future__ import annotations

import logging

from celery import shared_task

from outreach.core import queues
from outreach.core.errors import NotNow
from outreach.core.wake import wake
from outreach.outbound.sending import tell_changes

_LOG = logging.getLogger(__name__)


@shared_task(name=queues.TELL_CHANGES)
def tell_changes_task() -> None:
    """Some seconds of it; asks for another round while something is due."""
    try:
        if not tell_changes().is_done:
            wake(queues.TELL_CHANGES, queues.CONTROL)
    except NotNow as reason:  # restored by other means: an operator has to say what to do
        _LOG.error("%s", reason)
