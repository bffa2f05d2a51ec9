"""The values of one recipient as a template sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from enum import IntEnum
from functools import lru_cache
from typing import Any

from jinja2 import TemplateRuntimeError

from outreach.content.language import direction_of
from outreach.content.phrases import help_in
from outreach.content.sandbox import PRINTER, Piece, Printer
from outreach.content.values import Values, clean_record
from outreach.core.errors import CannotRender

MOST_OUTPUT_CHARACTERS = 100_000

Seen = Mapping[str, Any]
ROOTS = tuple(field.name for field in fields(Values))


class Room(IntEnum):
    """How much a text says, from the most to the least."""

    AMPLE = 0
    NO_NAMES = 1  # `help.sms_line` has the number of the help line without its name
    SCARCE = 2  # `sms.has_room` does not hold
    LEAST = 3  # both

    @property
    def is_scarce(self) -> bool:
        return self >= Room.SCARCE

    @property
    def has_names(self) -> bool:
        return self in (Room.AMPLE, Room.SCARCE)


def seen_by_template(values: Values, language: str, room: Room = Room.AMPLE) -> Seen:
    """The closed list of variables, filled in and cleaned."""
    seen = {root: seen_record(root, getattr(values, root), language) for root in ROOTS}
    return {
        **seen,
        "sms": replace(seen["sms"], has_room=not room.is_scarce),
        "help": help_in(language, values.help, with_names=room.has_names),
        "language": language,
        "direction": direction_of(language),
    }


def seen_record(root: str, record: Any, language: str) -> Any:
    """What a template in `language` sees of one record of Values where there is room."""
    return help_in(language, record) if root == "help" else clean_record(root, record)


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[str, tuple[str, ...]]:
    root, *rest = path.split(".")
    return root, tuple(rest)


def value_at(seen: Seen, path: str) -> Any:
    """The value of a dotted path; None as soon as something on the way is missing."""
    root, rest = _steps(path)
    value = seen[root]
    for part in rest:
        value = getattr(value, part, None)
    return value


def require_help(values: Values, where: str) -> None:
    """Raises CannotRender for a country without the lines every message has to name."""
    lacks = values.help.missing()
    if lacks:
        raise CannotRender(
            f"For {values.help.country} there is not {' and not '.join(lacks)}.",
            where=where,
            remedy="Enter and check the lines of this country in the help directory first.",
        )


def run(piece: Piece, seen: Seen, printer: Callable[[str], Printer]) -> str:
    """The text of `piece`, each value as `printer` (of its file) prints it.

    Raises CannotRender.
    """
    variables = {**seen, PRINTER: printer(piece.where)}
    chunks: list[str] = []
    size = 0
    try:
        for chunk in piece.template.generate(variables):
            chunks.append(chunk)
            size += len(chunk)
            if size > MOST_OUTPUT_CHARACTERS:
                message = f"The text grows beyond {MOST_OUTPUT_CHARACTERS:,} characters."
                raise CannotRender(message, where=piece.where)
    except (TemplateRuntimeError, TypeError) as error:
        raise CannotRender(f"The text cannot be made: {error}.", where=piece.where) from error
    return "".join(chunks)
