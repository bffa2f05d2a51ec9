"""Writes the weights of the second opinion on replies in other languages than English
(`outreach.replies.reading.abroad`).

A logistic regression over the concepts of the train part in all languages, fitted by AdaGrad in
a fixed order, so that the same corpus and concepts give the same file. The English replies are
many and teach what a meeting of concepts means; the others count more often. Plain Python, a
few seconds; needs no database. `python -m bench.opinion` writes these weights too.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.replies import CORPUS, CRISES
from outreach.replies.reading.abroad import CONCEPTS, Heard, of_concepts, score
from outreach.replies.reading.mail import new_text
from outreach.replies.reading.opinion import concepts as english_concepts
from outreach.replies.reading.signs import read_signs
from outreach.replies.reading.words import split

FOLDER = Path(__file__).parent.parent / "outreach" / "replies" / "concepts"
WEIGHTS = "any.weights.json"
_SEED = 4
_ROUNDS = 10
_RATE = 0.3
_SHRINKING = 0.00004  # of each weight, for each reply of the corpus
_CRISIS_COUNTS = 2.0  # a crisis missed is worse than a false alarm
_OTHERS_COUNT = 3  # times, for the English replies are more
_FEWEST = 2
_STEEPEST = 30.0

# English reasons and disclosures put together with stops, each several times over: they teach
# what stands beside an English stop, and would shift what all languages learn of all else.
_COMPOSED = '{"id": "voices-'


@dataclass(frozen=True)
class Example:
    """What a reply shows, and whether it tells of harm."""

    signs: tuple[str, ...]
    is_crisis: bool


def examples() -> list[Example]:
    """The train part, the replies in other languages than English several times."""
    return [example for line in _lines() for example in _examples(json.loads(line))]


def _examples(reply: dict[str, str]) -> Iterator[Example]:
    text = new_text(reply["text"]) if reply["channel"] == "email" else reply["text"]
    is_crisis = reply["kind"] in CRISES
    if reply["kind"] == "unclear":
        return
    if reply["lang"] == "en":
        yield Example(tuple(_in_english(text)), is_crisis)
    elif signs := tuple(Heard(read_signs(text)).features):
        yield from [Example(signs, is_crisis)] * _OTHERS_COUNT


def _in_english(text: str) -> Iterator[str]:
    words = split(text)
    plain = [each[0] for each in words.spellings]
    met = {name: phrase for name, phrase in english_concepts().of(plain) if name in CONCEPTS}
    yield from of_concepts(met, len(words))


def source_digest() -> str:
    """SHA-256 of what the weights were learnt from: the train part, without what was composed, and
    all concepts."""
    files = [path.read_text("utf-8") for path in sorted(FOLDER.glob("*.yaml"))]
    return hashlib.sha256("\n".join([*_lines(), *files]).encode()).hexdigest()


def _lines() -> list[str]:
    lines = (CORPUS / "train.jsonl").read_text("utf-8").splitlines()
    return [line for line in lines if _COMPOSED not in line]


def fitted(replies: list[Example]) -> dict[str, float]:
    """The weight of each sign that enough replies show; "" is the weight of none."""
    counts = Counter(sign for each in replies for sign in each.signs)
    shown = [["", *(sign for sign in each.signs if counts[sign] >= _FEWEST)] for each in replies]
    weights: dict[str, float] = {}
    squares: dict[str, float] = {}
    order = list(range(len(replies)))
    chance = random.Random(_SEED)  # noqa: S311  # an order, not a secret
    for _ in range(_ROUNDS):
        chance.shuffle(order)
        for at in order:
            _learn(shown[at], replies[at].is_crisis, weights, squares, len(replies))
    return {sign: round(weight, 3) for sign, weight in sorted(weights.items())}


def _learn(
    signs: list[str],
    is_crisis: bool,
    weights: dict[str, float],
    squares: dict[str, float],
    replies: int,
) -> None:
    total = max(-_STEEPEST, min(_STEEPEST, score(signs[1:], weights)))
    error = 1 / (1 + math.exp(-total)) - is_crisis
    error *= _CRISIS_COUNTS if is_crisis else 1.0
    for sign in signs:
        weight = weights.get(sign, 0.0)
        slope = error + (_SHRINKING * replies * weight if sign else 0.0)
        squares[sign] = squares.get(sign, 0.01) + slope * slope
        weights[sign] = weight - _RATE * slope / math.sqrt(squares[sign])


def main() -> None:
    found = {"source": source_digest(), "weights": fitted(examples())}
    text = json.dumps(found, ensure_ascii=False, indent=0) + "\n"
    (FOLDER / WEIGHTS).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
