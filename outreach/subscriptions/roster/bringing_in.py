"""Bringing a confirmed list in: people, consents, invitations, and who is gone.

Runs with the rights of a worker, because one parent may be known from another school; what it
finds there stays here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.db import connection

from outreach.audience.importing import Roster
from outreach.audience.models import RosterUpload, UploadState
from outreach.consent.models import Topic
from outreach.core.clock import now
from outreach.core.errors import OutreachError
from outreach.core.locks import Lock
from outreach.organisation.audit import Actor
from outreach.organisation.models import School
from outreach.subscriptions.invitations import invite
from outreach.subscriptions.roster.ending import end_memberships
from outreach.subscriptions.roster.preview import Gone, missing_from
from outreach.subscriptions.roster.run import ImportProgress, RosterResult, import_roster
from outreach.subscriptions.roster.uploads import read_upload, require_topics

# Writing ten thousand invitations takes minutes, and no task is to take more than some twenty
# seconds: what is left then is another task's, from the row where this one stopped.
_TASK_SECONDS = 15.0
_ROWS_AT_ONCE = 100
_INVITED_ROWS = "invited_rows"


@dataclass(frozen=True)
class BroughtIn:
    """`invited`: for the books alone, never for the school: it would tell who has stopped
    elsewhere. `barred`: people on record who left because the list rules them out. `ended`: who
    left because they are not on it; None when nobody was to, or others were gone than when it
    was confirmed.
    """

    imported: RosterResult
    barred: int
    ended: int | None
    invited: int = 0


def bring_in(
    school: School,
    roster: Roster,
    *,
    file_name: str,
    file_sha256: str,
    topics: Sequence[Topic],
    end_gone: int | None,
    actor: Actor,
    progress: Callable[[ImportProgress], None] | None = None,
) -> BroughtIn:
    """The whole of it, for the command line. The same list again changes nothing.

    Steps: import; end the memberships of whom the list rules out now, and of who is gone, if
    their number is still `end_gone` (None: nobody); invite who waits for it. Raises BadInput
    while the basis is not chosen. Must not run in a transaction.
    """
    done = _take_in(
        school,
        roster,
        file_name=file_name,
        file_sha256=file_sha256,
        topics=topics,
        end_gone=end_gone,
        actor=actor,
        progress=progress,
    )
    return replace(done, invited=invite(school, roster.rows, topics, actor=actor))


def _take_in(
    school: School,
    roster: Roster,
    *,
    file_name: str,
    file_sha256: str,
    topics: Sequence[Topic],
    end_gone: int | None,
    actor: Actor,
    progress: Callable[[ImportProgress], None] | None = None,
) -> BroughtIn:
    """All but the invitations: seconds for as many rows as a page takes."""
    missing = missing_from(school, roster)
    imported = import_roster(
        school,
        roster,
        file_name=file_name,
        file_sha256=file_sha256,
        topics=topics,
        actor=actor,
        progress=progress,
    )
    why = f"ruled out by {file_name}"
    barred = end_memberships(school, _ids(missing.barred), why=why, actor=actor)
    ended = None
    if end_gone is not None and len(missing.gone) == end_gone:
        why = f"not in {file_name}"
        ended = end_memberships(school, _ids(missing.gone), why=why, actor=actor)
    return BroughtIn(imported, barred, ended)


def _ids(people: Sequence[Gone]) -> list[int]:
    return [each.membership_id for each in people]


def bring_in_waiting() -> bool:
    """Works at the oldest confirmed upload, for some fifteen seconds; False when none waits or
    another worker is at it. One that is not done then goes on where it was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [Lock.ROSTER_UPLOADS])
        if not cursor.fetchone()[0]:
            return False
        try:
            return _bring_in_next()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [Lock.ROSTER_UPLOADS])


def _bring_in_next() -> bool:
    ends_at = time.monotonic() + _TASK_SECONDS
    waiting = RosterUpload.objects.filter(state=UploadState.CONFIRMED).select_related("school")
    upload = waiting.order_by("confirmed_at", "pk").first()
    if upload is None:
        return False
    try:
        roster = read_upload(upload)
        if _INVITED_ROWS not in upload.result:
            _take_in_upload(upload, roster)
        is_done = _invite_until(upload, roster, ends_at)
    except OutreachError as error:
        _finish(upload, UploadState.FAILED, failure=str(error)[:400])
    else:
        if is_done:
            _finish(upload, UploadState.DONE)
    return True


def _take_in_upload(upload: RosterUpload, roster: Roster) -> None:
    done = _take_in(
        upload.school,
        roster,
        file_name=upload.file_name,
        file_sha256=upload.file_sha256,
        topics=require_topics(),
        end_gone=upload.gone,
        actor=Actor(upload.confirmed_by),
    )
    upload.result |= {
        "asked": done.imported.waiting_for_invitation,
        "ended": done.ended,
        "barred": done.barred,
        "consents": done.imported.consents_granted,
        "not_renewed": done.imported.not_renewed,
        _INVITED_ROWS: 0,
    }
    upload.save(update_fields=["result"])


def _invite_until(upload: RosterUpload, roster: Roster, ends_at: float) -> bool:
    """Whether all rows are done."""
    begin = int(upload.result[_INVITED_ROWS])
    topics, actor = require_topics(), Actor(upload.confirmed_by)
    while begin < len(roster.rows):
        part = slice(begin, begin + _ROWS_AT_ONCE)
        invite(upload.school, roster.rows, topics, actor=actor, part=part)
        begin += _ROWS_AT_ONCE
        upload.result[_INVITED_ROWS] = begin
        upload.save(update_fields=["result"])
        if time.monotonic() > ends_at:
            break
    return begin >= len(roster.rows)


def _finish(upload: RosterUpload, state: UploadState, **values: object) -> None:
    """The file goes with it."""
    RosterUpload.objects.filter(pk=upload.pk).update(
        state=state, sealed=None, mends=None, done_at=now(), **values
    )
