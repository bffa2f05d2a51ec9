"""What errors of other rooms say, in the language of the page.

A room raises its error with an English sentence and a remedy. Owns the list of these sentences
for the catalogues, with {0}, {1} where values stand, and the way back from a sentence with its
values to its translation. In English, and so on the command line and in logs, nothing changes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.mofile import read_mo
from django.utils.translation import get_language, gettext

from outreach.core import errors

_HOUSE = Path(__file__).resolve().parent.parent
_ROOMS = (
    *("core", "organisation", "audience", "consent", "campaigns", "delivery", "subscriptions"),
    *("replies", "reports", "outbound"),
)
# What only an operator reads, at the start of a process or in its log.
_FOR_OPERATORS = (
    *("organisation/lanes.py", "consent/key_register.py", "delivery/connections.py"),
    *("delivery/sealing", "delivery/sending", "outbound/reading.py", "outbound/signing.py"),
    *("campaigns/definition", "replies/reading", "core/tokens.py"),
)
_ERRORS = frozenset(
    name
    for name, found in vars(errors).items()
    if isinstance(found, type) and issubclass(found, errors.OutreachError)
)
_FEWEST_LETTERS = 4
_PLACE = re.compile(r"\\\{\d+\\\}")


def error_sentences() -> Iterator[str]:
    """Every sentence and remedy that is written in the rooms, for the catalogues."""
    for room in _ROOMS:
        for path in sorted((_HOUSE / room).rglob("*.py")):
            if not path.relative_to(_HOUSE).as_posix().startswith(_FOR_OPERATORS):
                yield from _sentences_of(path)


def say(error: errors.OutreachError) -> str:
    """The whole of an error in the page's language."""
    place = f"{error.where}: " if error.where else ""
    advice = f" {sentence(error.remedy)}" if error.remedy else ""
    return f"{place}{sentence(error.message)}{advice}"


def _sentences_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id not in _ERRORS:
                continue
            remedies = [keyword.value for keyword in node.keywords if keyword.arg == "remedy"]
            for part in (*node.args[:1], *remedies):
                if words := _words_of(part):
                    yield words


def _words_of(part: ast.expr) -> str:
    """The words of a string, "" for anything that is no string as it stands there."""
    if isinstance(part, ast.Constant) and isinstance(part.value, str):
        return part.value
    if not isinstance(part, ast.JoinedStr):
        return ""
    words, values = "", 0
    for piece in part.values:
        if isinstance(piece, ast.Constant):
            words += str(piece.value)
        else:
            words, values = f"{words}{{{values}}}", values + 1
    # Of "{0} is {1}." there is too little left to know it again by.
    known = len(re.sub(r"\{\d+\}|[^a-z]", "", words))
    return words if known >= _FEWEST_LETTERS or not values else ""


def sentence(words: str) -> str:
    """A sentence of another room, with its values, in the page's language."""
    found = gettext(words)
    if found != words:
        return found
    for pattern, translated in _patterns(get_language() or ""):
        if match := pattern.fullmatch(words):
            return translated.format(*(gettext(value) if value else "" for value in match.groups()))
    return words


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The sentences with values that are translated into `language`; the longest first."""
    file = _HOUSE / "web" / "locale" / language / "LC_MESSAGES" / "django.mo"
    if not file.exists():
        return ()
    with file.open("rb") as opened:
        known = [(str(each.id), str(each.string)) for each in read_mo(opened)]
    found = [(id_, string) for id_, string in known if "{0}" in id_]
    found.sort(key=lambda each: -len(each[0]))
    return tuple(
        (re.compile(_PLACE.sub("(.*)", re.escape(id_)), re.DOTALL), string) for id_, string in found
    )
