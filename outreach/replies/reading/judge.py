"""What the letters of a reply and their meanings, in whichever language, and what the rules have
found in it, say together.

Rules and packs reach what somebody has listed. Here three things are weighed at once: it is a
stop, it tells of harm, or neither. First the text alone: its words, runs of their letters, and what
they mean (`glosses`), learnt from the replies in all languages. Then that, beside what the rules
have decided and why, learnt from replies that no rule was written by (`python -m bench.judge`).
"""

from __future__ import annotations

import json
import math
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from itertools import combinations, groupby, pairwise

from outreach.replies.reading.abroad import heard_in
from outreach.replies.reading.beside import (
    beside_the_stop,
    ruled,
    second_opinion,
)
from outreach.replies.reading.glosses import Gloss, glosses
from outreach.replies.reading.letters import is_spaceless
from outreach.replies.reading.opinion import LANGUAGE
from outreach.replies.reading.records import Decision
from outreach.replies.reading.signs import Signs

CELLS = 1 << 19
WEIGHTS = "judge.weights.bin"
TABLE = "judge.table.json"
_SIZES = (2, 3, 4, 5)
_LONGEST_WORD = 24
_MOST_WORDS = 400
_NEAR = 4  # words
_MOST_MEANINGS = 40
_MOST_NAMED = 6
_LONGEST = 6  # doublings: texts of 63 words and more count as one length
_STEPS = tuple(step / 2 for step in range(-12, 13))


class Kind(StrEnum):
    """What a reply can be. The weights of each text by itself answer the first two."""

    STOP = "stop"
    HARM = "harm"
    OTHER = "other"


def cells(signs: Signs) -> set[int]:
    """Where the weights stand of what the text shows, whatever the rules say of it."""
    words = _written(signs)
    found = set().union(*map(_of_word, words), _of_meanings(signs, glosses(signs)))
    found.update([_cell(f"b {one} {two}") for one, two in pairwise(["<", *words, ">"])])
    found.update([_cell(f"c {name}") for name in heard_in(signs).features])
    return found


def _cell(shown: str) -> int:
    return zlib.crc32(shown.encode()) % CELLS


@lru_cache(maxsize=32_768)  # of meanings there are some two hundred
def _of_two(sign: str, first: str, second: str) -> int:
    return _cell(f"{sign} {first} {second}")


def _written(signs: Signs) -> list[str]:
    """Where a character is a word of ours (Chinese, Thai), those that stand together are one."""
    plain = [each[0] for each in signs.words.spellings[:_MOST_WORDS]]
    together = groupby(plain, key=lambda word: len(word) == 1 and is_spaceless(word))
    return [
        word for spaceless, each in together for word in (["".join(each)] if spaceless else each)
    ]


@lru_cache(maxsize=16_384)
def _of_word(word: str) -> tuple[int, ...]:
    """The word, and the runs of its letters; a blank marks where it begins or ends."""
    padded = f" {word[:_LONGEST_WORD] if word.isascii() else word} "
    runs = (padded[at : at + size] for size in _SIZES for at in range(len(padded) - size + 1))
    return (_cell(f"w {word}"), *map(_cell, runs))


def _of_meanings(signs: Signs, found: list[Gloss]) -> Iterator[int]:
    """Each meaning, those that stand near each other, and those that meet anywhere."""
    sentences = signs.words.sentences
    for at, one in enumerate(found):
        yield _cell(f"m {one.meaning}")
        for two in found[at + 1 :]:
            if two.start - one.end >= _NEAR or sentences[one.start] != sentences[two.start]:
                break
            if one.meaning != two.meaning and two.start >= one.end:
                yield _of_two("n", *sorted((one.meaning, two.meaning)))
                yield _of_two("t", one.meaning, two.meaning)
    met = sorted({each.meaning for each in found})[:_MOST_MEANINGS]
    for first, second in combinations(met, 2):
        yield _of_two("p", first, second)


