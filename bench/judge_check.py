"""What the last word on a reply is worth on replies whose author it has not learnt from.

`python -m bench.judge_check` reads each reply of `heard` by the rules, the English ones with a
second opinion that has learnt nothing from its author, and by the rules with a last word that has
not either, and prints both beside each other by the kind of writing. It writes nothing. Twenty
minutes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from bench.judge import (
    FOLDS,
    Example,
    Floats,
    Row,
    answers_unlearnt,
    examples,
    fold_of,
    rows_of_table,
    shares_of,
    table,
)
from bench.replies import CRISES, OPT_OUTS
from outreach.replies.reading.judge import Kind
from outreach.replies.reading.last_word import weighed
from outreach.replies.reading.opinion import LANGUAGE
from outreach.replies.reading.records import Action, Decision

# By how their authors' names begin: what they were asked for.
_WRITING = {"a": "as parents write", "b": "as parents write, freer", "ot": "others, near a stop"}
_ODD = "odd and veiled"
_BY_NAME = frozenset({"asi"})  # begins like another one
_FIGURES = (
    ("opt-outs found", OPT_OUTS, frozenset({Action.SUPPRESS})),
    ("disclosures brought to a person", CRISES, frozenset({Action.ESCALATE, Action.HOLD})),
    ("disclosures unsubscribed", CRISES, frozenset({Action.SUPPRESS})),
    ("others unsubscribed", frozenset({"ordinary"}), frozenset({Action.SUPPRESS})),
    (
        "others held or escalated",
        frozenset({"ordinary"}),
        frozenset({Action.ESCALATE, Action.HOLD}),
    ),
)


def writing_of(author: str) -> str:
    """The kind of writing that the author was asked for."""
    if author in _BY_NAME:
        return _ODD
    return next((kind for start, kind in _WRITING.items() if author.startswith(start)), _ODD)


def verdict(row: Row, known: Mapping[str, Floats]) -> dict[Kind, float]:
    """How likely each kind is, by the weights in hand."""
    parts = [known[name] * value for name, value in row.items() if name in known]
    shares = shares_of(np.sum(parts, axis=0)) if parts else np.full(len(Kind), 1 / len(Kind))
    return dict(zip(Kind, map(float, shares), strict=True))


def unlearnt(replies: Sequence[Example]) -> Iterator[tuple[Example, dict[Kind, float]]]:
    """Each reply of `heard` with how likely each kind is by weights that do not know its author."""
    heard = [each for each in replies if each.rules is not None]
    rows = rows_of_table(heard, answers_unlearnt(replies))
    folds = fold_of(each.author for each in heard)
    for fold in range(FOLDS):
        inside = [at for at, each in enumerate(heard) if folds[each.author] != fold]
        known = table([rows[at] for at in inside], [heard[at].outcome for at in inside])
        for at, each in enumerate(heard):
            if folds[each.author] == fold:
                yield each, verdict(rows[at], known)


Counts = Counter[tuple[str, str, str, str]]  # writing, language, figure, reader


def counted(replies: Sequence[Example]) -> tuple[Counts, Counts]:
    """How many of each kind of writing there are, and how many the rules, and the last word after
    them, make so of."""
    all_of_them, hits = Counts(), Counts()
    for each, likely in unlearnt(replies):
        group = "English" if each.language == LANGUAGE else "other languages"
        readers = {"rules": each.decision, "last word": weighed(each.decision, each.signs, likely)}
        for figure, kinds, actions in _FIGURES:
            for reader, decision in readers.items() if each.kind in kinds else ():
                place = (writing_of(each.author), group, figure, reader)
                all_of_them[place] += 1
                hits[place] += _is_among(decision, actions)
    return all_of_them, hits


def _is_among(decision: Decision, actions: frozenset[Action]) -> bool:
    return decision.action in actions


def main() -> None:
    all_of_them, hits = counted(examples())
    for place in sorted(all_of_them):
        whole, count = all_of_them[place], hits[place]
        print(f"{' | '.join(place):80} {count:6} of {whole:6}  {count / whole:7.2%}")


if __name__ == "__main__":
    main()
