"""The wording rules: what a message about this subject must and must not say.

Owns the checks that need only the text of a template. The words are data, in
`wording_rules.yaml`, so that somebody who knows a language can mend them. A finding
about how something is put warns; one about help or the way to stop blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from outreach.content.reading import Usage
from outreach.content.source import SourceFile, TemplateKey
from outreach.content.template_set import TemplateSet
from outreach.core.channels import Channel
from outreach.core.errors import Problem

_TAG = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)
_WAYS_TO_STOP = frozenset({"sms.stop_line", "links.stop"})


def check_wording(templates: TemplateSet) -> list[Problem]:
    """Findings in a pack whose `problems()` is empty, by file and line.

    An email carries help box and stop link in its frame; a text has to say both itself.
    """
    found: list[Problem] = []
    for key in templates.template_keys():
        source = templates.source(key)
        if key.channel is Channel.SMS and "help" not in source.head:
            found += _text_problems(source, templates.usage(key))
        found += _language_problems(key, source)
    return found


def _text_problems(source: SourceFile, usage: Usage) -> Iterator[Problem]:
    where = f"{source.where}:{source.body_line}"
    used = usage.every()
    if not used & _WAYS_TO_STOP:
        yield Problem(
            "no-opt-out",
            "This text does not say how to stop.",
            where,
            "End it with {{ sms.stop_line }}.",
        )
    if not any(path.startswith("help.") for path in used):
        yield Problem(
            "no-help",
            "This text does not say where to get help.",
            where,
            "Add {{ help.sms_line }}: the emergency number and the first help line.",
        )


def _language_problems(key: TemplateKey, source: SourceFile) -> Iterator[Problem]:
    rules = _rules()
    words = rules["languages"].get(key.language.split("-")[0])
    if words is None:
        message = f"There are no wording rules in {key.language}."
        yield Problem("no-wording-rules", message, source.where, blocks=False)
        return
    text = _TAG.sub(lambda tag: "\n" * tag[0].count("\n"), source.body)
    yield from _blaming(source, text, words)
    yield from _figures(source, text, rules, words)


def _blaming(source: SourceFile, text: str, words: Mapping[str, Any]) -> Iterator[Problem]:
    rest = _blanked(text, words["not_blaming"])
    for place, word in _matches(rest, words["blaming"]):
        yield Problem(
            "blaming-words",
            f"“{word}” can sound as if the child were to blame.",
            _where(source, rest, place),
            "Say what happened and who did it.",
            blocks=False,
        )


def _figures(
    source: SourceFile, text: str, rules: Mapping[str, Any], words: Mapping[str, Any]
) -> Iterator[Problem]:
    rest = _blanked(text, rules["not_a_figure"])
    figures = list(_matches(rest, rules["figure"]))
    for place, figure in figures[1:]:
        yield Problem(
            "more-than-one-figure",
            f"{figure} is a second figure in one message.",
            _where(source, rest, place),
            "Keep the one that matters most.",
            blocks=False,
        )
    for place, figure in figures:
        if not _has_source(_paragraph(text, place), rules, words):
            yield Problem(
                "figure-without-source",
                f"{figure} stands without its source and year.",
                _where(source, rest, place),
                "Write in the same paragraph where it comes from, and of which year it is.",
            )


def _has_source(paragraph: str, rules: Mapping[str, Any], words: Mapping[str, Any]) -> bool:
    named = any(re.search(pattern, paragraph, re.IGNORECASE) for pattern in words["source"])
    return named and re.search(rules["year"], paragraph) is not None


def _paragraph(text: str, place: int) -> str:
    begin = text.rfind("\n\n", 0, place) + 1
    end = text.find("\n\n", place)
    return text[begin : end if end >= 0 else len(text)]


def _matches(text: str, patterns: Sequence[str]) -> list[tuple[int, str]]:
    """Where and what, each place once, in order."""
    found: dict[int, str] = {}
    for pattern in patterns:
        for match in re.finditer(pattern, text, re.IGNORECASE):
            if not any(at <= match.start() < at + len(word) for at, word in found.items()):
                found[match.start()] = match[0]
    return sorted(found.items())


def _blanked(text: str, patterns: Sequence[str]) -> str:
    """`text` with what the patterns find turned to spaces, so that places stay right."""
    for pattern in patterns:
        text = re.sub(pattern, lambda match: " " * len(match[0]), text, flags=re.IGNORECASE)
    return text


def _where(source: SourceFile, text: str, place: int) -> str:
    return f"{source.where}:{source.body_line + text.count(chr(10), 0, place)}"


@cache
def _rules() -> Mapping[str, Any]:
    text = files("outreach.content").joinpath("wording_rules.yaml").read_text("utf-8")
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded
