"""Writes the weights of the letters (`outreach.replies.reading.resemblance`).

A logistic regression over the runs of letters of the replies in other languages than English,
fitted by AdaGrad in a fixed order, so that the same corpus gives the same file. Learns from the
train parts and from what parents naturally write, never from the test part. Plain Python, about
a minute; needs no database. With `--check` it prints how five parts, each read by weights that
were learnt from the other four, come out, and writes nothing.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.opinion_abroad import FOLDER
from bench.replies import CORPUS, CRISES
from outreach.replies.reading.beside import beside_the_stop
from outreach.replies.reading.mail import new_text
from outreach.replies.reading.resemblance import WEIGHTS, runs
from outreach.replies.reading.signs import read_signs
from outreach.replies.reading.words import Words

_PARTS = ("*train.jsonl", "natural.jsonl")
_SEED = 4
_ROUNDS = 12
_RATE = 1.0
_SHRINKING = 3e-3
_CRISIS_COUNTS = 2.0
_FEWEST = 3
_STEEPEST = 30.0
_SMALLEST = 0.02  # what weighs less is left out of the file
_FOLDS = 5
_LIMITS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Example:
    """The runs of letters of a reply, and whether it tells of harm."""

    runs: tuple[str, ...]
    is_crisis: bool
    kind: str


def examples() -> list[Example]:
    """The replies in other languages than English."""
    return list(_examples())


def _examples() -> Iterator[Example]:
    for line in _lines():
        reply = json.loads(line)
        if reply["lang"].startswith("en") or reply["kind"] == "unclear":
            continue
        text = new_text(reply["text"]) if reply["channel"] == "email" else reply["text"]
        if found := tuple(runs(_told(text))):
            yield Example(found, reply["kind"] in CRISES, reply["kind"])


def _told(text: str) -> Words:
    """The words beside the stop, where there are any: these are what is asked about."""
    signs = read_signs(text)
    rest = beside_the_stop(signs)
    return rest.words if rest is not None else signs.words


def source_digest() -> str:
    """SHA-256 of what the weights were learnt from."""
    return hashlib.sha256("\n".join(_lines()).encode()).hexdigest()


def _lines() -> list[str]:
    paths = [path for part in _PARTS for path in sorted(CORPUS.glob(part))]
    return [line for path in paths for line in path.read_text("utf-8").splitlines()]


def fitted(replies: Sequence[Example]) -> dict[str, float]:
    """The weight of each run that enough replies have; "" is the weight of none."""
    counts = Counter(run for each in replies for run in each.runs)
    shown = [[run for run in each.runs if counts[run] >= _FEWEST] for each in replies]
    model: dict[str, list[float]] = {"": [0.0, 0.01]}
    model |= {run: [0.0, 0.01] for run, count in counts.items() if count >= _FEWEST}
    order = list(range(len(replies)))
    chance = random.Random(_SEED)  # noqa: S311  # an order, not a secret
    for _ in range(_ROUNDS):
        chance.shuffle(order)
        for at in order:
            _learn(shown[at], replies[at], model)
    return {run: weight for run, (weight, _) in sorted(model.items())}


def _learn(shown: list[str], reply: Example, model: dict[str, list[float]]) -> None:
    share = 1 / math.sqrt(len(reply.runs))
    total = model[""][0] + share * sum(model[run][0] for run in shown)
    error = 1 / (1 + math.exp(-max(-_STEEPEST, min(_STEEPEST, total)))) - reply.is_crisis
    error *= _CRISIS_COUNTS if reply.is_crisis else 1.0
    _move(model[""], error)
    for run in shown:
        _move(model[run], error * share + _SHRINKING * model[run][0])


def _move(cell: list[float], slope: float) -> None:
    cell[1] += slope * slope
    cell[0] -= _RATE * slope / math.sqrt(cell[1])


def score(reply: Example, weights: dict[str, float]) -> float:
    """As `looks_like_harm`, whatever share of the letters is known."""
    return weights[""] + sum(weights.get(run, 0.0) for run in reply.runs) / math.sqrt(
        len(reply.runs)
    )


def check(replies: list[Example]) -> None:
    """Prints for several limits how much of each kind lies above it."""
    random.Random(_SEED).shuffle(replies)  # noqa: S311  # an order, not a secret
    kinds: dict[str, list[float]] = {}
    for fold in range(_FOLDS):
        weights = fitted([each for at, each in enumerate(replies) if at % _FOLDS != fold])
        for each in replies[fold::_FOLDS]:
            kinds.setdefault(each.kind, []).append(score(each, weights))
    for kind, scores in sorted(kinds.items()):
        above = "  ".join(f">{limit}: {sum(s > limit for s in scores)}" for limit in _LIMITS)
        print(f"{kind:18} {len(scores):5}  {above}")


def main() -> None:
    if "--check" in sys.argv[1:]:
        check(examples())
        return
    weights = fitted(examples())
    kept = {run: round(w, 2) for run, w in weights.items() if not run or abs(w) >= _SMALLEST}
    found = {"source": source_digest(), "weights": kept}
    text = json.dumps(found, ensure_ascii=False, indent=0) + "\n"
    (FOLDER / WEIGHTS).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
