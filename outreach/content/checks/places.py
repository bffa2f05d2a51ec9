"""Where in a template something stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outreach.content.source import SourceFile

_TAG = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)


def body_place(source: SourceFile, at: int = 0) -> str:
    """`file:line` of the character `at` of a template's body."""
    return f"{source.where}:{source.body_line + source.body.count(chr(10), 0, at)}"


def place_of(source: SourceFile, text: str) -> str:
    """`file:line` of the first `text` in the body; where the body begins when it is not there."""
    return body_place(source, max(source.body.find(text), 0))


def variable_place(source: SourceFile, path: str) -> str:
    """`file:line` of the first tag that names the variable `path`, head included."""
    named = re.compile(rf"\b{re.escape(path)}\b")
    for key, value in source.head.items():
        if any(named.search(tag) for tag in tags_in(value or "")):
            return f"{source.where}:{source.lines.get(key, 1)}"
    found = next((each for each in _TAG.finditer(source.body) if named.search(each[0])), None)
    return body_place(source, found.start() if found else 0)


def tags_in(text: str) -> Iterator[str]:
    """Every `{{ … }}`, `{% … %}` and `{# … #}`."""
    return (found[0] for found in _TAG.finditer(text))


def without_tags(text: str, value: str = "") -> str:
    """`text` with `value` for what is filled in, and nothing for the other tags; its lines stay."""

    def instead(tag: re.Match[str]) -> str:
        lines = "\n" * tag[0].count("\n")
        return (value if tag[0].startswith("{{") else "") + lines

    return _TAG.sub(instead, text)
