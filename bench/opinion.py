"""Writes the weights of the second opinion on English replies (`outreach.replies.reading.opinion`).

`python -m bench.opinion`: three logistic regressions (harm, stops, what stands beside one) over the
English replies of the train part, of what parents naturally write and of `heard`, fitted by AdaGrad
in a fixed order, so that the same corpus and concepts give the same file. Plain Python, some
minutes; needs no database.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import opinion_abroad
from bench.replies import CORPUS, CRISES, OPT_OUTS
from outreach.replies.reading.beside import beside_the_stop, ruled
from outreach.replies.reading.closing import without_signature
from outreach.replies.reading.mail import new_text
from outreach.replies.reading.opinion import LANGUAGE, Asked, features
from outreach.replies.reading.signs import Signs, read_signs

HEARD = "heard"
CONCEPTS = Path(__file__).parent.parent / "outreach" / "replies" / "concepts"
_PARTS = ("train", "natural", HEARD)
_SEED = 4
_ROUNDS = 15
_RATE = 0.4
_SHRINKING = 0.0001  # of each weight, at each reply that shows its sign
# A crisis missed is worse than a false alarm.
_YES_COUNTS = {Asked.HARM: 1.5, Asked.STOP: 1.0, Asked.BESIDE: 1.5}
_FEWEST = 3
_FEWEST_OF_LETTERS = 6
_FEWEST_WORDS_TO_WEAR = 4
_STEEPEST = 30.0
_FIRST_SQUARE = 0.001
_LIGHTEST = 0.05  # what weighs less is left out of the file
_WHOLE = frozenset({Asked.HARM, Asked.STOP})
_BESIDE = frozenset({Asked.BESIDE})


@dataclass(frozen=True)
class Example:
    """What a reply shows, by the numbers of the signs, what is true of it, and the questions that
    it teaches to answer."""

    signs: array[int]
    says: frozenset[Asked]
    teaches: frozenset[Asked]
    author: str  # of `heard`, or none


@dataclass(frozen=True)
class Lesson:
    """Replies to learn from, and the names of their signs."""

    names: Sequence[str]
    examples: Sequence[Example]

    def without(self, authors: Collection[str]) -> Lesson:
        return Lesson(self.names, [one for one in self.examples if one.author not in authors])


def lesson() -> Lesson:
    """The English replies; and what stands beside a stop, once more alone, for that is how it is
    judged."""
    numbers: dict[str, int] = {}
    found = [
        Example(
            array("L", (numbers.setdefault(sign, len(numbers)) for sign in signs)),
            says,
            teaches,
            author_of(each) if part == HEARD else "",
        )
        for part, each in _replies()
        if each["kind"] != "unclear"
        for text in worn(_words(each))
        for signs, says, teaches in _examples(read_signs(text), each["kind"])
    ]
    return Lesson(list(numbers), found)


def author_of(reply: Mapping[str, str]) -> str:
    """Who wrote it: the part of its id before the dash."""
    return reply["id"].partition("-")[0]


def _replies() -> Iterator[tuple[str, dict[str, str]]]:
    """The English ones, each with its part of the corpus."""
    for part in _PARTS:
        for line in (CORPUS / f"{part}.jsonl").read_text("utf-8").splitlines():
            reply = json.loads(line)
            if reply["lang"] == LANGUAGE:
                yield part, reply


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


Shown = tuple[Iterable[str], frozenset[Asked], frozenset[Asked]]


def _examples(signs: Signs, kind: str) -> Iterator[Shown]:
    """The signs, what is true, and what that teaches: of the reply, and of what stands beside its
    stop."""
    is_crisis = kind in CRISES
    harm = frozenset({Asked.HARM, Asked.BESIDE} if is_crisis else ())
    asks = frozenset({Asked.STOP} if kind in OPT_OUTS else ())
    # A crisis may stand beside a stop as it is.
    yield _shown(signs), harm | asks, _WHOLE | _BESIDE if kind == "crisis" else _WHOLE
    stop = ruled(signs).stop
    rest = beside_the_stop(signs) if stop or asks else None
    if rest is None:
        return
    if asks or kind == "crisis_with_stop":
        yield _shown(rest), harm, _BESIDE
    if stop and len(rest.words) < len(signs.words):
        yield _shown(rest), harm, _WHOLE


def _shown(signs: Signs) -> Iterable[str]:
    return features(signs, ruled(signs).names)


def source_digest() -> str:
    """SHA-256 of what the weights were learnt from: the English replies and the concepts."""
    replies = [json.dumps(reply, ensure_ascii=False) for _, reply in _replies()]
    text = "\n".join([*replies, (CONCEPTS / "en.yaml").read_text("utf-8")])
    return hashlib.sha256(text.encode()).hexdigest()


def _words(reply: dict[str, str]) -> str:
    text = new_text(reply["text"]) if reply["channel"] == "email" else reply["text"]
    return without_signature(text)


def fitted(known: Lesson, asked: Asked) -> dict[str, float]:
    """The weight of each sign that enough replies show; "" is the weight of none."""
    replies = [each for each in known.examples if asked in each.teaches]
    counts = Counter(sign for each in replies for sign in each.signs)
    kept = (known.names[sign] for sign, count in counts.items() if count >= _fewest(known, sign))
    names = ["", *sorted(kept)]
    places = {name: at for at, name in enumerate(names)}
    numbers = {at: places[name] for at, name in enumerate(known.names) if name in places}
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


def fitted_to_all(known: Lesson) -> dict[str, dict[str, float]]:
    """The weights for every question, each learnt in a process of its own."""
    with ProcessPoolExecutor() as pool:
        found = pool.map(partial(fitted, known), Asked)
        return {str(asked): weights for asked, weights in zip(Asked, found, strict=True)}


def _fewest(known: Lesson, sign: int) -> int:
    return _FEWEST_OF_LETTERS if known.names[sign].startswith("letters ") else _FEWEST


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
    found = {"source": source_digest()} | fitted_to_all(lesson())
    text = json.dumps(found, ensure_ascii=False, indent=0) + "\n"
    (CONCEPTS / "en.weights.json").write_text(text, "utf-8")
    opinion_abroad.main()


if __name__ == "__main__":
    main()
