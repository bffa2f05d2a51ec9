"""How well replies are read: precision and recall on the corpus, with Wilson's 95 % intervals.

`python -m bench.replies [train|test|natural|last|last_english|last_abroad]`; needs no database.
The corpus is ours, by the hand that wrote the packs: its figures say what works, not what
strangers will write. Milliseconds are those of the processor.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from outreach.replies.reading import Action, Decision, Label, Record, classify

CORPUS = Path(__file__).parent.parent / "tests" / "replies" / "reading" / "corpus"
_Z_95_PERCENT = 1.959964
OPT_OUTS = frozenset({"keyword", "plain_opt_out"})
CRISES = frozenset({"crisis", "crisis_with_stop"})
_PLAIN = frozenset({"ordinary", "not_opt_out", "worry"})
_COMMANDS = {"opt_in": Label.OPT_IN, "help": Label.HELP}


@dataclass(frozen=True)
class Judged:
    """A reply of the corpus and what we made of it. `kind`: what its author meant."""

    reply_id: str
    kind: str
    language: str
    text: str
    decision: Decision
    subject: str = ""

    @property
    def is_stopped(self) -> bool:
        return Action.SUPPRESS in self.decision.actions


@dataclass(frozen=True)
class Share:
    """`hits` of `total`. `missed`: the replies that are not among the hits."""

    name: str
    hits: int
    total: int
    missed: tuple[Judged, ...] = ()

    @property
    def value(self) -> float:
        return self.hits / self.total if self.total else math.nan

    def __str__(self) -> str:
        low, high = wilson(self.hits, self.total)
        return (
            f"{self.name}: {self.value:.1%} ({self.hits} of {self.total}; {low:.1%} to {high:.1%})"
        )


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927)."""
    if not total:
        return 0.0, 1.0
    share, square = hits / total, _Z_95_PERCENT**2
    middle = share + square / (2 * total)
    reach = _Z_95_PERCENT * math.sqrt(share * (1 - share) / total + square / (4 * total**2))
    scale = 1 + square / total
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


def written(part: str) -> list[dict[str, str]]:
    """A part of the corpus as it was written down: the name of its file without the ending."""
    lines = (CORPUS / f"{part}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def judged(part: str) -> list[Judged]:
    """The same with what we make of each reply, which takes a thousand times as long."""
    found = []
    for each in written(part):
        record = Record(each["text"], each["channel"], subject=each.get("subject", ""))
        found.append(
            Judged(
                each["id"],
                each["kind"],
                each["lang"],
                each["text"],
                classify(record),
                record.subject,
            )
        )
    return found


def shares(replies: list[Judged]) -> dict[str, Share]:
    """Every figure by its name."""
    plain = [each for each in replies if each.kind == "plain_opt_out"]
    english = [each for each in plain if each.language == "en"]
    others = [each for each in plain if each.language != "en"]
    stopped = [each for each in replies if each.is_stopped]
    calm = [each for each in replies if each.kind in _PLAIN]
    crises = [each for each in replies if each.kind in CRISES]
    keywords = [each for each in replies if each.kind == "keyword"]
    both = [each for each in replies if each.kind == "crisis_with_stop"]
    figures = [
        _share("keywords found", keywords, lambda one: one.is_stopped),
        _share("plain English found", english, lambda one: one.is_stopped),
        _share("plain words of other languages found", others, lambda one: one.is_stopped),
        _share("opt-outs that are ones", stopped, lambda one: one.kind in OPT_OUTS),
        _share("others wrongly unsubscribed", calm, lambda one: one.is_stopped),
        _share("crises unsubscribed", crises, lambda one: one.is_stopped),
        _share("crises found", crises, lambda one: one.decision.is_crisis),
        _share("crises brought to a person", crises, _is_with_a_person),
        _share("stops seen in a crisis", both, lambda one: one.decision.stop_requested),
        _share("crises raised that are ones", _raised(replies), lambda one: one.kind in CRISES),
        _share("others held", calm, lambda one: Action.HOLD in one.decision.actions),
        _share("start and help understood", _commands(replies), _is_understood),
        _share("pointless ones stopped or held", _pointless(replies), _is_left_alone),
        _share("opt-outs taken for coming back", [*keywords, *plain], _is_back),
    ]
    return {each.name: each for each in figures}


def _raised(replies: Iterable[Judged]) -> list[Judged]:
    return [each for each in replies if each.decision.is_crisis]


def _commands(replies: Iterable[Judged]) -> list[Judged]:
    return [each for each in replies if each.kind in _COMMANDS]


def _is_understood(one: Judged) -> bool:
    return one.decision.label is _COMMANDS[one.kind]


def _is_with_a_person(one: Judged) -> bool:
    return Action.HOLD in one.decision.actions and not one.is_stopped


def _pointless(replies: Iterable[Judged]) -> list[Judged]:
    """Those that ask for nothing and say why messages reach nobody."""
    return [each for each in replies if each.kind == "pointless"]


def _is_left_alone(one: Judged) -> bool:
    return one.is_stopped or Action.HOLD in one.decision.actions


def _is_back(one: Judged) -> bool:
    return one.decision.label is Label.OPT_IN


def _share(name: str, replies: list[Judged], is_hit: Callable[[Judged], bool]) -> Share:
    missed = tuple(each for each in replies if not is_hit(each))
    return Share(name, len(replies) - len(missed), len(replies), missed)


def main(part: str) -> None:
    classify(Record("warm"))
    begun = time.process_time()
    replies = judged(part)
    took_ms = (time.process_time() - begun) * 1000 / len(replies)
    print(f"{len(replies)} replies of {part}, {took_ms:.2f} ms each")
    for share in shares(replies).values():
        print(share)
    wrong = [each for each in replies if not _is_right(each)]
    for each in wrong if part == "train" else ():
        print(f"  {each.kind} {each.language}: {each.text!r} -> {each.decision.rule}")
    print("not right:", dict(Counter((each.kind, each.language) for each in wrong)))


def _is_right(one: Judged) -> bool:
    if one.kind in OPT_OUTS:
        return one.is_stopped
    if one.kind in CRISES:
        return one.decision.is_crisis
    if one.kind in _COMMANDS:
        return _is_understood(one)
    if one.kind == "pointless":
        return _is_left_alone(one)
    if one.kind == "unclear":
        return not one.is_stopped
    return one.decision.action not in {Action.SUPPRESS, Action.HOLD, Action.ESCALATE}


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "test")