def of_rules(decision: Decision, signs: Signs) -> dict[str, float]:
    """What the rules have found, in terms that every language shares."""
    group = LANGUAGE if signs.best_language == LANGUAGE else "abroad"
    found = ruled(signs)
    rest = beside_the_stop(signs)
    actions = "+".join(decision.actions)
    shown = {
        "",
        group,
        f"actions {actions}",
        f"actions {group} {actions}",
        f"rule {decision.rule}",
        f"rule {group} {decision.rule}",
        f"asked {actions} {decision.stop_requested} {rest is not None}",
        f"words {_length(len(signs.words))}",
        f"beside {_length(len(rest.words)) if rest is not None else -1}",
        f"known {signs.is_known_language}",
        *(f"found {name}" for name in found.names),
        *(f"field {field.value}" for field in signs.fields),
        *(f"concept {name}" for name in heard_in(signs).features),
    }
    view = second_opinion(signs)
    if view is not None:
        shown.update(_steps("opinion stop", view.stop))
        shown.update(_steps("opinion harm", view.harm))
    return dict.fromkeys(shown, 1.0)


def of_answers(stop: float, harm: float, signs: Signs) -> dict[str, float]:
    """What the text by itself says, for the second step."""
    group = LANGUAGE if signs.best_language == LANGUAGE else "abroad"
    shown = [
        *_steps(f"stop {group}", stop),
        *_steps(f"harm {group}", harm),
    ]
    return {**dict.fromkeys(shown, 1.0), f"stop {group}": stop / 4, f"harm {group}": harm / 4}


def _steps(name: str, value: float) -> list[str]:
    return _named_steps(name)[: bisect_right(_STEPS, value)]


@cache
def _named_steps(name: str) -> list[str]:
    return [f"{name} from {step}" for step in _STEPS]


def _length(words: int) -> int:
    return min(_LONGEST, int(math.log2(words + 1)))


@dataclass(frozen=True)
class Learnt:
    """`text`: for each question the weight of every cell, a signed byte each, and of none.
    `table`: what each sign of the second step adds to each kind."""

    text: tuple[array[int], array[int]]
    bias: tuple[float, float]
    scale: float
    table: Mapping[str, tuple[float, float, float]]


@cache
def learnt() -> Learnt:
    """The weights that ship."""
    folder = files("outreach.replies").joinpath("concepts")
    whole = array("b", folder.joinpath(WEIGHTS).read_bytes())
    told = json.loads(folder.joinpath(TABLE).read_text("utf-8"))
    table = {name: (stop, harm, other) for name, (stop, harm, other) in told["table"].items()}
    stop, harm = told["bias"]
    return Learnt((whole[:CELLS], whole[CELLS:]), (stop, harm), told["scale"], table)


def answers(signs: Signs) -> tuple[float, float]:
    """How strongly the text by itself asks us to stop, and tells of harm; 0 is as likely as not."""
    known, shown = learnt(), cells(signs)
    share = 1 / (known.scale * math.sqrt(max(1, len(shown))))
    stop, harm = (sum([weights[cell] for cell in shown]) for weights in known.text)
    return known.bias[0] + share * stop, known.bias[1] + share * harm


def likelihoods(decision: Decision, signs: Signs) -> dict[Kind, float]:
    """How likely the reply is of each kind; together 1."""
    shown = of_rules(decision, signs) | of_answers(*answers(signs), signs)
    known = learnt().table
    met = [(known[name], value) for name, value in shown.items() if name in known]
    totals = [sum([each[at] * value for each, value in met]) for at in range(len(Kind))]
    most = max(totals)
    grown = [math.exp(total - most) for total in totals]
    whole = sum(grown)
    return {kind: each / whole for kind, each in zip(Kind, grown, strict=True)}


def heaviest(signs: Signs, kind: Kind) -> tuple[str, ...]:
    """The words whose letters speak most for it, for `why`."""
    weights = learnt().text[kind is Kind.HARM]
    heard = {word: sum(weights[cell] for cell in _of_word(word)) for word in _written(signs)}
    ranked = sorted(heard, key=lambda word: (-heard[word], word))
    return tuple(word for word in ranked[:_MOST_NAMED] if heard[word] > 0)
