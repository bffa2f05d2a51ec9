"""Bringing what stands in the database under the newest key, or back to plain text.

Which columns there are is asked of the models: no list here can forget one. Rows that are not yet
as they are to be are found by their beginning, so a run that was interrupted simply goes on, and
one that is repeated changes nothing. Needs the rights of the owner: the ledger and the audit log
are nobody else's to change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.backends.utils import CursorWrapper

from outreach.audience.models import Address
from outreach.core.errors import NotNow
from outreach.core.sealed_text import MARK, AddressKeys
from outreach.organisation.address_key_register import (
    recorded_keys,
    require_known_address_keys,
    take_out,
)
from outreach.organisation.address_keys import PERSON, address_keys
from outreach.organisation.sealed_fields import ActorField, SealedField, SealedJSONField

ROWS_AT_ONCE = 1_000
# Rows that others write meanwhile as before are met by the next pass, if those end. The last one
# finds nothing to change; it may still meet words of a parent that only look encrypted.
_PASSES = 4
_SEALED = f"^{MARK}[0-9]+:[A-Za-z0-9+/.]{{38,}}=*$"  # no words of a parent, unless they mean it
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Table:
    """`keys`: the columns of its primary key. `once`: those of `columns` in which an address
    stands once, as it is compared."""

    name: str
    keys: Sequence[models.Field[Any, Any]]
    columns: Sequence[SealedField[Any, Any]]
    once: Sequence[SealedField[Any, Any]]


@dataclass(frozen=True)
class Encrypted:
    """`rows`: that were changed. `given_up`: versions of keys under which nothing stands now."""

    rows: int
    given_up: Sequence[int]


def rows_to_encrypt() -> dict[str, int]:
    """Table -> how many rows are not as they would be written today; only those with some."""
    writes = _writes()
    with connection.cursor() as cursor:
        numbers = {table.name: _count(cursor, table, writes) for table in _tables()}
    return {name: number for name, number in numbers.items() if number}


def encrypt_addresses(show: Progress) -> Encrypted:
    """Changes every row to the newest key, or to plain text where that is `off`.

    Each thousand rows are a transaction. `show`: called with rows done and rows in all. Raises
    NotNow where an address stands twice, or where others go on writing as before.
    """
    require_known_address_keys()
    # What others begin to write with while this runs was not looked for in every table.
    keys, recorded, done = address_keys(), recorded_keys(), 0
    if keys is None:
        return Encrypted(0, ())
    for _ in range(_PASSES):
        due, before = rows_to_encrypt(), done
        total = done + sum(due.values())
        for table in _tables():
            if table.name in due:
                for number in _change(table, keys):
                    done += number
                    show(done, total)
        if done == before:
            return Encrypted(done, _give_up(keys, recorded))
    raise NotNow(
        "Rows are still being written as before.",
        remedy="A process runs with other keys: give all the same setting, start them again, "
        "and repeat this.",
    )


def _writes() -> str:
    keys = address_keys()
    return keys.writes if keys else ""


def _give_up(keys: AddressKeys, recorded: Iterable[int]) -> list[int]:
    newest = keys.writes.split(":")[1] if keys.writes else ""
    over = [version for version in recorded if str(version) != newest]
    take_out(over)
    return over


def _tables() -> list[_Table]:
    found = []
    for model in apps.get_models():
        columns = [each for each in model._meta.local_fields if isinstance(each, SealedField)]
        if columns:
            once = [each for each in columns if _is_once(model, each)]
            found.append(_Table(model._meta.db_table, model._meta.pk_fields, columns, once))
    return found


def _is_once(model: type[models.Model], column: models.Field[Any, Any]) -> bool:
    rules = (each for each in model._meta.constraints if isinstance(each, models.UniqueConstraint))
    return column.unique or any(column.name in rule.fields for rule in rules)


def _change(table: _Table, keys: AddressKeys) -> Iterator[int]:
    """Batch after batch, by primary key; how many rows each changed."""
    last: tuple[Any, ...] = ()
    while True:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                rows = _due_rows(cursor, table, keys.writes, last)
                news = [new for row in rows if (new := _changed(table, keys, row)) != [*row]]
                if news:
                    _write(cursor, table, news)
        except IntegrityError as error:
            raise _told(table, keys, last, error) from error
        if not rows:
            return
        last = rows[-1][: len(table.keys)]
        yield len(news)


def _told(
    table: _Table, keys: AddressKeys, last: Sequence[Any], error: IntegrityError
) -> Exception:
    """What to say of a batch that the database refused; `error` where no address stands twice."""
    twice = _twice(table, keys, last)
    if not twice:
        return error
    rows = " and ".join(str(row) for row in twice)
    merge = f"outreach addresses merge {' '.join(str(row) for row in twice[:2])}"
    return NotNow(
        f"Rows {rows} have the same address: one as it was written before, one as it is now.",
        where=table.name,
        remedy=f"Run: {merge}; then this again."
        if table.name == Address._meta.db_table
        else "Processes ran with different keys; docs/encrypted-addresses.md says what to do.",
    )


def _twice(table: _Table, keys: AddressKeys, last: Sequence[Any]) -> list[Any]:
    """The rows, by their keys, of the first address of a batch that stands in several."""
    with transaction.atomic(), connection.cursor() as cursor:
        batch = _due_rows(cursor, table, keys.writes, last)
        for place, column in enumerate(table.columns, start=len(table.keys)):
            if column in table.once:
                texts = {column.unsealed(row[place]) for row in batch}
                rows_of = _rows_of(cursor, table, column, texts, keys)
                if found := next((rows for rows in rows_of if len(rows) > 1), None):
                    return found
    return []


def _rows_of(
    cursor: CursorWrapper,
    table: _Table,
    column: SealedField[Any, Any],
    texts: Iterable[str],
    keys: AddressKeys,
) -> Iterable[list[Any]]:
    """Of each text the rows that have it in whatever form."""
    text_of = {form: text for text in texts for form in keys.alike(text, column.place)}
    key, name = _quoted(table.keys[0].column), _quoted(column.column)
    cursor.execute(
        f"SELECT {key}, {name} FROM {_quoted(table.name)} "  # noqa: S608  # names of our models
        f"WHERE {name} = ANY (%s) ORDER BY {key}",
        [list(text_of)],
    )
    found: dict[str, list[Any]] = {}
    for row, stored in cursor.fetchall():
        found.setdefault(text_of[stored], []).append(row)
    return found.values()


def _due_rows(
    cursor: CursorWrapper, table: _Table, writes: str, last: Sequence[Any]
) -> list[tuple[Any, ...]]:
    names = [*(each.column for each in table.keys), *(each.column for each in table.columns)]
    keys = ", ".join(_quoted(each.column) for each in table.keys)
    due, params = _due(table, writes)
    after = f"({keys}) > ({', '.join(['%s'] * len(last))}) AND " if last else ""
    cursor.execute(
        f"SELECT {', '.join(map(_quoted, names))} FROM {_quoted(table.name)} "  # noqa: S608  # as above
        f"WHERE {after}({due}) ORDER BY {keys} LIMIT {ROWS_AT_ONCE} FOR UPDATE",
        [*last, *params],
    )
    return list(cursor.fetchall())


def _count(cursor: CursorWrapper, table: _Table, writes: str) -> int:
    due, params = _due(table, writes)
    cursor.execute(f"SELECT count(*) FROM {_quoted(table.name)} WHERE {due}", params)  # noqa: S608  # as above
    return int(cursor.fetchone()[0])


def _due(table: _Table, writes: str) -> tuple[str, list[str]]:
    parts = [_due_column(column, writes) for column in table.columns]
    return " OR ".join(sql for sql, _ in parts), [each for _, params in parts for each in params]


def _due_column(column: SealedField[Any, Any], writes: str) -> tuple[str, list[str]]:
    """SQL that says whether a column is not as it would be written now."""
    name = _quoted(column.column)
    text = f"{name} #>> '{{}}'" if isinstance(column, SealedJSONField) else name
    sealed = f"(starts_with({text}, '{MARK}') AND {text} ~ '{_SEALED}')"
    if not writes:
        return sealed, []
    if isinstance(column, SealedJSONField):
        plain = f"jsonb_typeof({name}) IN ('object', 'array') AND {text} NOT IN ('{{}}', '[]')"
    elif isinstance(column, ActorField):
        plain = f"{name} ~ '{PERSON}'"
    else:
        plain = f"{name} <> ''"
    return f"({sealed} OR {plain}) AND NOT starts_with({text}, %s)", [writes]


def _changed(table: _Table, keys: AddressKeys, row: Sequence[Any]) -> list[Any]:
    """The row as it is to be: primary key first."""
    mark = len(table.keys)
    texts = zip(table.columns, row[mark:], strict=True)
    return [*row[:mark], *(_as_written(column, keys, value) for column, value in texts)]


def _as_written(column: SealedField[Any, Any], keys: AddressKeys, stored: str | None) -> str | None:
    if stored is None:
        return None
    if isinstance(column, SealedJSONField):
        return _json_as_written(column, keys, stored)
    plain = column.unsealed(stored) if stored.startswith(MARK) else stored
    return column.sealed(keys, plain)


def _json_as_written(column: SealedJSONField, keys: AddressKeys, stored: str) -> str:
    """`stored`: JSON as PostgreSQL writes it."""
    found = orjson.loads(stored)
    is_sealed = isinstance(found, str) and found.startswith(MARK)
    plain = column.unsealed(found) if is_sealed else stored
    if not keys.writes or orjson.loads(plain) in ({}, []):
        return plain
    return orjson.dumps(column.sealed(keys, plain)).decode()


def _write(cursor: CursorWrapper, table: _Table, rows: Sequence[Sequence[Any]]) -> None:
    fields: list[tuple[str, str, str]] = [
        (f"k{place}", _quoted(each.column), each.rel_db_type(connection) or "bigint")
        for place, each in enumerate(table.keys)
    ]
    values = [(f"v{place}", _quoted(each.column)) for place, each in enumerate(table.columns)]
    kinds = [*(kind for _, _, kind in fields), *("text" for _ in values)]
    names = ", ".join([*(name for name, _, _ in fields), *(name for name, _ in values)])
    casts = ["::jsonb" if isinstance(each, SealedJSONField) else "" for each in table.columns]
    changes = (
        f"{column} = n.{name}{cast}" for (name, column), cast in zip(values, casts, strict=True)
    )
    same = " AND ".join(f"t.{column} = n.{name}" for name, column, _ in fields)
    cursor.execute(
        f"UPDATE {_quoted(table.name)} t SET {', '.join(changes)} "  # noqa: S608  # as above
        f"FROM unnest({', '.join(f'%s::{kind}[]' for kind in kinds)}) AS n({names}) WHERE {same}",
        [list(part) for part in zip(*rows, strict=True)],
    )


def _quoted(name: str | None) -> str:
    """`name`: of a table or a column, which each field of a table has."""
    return connection.ops.quote_name(name or "")
