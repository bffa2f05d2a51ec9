"""What other rooms say, in the language of the page.

A room has its words in English: an error with its remedy, a finding of a check, what a provider's
code means. gathering.py lists them for the catalogues, with {0}, {1} where values stand; this
module owns the way back from a sentence with its values to its translation. In English, and so on
the command line and in logs, nothing changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from babel.messages.mofile import read_mo
from django.utils.translation import get_language, gettext

from outreach.core.errors import OutreachError

_LOCALE = Path(__file__).resolve().parent / "locale"
_VALUE = re.compile(r"\{(\d+)\}")
_PLACE = re.compile(r"\\\{\d+\\\}")
# Their values are keys of a file, which are the same in every language.
_OF_KEYS = (
    *("There is: ", "There is no variable", "It knows: ", "The keys here are", "The head does not"),
    *("Give it another key", "{0} is not one of", "Choose from", "Choose one of {0}", "Create "),
    *("Steps before it", "These steps wait", "`when` has none", "help can only be", "Add it, for"),
    *("Write it like {0}", "Write it as {0}"),
)
_OF_COLUMNS = ("used as ", "ignored: another column")
# What lists are joined with in the rooms' sentences.
_JOINTS = (", ", " and not ")
_END = re.compile(r"(?<=[.!?]) (?=[A-Z`“])")
# What begins so is half of another sentence, never a value.
_HALVES = ("This ", "That ", "These ", "Those ")
_QUOTES = ("`", '"', "“", "not_")
_MOST_KEPT = 8_192


@dataclass(frozen=True)
class _Pattern:
    """A sentence with values. `known`: the longest of the words between them, which is looked
    for first because a regular expression for each sentence would cost far more. `quoted`: of
    each value, whether it is a key or stands in quotation marks, and so stays as it was written.
    `is_of_columns`: its values are names of columns, which are words."""

    known: str
    expression: re.Pattern[str]
    translated: str
    quoted: tuple[bool, ...]
    is_of_columns: bool


def say(error: OutreachError) -> str:
    """The whole of an error in the page's language."""
    place = f"{error.where}: " if error.where else ""
    advice = f" {sentence(error.remedy)}" if error.remedy else ""
    return f"{place}{sentence(error.message)}{advice}"


def sentence(words: str) -> str:
    """A sentence of another room, with its values, in the page's language."""
    language = get_language() or ""
    return _translated(words, language) if _patterns(language) else gettext(words)


@lru_cache(maxsize=_MOST_KEPT)
def _translated(words: str, language: str) -> str:
    found = gettext(words) if words else words
    if found != words:
        return found
    if (whole := _by_pattern(words, language, across=False)) is not None:
        return whole
    each = _END.split(words)  # a sentence and its remedy may have been kept as one text
    if len(each) > 1 and (parts := [_translated(one, language) for one in each]) != each:
        return " ".join(parts)
    return _by_pattern(words, language, across=True) or words


def _by_pattern(words: str, language: str, *, across: bool) -> str | None:
    """By the first sentence with values that fits. `across`: a value may reach over the end of a
    sentence, as a value that is one itself does."""
    for pattern in _patterns(language):
        if pattern.known not in words or not (match := pattern.expression.fullmatch(words)):
            continue
        if not across and any(_END.search(value) for value in match.groups()):
            continue
        values = [
            value if is_quoted else _value(value, language, pattern)
            for value, is_quoted in zip(match.groups(), pattern.quoted, strict=True)
        ]
        if not any(value.startswith(_HALVES) for value in values):
            return _filled_in(pattern.translated, values)
    return None


def _value(words: str, language: str, pattern: _Pattern) -> str:
    """A value may be a sentence or a word itself, or several."""
    if pattern.is_of_columns:
        return gettext(words.capitalize())
    found = _translated(words, language)
    joint = next((joint for joint in _JOINTS if joint in words), "")
    if found != words or not joint:
        return found
    parts = [_translated(part, language) for part in words.split(joint)]
    return gettext(joint).join(parts) if parts != words.split(joint) else words


def _filled_in(translated: str, values: Sequence[str]) -> str:
    return _VALUE.sub(lambda place: values[int(place[1])], translated)


@cache
def _patterns(language: str) -> tuple[_Pattern, ...]:
    """The sentences with values that are translated into `language`; the longest first."""
    file = _LOCALE / language / "LC_MESSAGES" / "django.mo"
    if not file.exists():
        return ()
    with file.open("rb") as opened:
        known = [(str(each.id), str(each.string)) for each in read_mo(opened)]
    found = [(id_, string) for id_, string in known if "{0}" in id_]
    found.sort(key=lambda each: -len(each[0]))
    return tuple(_pattern(id_, string) for id_, string in found)


def _pattern(id_: str, translated: str) -> _Pattern:
    expression = re.compile(_PLACE.sub("(.*?)", re.escape(id_)), re.DOTALL)
    pieces = _VALUE.split(id_)[::2]
    is_of_keys = id_.startswith(_OF_KEYS)
    quoted = tuple(is_of_keys or piece.endswith(_QUOTES) for piece in pieces[:-1])
    is_of_columns = id_.startswith(_OF_COLUMNS)
    return _Pattern(max(pieces, key=len), expression, translated, quoted, is_of_columns)
