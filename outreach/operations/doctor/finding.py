"""What the doctor finds: one sentence each, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    GOOD = "good"
    LOOK = "look"  # works, and somebody should look at it
    BAD = "bad"  # something does not work, or is lost
    SKIPPED = "skipped"  # does not apply here


@dataclass(frozen=True)
class Finding:
    """`what`: the thing looked at. `words`: what is so. `remedy`: how to mend it, "" if good."""

    what: str
    verdict: Verdict
    words: str
    remedy: str = ""
