"""What goes into the reading of a reply, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Label(StrEnum):
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    OTHER = "other"


class Action(StrEnum):
    SUPPRESS = "suppress"  # nothing goes to this address any more
    HOLD = "hold"  # nothing more until a person has decided
    CONFIRM_OPT_IN = "confirm_opt_in"
    SEND_HELP = "send_help"
    ESCALATE = "escalate"  # a case of the highest priority, people are alerted
    NONE = "none"


@dataclass(frozen=True)
class Record:
    """One reply. `channel`: "sms" or "email". `language`: BCP 47 of the person, "" unknown."""

    text: str
    channel: str = "sms"
    language: str = ""
    subject: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """What a reply means and what follows. `actions[0]` is the main one.

    `confidence`: 0 to 1, how sure the rule is as such, not a measured probability.
    `rule`: which rule decided. `matched`: the words of the packs that it met.
    `language`: of the pack that fits best, "" when none does.
    """

    label: Label
    actions: tuple[Action, ...]
    rule: str
    matched: tuple[str, ...] = ()
    is_crisis: bool = False
    stop_requested: bool = False
    is_automatic: bool = False
    confidence: float = 0.5
    language: str = ""

    @property
    def action(self) -> Action:
        return self.actions[0]


NOTHING = Decision(Label.OTHER, (Action.NONE,), "nothing to do", confidence=0.7)
