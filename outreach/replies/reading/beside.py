"""What a reply says beside its stop.

Whoever asks us to stop may tell of harm in the same breath, in words that no rule knows. So a
stop counts only where what stands beside it can be explained: politeness, figures, a reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from outreach.replies.reading import crisis, opt_out
from outreach.replies.reading.abroad import (
    Heard,
    gives_a_reason,
    is_a_reason,
    opinion_abroad,
    tells_of_a_child,
    tells_of_harm,
)
from outreach.replies.reading.opinion import LANGUAGE, Asked, Opinion, grave_slips, opinion
from outreach.replies.reading.opt_out import Finding
from outreach.replies.reading.packs import Field
from outreach.replies.reading.signs import Signs, Span, distance
from outreach.replies.reading.vocabulary import vocabulary
from outreach.replies.reading.words import Words

_STOPS = (Field.STOP, Field.OPT_OUT, Field.NO_SEND)
# What the words beside a stop may weigh and still be a reason for it, by what they speak of. Far
# less than in a text that asks for nothing: whoever is suppressed in distress is heard by nobody,
# and a hold of an opt-out costs a person a look.
_ENOUGH = 0.5
_ENOUGH_OF_PEOPLE = -1.5
_PEOPLE = ("kin", "stranger", "meet", "distress", "picture", "spread", "beyond", "undo", "home")
_ENOUGH_OF_GRAVE_WORDS = -2.5
_GRAVE = ("harm", "menace", "bare", "secret", "third")
_CALL = "one call"  # who wants to be called is always a person's to answer
# What is left when a phrase of stopping was met in parts; alone it tells of nothing.
_SMALL = """
    i we my our your you this that these those of the a an and to from with it its is are was in on
    for at by as so how do can will be all any everything else number phone text texts message
    messages
