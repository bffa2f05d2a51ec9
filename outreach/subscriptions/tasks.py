"""The Celery bodies of this room. The clock wakes them at intervals."""

from __future__ import annotations

import logging

from celery import shared_task

from outreach.core import queues
from outreach.core.errors import OutreachError
from outreach.core.wake import wake
from outreach.subscriptions.provider_lists import sync_provider_lists
from outreach.subscriptions.roster.bringing_in import bring_in_waiting

_LOG = logging.getLogger(__name__)


@shared_task(name=queues.SYNC_PROVIDER_LISTS)
def sync_provider_lists_task() -> None:
    """Some seconds of it; asks for another round while something is left."""
    try:
        if not sync_provider_lists().is_done:
            wake(queues.SYNC_PROVIDER_LISTS, queues.CONTROL)
    except OutreachError as error:  # the clock asks again
        _LOG.warning("the providers' lists cannot be read or written now: %s", error)


@shared_task(name=queues.BRING_IN_ROSTERS)
def bring_in_rosters_task() -> None:
    """One list that a school has confirmed; asks for another round while one waits."""
    if bring_in_waiting():
        wake(queues.BRING_IN_ROSTERS, queues.CONTROL)
