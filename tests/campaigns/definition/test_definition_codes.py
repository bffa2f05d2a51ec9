"""Every finding has a code that is listed and explained; the list, the code and the page agree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from outreach.campaigns.definition.codes import PAGE, Severity, codes
from outreach.campaigns.definition.codes_page import page

PLACES = ("campaigns/definition", "content", "content/checks")
# `add` and `report` make a finding of the place that they know.
MAKERS = frozenset({"Problem", "_add", "report"})


def sources(repository: Path) -> Iterator[tuple[Path, ast.Module]]:
    for place in PLACES:
        for file in sorted((repository / "outreach" / place).glob("*.py")):
            yield file, ast.parse(file.read_text("utf-8"))
    spam = repository / "outreach/cli/spam_score.py"
    yield spam, ast.parse(spam.read_text("utf-8"))


def made(repository: Path) -> dict[str, set[bool]]:
    """Code -> whether it blocks, for each finding that is written out."""
    found: dict[str, set[bool]] = {}
    for _, tree in sources(repository):
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or not call.args:
                continue
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            code = call.args[0]
            if name in MAKERS and isinstance(code, ast.Constant):
                blocks = [each.value for each in call.keywords if each.arg == "blocks"]
                found.setdefault(str(code.value), set()).add(not blocks)
    return found


def test_the_page_is_current(repository: Path) -> None:
    assert (repository / PAGE).read_text("utf-8") == page()


def test_every_finding_in_the_code_is_listed_with_its_severity(repository: Path) -> None:
    listed = codes()
    for code, blocking in made(repository).items():
        assert code in listed, f"{code} is not in codes.yaml"
        wanted = {
            Severity.ERROR: {True},
            Severity.WARNING: {False},
            Severity.EITHER: {True, False},
        }[listed[code].severity]
        assert blocking <= wanted, code


def test_every_listed_code_is_somewhere_in_the_code(repository: Path) -> None:
    texts = "".join(file.read_text("utf-8") for file, _ in sources(repository))
    built = {"empty-subject", "empty-preheader", "unknown-filter", "unknown-test"}
    assert not [code for code in codes() if f'"{code}"' not in texts and code not in built]


@pytest.mark.parametrize("code", codes().values(), ids=lambda code: code.code)
def test_a_code_says_what_it_means_and_what_to_do(code: object) -> None:
    text = page()
    entry = codes()[getattr(code, "code", "")]
    assert f"### {entry.code}\n" in text
    assert entry.means.endswith(".")
    assert entry.remedy
