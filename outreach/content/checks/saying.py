"""What a message has to say, what it never says, and what only frightens.

Owns the four things that a step can promise (`says`) and the reading of the words for them, which
are data in `what_to_say.yaml`. It reads words, not meaning: it does not replace a reader.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from outreach.content.checks.places import body_place, without_tags
from outreach.content.source import SourceFile
from outreach.core.errors import Problem
from outreach.core.says import Says

_MEANS: Mapping[Says, str] = {
    Says.DO_NOT_PAY: "not to pay",
    Says.KEEP_EVIDENCE: "to keep the evidence",
    Says.TELL_SOMEONE: "that one can tell somebody",
    Says.WHERE_TO_REPORT: "where to report it",
}
# Three words in capitals in a row; one or two may be names.
_CAPITALS = r"[^\W\d_a-zà-öø-ÿа-яёα-ω]{3,}"
_SHOUTED = re.compile(rf"\b{_CAPITALS}(?:[ ,]+{_CAPITALS}){{2,}}\b")


def check_saying(
    source: SourceFile, language: str, says: Collection[Says], used: Collection[str]
) -> Iterator[Problem]:
    """`says`: what the step promises. `used`: the variables of the message."""
    words = _words().get(language.partition("-")[0])
    text = without_tags(source.body)
    yield from _shouting(source, text)
    if words is None:  # `check_wording` says so
        return
    for each in says:
        lists_it = each is Says.WHERE_TO_REPORT and "help.report" in used
        if not lists_it and not _found(text, words[each]):
            yield Problem(
                "not-said",
                f"The step says {_MEANS[each]}; this message does not.",
                body_place(source),
                f"Say it, or take `{each}` off the step's `says`.",
            )
    for found, where in _matches(source, text, words["graphic"]):
        yield Problem(
            "graphic-words",
            f"“{found}” is more than a family needs to read.",
            where,
            "Say “a private picture”.",
            blocks=False,
        )
    for found, where in _matches(source, text, [*_everywhere(), *words["alarming"]]):
        yield Problem(
            "alarming-words",
            f"“{found}” frightens more than it helps.",
            where,
            "Say calmly what happened and what to do.",
            blocks=False,
        )


def _found(text: str, patterns: Sequence[str]) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def _matches(source: SourceFile, text: str, patterns: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What each of the patterns found, and where."""
    for pattern in patterns:
        for found in re.finditer(pattern, text, re.IGNORECASE):
            line = source.body_line + text.count("\n", 0, found.start())
            yield found[0], f"{source.where}:{line}"


def _shouting(source: SourceFile, text: str) -> Iterator[Problem]:
    for number, line in enumerate(text.split("\n")):
        shouted = _SHOUTED.search(line)
        if shouted and shouted[0].isupper():  # Arabic has no capitals
            yield Problem(
                "alarming-words",
                f"“{shouted[0]}” is in capitals, as if shouted.",
                f"{source.where}:{source.body_line + number}",
                "Write it in small letters.",
                blocks=False,
            )


@cache
def _data() -> Mapping[str, Any]:
    text = files("outreach.content.checks").joinpath("what_to_say.yaml").read_text("utf-8")
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded


def _words() -> Mapping[str, Mapping[str, Sequence[str]]]:
    found: Mapping[str, Mapping[str, Sequence[str]]] = _data()["languages"]
    return found


def _everywhere() -> Sequence[str]:
    found: Sequence[str] = _data()["alarming"]
    return found
