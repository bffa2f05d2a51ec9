"""The frame around every email: what mail programs do not show, contrast, alt texts, sizes.

Owns the findings about a layout. The rules are data, in `email_support.yaml`; contrast is asked of
the finished page, by day and in the dark. Refuses to render in a mail program: screenshots are a
person's work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

from markupsafe import Markup
from ruamel.yaml import YAML

from outreach.content.checks.contrast import pairs_in
from outreach.content.layout import Layout, PageParts
from outreach.core.errors import Problem

_SHEET = re.compile(r"<style\b[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_KEPT = re.compile(r"<style data-kept>(.*?)</style>", re.DOTALL)
_DARK = re.compile(r"@media \(prefers-color-scheme: dark\) \{(.*?\})\s*\}", re.DOTALL)
_DECLARATION = re.compile(r"(?<![\w-])([a-z-]+)\s*:\s*([^;{}\"]+)")
_PIXELS = re.compile(r"font-size\s*:\s*(\d+)px")
_INVISIBLE_PIXELS = 1  # the preview line, which is not to be seen
_PROBE = Markup(
    "<h1>One</h1><h2>Two</h2><h3>Three</h3><p>Text <strong>strong</strong> <em>em</em> "
    '<a href="https://example.org">link</a></p><ul><li>item</li></ul><ol><li>item</li></ol>'
    "<blockquote><p>said</p></blockquote><pre><code>code</code></pre>"
)


@lru_cache(maxsize=8)
def check_page(source: str, where: str) -> tuple[Problem, ...]:
    """Every finding about the layout `source`, the file `where`."""
    page = _Page(source, where)
    return (*page.tags(), *page.styles(), *page.sizes(), *page.contrasts())


class _Page:
    def __init__(self, source: str, where: str) -> None:
        self._source = source
        self._where = where
        self._rules = _rules()

    def tags(self) -> Iterator[Problem]:
        reader = _Tags()
        reader.feed(self._source)
        for tag, attributes, line in reader.found:
            rule = self._rules["tags"].get(tag)
            if rule:
                yield self._unsupported(f"<{tag}>", rule, line)
            if tag == "img" and "alt" not in attributes:
                yield Problem(
                    "no-alt-text",
                    "A picture without words for those who do not see it.",
                    f"{self._where}:{line}",
                    'Add alt="…", or alt="" where it only decorates.',
                )

    def styles(self) -> Iterator[Problem]:
        for number, line in enumerate(self._source.split("\n"), 1):
            for name, value in _DECLARATION.findall(line):
                rule = self._rules["properties"].get(name)
                if rule and ("only" not in rule or value.strip() in rule["only"]):
                    yield self._unsupported(f"{name}: {value.strip()}", rule, number)
            for text, rule in self._rules["values"].items():
                if _has(line, text, is_unit="unit" in rule):
                    yield self._unsupported(text, rule, number)

    def sizes(self) -> Iterator[Problem]:
        smallest, most = self._rules["smallest_text_pixels"], self._rules["most_sheet_bytes"]
        for number, line in enumerate(self._source.split("\n"), 1):
            for size in map(int, _PIXELS.findall(line)):
                if _INVISIBLE_PIXELS < size < smallest:
                    yield Problem(
                        "small-text",
                        f"Text of {size} pixels; {smallest} are the least on a phone.",
                        f"{self._where}:{number}",
                        "Make it larger.",
                    )
        kept = "".join(_KEPT.findall(self._source)).encode()
        if len(kept) > most:
            yield Problem(
                "large-style-sheet",
                f"The style sheet that stays has {len(kept):,} bytes; Gmail drops it from "
                f"{most:,} on.",
                f"{self._where}:1",
                "Shorten it.",
            )

    def contrasts(self) -> Iterator[Problem]:
        for name, source in (("by day", self._source), ("in the dark", _in_the_dark(self._source))):
            for pair in pairs_in(Layout(source).page(_parts())):
                if pair.ratio < self._rules["contrast"]:
                    yield Problem(
                        "low-contrast",
                        f"{pair.color} on {pair.ground} has a contrast of {pair.ratio:.1f} {name} "
                        f"(<{pair.tag}> “{pair.text}”); {self._rules['contrast']} is the least.",
                        f"{self._where}:{self._line_of(pair.color)}",
                        "Take a darker or a lighter colour.",
                    )

    def _unsupported(self, what: str, rule: Mapping[str, Any], line: int) -> Problem:
        return Problem(
            "not-supported",
            f"`{what}` does not work in every mail program. {rule['why']}",
            f"{self._where}:{line}",
            "Do without it.",
        )

    def _line_of(self, text: str) -> int:
        return self._source.count("\n", 0, max(self._source.lower().find(text), 0)) + 1


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, frozenset[str], int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = frozenset(name for name, _ in attrs)
        self.found.append((tag, names, self.getpos()[0]))


def _has(line: str, text: str, *, is_unit: bool) -> bool:
    return bool(re.search(rf"\d{text}\b", line)) if is_unit else text in line


def _in_the_dark(source: str) -> str:
    """The layout with its rules for the dark among those that are written into the elements."""
    dark = "\n".join(_DARK.findall(source))
    return source.replace("</style>", f"{dark}</style>", 1)


def _parts() -> PageParts:
    return PageParts(
        language="en",
        direction="ltr",
        subject="Subject",
        preheader="Preview",
        sender="School",
        body=_PROBE,
        help_now=_PROBE,
        footer=_PROBE,
    )


@cache
def _rules() -> Mapping[str, Any]:
    text = files("outreach.content.checks").joinpath("email_support.yaml").read_text("utf-8")
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded
