"""A change of the tables that processes at work would feel does not pass `make check`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from tools.lint_migrations import lint, unreleased
from tools.release_contract import last_release

pytestmark = pytest.mark.django_db

_APP = "audience"
_BESIDE = 'CREATE INDEX CONCURRENTLY "by_language" ON "audience_person" ("language")'


def _index() -> models.Index:
    return models.Index(fields=["language"], name="person_by_language")


def findings(
    operation: Operation, folder: Path, capfd: pytest.CaptureFixture[str], **more: Any
) -> str:
    """What the linter says about a migration with this one operation; "" when it passes."""
    made = type("Migration", (migrations.Migration,), {"operations": [operation], **more})
    migration = made("0099_the_next", _APP)
    state = MigrationLoader(connection).project_state()
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        migration.apply(state, editor, collect_sql=True)
    is_bad = lint("\n".join(editor.collected_sql), migration, folder)
    printed = capfd.readouterr().out
    return printed if is_bad else ""


@pytest.mark.parametrize(
    ("operation", "rule"),
    [
        (migrations.RemoveField("person", "language"), "ban-drop-column"),
        (migrations.RenameField("person", "language", "called"), "renaming-column"),
        (migrations.DeleteModel("rosterupload"), "ban-drop-table"),
        (migrations.AddField("person", "age", models.IntegerField()), "adding-required-field"),
        (migrations.AddField("person", "age", models.IntegerField(default=0)), "use db_default"),
        (
            migrations.AlterField("person", "language", models.TextField(null=True)),
            "changing-column-type",
        ),
        (migrations.AddIndex("person", _index()), "require-concurrent-index-creation"),
        (
            migrations.AddConstraint(
                "person",
                models.CheckConstraint(condition=~models.Q(language="nobody"), name="somebody"),
            ),
            "constraint-missing-not-valid",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_change_that_stops_the_release_before_is_found(
    operation: Operation, rule: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert rule in findings(operation, tmp_path, capfd)


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        (migrations.AddField("person", "age", models.IntegerField(null=True)), {}),
        (migrations.AddField("person", "age", models.IntegerField(db_default=0)), {}),
        (migrations.RunSQL(_BESIDE), {"atomic": False}),
    ],
    ids=["may be null", "default of the database", "index beside the work"],
)
def test_a_change_that_nobody_feels_passes(
    operation: Operation,
    more: dict[str, Any],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert findings(operation, tmp_path, capfd, **more) == ""


def test_a_rule_is_broken_with_a_reason_only(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    drop = migrations.RemoveField("person", "language")
    with_reason = {"ban-drop-column": "going since 0.2.0"}
    assert findings(drop, tmp_path, capfd, lint_ignores=with_reason) == ""
    without = {"ban-drop-column": " "}
    assert "and a reason" in findings(drop, tmp_path, capfd, lint_ignores=without)


def test_what_a_release_has_is_not_looked_at_again(repository: Path) -> None:
    leaves = dict(last_release(repository)["migrations"])
    everything = {key for key in MigrationLoader(None).graph.nodes if key[0] in leaves}
    assert unreleased({}) >= everything
    del leaves["reports"]
    assert ("reports", "0001_initial") in unreleased(leaves)
    assert ("delivery", "0002_ledger") not in unreleased(leaves)
