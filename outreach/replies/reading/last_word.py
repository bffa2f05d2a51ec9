"""The last word on a reply that is more than a stop word: what the rules have decided, or what all
words together make of it (docs/decisions/0009-what-a-learnt-opinion-may-do.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from outreach.replies.reading.abroad import PERHAPS, heard_in
from outreach.replies.reading.beside import (
    beside_the_stop,
    languages_asking,
    ruled,
    second_opinion,
)
from outreach.replies.reading.glosses import glosses
from outreach.replies.reading.judge import Kind, heaviest, likelihoods
from outreach.replies.reading.opinion import LANGUAGE, opinion
from outreach.replies.reading.opt_out import is_whole_doubt
from outreach.replies.reading.packs import Field
from outreach.replies.reading.records import NOTHING, UNKNOWN_LANGUAGE, Action, Decision, Label
from outreach.replies.reading.signs import Signs
from outreach.replies.reading.undone import nearly_told

RULE = "all words together"
_RULED = frozenset({"keyword", "stop sign"})
# From which likelihood on: measured on replies that were not learnt from (docs/reading-replies.md).
_SURE = 0.9  # of a stop that the rules have held
_FOUND = 0.98  # of one that they have not seen
_FOUND_IN_ENGLISH = 0.95
_CALM = 0.03  # of harm: below it a stop counts
_PERHAPS = 0.5  # of harm: from here on a person looks
_PERHAPS_BESIDE_A_STOP = 0.2  # the same where the rules would unsubscribe
_NOTHING, _QUIET = 0.6, 0.02  # of neither, with less harm than that: nobody has to look
_MOST_UNKNOWN = 0.7  # of the words, in a language that the packs do not know
# Why a reply was held, where that is want of words and not a sign of something.
_OPEN_HOLDS = frozenset(
    {
        "a stop beside other words",
        "a stop beside words of another kind",
        "a stop beside a child and no reason",
        "words of stopping, unclear whom",
        "opens with a stop",
        "second opinion",
        "in doubt",
        PERHAPS,
    }
)
_GRAVE_FIELDS = (Field.CRISIS, Field.DANGER, Field.CRY)
_GRAVE_CONCEPTS = ("harm", "menace", "bare", "distress", "call", "beyond", "undo")
_NONE_AT_ALL, _NO_MORE_THAN_A_DEATH = 0.003, 0.01  # of harm
_DEATHS = (("passed away",), ("deceased",), ("died",))
_FEWEST_WORDS = 5  # fewer say too little
_FEWEST_BESIDE = 6
# What the English weights may say of what stands beside a stop.
_ENOUGH_BESIDE, _ENOUGH_BESIDE_A_SHORT = 0.5, -1.0


def last_word(decision: Decision, signs: Signs) -> Decision:
    """`decision` of the rules, or what all words together make of the reply. What the rules
    escalate stays so; what says less than a stop word stays theirs."""
    if not _is_open(decision):
        return decision
    likely = likelihoods(decision, signs)
    is_held, is_stopped = (decision.action is each for each in (Action.HOLD, Action.SUPPRESS))
    perhaps = _PERHAPS_BESIDE_A_STOP if is_stopped else _PERHAPS
    if likely[Kind.HARM] >= perhaps and not is_held:
        return _held(decision, signs, likely[Kind.HARM])
    if is_stopped or _is_grave(signs, likely[Kind.HARM]):
        return decision
    if _is_a_stop(decision, signs, likely):
        return _stopped(signs, likely[Kind.STOP])
    if is_held and _is_nothing(decision, signs, likely):
        return replace(NOTHING, language=signs.best_language)
    return decision


def _is_open(decision: Decision) -> bool:
    """Whether more can be said of it than the rules have: not of a command, nor of a machine, nor
    of somebody in distress."""
    is_command = decision.rule in _RULED or decision.label in {Label.OPT_IN, Label.HELP}
    return not (is_command or decision.is_automatic or decision.is_crisis)


def _is_grave(signs: Signs, harm: float) -> bool:
    """Whether something that is known to be grave, or a doubt that is a person's, stands there.
    Distress is what is said of a mistake too, and a death is a reason: these count where all words
    together (`harm`) do not say that there is none."""
    told = [span for span in signs.of_any_language(*_GRAVE_FIELDS) if span[1] - span[0] > 1]
    if told or signs.of(*_GRAVE_FIELDS, Field.HARM) or is_whole_doubt(signs):
        return True
    view = second_opinion(signs)
    shown = heard_in(signs).features if view is None else view.found
    met = {each: shown[f"one {each}"] for each in _GRAVE_CONCEPTS if f"one {each}" in shown}
    if harm < _NONE_AT_ALL:
        met.pop("distress", None)
    if harm < _NO_MORE_THAN_A_DEATH and met.get("harm") in _DEATHS:
        del met["harm"]
    return bool(met)


def _is_a_stop(decision: Decision, signs: Signs, likely: Mapping[Kind, float]) -> bool:
    found = _FOUND_IN_ENGLISH if signs.best_language == LANGUAGE else _FOUND
    enough = _SURE if decision.stop_requested else found
    if likely[Kind.STOP] < enough or likely[Kind.HARM] >= _CALM:
        return False
    if len(signs.words) < _FEWEST_WORDS:
        return False
    if decision.action is not Action.HOLD:
        return True
    return _is_open_hold(decision, signs) and nearly_told(signs) is None


def _is_open_hold(decision: Decision, signs: Signs) -> bool:
    """Whether a reply is held for want of words: enough of them stand beside the stop, in a
    language in which it asks."""
    if decision.rule not in _OPEN_HOLDS:
        return False
    rest = beside_the_stop(signs)
    if rest is None:
        return True
    if rest.of(Field.HARM):
        return False
    is_long = len(rest.words) >= _FEWEST_BESIDE
    view = opinion(rest, ruled(rest).names, is_rest=True)
    if view is not None:
        return view.beside < (_ENOUGH_BESIDE if is_long else _ENOUGH_BESIDE_A_SHORT)
    is_same = not languages_asking(signs).isdisjoint(rest.languages)
    return is_long and (is_same or not decision.stop_requested)


def _is_nothing(decision: Decision, signs: Signs, likely: Mapping[Kind, float]) -> bool:
    """Whether a reply that was held, without a stop, says nothing to us after all."""
    if decision.stop_requested or likely[Kind.OTHER] < _NOTHING or likely[Kind.HARM] >= _QUIET:
        return False
    return decision.rule in _OPEN_HOLDS or (
        decision.rule == UNKNOWN_LANGUAGE and _unknown_share(signs) <= _MOST_UNKNOWN
    )


def _unknown_share(signs: Signs) -> float:
    """How many of the words have no meaning in our lists."""
    known = {at for each in glosses(signs) for at in range(each.start, each.end)}
    return 1 - len(known) / max(1, len(signs.words))


def _held(decision: Decision, signs: Signs, harm: float) -> Decision:
    return Decision(
        Label.OTHER,
        (Action.HOLD,),
        RULE,
        heaviest(signs, Kind.HARM),
        stop_requested=decision.stop_requested,
        confidence=round(harm, 2),
        language=signs.best_language,
    )


def _stopped(signs: Signs, stop: float) -> Decision:
    return Decision(
        Label.OPT_OUT,
        (Action.SUPPRESS,),
        RULE,
        heaviest(signs, Kind.STOP),
        stop_requested=True,
        confidence=round(stop, 2),
        language=signs.best_language,
    )
