"""`outreach upgrade` on databases of its own: checks, a copy, the change, what to start again."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psycopg
import pytest
from cli_terminal import Answer, installed_outreach

from outreach.config.database import PROCESS_NAME
from outreach.operations.backup import read_note

OWNER = "-c role=outreach_owner"


def upgrade(database: str, folder: Path, *flags: str, **env: str) -> Answer:
    given = {"DATABASE_URL": database, "OUTREACH_BACKUP_DIR": str(folder), **env}
    return installed_outreach("upgrade", *flags, env=given)


def step_back(database: str) -> None:
    """The database as it was before its index of names; what came after that can be done twice."""
    with psycopg.connect(database, options=OWNER) as connection:
        connection.execute(
            "DELETE FROM django_migrations WHERE app = 'audience' AND name >= '0004_find_by_name'"
        )
        connection.execute("DROP INDEX membership_by_name")


def has_index(database: str) -> bool:
    with psycopg.connect(database, options=OWNER) as connection:
        row = connection.execute("SELECT to_regclass('membership_by_name')").fetchone()
    return row != (None,)


def test_an_empty_database_is_made_without_a_copy(empty_database: str, tmp_path: Path) -> None:
    answer = upgrade(empty_database, tmp_path)
    assert answer.code == 0, answer.err
    assert list(tmp_path.iterdir()) == []
    assert "docker compose up -d --wait" in answer.out


def test_nothing_waiting_changes_nothing_and_says_what_to_start(
    spare_database: str, tmp_path: Path
) -> None:
    with psycopg.connect(spare_database, application_name="outreach 0.0.9"):
        answer = upgrade(spare_database, tmp_path)
    assert answer.code == 0, answer.err
    assert "Nothing is waiting." in answer.out
    assert list(tmp_path.iterdir()) == []
    order = [answer.out.index(word) for word in ("workers and clock", "2. webhooks", "3. web\n")]
    assert order == sorted(order)
    # Who still runs the release before is counted.
    assert f"1 connections of release 0.0.9 beside this one, {PROCESS_NAME}." in answer.out


def test_what_waits_is_made_behind_a_copy_that_knows_its_release(
    spare_database: str, tmp_path: Path
) -> None:
    step_back(spare_database)
    looked = upgrade(spare_database, tmp_path, "--check")
    assert (looked.code, "2 changes are waiting." in looked.out) == (0, True), looked.err
    assert "No process of another release is connected." in looked.out
    assert not has_index(spare_database)
    assert list(tmp_path.iterdir()) == []

    answer = upgrade(spare_database, tmp_path)
    assert answer.code == 0, answer.err
    assert has_index(spare_database)
    (copy,) = tmp_path.glob("*.dump")
    assert f"Backup: {copy.name}" in answer.out
    assert f"outreach {read_note(copy).outreach}" == PROCESS_NAME

    step_back(spare_database)
    assert f"{copy.name} is fresh." in upgrade(spare_database, tmp_path).out
    assert list(tmp_path.glob("*.dump")) == [copy]


def test_without_a_folder_for_backups_it_asks_for_a_word(
    spare_database: str, tmp_path: Path
) -> None:
    step_back(spare_database)
    refused = upgrade(spare_database, tmp_path, OUTREACH_BACKUP_DIR="")
    assert refused.code == 4
    assert "There is no folder for backups." in refused.err
    assert not has_index(spare_database)
    given = upgrade(spare_database, tmp_path, "--without-backup", OUTREACH_BACKUP_DIR="")
    assert (given.code, has_index(spare_database)) == (0, True), given.err


@pytest.mark.parametrize("command", ["upgrade", "migrate"])
def test_a_program_that_is_older_than_the_database_goes_no_further(
    command: str, spare_database: str, tmp_path: Path
) -> None:
    step_back(spare_database)
    with psycopg.connect(spare_database, options=OWNER) as connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('audience', '0999_of_tomorrow', now())"
        )
    answer = installed_outreach(
        command, env={"DATABASE_URL": spare_database, "OUTREACH_BACKUP_DIR": str(tmp_path)}
    )
    assert answer.code == 4
    assert "The database is newer than this program: it knows audience.0999_of" in answer.err
    assert "restore the backup" in answer.err
    assert not has_index(spare_database)


def test_a_table_in_use_is_waited_for_without_holding_up_the_others(
    spare_database: str, tmp_path: Path
) -> None:
    step_back(spare_database)
    answers: list[Answer] = []
    with psycopg.connect(spare_database, options=OWNER) as busy:
        busy.execute("LOCK TABLE audience_membership IN ROW EXCLUSIVE MODE")
        other = threading.Thread(
            target=lambda: answers.append(upgrade(spare_database, tmp_path, "--without-backup"))
        )
        other.start()
        _until_somebody_gave_up(spare_database)
    other.join()
    assert "A table is in use. Trying again" in answers[0].err
    assert (answers[0].code, has_index(spare_database)) == (0, True)


def _until_somebody_gave_up(database: str) -> None:
    """Returns when the change has waited for the table once, and does not any more."""
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with psycopg.connect(database, autocommit=True) as connection:
        for wanted in (1, 0):
            gives_up_at = time.monotonic() + 60
            while connection.execute(waits).fetchone() != (wanted,):
                assert time.monotonic() < gives_up_at
                time.sleep(0.05)
