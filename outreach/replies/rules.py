"""What follows from the reading of a reply, and how grave it is. Pure.

`reading.classify` says what the words mean. Here stands what comes before it (what the
provider has read already, the mailbox that exists only for unsubscribing) and the closed
list of meanings that is recorded.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from outreach.replies.models import CaseKind
from outreach.replies.reading import Action, Decision, Label, Record, classify
from outreach.replies.reading.echo import is_reaction
from outreach.replies.reading.holds import MAY_TELL_OF_HARM, Hold

_LOG = logging.getLogger(__name__)


class Meaning(StrEnum):
    STOP = "stop"
    START = "start"
    JOIN = "join"  # a school's word: the question went back, and counts after a yes
    HELP = "help"
    CRISIS = "crisis"  # somebody may be in distress: a person at once
    UNCLEAR = "unclear"  # perhaps a stop: held until a person has decided
    AUTO_REPLY = "auto_reply"  # a machine wrote it: nothing is done, nobody is asked
    ANSWER = "answer"  # a digit, to the question that we asked: counted, and nothing else
    OTHER = "other"  # a person has to read it


@dataclass(frozen=True)
class Reading:
    """`why`: the rule. `matched`: the words it met. `language`: "" unknown.

    `by_provider`: the provider has acted on it and answered already. `confidence`: 0 to 1.
    """

    meaning: Meaning
    why: str
    matched: tuple[str, ...] = ()
    language: str = ""
    stop_requested: bool = False
    by_provider: bool = False
    confidence: float = 1.0


_BY_PROVIDER = {"STOP": Meaning.STOP, "START": Meaning.START, "HELP": Meaning.HELP}
_BY_ACTION: Mapping[Action, Meaning] = {
    Action.SUPPRESS: Meaning.STOP,
    Action.CONFIRM_OPT_IN: Meaning.START,
    Action.SEND_HELP: Meaning.HELP,
    Action.ESCALATE: Meaning.CRISIS,
    Action.HOLD: Meaning.UNCLEAR,
    Action.NONE: Meaning.OTHER,
}
# Lower is graver, and read first.
PRIORITIES: Mapping[CaseKind, int] = {
    CaseKind.CRISIS: 1,
    CaseKind.HOLD: 3,
    CaseKind.QUESTION: 5,
}
_KINDS: Mapping[Meaning, CaseKind] = {
    Meaning.CRISIS: CaseKind.CRISIS,
    Meaning.UNCLEAR: CaseKind.HOLD,
}


def understand(
    record: Record, *, opt_out_type: str = "", is_unsubscribing: bool = False
) -> Reading:
    """What `record` means for us.

    `opt_out_type`: what the provider has read it as, "" for nothing; obeyed first.
    `is_unsubscribing`: it came to the mailbox that exists for nothing else. Neither makes a
    stop of words that tell of harm.
    """
    decision = _decision(record)
    if decision.is_crisis:
        asked = decision.stop_requested or is_unsubscribing or opt_out_type == "STOP"
        return _reading(Meaning.CRISIS, decision, stop_requested=asked)
    if meaning := _BY_PROVIDER.get(opt_out_type):
        return Reading(
            meaning, f"provider: {opt_out_type}", language=decision.language, by_provider=True
        )
    if is_unsubscribing and _is_perhaps_in_distress(decision):
        return _reading(Meaning.UNCLEAR, decision, stop_requested=True)
    if is_unsubscribing:
        # Before machines: Apple Mail's own unsubscribe mail says Auto-Submitted.
        return Reading(Meaning.STOP, "unsubscribe mailbox", stop_requested=True)
    if decision.is_automatic or (record.channel == "sms" and is_reaction(record.text)):
        return _reading(Meaning.AUTO_REPLY, decision, stop_requested=False)
    meaning = _BY_ACTION[decision.action]
    return _reading(meaning, decision, stop_requested=decision.stop_requested)


def _decision(record: Record) -> Decision:
    """A fault of ours in reading is a person's to look at: the address is held, not left alone."""
    try:
        return classify(record)
    except Exception as error:
        _LOG.error("a reply could not be read: %s", type(error).__name__)
        return Decision(Label.OTHER, (Action.HOLD,), Hold.NOT_READ, confidence=0.0)


def _is_perhaps_in_distress(decision: Decision) -> bool:
    """Held also where the mailbox says stop: nothing more is sent, and a person looks."""
    return decision.action is Action.HOLD and decision.rule in MAY_TELL_OF_HARM


def _reading(meaning: Meaning, decision: Decision, *, stop_requested: bool) -> Reading:
    return Reading(
        meaning,
        decision.rule,
        decision.matched,
        decision.language,
        stop_requested=stop_requested,
        confidence=decision.confidence,
    )


def kind_of_case(meaning: Meaning) -> CaseKind:
    """What a case is about that this reply opens."""
    return _KINDS.get(meaning, CaseKind.QUESTION)


def graver(one: CaseKind, other: CaseKind) -> CaseKind:
    return min(one, other, key=lambda kind: PRIORITIES[kind])