"""
_SMALL_WORDS = frozenset(_SMALL.split())
_FEWEST_OF_ANOTHER = 3
_FEWEST_OF_THE_SAME = 5
_ASKING = frozenset(
    (*_STOPS, Field.CEASE, Field.NO_WANT, Field.NO_MORE, Field.REMOVE, Field.STOP_HERE)
)
_ABOUT_STOPS = (Field.POLITE, Field.MESSAGE, Field.ME, Field.NO_MORE, Field.CEASE, Field.NO_WANT)
_MOST_MORE = 2


@dataclass(frozen=True)
class Ruled:
    """What the rules have found in a text, each None for nothing."""

    plain: Finding | None
    bare: Finding | None
    distress: Finding | None
    doubt: Finding | None

    @property
    def stop(self) -> Finding | None:
        return self.plain or self.bare

    @property
    def is_danger(self) -> bool:
        return self.distress is not None and self.distress.rule == crisis.DANGER

    @property
    def names(self) -> list[str]:
        """Each rule that found something, as the second opinion knows it."""
        named = (
            ("stop", self.stop),
            ("distress", self.distress),
            ("doubt", self.doubt),
        )
        return [
            each
            for name, finding in named
            if finding is not None
            for each in (name, f"{name} {finding.rule}")
        ]


def ruled(signs: Signs) -> Ruled:
    """Asks every rule."""
    return Ruled(
        opt_out.plain_words(signs),
        opt_out.bare_request(signs),
        crisis.distress(signs),
        opt_out.doubt(signs),
    )


def beside_the_stop(signs: Signs) -> Signs | None:
    """The text without the words that ask us to stop; None where nothing but courtesy is left."""
    asked = signs.of_any_language(*_STOPS)
    stops = [span for span in asked if not opt_out.is_broken(signs, span)]
    stops += signs.of(Field.DOUBT)
    polite = signs.of_any_language(Field.POLITE)
    narrow = [span for span in stops if not _reaches_over(span, stops)]
    around = [span for span in polite if any(distance(span, each) == 0 for each in narrow)]
    rest = _without(signs, [*narrow, *around])
    is_nothing = opt_out.is_courtesy(rest) or _SMALL_WORDS.issuperset(_written(rest))
    return None if is_nothing else rest


def stop_of_a_sentence(signs: Signs) -> float:
    """How strongly the sentence that asks most asks us to stop, each read alone: in a long
    mail a stop is one sentence of many."""
    numbers = {signs.sentence(span) for span in signs.of(*_ASKING)}
    strongest = -math.inf
    for number in numbers:
        others = [at for at, each in enumerate(signs.words.sentences) if each != number]
        alone = _without(signs, [(at, at + 1) for at in others])
        view = opinion(alone, ruled(alone).names, is_rest=True)
        strongest = max(strongest, view.stop if view is not None else -math.inf)
    return strongest


def _written(signs: Signs) -> tuple[str, ...]:
    """The words as they were written, without figures."""
    plain = (each[0] for each in signs.words.spellings)
    return tuple(word for word in plain if not word.isdecimal())


def _reaches_over(span: Span, stops: list[Span]) -> bool:
    """Whether a phrase holds a shorter one and much else: "how .. unsubscribe"."""
    return any(
        span[0] <= each[0]
        and each[1] <= span[1]
        and (span[1] - span[0]) - (each[1] - each[0]) > _MOST_MORE
        for each in stops
    )


def _without(signs: Signs, spans: list[Span]) -> Signs:
    left_out = {at for start, end in spans for at in range(start, end)}
    kept = [at for at in range(len(signs.words)) if at not in left_out]
    words = signs.words
    rest = Words(
        tuple(words.spellings[at] for at in kept),
        tuple(words.sentences[at] for at in kept),
        tuple(words.parts[at] for at in kept),
    )
    return Signs(rest, tuple(vocabulary().hits(rest)), signs.hint)


def not_explained(signs: Signs) -> Finding | None:
    """The words beside the stop that may tell of harm; None where nothing does."""
    rest = beside_the_stop(signs)
    if rest is None:
        return None
    if mistyped := grave_slips(rest):
        return Finding("a stop beside a mistyped word of harm", mistyped, 0.5)
    found = ruled(rest)
    is_one_language = rest.best_language == signs.best_language != LANGUAGE
    view = opinion(rest, found.names, is_rest=not is_one_language)
    if view is None:
        heard = Heard(rest)
        return (
            found.distress
            or opinion_abroad(heard, beside_a_stop=False)
            or _of_a_child(signs, heard)
            or _in_another_language(signs, heard)
        )
    if view.beside < _most(view) and _CALL not in view.found:
        return None
    return Finding("a stop beside other words", view.finding(Asked.BESIDE).matched, 0.5)


def _most(view: Opinion) -> float:
    """From which weight on a person looks at what stands beside a stop."""
    if any(f"one {name}" in view.found for name in _GRAVE):
        return _ENOUGH_OF_GRAVE_WORDS
    is_of_people = any(f"one {name}" in view.found for name in _PEOPLE)
    return _ENOUGH_OF_PEOPLE if is_of_people else _ENOUGH


def _of_a_child(signs: Signs, heard: Heard) -> Finding | None:
    """A child or a word of harm, in a reply that says nothing of a reason or of school."""
    if not (tells_of_a_child(heard) or tells_of_harm(heard)) or gives_a_reason(Heard(signs)):
        return None
    if signs.of(Field.POINTLESS):
        return None
    return Finding("a stop beside a child and no reason", _written(heard.signs), 0.5)


def _in_another_language(signs: Signs, heard: Heard) -> Finding | None:
    """Words in a language in which nobody asked us to stop, or a sentence or two in which
    nothing is about messages, or that speak of a child: they are not part of the stop."""
    rest = heard.signs
    if rest.best_language == LANGUAGE or is_a_reason(heard):
        return None
    about = {at for start, end in rest.of(*_ABOUT_STOPS) for at in range(start, end)}
    others = [at for at in range(len(rest.words)) if at not in about]
    is_same = bool(rest.languages & (_asking(signs) - {LANGUAGE}))
    if len(others) < (_FEWEST_OF_THE_SAME if is_same else _FEWEST_OF_ANOTHER):
        return None
    if is_same and len(others) < len(rest.words) and not tells_of_a_child(heard):
        return None
    words = rest.text_of([(at, at + 1) for at in others])
    return Finding("a stop beside words of another kind", words, 0.5)


def _asking(signs: Signs) -> set[str]:
    """The languages in which something is asked to stop. "Stop" itself is in every pack: where
    it is English too, it says nothing of the others."""
    hits = [hit for hit in signs.all_hits if hit.field in _ASKING]
    english = {at for hit in hits if hit.language == LANGUAGE for at in range(hit.start, hit.end)}
    return {hit.language for hit in hits if not english.issuperset(range(hit.start, hit.end))}
