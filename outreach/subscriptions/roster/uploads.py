"""A list that a school uploads on a page: looked at, its columns chosen, its rows mended,
confirmed or given up.

Nothing is written about anybody before the school confirms. The file is kept encrypted, for an
hour after somebody last worked on it. The bringing in itself is a worker's (`bringing_in`): the
pages see their own school's rows only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from outreach.audience.importing import (
    MEANINGS,
    Corrections,
    FileBytes,
    Roster,
    read_roster,
    read_titles,
)
from outreach.audience.models import RosterUpload, UploadState
from outreach.consent.models import Topic
from outreach.core import queues
from outreach.core.clock import installed, now
from outreach.core.errors import BadInput, NotFound, NotNow
from outreach.core.wake import wake
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import School
from outreach.subscriptions.roster.columns import remember_columns, remembered_columns
from outreach.subscriptions.roster.consenting import require_basis
from outreach.subscriptions.roster.preview import Preview, preview
from outreach.subscriptions.roster.sealing import seal, seal_mends, unseal, unseal_mends

MEBIBYTE = 1024 * 1024
MOST_BYTES = 10 * MEBIBYTE
# What a page reads and shows in a few seconds; a larger list comes in by the command.
MOST_ROWS = 5_000
KEPT_FOR = timedelta(hours=1)
_LONGEST_NAME = 120
_LONGEST_CELL = 2_000


@dataclass(frozen=True)
class Look:
    """What an upload says as it stands. `roster`, `changes`: None while `problem` says what has
    to be decided about its columns first."""

    titles: tuple[str, ...]
    roster: Roster | None = None
    changes: Preview | None = None
    problem: BadInput | None = None


def take_upload(school: School, name: str, content: bytes, *, actor: Actor) -> RosterUpload:
    """Keeps a file for an hour, encrypted. `name`: as the browser calls it.

    What the school has said about its columns before is taken up. Raises BadInput for a file
    that cannot be read at all.
    """
    if len(content) > MOST_BYTES:
        raise BadInput(
            f"The file has more than {MOST_BYTES // MEBIBYTE} MB.",
            remedy="Upload this school's list only, without pictures.",
        )
    file = FileBytes(_plain_name(name), content)
    titles = read_titles(file, school.country)
    upload = RosterUpload(
        school=school,
        file_name=file.name,
        file_sha256=hashlib.sha256(content).hexdigest(),
        mapping=remembered_columns(school, titles),
        uploaded_by=actor.name,
        uploaded_at=now(),
        expires_at=_later(),
    )
    upload.sealed = seal(content, str(upload.uuid))
    upload.save()
    return upload


def open_upload(school: School, uuid: UUID) -> RosterUpload:
    """An upload of this school, in whatever state. Raises NotFound, also for another school's."""
    found = RosterUpload.objects.filter(school=school, uuid=uuid).first()
    if found is None or (found.state == UploadState.OPEN and found.expires_at <= now()):
        raise NotFound("There is no such upload any more.", remedy="Upload the file again.")
    found.school = school
    return found


def look_at(upload: RosterUpload) -> Look:
    """Reads the file as it is mapped and mended now. Writes nothing."""
    file = _file_of(upload)
    titles = read_titles(file, upload.school.country)
    try:
        roster = read_upload(upload)
        return Look(titles, roster, preview(upload.school, roster))
    except BadInput as problem:
        return Look(titles, problem=problem)


def read_upload(upload: RosterUpload) -> Roster:
    """Raises BadInput while its columns are not clear."""
    roster = _read(upload, upload.mapping, unseal_mends(upload.mends, str(upload.uuid)))
    if roster.total_rows > MOST_ROWS:
        raise BadInput(
            f"The list has more than {MOST_ROWS:,} rows.",
            remedy="Ask an administrator to bring it in with: outreach roster import.",
        )
    return roster


