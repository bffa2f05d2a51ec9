"""What a release counts on while it runs beside the next one: `releases/VERSION.json`.

    python -m tools.release_contract     writes that of the version in pyproject.toml

Tasks, queues, tables, columns, rights and constraints, read from a database that was migrated and
from the workers' own registry. Written once, when a version is released, and never edited;
docs/decisions/0013-one-release-beside-the-next.md says what follows from it.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "releases"
_ROLES = ("app", "work")
_TABLES = """
SELECT c.relname::text, a.attname::text,
       format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END,
       a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '',
       has_column_privilege('outreach_app', c.oid, a.attnum, 'SELECT'),
       has_column_privilege('outreach_app', c.oid, a.attnum, 'INSERT'),
       has_column_privilege('outreach_app', c.oid, a.attnum, 'UPDATE'),
       has_table_privilege('outreach_app', c.oid, 'DELETE'),
       has_column_privilege('outreach_work', c.oid, a.attnum, 'SELECT'),
       has_column_privilege('outreach_work', c.oid, a.attnum, 'INSERT'),
       has_column_privilege('outreach_work', c.oid, a.attnum, 'UPDATE'),
       has_table_privilege('outreach_work', c.oid, 'DELETE')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped AND c.relname = ANY (%s)
ORDER BY 1, a.attname
"""
_WORDS = re.compile(r"\(ARRAY\[((?:'[^']*'::character varying(?:, )?)+)\]\)::text\[\]")
_WORD = re.compile(r"'[^']*'::character varying")
_CAST = r"(\g<0>)::text"
_CONSTRAINTS = """
SELECT c.relname::text, o.conname::text, pg_get_constraintdef(o.oid)
FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
  AND o.contype IN ('c', 'u', 'x', 'f') AND c.relname = ANY (%s)
UNION ALL
SELECT c.relname::text, i.relname::text, pg_get_indexdef(x.indexrelid)
FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND x.indisunique
  AND NOT x.indisprimary AND c.relname = ANY (%s)
  AND NOT EXISTS (SELECT 1 FROM pg_constraint o WHERE o.conindid = x.indexrelid)
ORDER BY 1, 2
"""


def contract(release: str) -> dict[str, Any]:
    """Of the program as it is and of the migrated database that Django is connected to."""
    return {
        "release": release,
        "migrations": _leaves(),
        "tasks": _tasks(),
        "queues": _queues(),
        "tables": _tables(),
        "constraints": _constraints(),
    }


def last_release(root: Path) -> dict[str, Any]:
    """The contract of the newest release. Raises FileNotFoundError where there is none."""
    files = sorted((root / FOLDER).glob("*.json"), key=_order)
    if not files:
        raise FileNotFoundError(f"{root / FOLDER} has no contract of a release")
    found: dict[str, Any] = json.loads(files[-1].read_text())
    return found


def going(root: Path) -> dict[str, dict[str, str]]:
    """What may be missing now, because a release that is out does not use it any more."""
    found: dict[str, dict[str, str]] = tomllib.loads((root / FOLDER / "going.toml").read_text())
    return found


def _order(file: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in file.stem.split("."))


def _leaves() -> dict[str, str]:
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    leaves = MigrationLoader(None).graph.leaf_nodes()
    return {
        app: name for app, name in leaves if apps.get_app_config(app).name.startswith("outreach.")
    }


def _tasks() -> dict[str, list[str]]:
    """Name -> names of what it is given, in their order."""
    from outreach.config.celery import app

    app.loader.import_default_modules()
    return {
        name: list(inspect.signature(task.run).parameters)
        for name, task in sorted(app.tasks.items())
        if name.startswith("outreach.")
    }


def _queues() -> list[str]:
    """Those that the workers of the table of processes read."""
    from outreach.cli.up.processes import Bindings, programs

    words = [program.argv for program in programs(Bindings(), sandbox=False)]
    return sorted(
        {queue for argv in words if "-Q" in argv for queue in argv[argv.index("-Q") + 1].split(",")}
    )


def _our_tables() -> list[str]:
    from django.apps import apps

    return sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)})


def _tables() -> dict[str, dict[str, str]]:
    """Table -> column -> type, null or not, default or not, what each role may do."""
    from django.db import connection

    found: dict[str, dict[str, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, [_our_tables()])
        for table, column, kind, null, has_default, *rights in cursor.fetchall():
            default = ", default" if has_default else ""
            words = f"{kind}, {null}{default}; {_rights(rights)}"
            found.setdefault(table, {})[column] = words
    return found


def _rights(flags: list[bool]) -> str:
    """`app siud, work s`: select, insert, update, delete."""
    parts = []
    for number, role in enumerate(_ROLES):
        own = flags[number * 4 : number * 4 + 4]
        letters = "".join(letter for letter, is_so in zip("siud", own, strict=True) if is_so)
        parts.append(f"{role} {letters or '-'}")
    return ", ".join(parts)


def _constraints() -> dict[str, dict[str, str]]:
    from django.db import connection

    found: dict[str, dict[str, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_CONSTRAINTS, [_our_tables(), _our_tables()])
        for table, name, definition in cursor.fetchall():
            found.setdefault(table, {})[name] = _as_restored(definition)
    return found


def _as_restored(definition: str) -> str:
    """PostgreSQL writes a list of words in another way after a dump and a restore: that one."""
    return _WORDS.sub(lambda found: f"ARRAY[{_WORD.sub(_CAST, found[1])}]", definition)


def main() -> int:
    from tools.scratch_database import scratch_database

    release = version("outreach")
    target = ROOT / FOLDER / f"{release}.json"
    if target.exists() and "--again" not in sys.argv:
        sys.stdout.write(f"{target} is there. --again writes it anew, before it is released.\n")
        return 1
    with scratch_database() as start:
        start()
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=0)
        found = contract(release)
    target.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    sys.stdout.write(f"{target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
