"""Writes the weights of the second opinion on English replies (`outreach.replies.reading.opinion`).

`python -m bench.opinion`: a logistic regression over the English replies of the train part,
fitted by AdaGrad in a fixed order, so that the same corpus and concepts give the same file.
Plain Python, a few seconds; needs no database.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bench.replies import CORPUS, CRISES
from outreach.replies.reading.mail import new_text
from outreach.replies.reading.opinion import features, score
from outreach.replies.reading.words import split

CONCEPTS = Path(__file__).parent.parent / "outreach" / "replies" / "concepts"
_SEED = 4
_ROUNDS = 10
_RATE = 0.3
_SHRINKING = 0.00004  # of each weight, for each reply of the corpus
_CRISIS_COUNTS = 2.0  # a crisis missed is worse than a false alarm
_FEWEST_WORDS = 3
_FEWEST_CONCEPTS = 2
_STEEPEST = 30.0


@dataclass(frozen=True)
class Example:
    """What a reply shows, and whether it tells of harm."""

    signs: tuple[str, ...]
    is_crisis: bool


def examples() -> list[Example]:
    """The English replies of the train part."""
    return [
        Example(tuple(features(split(_words(each)))), each["kind"] in CRISES)
        for each in map(json.loads, _lines())
        if each["lang"] == "en"
    ]


def source_digest() -> str:
    """SHA-256 of what the weights were learnt from: the English train part and the concepts."""
    english = [line for line in _lines() if json.loads(line)["lang"] == "en"]
    text = "\n".join([*english, (CONCEPTS / "en.yaml").read_text("utf-8")])
    return hashlib.sha256(text.encode()).hexdigest()


def _lines() -> list[str]:
    return (CORPUS / "train.jsonl").read_text("utf-8").splitlines()


def _words(reply: dict[str, str]) -> str:
    return new_text(reply["text"]) if reply["channel"] == "email" else reply["text"]


def fitted(replies: list[Example]) -> dict[str, float]:
    """The weight of each sign that enough replies show; "" is the weight of none."""
    counts = Counter(sign for each in replies for sign in each.signs)
    kept = {sign for sign, count in counts.items() if count >= _fewest(sign)}
    shown = [["", *(sign for sign in each.signs if sign in kept)] for each in replies]
    weights: dict[str, float] = {}
    squares: dict[str, float] = {}
    order = list(range(len(replies)))
    chance = random.Random(_SEED)  # noqa: S311  # an order, not a secret
    for _ in range(_ROUNDS):
        chance.shuffle(order)
        for at in order:
            _learn(shown[at], replies[at].is_crisis, weights, squares, len(replies))
    return {sign: round(weight, 3) for sign, weight in sorted(weights.items())}


def _fewest(sign: str) -> int:
    return _FEWEST_WORDS if sign.startswith("word ") else _FEWEST_CONCEPTS


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
    (CONCEPTS / "en.weights.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
