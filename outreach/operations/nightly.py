"""The work of the night: a backup, then forgetting what is kept no longer.

Due once a night, after 02:15 UTC; whoever was away at that hour does it at the next start. In a
time-lapse the night is that of the machine.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, time, timedelta

from django.utils import timezone

from outreach.config.environment import environment
from outreach.core.errors import OutreachError
from outreach.operations.backup import make_backup
from outreach.operations.models import UpkeepKind
from outreach.operations.retention import forget_what_is_old
from outreach.operations.runs import latest
from outreach.organisation.standstill import standstill

_LOG = logging.getLogger(__name__)
_HOUR = time(2, 15, tzinfo=UTC)
# A run that failed is tried again, and not every few minutes.
_AGAIN_AFTER = timedelta(hours=1)


def nightly() -> None:
    """Does what is due. A failure of one is noted for the doctor, and stops not the other."""
    moment = timezone.now()
    if environment().backup_dir and is_due(UpkeepKind.BACKUP, moment):
        try:
            make_backup()
        except (OutreachError, OSError) as error:
            _LOG.error("the backup failed: %s", type(error).__name__)
    # In a standstill nobody has looked yet at what the backup brought back.
    if standstill() is None and is_due(UpkeepKind.RETENTION, moment):
        forget_what_is_old()


def is_due(kind: UpkeepKind, moment: datetime) -> bool:
    """Whether the night before `moment` (aware UTC) has not had its run."""
    run = latest(kind)
    if run is None:
        return True
    if run.failure:
        return moment - run.began_at >= _AGAIN_AFTER
    return run.began_at < last_night(moment)


def last_night(moment: datetime) -> datetime:
    """The last 02:15 UTC."""
    tonight = datetime.combine(moment.astimezone(UTC).date(), _HOUR)
    return tonight if tonight <= moment else tonight - timedelta(days=1)
