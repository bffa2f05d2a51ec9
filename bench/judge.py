"""Writes the weights by which the last word on a reply is said (`outreach.replies.reading.judge`).

Learns in two steps. First what a text says by itself, from the train parts, from what parents
naturally write and from `heard`. Then what that is worth beside the decision of the rules, from
`heard` alone, by which no rule was written; there each reply is met as by weights that were learnt
from nothing by its author. Both are logistic regressions, fitted by AdaGrad in a fixed order, with
numpy, for plain Python takes twenty times as long. Needs no database; a quarter of an hour.

`python -m bench.judge` writes the weights. `python -m bench.judge_check` says what they are worth.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from bench import opinion
from bench.opinion import HEARD, author_of
from bench.opinion_abroad import FOLDER
from bench.replies import CORPUS, CRISES, OPT_OUTS
from outreach.replies.reading import opinion as second_opinion
from outreach.replies.reading.classify import by_rules
from outreach.replies.reading.judge import (
    CELLS,
    TABLE,
    WEIGHTS,
    Kind,
    cells,
    of_answers,
    of_rules,
)
from outreach.replies.reading.mail import is_answer, new_text, subject_words
from outreach.replies.reading.packs import Field, packs
from outreach.replies.reading.records import Decision
from outreach.replies.reading.signs import Signs

_PARTS = ("*train.jsonl", "natural.jsonl")
_LEARNT_FROM = frozenset({"keyword", *OPT_OUTS, *CRISES, "ordinary", "not_opt_out", "worry"})
_STOPS = ("stop", "STOP", "no more texts", "please stop texting me", "unsubscribe", "take me off")
_ORDERS = ("{stop}. {text}", "{text} {stop}", "{stop}, {text}", "{text}\n{stop}", "{stop} {text}")
FOLDS = 5
_READ_AT_ONCE = 500
_SEED = 4
_ROUNDS = 12
_RATE = 0.5
_SHRINKING = 2e-5
_FIRST_SQUARE = 0.01
_FEWEST = 2
_SCALE = 16  # of a weight of the first step in the file, which holds whole numbers
_ROUNDS_OF_TABLE = 60
_RATE_OF_TABLE = 0.1
_SHRINKING_OF_TABLE = 3e-4
_FEWEST_OF_TABLE = 5

Floats = NDArray[np.float64]
Reply = dict[str, str]


@dataclass(frozen=True)
class Example:
    """A reply. `cells`: what its text shows. `decision`: of the rules. `rules`: what they found;
    None where they were written by it. `author`: replies by one author are learnt from together or
    not at all."""

    kind: str
    language: str
    cells: NDArray[np.int64]
    signs: Signs
    decision: Decision
    rules: dict[str, float] | None
    author: str

    @property
    def answers(self) -> tuple[bool, bool]:
        """Whether it asks us to stop, and whether it tells of harm."""
        asks = self.kind in OPT_OUTS or self.kind == "crisis_with_stop"
        return asks, self.kind in CRISES

    @property
    def outcome(self) -> int:
        """The place of its `Kind`."""
        asks, harm = self.answers
        return 1 if harm else 0 if asks else 2


def examples() -> list[Example]:
    """All replies that teach something, those of `heard` first. There the English ones are read
    by a second opinion that has learnt nothing from their author, but from half of the others."""
    heard = [json.loads(line) for line in _lines(CORPUS / f"{HEARD}.jsonl")]
    authors = sorted(set(map(author_of, heard)))
    lesson = opinion.lesson()
    found = []
    for left_out in (set(authors[::2]), set(authors[1::2])):
        others = opinion.fitted_to_all(lesson.without(left_out))
        found += _read([each for each in heard if author_of(each) in left_out], others)
    for path in _paths()[1:]:
        found += _read([json.loads(line) for line in _lines(path)], None)
    return found


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def _paths() -> list[Path]:
    parts = [path for part in _PARTS for path in sorted(CORPUS.glob(part))]
    return [CORPUS / f"{HEARD}.jsonl", *parts]


def _read(replies: Sequence[Reply], known: Mapping[str, object] | None) -> list[Example]:
    """What they show, read by processes whose English second opinion is `known`, or the one that
    ships. `known` is given for those of `heard`."""
    parts = [replies[at : at + _READ_AT_ONCE] for at in range(0, len(replies), _READ_AT_ONCE)]
    fresh = get_context("spawn")
    with ProcessPoolExecutor(mp_context=fresh, initializer=_know, initargs=(known,)) as pool:
        read = pool.map(partial(_examples, is_heard=known is not None), parts)
        return [example for each in read for example in each]


def _know(weights: Mapping[str, object] | None) -> None:
    if weights is not None:
        patch.object(second_opinion, "weights", return_value=weights).start()


def _examples(replies: Sequence[Reply], *, is_heard: bool) -> list[Example]:
    return [
        each
        for reply in replies
        for one in _with_a_stop(reply)
        if (each := _example(one, is_heard=is_heard)) is not None
    ]


def _with_a_stop(reply: Reply) -> Iterator[Reply]:
    """The reply, and a disclosure once more beside a stop: few authors think of one."""
    yield reply
    if reply["kind"] == "crisis":
        number = zlib.crc32(reply["text"].encode())
        own = sorted(packs()[reply["lang"]].phrases[Field.STOP]) if reply["lang"] in packs() else []
        stop = (*_STOPS, *own)[number % len((*_STOPS, *own))]
        text = _ORDERS[number % len(_ORDERS)].format(text=reply["text"], stop=stop)
        yield {**reply, "kind": "crisis_with_stop", "text": text}


def _example(reply: Reply, *, is_heard: bool) -> Example | None:
    if reply["kind"] not in _LEARNT_FROM:
        return None
    decision, signs = by_rules(_text(reply), "")
    if signs is None:
        return None
    return Example(
        reply["kind"],
        reply["lang"],
        np.array(sorted(cells(signs)), dtype=np.int64),
        signs,
        decision,
        of_rules(decision, signs) if is_heard else None,
        author_of(reply) if is_heard else "",
    )


def _text(reply: Reply) -> str:
    if reply["channel"] != "email":
        return reply["text"]
    subject = reply.get("subject", "")
    subject = "" if is_answer(subject) else subject_words(subject)  # our own one, quoted
    return "\n".join(filter(None, [subject and f"{subject}.", new_text(reply["text"])]))


@dataclass
class Learnt:
    """The first step: for both questions a weight for each cell, and one of none."""

    weights: Floats
    bias: Floats

    def of(self, shown: NDArray[np.int64]) -> Floats:
        if not len(shown):
            return self.bias
        total: Floats = self.bias + self.weights[:, shown].sum(axis=1) / np.sqrt(len(shown))
        return total


def fitted(replies: Sequence[Example]) -> Learnt:
    """What texts say by themselves."""
    counts = np.zeros(CELLS)
    for each in replies:
        counts[each.cells] += 1
    is_seen = counts >= _FEWEST
    shown = [each.cells[is_seen[each.cells]] for each in replies]
    shares = [1 / np.sqrt(max(1, len(each.cells))) for each in replies]
    truth = np.array([each.answers for each in replies], dtype=float)
    weights, squares = np.zeros((2, CELLS)), np.full((2, CELLS), _FIRST_SQUARE)
    bias, bias_squares = np.zeros(2), np.full(2, _FIRST_SQUARE)
    chance = np.random.default_rng(_SEED)
    for _ in range(_ROUNDS):
        for at in chance.permutation(len(replies)):
            places, share = shown[at], shares[at]
            total = bias + weights[:, places].sum(axis=1) * share
            error = 1 / (1 + np.exp(-np.clip(total, -30, 30))) - truth[at]
            slope = (error * share)[:, None] + _SHRINKING * weights[:, places]
            squares[:, places] += slope * slope
            weights[:, places] -= _RATE * slope / np.sqrt(squares[:, places])
            bias_squares += error * error
            bias -= _RATE * error / np.sqrt(bias_squares)
    return Learnt(weights, bias)


def fold_of(authors: Iterable[str]) -> dict[str, int]:
    """By author of `heard`: with which others their replies are left out."""
    return {author: at % FOLDS for at, author in enumerate(sorted(set(authors)))}


def answers_unlearnt(replies: Sequence[Example]) -> list[Floats]:
    """What the first step says of each reply of `heard` when its author was not learnt from."""
    found: dict[int, Floats] = {}
    folds = fold_of(each.author for each in replies if each.author)
    heard = [at for at, each in enumerate(replies) if each.rules is not None]
    for fold in range(FOLDS):
        left_out = {at for at in heard if folds[replies[at].author] == fold}
        learnt = fitted([each for at, each in enumerate(replies) if at not in left_out])
        found |= {at: learnt.of(replies[at].cells) for at in left_out}
    return [found[at] for at in heard]


Row = dict[str, float]


def rows_of_table(heard: Sequence[Example], said: Sequence[Floats]) -> list[Row]:
    """What the second step is told of each reply of `heard`."""
    return [
        {**(each.rules or {}), **of_answers(float(stop), float(harm), each.signs)}
        for each, (stop, harm) in zip(heard, said, strict=True)
    ]


def table(rows: Sequence[Row], outcomes: Sequence[int]) -> dict[str, Floats]:
    """The second step: for each sign what it adds to each kind."""
    counts = Counter(name for row in rows for name in row)
    names = sorted(name for name, count in counts.items() if count >= _FEWEST_OF_TABLE)
    places = {name: at for at, name in enumerate(names)}
    shown = [
        (
            np.array([places[name] for name in row if name in places], dtype=np.int64),
            np.array([value for name, value in row.items() if name in places]),
        )
        for row in rows
    ]
    weights = np.zeros((len(names), len(Kind)))
    squares = np.full_like(weights, _FIRST_SQUARE)
    chance = np.random.default_rng(_SEED)
    for _ in range(_ROUNDS_OF_TABLE):
        for at in chance.permutation(len(rows)):
            where, values = shown[at]
            share = shares_of(values @ weights[where])
            share[outcomes[at]] -= 1
            slope = values[:, None] * share + _SHRINKING_OF_TABLE * weights[where]
            squares[where] += slope * slope
            weights[where] -= _RATE_OF_TABLE * slope / np.sqrt(squares[where])
    return {name: weights[at] for name, at in places.items()}


def shares_of(totals: Floats) -> Floats:
    grown: Floats = np.exp(totals - totals.max())
    shares: Floats = grown / grown.sum()
    return shares


def source_digest() -> str:
    """SHA-256 of what the weights were learnt from."""
    paths = _paths() + sorted((FOLDER.parent / "glosses").glob("*.txt"))
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.read_bytes())
    return whole.hexdigest()


def write(replies: Sequence[Example]) -> None:
    """Learns from everything and writes both files."""
    heard = [each for each in replies if each.rules is not None]
    rows = rows_of_table(heard, answers_unlearnt(replies))
    save(fitted(replies), table(rows, [each.outcome for each in heard]))


def save(learnt: Learnt, known: dict[str, Floats]) -> None:
    """Writes the weights of both steps."""
    whole = np.clip(np.rint(learnt.weights * _SCALE), -127, 127).astype(np.int8)
    (FOLDER / WEIGHTS).write_bytes(whole.tobytes())
    told = {
        "source": source_digest(),
        "scale": _SCALE,
        "bias": [round(float(each), 4) for each in learnt.bias],
        "table": {name: [round(float(each), 3) for each in known[name]] for name in sorted(known)},
    }
    text = json.dumps(told, ensure_ascii=False, indent=0) + "\n"
    (FOLDER / TABLE).write_text(text, "utf-8")


if __name__ == "__main__":
    write(examples())
