"""What a reply says beside its stop.

Whoever asks us to stop may tell of harm in the same breath, in words that no rule knows. So a
stop counts only where what stands beside it can be explained: politeness, figures, a reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from outreach.replies.reading import crisis, opt_out
from outreach.replies.reading.abroad import (
    Heard,
    gives_a_reason,
    heard_in,
    is_a_reason,
    opinion_abroad,
    tells_of_a_child,
    tells_of_harm,
)
from outreach.replies.reading.holds import Hold
from outreach.replies.reading.letters import script_of
from outreach.replies.reading.opinion import (
    LANGUAGE,
    Asked,
    Opinion,
    grave_slips,
    is_english,
    knows,
    opinion,
)
from outreach.replies.reading.opt_out import Finding
from outreach.replies.reading.packs import Field
from outreach.replies.reading.resemblance import looks_like_harm
from outreach.replies.reading.signs import Signs, Span, distance, once, overlaps
from outreach.replies.reading.vocabulary import vocabulary
from outreach.replies.reading.words import Words

_STOPS = (Field.STOP, Field.OPT_OUT, Field.NO_SEND)
# What the words beside a stop may weigh and still be a reason for it, by what they speak of. Far
# less than in a text that asks for nothing: whoever is suppressed in distress is heard by nobody,
# and a hold of an opt-out costs a person a look.
_ENOUGH = 0.5
_ENOUGH_OF_PEOPLE = -1.5
_PEOPLE = frozenset(
    {
        *("one kin", "one stranger", "one meet", "one distress", "one picture", "one spread"),
        *("one beyond", "one undo", "one home"),
    }
)
_ENOUGH_OF_GRAVE_WORDS = -2.5
_GRAVE = frozenset({"one harm", "one menace", "one bare", "one secret", "one third"})
SHORT = frozenset({"words 0", "words 1", "words 2"})  # fewer than seven may begin anything
_LESS_OF_A_SHORT = 0.7
# What the letters beside a stop in another language may weigh, measured on replies that they were
# not learnt from (docs/reading-replies.md).
_LOOKS_LIKE_A_REASON = -2.0
_LOOKS_LIKE_HARM = 1.0
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
_MOST_OF_A_REASON = 12
ASKING = frozenset(
    (*_STOPS, Field.CEASE, Field.NO_WANT, Field.NO_MORE, Field.REMOVE, Field.STOP_HERE)
)
_ABOUT_STOPS = (
    Field.POLITE,
    Field.MESSAGE,
    Field.ME,
    Field.NO_MORE,
    Field.MORE,
    Field.CEASE,
    Field.NO_WANT,
    Field.POINTLESS,
)
_MOST_MORE = 2
_HARM = frozenset({Field.CRISIS, Field.DANGER})


@dataclass(frozen=True)
class Ruled:
    """What the rules have found in a text, each None for nothing."""

    stop: Finding | None
    distress: Finding | None
    doubt: Finding | None

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


@once
def ruled(signs: Signs) -> Ruled:
    """Asks every rule."""
    return Ruled(
        opt_out.plain_words(signs) or opt_out.bare_request(signs),
        crisis.distress(signs),
        opt_out.doubt(signs),
    )


@once
def second_opinion(signs: Signs) -> Opinion | None:
    """The weight of everything in the text; None for one that is not in English."""
    return opinion(signs, ruled(signs).names)


@once
def opinion_of_rest(rest: Signs) -> Opinion | None:
    """The same of what is left of a text, which may be in another language than the rest of it."""
    return opinion(rest, ruled(rest).names, is_rest=True)


@once
def beside_the_stop(signs: Signs) -> Signs | None:
    """The text without the words that ask us to stop; None where nothing but courtesy is left."""
    asked = signs.of_any_language(*_STOPS)
    stops = [span for span in asked if not opt_out.is_broken(signs, span)]
    stops += signs.of(Field.DOUBT)
    polite = signs.of_any_language(Field.POLITE)
    narrow = [span for span in stops if not _reaches_over(span, stops)]
    plain = _everyday(signs)
    around = [
        span
        for span in polite
        if any(_touches(each, span, is_everyday=span in plain) for each in narrow)
    ]
    asked = [_in_one_sentence(signs, span) for span in (*narrow, *around)]
    told = _told(signs, asked)
    rest = without(signs, [*asked, *crisis.complaints(signs)], told)
    is_nothing = opt_out.is_courtesy(rest) or _SMALL_WORDS.issuperset(_written(rest))
    return None if is_nothing else rest


def _touches(stop: Span, polite: Span, *, is_everyday: bool) -> bool:
    """ "Its over me stop": an everyday word before a stop is no courtesy, as it is after "text"."""
    return distance(stop, polite) == 0 and (stop[1] <= polite[0] or not is_everyday)


def _everyday(signs: Signs) -> set[Span]:
    """In English its everyday words that are courtesies elsewhere only ("me", "i")."""
    if signs.best_language != LANGUAGE:
        return set()
    own = [hit for hit in signs.all_hits if hit.language == LANGUAGE]
    polite = {(hit.start, hit.end) for hit in own if hit.field is Field.POLITE}
    return {(hit.start, hit.end) for hit in own if hit.field is Field.COMMON} - polite


def _told(signs: Signs, asked: list[Span]) -> list[Span]:
    """Phrases of harm in any other language that are more than a part of the stop: a word of
    theirs may stop in one ("iska pari", he wants money). The English ones are weighed."""
    told = [hit for hit in signs.all_hits if hit.field in _HARM and hit.language != LANGUAGE]
    long = [(hit.start, hit.end) for hit in told if hit.end - hit.start > 1]
    idioms = signs.of(Field.IDIOM) if long else []
    return [
        span
        for span in long
        if not any(one[0] <= span[0] and span[1] <= one[1] for one in asked)
        and not any(overlaps(idiom, span) for idiom in idioms)
    ]


def _in_one_sentence(signs: Signs, span: Span) -> Span:
    """ "Stop texting\\nme …": the second sentence is not part of the stop."""
    sentence = signs.sentence(span)
    places = [at for at in range(*span) if signs.words.sentences[at] == sentence]
    return places[0], places[-1] + 1


def stop_of_a_sentence(signs: Signs) -> float:
    """How strongly the sentence that asks most asks us to stop, each read alone: in a long
    mail a stop is one sentence of many."""
    numbers = {signs.sentence(span) for span in signs.of(*ASKING)}
    strongest = -math.inf
    for number in numbers:
        others = [at for at, each in enumerate(signs.words.sentences) if each != number]
        alone = without(signs, [(at, at + 1) for at in others])
        view = opinion_of_rest(alone)
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


def without(signs: Signs, spans: list[Span], but: Sequence[Span] = ()) -> Signs:
    """The text without the words of these spans, `but` with those of others."""
    left_out = {at for span in spans for at in range(*span)}
    left_out -= {at for span in but for at in range(*span)}
    if not left_out:
        return signs
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
    if cries := rest.of(Field.CRY):
        said = {at for start, end in [*cries, *rest.of(Field.POLITE)] for at in range(start, end)}
        others = len(rest.words) - len(said)
        if others <= (signs.best_language == LANGUAGE):  # perhaps a name: "Tom, police"
            return Finding(Hold.CRY, rest.text_of(cries), 0.5)
    if _may_be_english(signs, rest) and (mistyped := grave_slips(rest)):
        return Finding(Hold.MISTYPED_WORD, mistyped, 0.5)
    return _in_english(rest) if _is_in_english(rest) else _abroad(signs, rest)


def _in_english(rest: Signs) -> Finding | None:
    view = opinion_of_rest(rest)
    return None if view is None else _weighed(view)


def _abroad(signs: Signs, rest: Signs) -> Finding | None:
    """The same in another language, or in one that is not clear."""
    found, heard = ruled(rest), Heard(rest)
    is_one_language = rest.best_language == signs.best_language != LANGUAGE
    if told := found.distress or _told_abroad(signs, heard):
        return told
    view = opinion(rest, found.names, is_rest=not is_one_language)
    if view is not None:
        return _weighed(view)
    return _unclear(signs, heard) or _in_another_script(rest)


def _unclear(signs: Signs, heard: Heard) -> Finding | None:
    """What the packs cannot explain, unless it is in the stop's own language and its letters are
    those of reasons; and what they have no word for, where its letters are those of harm."""
    looks = looks_like_harm(heard.signs.words)
    is_same = bool(heard.signs.languages & (languages_asking(signs) - {LANGUAGE}))
    if looks is not None and looks < _LOOKS_LIKE_A_REASON and is_same:
        return None
    if found := _of_a_child(signs, heard) or _in_another_language(signs, heard):
        return found
    if looks is None or looks < _LOOKS_LIKE_HARM or signs.of(Field.POINTLESS):
        return None
    if gives_a_reason(heard_in(signs)):
        return None
    return Finding(Hold.LETTERS, _written(heard.signs), 0.5)


def _told_abroad(signs: Signs, heard: Heard) -> Finding | None:
    """Harm by the weight of the concepts. What only may be some is weighed again without the
    reasons: "my son has left school" speaks of a child, and of nothing that it suffers."""
    told = opinion_abroad(heard, beside_a_stop=False)
    if told is None or told.rule != Hold.PERHAPS or tells_of_harm(heard):
        return told
    reasons = [(at, at + 1) for at in _reasons(signs, heard.signs)]
    if not reasons:
        return told
    return opinion_abroad(Heard(without(heard.signs, reasons)), beside_a_stop=False)


def _is_in_english(rest: Signs) -> bool:
    """Whether the English weights know enough of what stands beside a stop to calm a rule."""
    if rest.best_language != LANGUAGE or not is_english(rest):
        return False
    plain = [each[0] for each in rest.words.spellings]
    harm = rest.of_any_language(*_HARM)
    return all(knows(plain[at]) for span in harm for at in range(*span))


def _weighed(view: Opinion) -> Finding | None:
    if not weighs_too_much(view):
        return None
    return Finding(Hold.OTHER_WORDS, view.finding(Asked.BESIDE).matched, 0.5)


def weighs_too_much(view: Opinion) -> bool:
    """Whether the words beside a stop are more than a reason for it."""
    return view.beside >= _most(view) or _CALL in view.found


def _in_another_script(rest: Signs) -> Finding | None:
    """What is said in English beside a stop in other letters: there a character of ours is a word,
    so that the few English ones are not seen in the whole."""
    others = [
        (at, at + 1)
        for at, each in enumerate(rest.words.spellings)
        if script_of(each[0]) != "LATIN"
    ]
    if not others or len(others) == len(rest.words):
        return None
    latin = without(rest, others)
    view = None if opt_out.is_courtesy(latin) else opinion_of_rest(latin)
    return None if view is None else _weighed(view)


def _may_be_english(signs: Signs, rest: Signs) -> bool:
    """Whether a slip of an English word is one: "marra", once, stands in an Arabic stop."""
    return signs.best_language in {LANGUAGE, ""} or is_english(rest)


def _most(view: Opinion) -> float:
    """From which weight on a person looks at what stands beside a stop."""
    most = _ENOUGH if _PEOPLE.isdisjoint(view.found) else _ENOUGH_OF_PEOPLE
    if not _GRAVE.isdisjoint(view.found):
        most = _ENOUGH_OF_GRAVE_WORDS
    return most if SHORT.isdisjoint(view.found) else most - _LESS_OF_A_SHORT


def _of_a_child(signs: Signs, heard: Heard) -> Finding | None:
    """A child or a word of harm, in a reply that says nothing of a reason or of school."""
    if not (tells_of_a_child(heard) or tells_of_harm(heard)) or gives_a_reason(heard_in(signs)):
        return None
    if signs.of(Field.POINTLESS):
        return None
    return Finding(Hold.CHILD, _written(heard.signs), 0.5)


def _in_another_language(signs: Signs, heard: Heard) -> Finding | None:
    """Words in a language in which nobody asked us to stop, or a sentence or two in which
    nothing is about messages, or that speak of a child: they are not part of the stop."""
    rest = heard.signs
    if rest.best_language == LANGUAGE or is_a_reason(heard):
        return None
    about = {at for start, end in rest.of(*_ABOUT_STOPS) for at in range(start, end)}
    about |= set() if tells_of_harm(heard) else _reasons(signs, rest)
    others = [at for at in range(len(rest.words)) if at not in about]
    is_same = bool(rest.languages & (languages_asking(signs) - {LANGUAGE}))
    if len(others) < (_FEWEST_OF_THE_SAME if is_same else _FEWEST_OF_ANOTHER):
        return None
    if is_same and len(others) < len(rest.words) and not tells_of_a_child(heard):
        return None
    words = rest.text_of([(at, at + 1) for at in others])
    return Finding(Hold.OTHER_KIND, words, 0.5)


def _reasons(signs: Signs, rest: Signs) -> set[int]:
    """The places in `rest` of the words around a reason ("my children are grown up now"), where
    something else asks us to stop."""
    reasons = {signs.part(span) for span in signs.of(Field.POINTLESS)}
    asked = {signs.part(span) for span in signs.of(Field.OPT_OUT, Field.NO_SEND)}
    if asked <= reasons:
        return set()
    parts = signs.words.parts
    short = {each for each in reasons if parts.count(each) <= _MOST_OF_A_REASON}
    return {at for at, each in enumerate(rest.words.parts) if each in short}


def asks_abroad(signs: Signs) -> bool:
    """Whether all that asks us to stop is in other languages than English, whose weights then
    cannot say that it is no stop."""
    hits = [hit for hit in signs.all_hits if hit.field in _STOPS]
    spoken = {hit.language for hit in hits if hit.language in signs.languages}
    return bool(spoken) and LANGUAGE not in spoken


def languages_asking(signs: Signs) -> set[str]:
    """The languages in which something is asked to stop. "Stop" itself is in every pack: where
    it is English too, it says nothing of the others."""
    hits = [hit for hit in signs.all_hits if hit.field in ASKING]
    english = {at for hit in hits if hit.language == LANGUAGE for at in range(hit.start, hit.end)}
    return {hit.language for hit in hits if not english.issuperset(range(hit.start, hit.end))}