def choose_columns(upload: RosterUpload, meanings: Mapping[int, str], *, actor: Actor) -> None:
    """Says what columns are: position from 1 -> meaning, "" for as it was guessed.

    `meanings`: of MEANINGS. The school's next upload has the same headings read so. Raises
    BadInput for another meaning, NotNow when the upload is not open any more.
    """
    unknown = next((each for each in meanings.values() if each and each not in MEANINGS), None)
    if unknown is not None:
        raise BadInput(
            f"{unknown[:80]!r} is not known here.", remedy=f"One of: {', '.join(MEANINGS)}."
        )
    chosen = {str(position): meaning for position, meaning in meanings.items() if meaning}
    titles = read_titles(_file_of(upload), upload.school.country)
    with transaction.atomic():
        _change(upload, mapping=chosen)
        remember_columns(upload.school, titles, chosen, actor=actor)


def mend_row(upload: RosterUpload, row: int, cells: Mapping[int, str]) -> None:
    """Puts these cells in the place of those in the file: position from 1 -> text.

    Raises NotNow when the upload is not open any more.
    """
    mends = unseal_mends(upload.mends, str(upload.uuid))
    mends |= {(row, position): text[:_LONGEST_CELL] for position, text in cells.items()}
    _change(upload, mends=seal_mends(mends, str(upload.uuid)))


def confirm_upload(upload: RosterUpload, *, end_gone: int | None, actor: Actor) -> Preview:
    """Open → confirmed: a worker brings the list in. `end_gone`: how many people who are not on
    it any more leave the school with it, None for nobody.

    Raises BadInput while the basis is not chosen or the columns are not clear, NotNow when
    `end_gone` is not the number of those who are gone now.
    """
    require_basis(upload.school)
    require_topics()
    changes = preview(upload.school, read_upload(upload))
    if end_gone is not None and end_gone != len(changes.gone):
        raise NotNow(
            f"{len(changes.gone):,} people are not on the list any more, not {end_gone:,}.",
            remedy="Look at them once more.",
        )
    counts = asdict(changes) | {"gone": len(changes.gone), "barred": len(changes.barred)}
    with transaction.atomic():
        _change(
            upload,
            state=UploadState.CONFIRMED,
            confirmed_by=actor.name,
            confirmed_at=now(),
            gone=end_gone,
            result=counts,
        )
        details = {"file": upload.file_name, "sha256": upload.file_sha256, **counts}
        subject = f"school:{upload.school.slug}"
        record(actor, "roster.confirmed", subject, details=details | {"ends": end_gone})
        transaction.on_commit(_wake)
    return changes


def give_up(upload: RosterUpload) -> None:
    """Deletes an open upload with its file."""
    RosterUpload.objects.filter(pk=upload.pk, state=UploadState.OPEN).delete()


def require_topics() -> list[Topic]:
    """What the consents of a list are for: every topic. Raises BadInput when there is none."""
    topics = list(Topic.objects.order_by("pk"))
    if not topics:
        raise BadInput(
            "There is no topic that people could agree to.",
            remedy="Import a campaign first: outreach campaign import campaigns/say-no.",
        )
    return topics


def _wake() -> None:
    wake(queues.BRING_IN_ROSTERS, queues.CONTROL)


def _change(upload: RosterUpload, **values: object) -> None:
    """Only what is still open changes, and is kept for another hour."""
    open_one = RosterUpload.objects.filter(
        pk=upload.pk, state=UploadState.OPEN, expires_at__gt=now()
    )
    if not open_one.update(**values, expires_at=_later()):
        raise NotNow(
            "This upload was finished or given up meanwhile.", remedy="Upload the file again."
        )
    for name, value in values.items():
        setattr(upload, name, value)


def _read(upload: RosterUpload, mapping: Mapping[str, str], mends: Corrections) -> Roster:
    return read_roster(
        _file_of(upload),
        country=upload.school.country,
        mapping=mapping or None,
        corrections=mends,
    )


def _file_of(upload: RosterUpload) -> FileBytes:
    if upload.sealed is None:
        raise NotNow("The file of this upload is gone.", remedy="Upload it again.")
    return FileBytes(upload.file_name, unseal(upload.sealed, str(upload.uuid)))


def _plain_name(name: str) -> str:
    """The last part of what a browser calls the file, printable and short."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(letter for letter in last if letter.isprintable()).strip()
    return plain[-_LONGEST_NAME:] or "list"


def _later() -> datetime:
    """Whoever looks at a page lives by a real clock, also in a time-lapse."""
    return now() + KEPT_FOR * max(1.0, installed().speed)
