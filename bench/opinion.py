"""Writes the weights of the second opinion on English replies (`outreach.replies.reading.opinion`).

`python -m bench.opinion`: three logistic regressions (harm, stops, what stands beside one) over the
English replies of the train part, fitted by AdaGrad in a fixed order, so that the same corpus
and concepts give the same file. Plain Python, two to three minutes; needs no database.
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

from bench import opinion_abroad
from bench.replies import CORPUS, CRISES, OPT_OUTS
from outreach.replies.reading.beside import beside_the_stop, ruled
from outreach.replies.reading.closing import without_signature
from outreach.replies.reading.mail import new_text
from outreach.replies.reading.opinion import Asked, features
from outreach.replies.reading.signs import Signs, read_signs

CONCEPTS = Path(__file__).parent.parent / "outreach" / "replies" / "concepts"
_SEED = 4
_ROUNDS = 25
_RATE = 0.4
_SHRINKING = 0.0001  # of each weight, at each reply that shows its sign
# A crisis missed is worse than a false alarm.
_YES_COUNTS = {Asked.HARM: 1.5, Asked.STOP: 1.0, Asked.BESIDE: 1.5}
_FEWEST = 2
_FEWEST_OF_LETTERS = 4
_FEWEST_WORDS_TO_WEAR = 4
_STEEPEST = 30.0
_FIRST_SQUARE = 0.001
_LIGHTEST = 0.05  # what weighs less is left out of the file
_WHOLE = frozenset({Asked.HARM, Asked.STOP})
_BESIDE = frozenset({Asked.BESIDE})


@dataclass(frozen=True)
class Example:
    """What a reply shows, what is true of it, and the questions that it teaches to answer."""

    signs: tuple[str, ...]
    says: frozenset[Asked]
    teaches: frozenset[Asked] = _WHOLE


def examples() -> list[Example]:
    """The English replies of the train part; and what stands beside a stop, once more alone,
    for that is how it is judged."""
    return [
        example
        for each in map(json.loads, _lines())
        if each["lang"] == "en" and each["kind"] != "unclear"
        for text in worn(_words(each))
        for example in _examples(read_signs(text), each["kind"])
    ]


def worn(text: str) -> list[str]:
    """`text`, without one of its words, and with a slip of the finger: so that the weights do
    not lean on one word, which somebody in distress may leave out or mistype."""
    chance = random.Random(text)  # noqa: S311  # the same slips every time, not a secret
    words = text.split()
    if len(words) < _FEWEST_WORDS_TO_WEAR:
        return [text]
    left_out = chance.randrange(len(words))
    slipped = chance.randrange(len(words))
    return [
        text,
        " ".join(words[:left_out] + words[left_out + 1 :]),
        " ".join([*words[:slipped], _slip(words[slipped], chance), *words[slipped + 1 :]]),
    ]


def _slip(word: str, chance: random.Random) -> str:
    """One letter left out, written twice, or in the other's place."""
    at = chance.randrange(len(word))
    one, two = word[at], word[at + 1 : at + 2]
    typed = chance.choice(["", one * 2, two + one if two else ""])
    return word[:at] + typed + word[at + 1 + (len(two) if typed == two + one else 0) :]


def _examples(signs: Signs, kind: str) -> Iterator[Example]:
    is_crisis = kind in CRISES
    harm = frozenset({Asked.HARM, Asked.BESIDE} if is_crisis else ())
    asks = frozenset({Asked.STOP} if kind in OPT_OUTS else ())
    # A crisis may stand beside a stop as it is.
    yield _example(signs, harm | asks, _WHOLE | _BESIDE if kind == "crisis" else _WHOLE)
    stop = ruled(signs).stop
    rest = beside_the_stop(signs) if stop or asks else None
    if rest is None:
        return
    if asks or kind == "crisis_with_stop":
        yield _example(rest, harm, _BESIDE)
    if stop and len(rest.words) < len(signs.words):
        yield _example(rest, harm, _WHOLE)


def _example(signs: Signs, says: frozenset[Asked], teaches: frozenset[Asked]) -> Example:
    return Example(tuple(features(signs, ruled(signs).names)), says, teaches)


def source_digest() -> str:
    """SHA-256 of what the weights were learnt from: the English train part and the concepts."""
    english = [line for line in _lines() if json.loads(line)["lang"] == "en"]
    text = "\n".join([*english, (CONCEPTS / "en.yaml").read_text("utf-8")])
    return hashlib.sha256(text.encode()).hexdigest()


def _lines() -> list[str]:
    return (CORPUS / "train.jsonl").read_text("utf-8").splitlines()


def _words(reply: dict[str, str]) -> str:
    text = new_text(reply["text"]) if reply["channel"] == "email" else reply["text"]
    return without_signature(text)


def fitted(replies: list[Example], asked: Asked) -> dict[str, float]:
    """The weight of each sign that enough replies show; "" is the weight of none."""
    replies = [each for each in replies if asked in each.teaches]
    counts = Counter(sign for each in replies for sign in each.signs)
    names = ["", *sorted(sign for sign, count in counts.items() if count >= _fewest(sign))]
    numbers = {name: number for number, name in enumerate(names)}
    # All that was found counts for the length, as it does when a reply is read.
    shown = [
        ([numbers[sign] for sign in each.signs if sign in numbers], 1 / math.sqrt(len(each.signs)))
        for each in replies
    ]
    learning = _Learning([0.0] * len(names), [_FIRST_SQUARE] * len(names))
    order = list(range(len(replies)))
    chance = random.Random(_SEED)  # noqa: S311  # an order, not a secret
    for _ in range(_ROUNDS):
        chance.shuffle(order)
        for at in order:
            says = asked in replies[at].says
            learning.learn(*shown[at], says, _YES_COUNTS[asked] if says else 1.0)
    return {
        name: round(weight, 2)
        for name, weight in zip(names, learning.weights, strict=True)
        if abs(weight) >= _LIGHTEST or not name
    }


def _fewest(sign: str) -> int:
    return _FEWEST_OF_LETTERS if sign.startswith("letters ") else _FEWEST


@dataclass
class _Learning:
    """The weights by the number of their sign, the first that of none; AdaGrad's sums."""

    weights: list[float]
    squares: list[float]

    def learn(self, signs: list[int], scale: float, says: bool, counts: float) -> None:
        """One step down the slope of a reply that shows `signs`."""
        weights, squares = self.weights, self.squares
        total = weights[0] + scale * sum(map(weights.__getitem__, signs))
        error = counts * (1 / (1 + math.exp(-max(-_STEEPEST, min(_STEEPEST, total)))) - says)
        squares[0] += error * error
        weights[0] -= _RATE * error / math.sqrt(squares[0])
        part = error * scale
        for sign in signs:
            slope = part + _SHRINKING * weights[sign]
            square = squares[sign] = squares[sign] + slope * slope
            weights[sign] -= _RATE * slope / math.sqrt(square)


def main() -> None:
    replies = examples()
    found = {"source": source_digest()} | {asked: fitted(replies, asked) for asked in Asked}
    text = json.dumps(found, ensure_ascii=False, indent=0) + "\n"
    (CONCEPTS / "en.weights.json").write_text(text, "utf-8")
    opinion_abroad.main()


if __name__ == "__main__":
    main()
