"""What goes wrong, as a sentence and an exit code.

| code | meaning |
|---|---|
| 0 | done |
| 1 | another error |
| 2 | something given cannot be used, or was not found |
| 3 | not allowed |
| 4 | not now: the state of things forbids it |
| 5 | a server that is needed does not answer |
| 130 | interrupted with Ctrl-C |

Imports Django only after something of it was raised: `--help` has to be instant.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from outreach.core.errors import (
    BadFile,
    BadInput,
    NotAllowed,
    NotNow,
    OutreachError,
    Problem,
    Unavailable,
)

INTERRUPTED = 130
_CODES: tuple[tuple[type[OutreachError], int], ...] = (
    (BadInput, 2),
    (NotAllowed, 3),
    (NotNow, 4),
    (Unavailable, 5),
)
_OTHER = 1
_MOST_PROBLEMS = 50
_NOBODY = BadInput(
    "Nobody is at the terminal to answer.", remedy="Give it as an option; --help names them."
)


class Failure(click.ClickException):
    """An error of ours on its way to the terminal."""

    def __init__(self, error: OutreachError) -> None:
        super().__init__(error.message)
        self.error = error
        # click reads it from the instance, and declares it on the class
        setattr(self, "exit_code", exit_code(error))  # noqa: B010  # for the type checker, see above

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(sentence(self.error), err=True, file=file)


def exit_code(error: OutreachError) -> int:
    """By the kind of the error, see the table above."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), _OTHER)


def sentence(error: OutreachError | Problem) -> str:
    """`where: message remedy`, each problem of a file on a line of its own."""
    place = click.style(f"{error.where}: ", bold=True) if error.where else ""
    blocks = not isinstance(error, Problem) or error.blocks
    message = click.style(error.message, fg="red" if blocks else "yellow")
    remedy = f" {error.remedy}" if error.remedy else ""
    return "\n".join([f"{place}{message}{remedy}", *_findings(error)])


def _findings(error: OutreachError | Problem) -> list[str]:
    if not isinstance(error, BadFile):
        return []
    lines = [f"  {sentence(problem)}" for problem in error.problems[:_MOST_PROBLEMS]]
    left_out = len(error.problems) - len(lines)
    return [*lines, f"  … and {left_out:,} more"] if left_out else lines


@contextmanager
def translated() -> Iterator[None]:
    """Inside, errors that a user can do something about become a `Failure`."""
    try:
        yield
    except OutreachError as error:
        raise Failure(error) from error
    except (KeyboardInterrupt, click.Abort) as error:
        click.echo(err=True)
        if isinstance(error.__context__, EOFError):  # a question, and its input has ended
            raise Failure(_NOBODY) from None
        raise click.exceptions.Exit(INTERRUPTED) from None
    except OSError as error:
        if error.errno == errno.EPIPE or not error.filename:
            raise
        reason = f"{error.filename} cannot be used: {error.strerror}."
        raise Failure(BadInput(reason, remedy="Check path and rights.")) from error
    except Exception as error:  # the top of the process
        known = _of_the_database(error)
        if known is None:
            raise
        raise Failure(known) from error


def _of_the_database(error: Exception) -> OutreachError | None:
    """What a database error means for the person at the terminal; None for any other error."""
    if "django.db" not in sys.modules:
        return None
    from django.db import DatabaseError, InterfaceError, OperationalError

    if not isinstance(error, DatabaseError | InterfaceError):
        return None
    if getattr(error.__cause__, "sqlstate", None) in {"42P01", "42703"}:  # no such table, column
        return NotNow(
            "The tables are not there, or older than this program.", remedy="Run: outreach migrate."
        )
    if isinstance(error, OperationalError | InterfaceError):
        return _why_away()
    return None


def _why_away() -> OutreachError:
    from outreach.config.environment import environment
    from outreach.config.roles import check_database

    try:
        check_database(environment())
    except OutreachError as reason:
        return reason
    return Unavailable(
        "PostgreSQL ended the connection, or refuses the role of this program.",
        remedy="Run `outreach migrate` if the installation is new; else try again.",
    )
