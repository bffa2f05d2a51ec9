"""How hard a message is to read, as far as numbers can say it.

Owns LIX (C. H. Björnsson, Läsbarhet, 1968; for eleven languages: "Readability of newspapers in
11 languages", Reading Research Quarterly 18, 1983): words in a sentence, plus the share of words
of more than six letters. It needs no syllables, so no dictionary. The bounds are data, in
`reading_levels.yaml`; languages for which Björnsson has no values are held to sentence and word
length alone. Refuses to be a judgement: a short sentence can be hard too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from outreach.content.checks.places import without_tags
from outreach.content.source import SourceFile
from outreach.core.errors import Problem

_LONG_WORD_LETTERS = 6
# Fewer say nothing: a text message has no level.
_FEWEST_WORDS = 40
# What is filled in counts as one short word.
_SOME_VALUE = "Name"
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)|https?://\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")  # noqa: RUF001  # the apostrophe of French and English
_END = re.compile(r"(?<=[.!?…؟:;])[\"'”“»)*]*\s+")


@dataclass(frozen=True)
class ReadingLevel:
    """`lix`: below 30 a children's book, from 50 on an official letter. `sentence_words` and
    `word_letters`: on average."""

    lix: float
    sentence_words: float
    word_letters: float


@dataclass(frozen=True)
class _Sentence:
    words: tuple[str, ...]
    line: int


def level_of(body: str) -> ReadingLevel | None:
    """Of the body of a template; None where it is too short to say."""
    sentences = _sentences(body)
    words = [word for sentence in sentences for word in sentence.words]
    if len(words) < _FEWEST_WORDS:
        return None
    per_sentence = len(words) / len(sentences)
    long_words = sum(len(word) > _LONG_WORD_LETTERS for word in words)
    return ReadingLevel(
        lix=per_sentence + 100 * long_words / len(words),
        sentence_words=per_sentence,
        word_letters=sum(map(len, words)) / len(words),
    )


def check_reading(source: SourceFile, language: str, *, for_staff: bool) -> Iterator[Problem]:
    """Warnings alone: a formula sees words, not sense."""
    bounds = _bounds(language)
    level = level_of(source.body)
    yield from _hard(source, bounds, level, for_staff=for_staff)
    longest = bounds["longest_sentence"] + (_FOR_STAFF if for_staff else 0)
    for sentence in _sentences(source.body):
        if len(sentence.words) > longest:
            yield Problem(
                "long-sentence",
                f"A sentence of {len(sentence.words)} words; {longest} are as many as one reads "
                "at once.",
                f"{source.where}:{source.body_line + sentence.line}",
                "Make two of it.",
                blocks=False,
            )


# People who work at a school read more; a little is left to them.
_FOR_STAFF = 8


def _hard(
    source: SourceFile,
    bounds: Mapping[str, Any],
    level: ReadingLevel | None,
    *,
    for_staff: bool,
) -> Iterator[Problem]:
    if level is None:
        return
    room = _FOR_STAFF if for_staff else 0
    if "lix" in bounds and level.lix > bounds["lix"] + room:
        what = f"LIX is {level.lix:.0f}; at most {bounds['lix'] + room} is plain in this language."
    elif "lix" not in bounds and level.word_letters > bounds["word_letters"]:
        what = f"Words have {level.word_letters:.1f} letters on average, more than is plain."
    elif level.sentence_words > bounds["sentence_words"] + room:
        what = f"Sentences have {level.sentence_words:.0f} words on average, more than is plain."
    else:
        return
    yield Problem(
        "hard-to-read",
        what,
        f"{source.where}:{source.body_line}",
        "Take shorter words and sentences.",
        blocks=False,
    )


def _sentences(body: str) -> list[_Sentence]:
    text = _LINK.sub(lambda found: found[1] or "", without_tags(body, _SOME_VALUE))
    found: list[_Sentence] = []
    for number, line in enumerate(text.split("\n")):
        for part in _END.split(line):
            words = tuple(_WORD.findall(part))
            if words:
                found.append(_Sentence(words, number))
    return found


def _bounds(language: str) -> Mapping[str, Any]:
    levels = _levels()
    own: Mapping[str, Any] = levels["languages"].get(language.partition("-")[0]) or {}
    return {**levels["every"], **own}


@cache
def _levels() -> Mapping[str, Any]:
    text = files("outreach.content.checks").joinpath("reading_levels.yaml").read_text("utf-8")
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded
