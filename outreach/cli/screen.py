"""What commands print: tables, JSON, progress bars.

Owns the one console of a command. Results go to standard output, everything about the way
there to standard error, so that a script can read the first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

Body = Callable[..., Any]
# Tables in a pipe are for people too: do not cut them at eighty columns.
_WIDTH_IN_A_PIPE = 160

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


def console(*, errors: bool = False) -> Console:
    """Rich's console on this command's standard output, or standard error."""
    found = Console(stderr=errors, highlight=False)
    if not found.is_terminal:
        found = Console(stderr=errors, highlight=False, width=_WIDTH_IN_A_PIPE)
    return found


def say(text: str) -> None:
    """One line for people."""
    click.echo(text)


def note(text: str) -> None:
    """One line for people beside the result."""
    click.echo(text, err=True)


def print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_as_json))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """A table; the sentence `empty` when there is no row."""
    if not rows:
        say(empty)
        return
    console().print(table(headings, rows))


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """Numbers stand on the right; text is shown as it is, never read as markup."""
    found = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(headings):
        is_number = all(isinstance(row[number], int | float) for row in rows)
        found.add_column(heading, justify="right" if is_number and rows else "left")
    for row in rows:
        found.add_row(*(escape(_shown(value)) for value in row))
    return found


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal's standard error; the block gets a function of (done, total)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    screen = console(errors=True)
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else str(value)


def _as_json(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
