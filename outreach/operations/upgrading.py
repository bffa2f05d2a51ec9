"""Before an upgrade: what is waiting, what forbids it, and who runs which release.

Reads no table of ours: they may be older than this program. Changes nothing but the folder of
backups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from outreach.config.database import OTHER_RELEASES, PROCESS_NAME
from outreach.config.environment import environment
from outreach.core.errors import NotNow
from outreach.operations.backup import backup_folder, backups, copy_as_it_is, read_note
from outreach.operations.doctor import machine
from outreach.operations.doctor.finding import Finding, Verdict

_FRESH = timedelta(hours=1)


def waiting() -> list[str]:
    """Changes of the tables that this program has and the database has not, in their order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def unknown() -> list[str]:
    """Changes that the database has and this program does not know: it is the older one."""
    loader = MigrationExecutor(connection).loader
    ours = {app for app, _ in loader.disk_migrations}
    squashed = {pair for each in loader.disk_migrations.values() for pair in each.replaces}
    known = squashed.union(loader.disk_migrations)
    return sorted(
        f"{app}.{name}"
        for app, name in loader.applied_migrations
        if app in ours and (app, name) not in known
    )


def is_empty() -> bool:
    """Whether no table was ever made."""
    return not MigrationExecutor(connection).loader.applied_migrations


def other_releases() -> Counter[str]:
    """Release -> connections, of processes that run now and are not of this release.

    Processes that wait may have no connection; who has one is seen.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT application_name, count(*) {OTHER_RELEASES} GROUP BY 1")
        rows = cursor.fetchall()
    return Counter({name.removeprefix("outreach "): number for name, number in rows})


def require_upgrade() -> None:
    """Raises NotNow when the database is newer than this program."""
    if names := unknown():
        raise NotNow(
            f"The database is newer than this program: it knows {names[0]}"
            + (f" and {len(names) - 1} more." if len(names) > 1 else "."),
            remedy="Start the newer program. To go back, restore the backup that was made before "
            "the upgrade (docs/runbooks/database-restored.md).",
        )


def examine_upgrade() -> list[Finding]:
    """What an upgrade needs; nothing is changed."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (_changes, machine.disk, _copy, releases)
    return [finding for check in checks for finding in check()]


def make_sure_of_a_copy() -> str:
    """A backup from within the last hour, made now if there is none. Its name.

    Raises BadInput without a folder for backups, Unavailable when PostgreSQL's programs fail.
    """
    return _fresh_copy() or copy_as_it_is().name


def tables() -> Iterator[Finding]:
    """Whether the tables are those of this program."""
    if names := unknown():
        words = f"The database is newer than this program, by {len(names)} changes."
        yield Finding("tables", Verdict.BAD, words, "Start the newer program.")
    elif names := waiting():
        words = f"{len(names)} changes of the tables have not been made."
        yield Finding("tables", Verdict.BAD, words, "Run: outreach upgrade")
    else:
        yield Finding("tables", Verdict.GOOD, "The tables are those of this program.")


def releases() -> Iterator[Finding]:
    """Which releases run side by side now."""
    others = other_releases()
    for release, number in sorted(others.items()):
        words = f"{number} connections of release {release} beside this one, {PROCESS_NAME}."
        yield Finding("releases", Verdict.LOOK, words, "Start those processes again when you can.")
    if not others:
        yield Finding("releases", Verdict.GOOD, "No process of another release is connected.")


def _changes() -> Iterator[Finding]:
    names = waiting()
    words = f"{len(names)} changes are waiting." if names else "Nothing is waiting."
    yield Finding("tables", Verdict.GOOD, words)


def _copy() -> Iterator[Finding]:
    if not environment().backup_dir:
        remedy = "Set OUTREACH_BACKUP_DIR, or say --without-backup if you have made your own."
        yield Finding("backup", Verdict.BAD, "There is no folder for backups.", remedy)
    elif name := _fresh_copy():
        yield Finding("backup", Verdict.GOOD, f"{name} is fresh.")
    else:
        yield Finding("backup", Verdict.GOOD, "None is of the last hour; one is made first.")


def _fresh_copy() -> str:
    whole = backups(backup_folder())
    if not whole or datetime.now(UTC) - read_note(whole[-1]).made_at > _FRESH:
        return ""
    return whole[-1].name
