"""`outreach replies …`: how replies are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import click

from outreach.cli.access import operator
from outreach.core.errors import BadFile, BadInput, Problem
from outreach.replies.reading import Decision, Record, classify

_CHANNELS = ("sms", "email")
_LONGEST_LINE_CHARACTERS = 1_000_000


@click.group(short_help="Try out how replies are read.")
def command() -> None:
    """Try out how replies are read."""


@command.command("classify", short_help="Say for each reply of a file what it means.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@operator
def classify_(file: str) -> None:
    """Say for each reply of a file what it means; one line of JSON each.

    FILE has one JSON object a line: id, text, channel (sms or email), and perhaps lang, subject
    and headers; - reads standard input. Nothing is stored, changed or sent. A line that cannot
    be used is named at the end, and the others are answered all the same.
    """
    problems: list[Problem] = []
    with click.open_file(file, encoding="utf-8", errors="replace") as lines:
        for number, line in _numbered(lines):
            where = f"{Path(file).name if file != '-' else 'standard input'}:{number}"
            try:
                record = _object(line)
                answer = _answer(record["id"], classify(_record(record)))
            except BadInput as error:
                problems.append(Problem(error.code, error.message, where, error.remedy))
            else:
                click.echo(json.dumps(answer, ensure_ascii=False))
    if problems:
        raise BadFile("Some lines cannot be used.", problems, where=file)


def _numbered(lines: IO[str]) -> Iterator[tuple[int, str]]:
    """The lines that hold something, counted from 1."""
    for number, line in enumerate(lines, 1):
        if line.strip("\ufeff \t\r\n"):
            yield number, line.lstrip("\ufeff")


def _object(line: str) -> dict[str, Any]:
    if len(line) > _LONGEST_LINE_CHARACTERS:
        raise BadInput("The line is longer than a million characters.", remedy="Shorten the text.")
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput("The line is not JSON.", remedy="Write one object a line.") from error
    if not isinstance(found, dict):
        raise BadInput("The line is not a JSON object.", remedy='Write {"id": …, "text": …}.')
    if "id" not in found:
        raise BadInput("The field id is missing.", remedy="Give each reply an id.")
    return found


def _record(found: dict[str, Any]) -> Record:
    """Raises BadInput for a field that is missing or has another type."""
    channel = _text(found, "channel") or "sms"
    if channel not in _CHANNELS:
        raise BadInput(f"There is no channel {channel!r}.", remedy="Known: sms, email.")
    headers = found.get("headers") or {}
    if not isinstance(headers, dict):
        raise BadInput("The field headers is not an object.", remedy='Write {"Name": "value"}.')
    if not isinstance(found.get("text"), str):
        raise BadInput("The field text is missing or not a text.", remedy='Give it, or give "".')
    return Record(
        text=found["text"],
        channel=channel,
        language=_text(found, "lang"),
        subject=_text(found, "subject"),
        headers={name: str(value) for name, value in headers.items()},
    )


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if value is not None and not isinstance(value, str):
        raise BadInput(f"The field {name} is not a text.", remedy="Put it in quotes.")
    return value or ""


def _answer(record_id: object, decision: Decision) -> dict[str, object]:
    return {
        "id": record_id,
        "label": decision.label,
        "crisis": decision.is_crisis,
        "stop_requested": decision.stop_requested,
        "action": decision.action,
        "actions": list(decision.actions),
        "confidence": decision.confidence,
        "why": {"rule": decision.rule, "matched": list(decision.matched)},
    }
