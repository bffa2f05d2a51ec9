"""Every example of the documentation works: campaigns are sound, commands are understood."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from ruamel.yaml import YAML

from outreach.campaigns.definition import read_definition
from outreach.cli.program import COMMANDS, load, program

ROOT = Path(__file__).resolve().parents[2]
# Written by the program itself, and compared with it elsewhere.
GENERATED = {"cli-reference.md", "settings.md"}
PAGES = [
    page
    for place in ("*.md", "docs/**/*.md", "campaigns/**/*.md")
    for page in sorted(ROOT.glob(place))
    if page.name not in {*GENERATED, "CHANGELOG.md"}
]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(outreach [a-z][^`]*)`")
OPTION = re.compile(r"--[a-z][a-z-]*")


class Example(NamedTuple):
    """`where`: file:line."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where} {self.text[:40]}"


def blocks(language: str) -> Iterator[Example]:
    for page in PAGES:
        text = page.read_text("utf-8")
        for found in BLOCK.finditer(text):
            if found[1] == language:
                yield Example(_where(page, text, found.start()), found[2])


def commands() -> Iterator[Example]:
    """Whole lines `outreach …` of indented and fenced blocks."""
    for page in PAGES:
        is_fenced = False
        for number, line in enumerate(page.read_text("utf-8").split("\n"), 1):
            is_fenced ^= line.startswith("```")
            found = re.match(r"( {4})?(outreach [a-z].*)", line)
            if found and (is_fenced or found[1]):
                yield Example(f"{page.relative_to(ROOT)}:{number}", found[2])


def mentions() -> Iterator[Example]:
    """Commands in a sentence: they may leave out what they need."""
    for page in PAGES:
        text = page.read_text("utf-8")
        for found in INLINE.finditer(BLOCK.sub(_blank, text)):
            yield Example(_where(page, text, found.start()), " ".join(found[1].split()))


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _where(page: Path, text: str, at: int) -> str:
    return f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, at) + 1}"


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that `words` begin with, and the rest of them."""
    assert words[0] in COMMANDS, f"There is no command {words[0]}"
    command, rest = load(COMMANDS[words[0]]), words[1:]
    while isinstance(command, click.Group) and rest and rest[0][:1].isalpha():
        assert rest[0] in command.commands, f"There is no command {rest[0]}"
        command, rest = command.commands[rest[0]], rest[1:]
    return command, rest


@pytest.mark.parametrize("example", list(blocks("yaml")), ids=str)
def test_a_campaign_of_the_pages_is_sound(example: Example) -> None:
    """A part of one that leaves the rest out with "…" has to be YAML at least."""
    if "schema: 1" in example.text:
        assert read_definition(example.text, filename=example.where).steps
    else:
        assert YAML(typ="safe", pure=True).load(example.text)


@pytest.mark.parametrize("example", list(commands()), ids=str)
def test_a_command_of_the_pages_is_understood_with_all_its_words(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    ours = re.split(r" [>|] ", example.text)[0]  # what follows is the shell's
    command, rest = command_of(shlex.split(ours, comments=True)[1:])
    try:
        command.make_context("example", rest, parent=click.Context(program))
    except click.BadParameter as error:
        if "does not exist" not in str(error):  # the file is the reader's own
            raise


@pytest.mark.parametrize("example", list(mentions()), ids=str)
def test_a_command_in_a_sentence_exists_with_its_options(example: Example) -> None:
    words = [word for word in example.text.replace("…", "").split()[1:] if word]
    command, _ = command_of(words)
    known = {name for each in command.params for name in each.opts + each.secondary_opts}
    assert set(OPTION.findall(example.text)) <= {*known, "--help", "--json"}


@pytest.mark.parametrize("example", list(blocks("python")), ids=str)
def test_a_program_of_the_pages_is_python(example: Example) -> None:
    compile(example.text, example.where, "exec")


def test_make_has_the_targets_that_the_pages_name() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8")))
    for page in PAGES:
        named = re.findall(r"(?:^    |`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)
        assert set(named) <= targets, page


def test_there_are_examples_of_each_kind() -> None:
    assert len(list(blocks("yaml"))) >= 3
    assert len(list(commands())) > 30
    assert len(list(mentions())) > 50
