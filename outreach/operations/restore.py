"""Restore: a backup becomes the installation again, and nothing goes out twice or to who stopped.

Two verbs. `restore` brings the data back and leaves everything standing still; `finish_restore`
lets it go on, once an operator has looked at what the first one says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connection, transaction

from outreach.campaigns.actions import cancel_launch, pause_launch, resume_launch
from outreach.campaigns.models import Launch, LaunchState
from outreach.config.environment import Environment, environment
from outreach.consent.key_register import key_fingerprints
from outreach.core.clock import now
from outreach.core.errors import BadInput, NotNow, OutreachError
from outreach.core.fingerprints import fingerprint
from outreach.core.versioned_keys import strange_keys
from outreach.delivery.restoring import doubt_what_was_due
from outreach.delivery.sealing.sealer import begin_era
from outreach.inbox.door import note_gap
from outreach.notices.actions import doubt_due_notices
from outreach.operations import pg_programs
from outreach.operations.backup import Note, read_note, server_major
from outreach.operations.models import UpkeepKind
from outreach.operations.runs import latest, noted
from outreach.operations.sealed_copies import public_key, unseal
from outreach.operations.stop_journal import Replayed, journal_file, replay_journal
from outreach.organisation.address_key_register import forget_what_was_found
from outreach.organisation.address_keys import fingerprints, refuse_strange
from outreach.organisation.audit import Actor
from outreach.organisation.standstill import begin_standstill, end_standstill, standstill
from outreach.replies.catch_up import read_missed_texts
from outreach.subscriptions.provider_lists import sync_provider_lists

_MOST_ROUNDS = 500
_PAUSED = "The database was restored from a backup."
_MAYBE_STARTED = "The database was restored, and this may have been started after the backup."
# A text that was under way when the copy was made.
_SLACK = timedelta(minutes=15)


@dataclass(frozen=True)
class Restored:
    """What was done. `problems`: sentences about what could not be, each with its remedy."""

    made_at: datetime
    paused: list[str]
    cancelled: list[str]
    unknown: int
    notices: int
    listed: int
    texts: int
    replayed: Replayed
    problems: list[str]


def restore(
    file: Path,
    *,
    replace: bool,
    make_roles: Callable[[], None],
    actor: Actor,
    keys: Sequence[str] = (),
) -> Restored:
    """Puts the database back to what `file` has, then makes it safe (`make_safe`).

    `replace`: what is in the database now may be lost. `make_roles`: makes the database roles
    that are missing, with their rights on the database. `keys`: secret ones, for a backup that is
    encrypted. Run with role owner, while no process of
    the installation runs. Raises BadInput for a file, a key or a database that does not fit.
    """
    note = read_note(file)
    env = environment()
    check_keys(note, env)
    _require_key(note, keys)
    if _has_tables() and not replace:
        raise BadInput(
            "The database is not empty.",
            remedy="Name an empty one in DATABASE_URL, or lose what is in it with --replace.",
        )
    major = server_major()
    connection.close()
    if replace:
        _clear(env)
    make_roles()
    _bring_back(file, note, pg_programs.program("pg_restore", max(major, note.postgresql)), keys)
    forget_what_was_found()  # what it found was in the database of before
    call_command("migrate", interactive=False, verbosity=0)
    return make_safe(note.made_at, file.parent, actor=actor)


def make_safe(made_at: datetime, folder: Path, *, actor: Actor) -> Restored:
    """For a database put back to `made_at` (aware UTC), by us or by other means.

    Steps, each committed and safe to repeat: everything stands still; launches pause; the
    ledger's seals begin a new era; stops, withdrawals and erasures come back from the journal in
    `folder` and from the providers; what was due since becomes unknown.
    """
    begin_standstill(f"restored to {made_at:%d %B %Y, %H:%M} UTC", actor=actor)
    with noted(UpkeepKind.RESTORE) as result:
        problems: list[str] = []
        paused, cancelled = _pause_all(actor), _cancel_maybe_started(actor)
        begin_era()
        replayed = _replay(folder, made_at, problems)
        listed = _read_lists(problems)
        texts = _read_texts(made_at, problems)
        unsure = doubt_what_was_due(made_at, actor=actor)
        notices = doubt_due_notices(actor=actor)
        done = Restored(
            made_at.astimezone(UTC),
            paused,
            cancelled,
            unsure.deliveries,
            notices,
            listed,
            texts,
            replayed,
            problems,
        )
        result.update({**asdict(done), "made_at": made_at.isoformat()})
    return done


def finish_restore(*, resume: bool, actor: Actor) -> list[str]:
    """Ends the standstill; with `resume` the launches that the restore paused go on.

    Returns their names. Raises NotNow when nothing stands still, or the restore did not come to
    its end.
    """
    run = latest(UpkeepKind.RESTORE)
    if standstill() is None:
        raise NotNow("Nothing stands still.")
    if run is None or run.failure or run.ended_at is None:
        raise NotNow(
            "The last restore did not come to its end.",
            remedy="Run it again: outreach restore in-place.",
        )
    end_standstill(actor=actor, why="the restore is finished")
    return _resume(run.result.get("paused", []), actor) if resume else []


def check_keys(note: Note, env: Environment) -> None:
    """Raises BadInput where a key of then is missing now: its stops could not be found, its links
    could not be opened."""
    noted_keys = {int(version): name for version, name in note.address_keys.items()}
    refuse_strange(noted_keys, fingerprints(env.address_keys).known)
    ours = key_fingerprints(env.suppression_key_map())
    lost, changed = strange_keys(note.suppression_keys, ours)
    if lost or changed:
        raise BadInput(
            f"Version {', '.join(lost + changed)} of OUTREACH_SUPPRESSION_KEYS is not the key of "
            "the backup: people who said stop would not be found.",
            remedy="Put the keys back that were in use when it was made.",
        )
    secrets = {fingerprint(each.encode()) for each in (env.secret_key, *env.secret_key_old)}
    if note.secret_key not in secrets:
        raise BadInput(
            "The secret key of the backup is not known: stop links in mails would not work.",
            remedy="Put it into OUTREACH_SECRET_KEY_OLD.",
        )


def _require_key(note: Note, keys: Sequence[str]) -> None:
    """Before anything changes: whether one of the keys opens it."""
    if note.recipients and not {public_key(key) for key in keys} & {*note.recipients}:
        raise BadInput(
            "The backup is encrypted, and its key is not here."
            if not keys
            else "The backup is encrypted for another key.",
            remedy=f"Name the file with --key. One of these opens it: {', '.join(note.recipients)}",
        )


def _bring_back(file: Path, note: Note, path: Path, keys: Sequence[str]) -> None:
    env = environment()
    options = ["--role=outreach_owner", "--no-owner", "--exit-on-error", f"--dbname={_name(env)}"]
    if not note.recipients:
        pg_programs.run(path, [*options, str(file)], env.database_url)
        return
    with file.open("rb") as source, pg_programs.piped(path, options, env.database_url) as process:
        if process.stdin is not None:
            unseal(source, process.stdin, keys)


def _has_tables() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.django_migrations') IS NOT NULL")
        return bool(cursor.fetchone()[0])


def _clear(env: Environment) -> None:
    """Everything of ours in this database goes; other databases and the roles stay."""
    with psycopg.connect(env.database_url, autocommit=True) as own:
        own.execute("SET ROLE outreach_owner")
        own.execute("DROP OWNED BY outreach_owner CASCADE")


def _name(env: Environment) -> str:
    with psycopg.connect(env.database_url, autocommit=True) as own:
        return own.info.dbname


def _pause_all(actor: Actor) -> list[str]:
    running = list(Launch.objects.filter(state=LaunchState.RUNNING).order_by("pk"))
    for launch in running:
        pause_launch(launch, actor=actor, why=_PAUSED)
    # Those of an earlier try count as well.
    paused = Launch.objects.filter(state=LaunchState.PAUSED, state_reason=_PAUSED)
    return [str(uuid) for uuid in paused.order_by("pk").values_list("uuid", flat=True)]


def _cancel_maybe_started(actor: Actor) -> list[str]:
    """Not started in the backup, though their day has come: they may have been started since."""
    before = [LaunchState.DRAFT, LaunchState.IN_REVIEW, LaunchState.APPROVED, LaunchState.SCHEDULED]
    maybe = Launch.objects.filter(state__in=before, starts_on__lte=now().date())
    for launch in maybe.order_by("pk"):
        cancel_launch(launch, actor=actor, why=_MAYBE_STARTED)
    gone = Launch.objects.filter(state=LaunchState.CANCELLED, state_reason=_MAYBE_STARTED)
    return [str(uuid) for uuid in gone.order_by("pk").values_list("uuid", flat=True)]


def _replay(folder: Path, made_at: datetime, problems: list[str]) -> Replayed:
    if not journal_file(folder).exists():
        problems.append(
            "There is no journal of stops beside the backup: stops by links and pages since then "
            "are not known, but for those that the providers list."
        )
        return Replayed()
    replayed = replay_journal(folder, made_at)
    if replayed.begun:
        problems.append(
            f"{journal_file(folder)} was begun anew at {replayed.begun}, after the backup: stops "
            "by links and pages between the two are not known, but for those that the providers "
            "list. Look for an older copy of the file."
        )
    if replayed.torn:
        problems.append(
            f"{replayed.torn} lines of {journal_file(folder)} cannot be read. The end of a machine "
            "leaves such a line, and what it was about stands in a later one; where nothing of "
            "that kind happened, look for another copy of the file."
        )
    return replayed


def _read_lists(problems: list[str]) -> int:
    """The providers' lists of mail addresses, to their end."""
    news = 0
    try:
        for _ in range(_MOST_ROUNDS):
            done = sync_provider_lists()
            news += done.news
            if done.is_done:
                break
    except OutreachError as error:
        problems.append(f"The providers' lists could not be read: {error}")
    return news


def _read_texts(made_at: datetime, problems: list[str]) -> int:
    """Texts to us since the backup, from the provider's list of messages."""
    note_gap(made_at - _SLACK)
    try:
        return read_missed_texts()
    except OutreachError as error:
        problems.append(f"Texts to us since the backup could not be read: {error}")
        return 0


def _resume(uuids: list[str], actor: Actor) -> list[str]:
    launches = Launch.objects.filter(uuid__in=uuids, state=LaunchState.PAUSED)
    with transaction.atomic():
        for launch in launches.filter(state_reason=_PAUSED).order_by("pk"):
            resume_launch(launch, actor=actor)
    names = Launch.objects.filter(uuid__in=uuids, state=LaunchState.RUNNING)
    return list(names.order_by("pk").values_list("name", flat=True))
