"""What the pages name exists: commands with options, settings, tests, rooms and their files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from outreach.cli.reference import commands
from outreach.config.environment import Environment

_FENCED = re.compile(r"^(```|~~~)[^\n]*\n(.*?)^\1", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^ {4,}(\S.*)$", re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_CALL = re.compile(r"(?:^|\s|\$ )outreach ([a-z].*)")
_SETTING = re.compile(r"\b(OUTREACH_[A-Z_]+[A-Z])\b")
_TEST = re.compile(r"`((?:tests/)?[\w/]*test_\w+\.py|tests/[\w/]+)`")
# Read by docker-compose.yml or by a command itself, and not a setting of the processes.
_ELSEWHERE = {
    "OUTREACH_AS",
    "OUTREACH_CONTROL_MEMORY",
    "OUTREACH_DOMAIN",
    "OUTREACH_HOOKS_DOMAIN",
    "OUTREACH_POSTGRES_MEMORY",
    "OUTREACH_SECRETS",
    "OUTREACH_WEB_MEMORY",
    "OUTREACH_WORKER_MEMORY",
    "OUTREACH_ENV_FILE",
    "OUTREACH_BACKUP_VOLUME",
    "OUTREACH_IMAGE",
    "OUTREACH_SHARED",
    "OUTREACH_WEB_LISTEN",
    "OUTREACH_WEBHOOK_LISTEN",
}


def _pages(repository: Path) -> list[Path]:
    """The written ones: what is generated names its commands by itself."""
    found = [*repository.glob("*.md"), *(repository / "docs").rglob("*.md")]
    return [page for page in found if page.name not in {"cli-reference.md", "CHANGELOG.md"}]


def _calls(text: str) -> Iterator[str]:
    """Whatever stands behind the word `outreach` in code."""
    blocks = [block for _, block in _FENCED.findall(text)]
    prose = _FENCED.sub("", text)
    lines = [line for block in blocks for line in block.splitlines()]
    for line in [*lines, *_INDENTED.findall(prose), *_INLINE.findall(prose)]:
        if call := _CALL.search(line):
            yield call.group(1)


def _words(call: str) -> list[str]:
    try:
        return shlex.split(call, comments=True)
    except ValueError:  # an apostrophe of prose
        return call.split()


def _found(words: list[str], known: dict[str, click.Command]) -> click.Command | None:
    for length in (3, 2, 1):
        if command := known.get(" ".join(words[:length])):
            return command
    return None


def _wrong(call: str, known: dict[str, click.Command], groups: set[str]) -> str:
    """What does not exist in `call`; "" where all does."""
    words = _words(call.rstrip("\\"))
    command = _found(words, known)
    if command is None:
        is_group = words[0].rstrip(".,:") in groups and len(words) == 1
        return "" if is_group or words[:2] == [words[0], "…"] else call
    options = {name for each in command.params for name in [*each.opts, *each.secondary_opts]}
    given = {word.partition("=")[0].rstrip(",") for word in words if word.startswith("--")}
    unknown = given - options - {"--help"}
    return f"{call}: {sorted(unknown)}" if unknown else ""


def test_every_command_in_the_pages_exists_with_its_options(repository: Path) -> None:
    known = dict(commands())
    groups = {name.split()[0] for name in known if " " in name}
    wrong = [
        f"{page.relative_to(repository)}: {problem}"
        for page in _pages(repository)
        for call in _calls(page.read_text("utf-8"))
        if (problem := _wrong(call, known, groups))
    ]
    assert wrong == []


def test_every_setting_in_the_pages_exists(repository: Path) -> None:
    known = {f"OUTREACH_{name.upper()}" for name in Environment.model_fields} | _ELSEWHERE
    named = {
        (page.name, name.removesuffix("_FILE") if name not in known else name)
        for page in _pages(repository)
        for name in _SETTING.findall(page.read_text("utf-8"))
    }
    assert sorted(each for each in named if each[1] not in known) == []


def test_every_test_in_the_pages_exists(repository: Path) -> None:
    names = {path.name for path in (repository / "tests").rglob("*.py")}
    missing = [
        (page.name, named)
        for page in _pages(repository)
        for named in _TEST.findall(page.read_text("utf-8"))
        if not (repository / named).exists() and named not in names
    ]
    assert missing == []


def test_each_of_the_thirteen_promises_names_its_tests(repository: Path) -> None:
    rows = [
        line.split("|")
        for line in (repository / "docs/promises.md").read_text("utf-8").splitlines()
        if re.match(r"\| \d+ \|", line)
    ]
    assert [int(row[1]) for row in rows] == list(range(1, 14))
    assert all(_TEST.search(row[-2]) for row in rows)


@pytest.mark.parametrize(
    ("call", "is_right"),
    [
        ("launch pause NAME --why reason", True),
        ("launch", True),
        ("doctor --json", True),
        ("launch halt NAME", False),
        ("launch pause NAME --because reason", False),
    ],
)
def test_a_command_that_is_not_there_is_found(call: str, is_right: bool) -> None:
    known = dict(commands())
    assert (_wrong(call, known, {"launch"}) == "") is is_right


_FILE_OF_ROOM = re.compile(r"`([\w/]+\.py)`")
# The names that every room has, in the page that says so.
_OF_EVERY_ROOM = {"models.py", "rules.py", "actions.py", "queries.py", "tasks.py"}


def test_every_room_has_a_page(repository: Path) -> None:
    rooms = {path.parent.name for path in (repository / "outreach").glob("*/__init__.py")}
    pages = {path.stem for path in (repository / "docs/rooms").glob("*.md")} - {"README"}
    assert rooms == pages


def test_every_file_that_a_room_s_page_names_exists(repository: Path) -> None:
    missing = [
        (page.name, named)
        for page in (repository / "docs/rooms").glob("*.md")
        for named in _FILE_OF_ROOM.findall(page.read_text("utf-8"))
        if not _is_in_room(repository, page.stem, named)
    ]
    assert [
        each for each in missing if each[0] != "README.md" or each[1] not in _OF_EVERY_ROOM
    ] == []


def _is_in_room(repository: Path, room: str, named: str) -> bool:
    folders = (repository / "outreach" / room, repository / "outreach", repository)
    below = (repository / "outreach" / room).rglob(Path(named).name)
    return any((folder / named).is_file() for folder in folders) or any(below)


_DAYS_OF_ROW = {
    "name, address": "keep_former_people_days",
    "which message,": "keep_ledger_days",
    "replies: words": "keep_replies_days",
    "confirmations,": "keep_notices_days",
    "which list was": "keep_uploads_days",
    "what providers": "keep_provider_events_days",
    "what staff did": "keep_audit_days",
    "tries to sign": "keep_sign_in_tries_days",
    "backups": "backups_kept",
}


def test_the_retention_table_has_the_numbers_of_the_code(repository: Path) -> None:
    page = (repository / "docs/data-protection/retention-table.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    for beginning, setting in _DAYS_OF_ROW.items():
        (row,) = [line for line in rows if line.startswith(f"| {beginning}")]
        assert f"{Environment.model_fields[setting].default:,}" in row.split("|")[4], row
