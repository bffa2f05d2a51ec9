"""The last word on a reply that is more than a stop word: what the rules have decided, or what all
words together make of it (docs/decisions/0009-what-a-learnt-opinion-may-do.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from outreach.replies.reading.abroad import heard_in
from outreach.replies.reading.beside import (
    beside_the_stop,
    languages_asking,
    opinion_of_rest,
    second_opinion,
)
from outreach.replies.reading.glosses import glosses
from outreach.replies.reading.holds import Hold
from outreach.replies.reading.judge import Kind, heaviest, likelihoods
from outreach.replies.reading.mixed import may_tell_in_english
from outreach.replies.reading.opinion import LANGUAGE
from outreach.replies.reading.opt_out import asks_in_words, is_whole_doubt
from outreach.replies.reading.packs import Field
from outreach.replies.reading.records import NOTHING, Action, Decision, Label
from outreach.replies.reading.signs import Signs
from outreach.replies.reading.undone import nearly_told

_RULED = frozenset({"keyword", "stop sign"})
# From which likelihood on: measured on replies whose authors were not learnt from
# (docs/reading-replies.md).
_SURE = 0.8  # of a stop that the rules have held
_FOUND, _FOUND_IN_ENGLISH = 0.95, 0.84  # of one that they have not seen
_UNSAID, _UNSAID_IN_ENGLISH = 0.99, 0.97  # of one without a word of stopping, refusing or removing
_CALM = 0.03  # of harm: below it a stop counts
_NONE_AT_ALL = 0.6  # of neither: what the rules would unsubscribe is held
_PERHAPS = 0.4  # of harm: from here on a person looks
_PERHAPS_BESIDE_A_STOP = 0.1  # the same where the rules would unsubscribe
_NOTHING, _QUIET = 0.6, 0.01  # of neither, with less harm than that: nobody has to look
_MOST_UNKNOWN = 0.7  # of the words, in a language that the packs do not know
_FEWEST_WORDS = 4  # fewer say too little
_FEWEST_BESIDE = 6  # beside a stop
# What the English weights may say of what stands beside a stop.
_ENOUGH_BESIDE, _ENOUGH_BESIDE_A_SHORT = 0.0, -1.0
# Why a reply was held, where that is want of words and not a sign of something.
_OPEN_HOLDS = frozenset(
    {
        *(Hold.OTHER_WORDS, Hold.OTHER_KIND, Hold.CHILD, Hold.UNCLEAR_WHOM, Hold.OPENS),
        *(Hold.SECOND_OPINION, Hold.IN_DOUBT, Hold.PERHAPS),
    }
)
_GRAVE = (Field.CRISIS, Field.DANGER, Field.CRY)
_CALL = "one call"  # who wants to be called has something to say


def last_word(decision: Decision, signs: Signs) -> Decision:
    """`decision` of the rules, or what all words together make of the reply. What the rules
    escalate stays so; what says less than a stop word stays theirs."""
    if not _is_open(decision):
        return decision
    return weighed(decision, signs, likelihoods(decision, signs))


def weighed(decision: Decision, signs: Signs, likely: Mapping[Kind, float]) -> Decision:
    """The same, with how likely each kind is in hand."""
    if not _is_open(decision):
        return decision
    is_held, is_stopped = (decision.action is each for each in (Action.HOLD, Action.SUPPRESS))
    if is_stopped:
        return _held(decision, signs, likely) if _is_doubted(signs, likely) else decision
    if likely[Kind.HARM] >= _PERHAPS and not is_held:
        return _held(decision, signs, likely)
    if _is_a_stop(decision, signs, likely):
        return _found(decision, signs, likely)
    if is_held and _is_nothing(decision, signs, likely):
        return replace(NOTHING, language=signs.best_language)
    return decision


def _is_open(decision: Decision) -> bool:
    """Whether more can be said of it than the rules have: not of a command, nor of a machine, nor
    of somebody in distress."""
    is_command = decision.rule in _RULED or decision.label in {Label.OPT_IN, Label.HELP}
    return not (is_command or decision.is_automatic or decision.is_crisis)


def _is_doubted(signs: Signs, likely: Mapping[Kind, float]) -> bool:
    """Whether what the rules would unsubscribe may tell of harm, or may be no stop at all ("did I
    get unsubscribed? I don't want to be")."""
    if likely[Kind.HARM] >= _PERHAPS_BESIDE_A_STOP:
        return True
    return likely[Kind.OTHER] >= _NONE_AT_ALL and len(signs.words) >= _FEWEST_WORDS


def _is_a_stop(decision: Decision, signs: Signs, likely: Mapping[Kind, float]) -> bool:
    """Whether it asks us to stop, nothing that is known to be grave stands beside it, and it was
    held, if it was, for want of words."""
    found = _FOUND_IN_ENGLISH if signs.best_language == LANGUAGE else _FOUND
    enough = _SURE if decision.stop_requested else found
    if likely[Kind.STOP] < enough or likely[Kind.HARM] >= _CALM:
        return False
    if len(signs.words) < _FEWEST_WORDS or _is_grave(signs):
        return False
    return decision.action is not Action.HOLD or _is_open_hold(decision, signs)


def _found(decision: Decision, signs: Signs, likely: Mapping[Kind, float]) -> Decision:
    """A stop; where no word says so, and it is not surer, or where English words beside it may
    tell of harm, one for a person."""
    unsaid = _UNSAID_IN_ENGLISH if signs.best_language == LANGUAGE else _UNSAID
    is_said = decision.stop_requested or asks_in_words(signs)
    if (is_said or likely[Kind.STOP] >= unsaid) and not may_tell_in_english(signs):
        return _stopped(signs, likely[Kind.STOP])
    if decision.action is Action.HOLD:
        return decision
    return _held_as(Kind.STOP, heaviest(signs, Kind.STOP), decision, signs, likely)


def _is_open_hold(decision: Decision, signs: Signs) -> bool:
    """Whether a reply is held for want of words: enough of them stand beside the stop, in a
    language in which it asks, and none is one slip away from telling of harm."""
    if decision.rule not in _OPEN_HOLDS:
        return False
    rest = beside_the_stop(signs)
    if rest is None:
        return True
    is_long = len(rest.words) >= _FEWEST_BESIDE
    view = opinion_of_rest(rest)
    if view is not None:
        is_enough = view.beside < (_ENOUGH_BESIDE if is_long else _ENOUGH_BESIDE_A_SHORT)
    else:
        is_same = not languages_asking(signs).isdisjoint(rest.languages)
        is_enough = is_long and (is_same or not decision.stop_requested)
    return is_enough and nearly_told(signs) is None


def _is_grave(signs: Signs) -> bool:
    """Whether a phrase of harm stands there, whoever means it, a wish to be called, or nothing but
    a question of doubt ("how did you get my number"), which is a person's."""
    told = [span for span in signs.of_any_language(*_GRAVE) if span[1] - span[0] > 1]
    if told or signs.of(*_GRAVE, Field.HARM) or is_whole_doubt(signs):
        return True
    view = second_opinion(signs)
    return _CALL in (heard_in(signs).features if view is None else view.found)


def _is_nothing(decision: Decision, signs: Signs, likely: Mapping[Kind, float]) -> bool:
    """Whether a reply that was held, without a stop, says nothing to us after all."""
    if decision.stop_requested or likely[Kind.OTHER] < _NOTHING or likely[Kind.HARM] >= _QUIET:
        return False
    if decision.rule == Hold.POINTLESS or is_whole_doubt(signs):
        return False
    return decision.rule != Hold.UNKNOWN_LANGUAGE or _unknown_share(signs) <= _MOST_UNKNOWN


def _unknown_share(signs: Signs) -> float:
    """How many of the words have no meaning in our lists."""
    known = {at for each in glosses(signs) for at in range(each.start, each.end)}
    return 1 - len(known) / max(1, len(signs.words))


def _held(decision: Decision, signs: Signs, likely: Mapping[Kind, float]) -> Decision:
    """For a person, with the words that speak most for harm, or for none of it."""
    if likely[Kind.HARM] >= _PERHAPS_BESIDE_A_STOP:
        return _held_as(Kind.HARM, heaviest(signs, Kind.HARM), decision, signs, likely)
    return _held_as(Kind.OTHER, decision.matched, decision, signs, likely)


def _held_as(
    kind: Kind,
    matched: tuple[str, ...],
    decision: Decision,
    signs: Signs,
    likely: Mapping[Kind, float],
) -> Decision:
    return Decision(
        Label.OTHER,
        (Action.HOLD,),
        Hold.ALL_WORDS,
        matched,
        stop_requested=decision.stop_requested,
        confidence=round(likely[kind], 2),
        language=signs.best_language,
    )


def _stopped(signs: Signs, stop: float) -> Decision:
    return Decision(
        Label.OPT_OUT,
        (Action.SUPPRESS,),
        Hold.ALL_WORDS,
        heaviest(signs, Kind.STOP),
        stop_requested=True,
        confidence=round(stop, 2),
        language=signs.best_language,
    )
