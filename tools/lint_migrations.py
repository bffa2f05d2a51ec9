"""Looks for changes of tables that processes at work would feel: `make check` runs this.

Every migration that no release has yet is carried out on an empty database, and the statements that
PostgreSQL was given are read by squawk (https://squawkhq.com). What was released is not looked at:
`releases/` says up to where. A migration that has to break a rule says so itself:

    class Migration(migrations.Migration):
        lint_ignores = {"ban-drop-column": "going since 0.2.0"}
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.release_contract import last_release
from tools.scratch_database import scratch_database

ROOT = Path(__file__).resolve().parent.parent
# Rules of squawk that nobody is asked to keep, each with its reason.
_NOT_ASKED = {
    "require-lock-timeout": "`outreach migrate` sets it itself, for every statement",
    "require-statement-timeout": "a long statement is fine while nobody waits for it",
    "prefer-robust-stmts": "Django notes what was done; a migration runs in a transaction",
    "prefer-bigint-over-int": "the model's field chose it",
    "prefer-bigint-over-smallint": "the model's field chose it",
    "prefer-text-field": "lengths are part of what the models promise",
}
_DDL = re.compile(
    r"\s*(ALTER|CREATE|DROP|TRUNCATE|LOCK|REINDEX|VACUUM|SET|RENAME)\b", re.IGNORECASE
)
_RULE = re.compile(r"[a-z]+(-[a-z]+)+")
_MADE = re.compile(r'CREATE TABLE "(\w+)"')
_DEFAULT_GONE = re.compile(r'ALTER TABLE "(\w+)" ALTER COLUMN "(\w+)" DROP DEFAULT')


def main() -> int:
    with scratch_database() as start, tempfile.TemporaryDirectory() as folder:
        fresh = unreleased(last_release(ROOT)["migrations"])
        if fresh:
            start()
        failed = [lint(sql, migration, Path(folder)) for migration, sql in statements(fresh)]
    sys.stdout.write(f"{len(fresh)} migrations are of no release yet.\n")
    return 1 if any(failed) else 0


def unreleased(leaves: Mapping[str, str]) -> set[tuple[str, str]]:
    """Migrations of ours that lie behind those of a release. `leaves`: app -> its last one then."""
    from django.db.migrations.loader import MigrationLoader

    graph = MigrationLoader(None).graph
    old = {
        each for key in leaves.items() if key in graph.nodes for each in graph.forwards_plan(key)
    }
    ours = {key for key in graph.nodes if _is_ours(key[0])}
    return ours - old


def statements(wanted: set[tuple[str, str]]) -> Iterator[tuple[Any, str]]:
    """Carries out all migrations; gives those of `wanted`, each with what PostgreSQL was given.

    Does nothing when none is wanted.
    """
    if not wanted:
        return
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    given: list[str] = []
    state = executor._create_project_state(with_applied_migrations=True)
    executor.recorder.ensure_schema()
    for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        given.clear()
        with connection.execute_wrapper(_recorder(given)):
            state = executor.apply_migration(state, migration)
        if (migration.app_label, migration.name) in wanted:
            yield migration, "".join(f"{each.strip().rstrip(';')};\n" for each in given)


def lint(sql: str, migration: Any, folder: Path) -> bool:
    """Whether something was found; it is printed, with the place in the statements."""
    file = folder / f"{migration.app_label}.{migration.name}.sql"
    file.write_text(sql)
    ignores: Mapping[str, str] = getattr(migration, "lint_ignores", {})
    own = [*_without_reason(ignores), *_defaults_that_go(sql)]
    sys.stdout.writelines(f"{file.stem}: {each}\n" for each in own)
    sys.stdout.flush()
    argv = [
        *(str(Path(sys.executable).parent / "squawk"), "--pg-version", "18"),
        *(["--assume-in-transaction"] if migration.atomic else []),
        f"--exclude={','.join([*_NOT_ASKED, *ignores])}",
        str(file),
    ]
    done = subprocess.run(argv, check=False)  # noqa: S603  # squawk on our own file
    return bool(own) or done.returncode != 0


def _without_reason(ignores: Mapping[str, str]) -> Iterator[str]:
    for rule, reason in ignores.items():
        if not _RULE.fullmatch(rule) or not reason.strip():
            yield f"lint_ignores needs the name of a rule and a reason: {rule!r}"


def _defaults_that_go(sql: str) -> Iterator[str]:
    """Django takes a field's `default` out of the table again: the release before, which does not
    know the column, could not add a row any more."""
    made = set(_MADE.findall(sql))
    for table, column in _DEFAULT_GONE.findall(sql):
        if table not in made:
            yield f"{table}.{column} has its default only while it is made: use db_default."


def _recorder(given: list[str]) -> Callable[..., Any]:
    def record(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if isinstance(sql, str) and _DDL.match(sql) and not params:
            given.append(sql)
        return execute(sql, params, many, context)

    return record


def _is_ours(app: str) -> bool:
    from django.apps import apps

    return apps.get_app_config(app).name.startswith("outreach.")


if __name__ == "__main__":
    sys.exit(main())
