"""Whether somebody asks us to stop: a few rules over the word classes of the packs.

Never a list of sentences: a verb of stopping near a noun for messages, a refusal to get
more, a request to be taken off. Each rule says its name and the words it met.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from outreach.replies.reading.holds import Hold
from outreach.replies.reading.packs import Field
from outreach.replies.reading.returning import wanted_again
from outreach.replies.reading.signs import Signs, Span, distance, overlaps

# Pairs of classes that mean an opt-out within so many words, in either order.
_PAIRS = (
    ("stop sending", Field.CEASE, (Field.MESSAGE,), 5),
    ("do not want", Field.NO_WANT, (Field.MESSAGE, Field.NO_MORE, Field.MORE), 7),
    ("no more messages", Field.NO_MORE, (Field.MESSAGE,), 3),
    ("no more messages", Field.MORE, (Field.MESSAGE,), 3),
    ("take me off", Field.REMOVE, (Field.ME,), 5),
)
_ALONE = (("says it all", Field.OPT_OUT), ("do not send", Field.NO_SEND))
_OTHERS = (Field.THIRD, Field.CHILD, Field.STRANGER)
_NEAR_OTHERS = 1
_SHORT_REQUEST = 8
# With which a command may share its message and stay one.
AROUND = (
    *(Field.POLITE, Field.CEASE, Field.MESSAGE, Field.ME),
    *(Field.NO_MORE, Field.MORE, Field.REMOVE),
)
_ASKING_WORDS = (Field.CEASE, Field.NO_WANT, Field.NO_SEND, Field.OPT_OUT, Field.ASK)
# One of these makes "more" and "again" a refusal.
_REFUSING = (Field.NOT, Field.NO_WANT, Field.NO_SEND, Field.NO_MORE, Field.CEASE)
_BARE = (Field.CEASE, Field.NO_WANT, Field.REMOVE, Field.NO_SEND, Field.NO_MORE)


@dataclass(frozen=True)
class Finding:
    """`rule` met `matched`; `confidence` 0 to 1."""

    rule: str
    matched: tuple[str, ...]
    confidence: float


def keyword(signs: Signs) -> Finding | None:
    """The whole message is a command to stop, with at most polite words around it."""
    if not len(signs.words):
        return Finding("stop sign", (), 0.9) if signs.words.has_stop_sign else None
    spans = signs.of_any_language(Field.STOP)
    if signs.hint:
        spans += [span for span in signs.of(Field.STOP_HERE) if span not in spans]
    polite = signs.of_any_language(Field.POLITE)
    spans = [span for span in spans if not _is_within_a_courtesy(span, polite)]
    if spans and covers(signs, [*spans, *polite, *_numbers(signs)]):
        masks = signs.of_any_language(Field.NOT_OPT_OUT)
        if len(signs.words) > 1 and any(mask not in spans for mask in masks):
            return None
        return Finding("keyword", signs.text_of(spans), 1.0)
    return None


def _is_within_a_courtesy(span: Span, polite: list[Span]) -> bool:
    """ "S'il" of "s'il vous plaît" is how "delete" is said in Turkish."""
    return any(_holds(each, span) and each != span for each in polite)


def bare_request(signs: Signs) -> Finding | None:
    """Nothing but words of stopping: "please stop this now", "don't want"."""
    if _is_one_everyday_word(signs):
        return None
    spans = _unmasked(signs, signs.of(Field.STOP, *_BARE))
    around = [*spans, *signs.of(*AROUND), *cries_about_messages(signs)]
    is_short = _without_courtesies(signs) <= _SHORT_REQUEST and not is_courtesy(signs)
    if spans and is_short and covers(signs, around):
        strong = _unmasked(signs, signs.of(Field.STOP, Field.CEASE, Field.NO_WANT, Field.REMOVE))
        return Finding("bare request", signs.text_of(spans), 0.9) if strong else None
    return None


def cries_about_messages(signs: Signs) -> list[Span]:
    """ "Make it stop" is a cry, and a stop where nothing is left but words of stopping and the
    name of the messages: "make it stop. these texts"."""
    cries = signs.of(Field.CRY)
    stops = _unmasked(signs, signs.of(Field.STOP, *_BARE)) if cries else []
    cries = [each for each in cries if any(_holds(each, stop) for stop in stops)]
    texts = [each for each in signs.of(Field.MESSAGE) if not any(overlaps(each, c) for c in cries)]
    return cries if texts and covers(signs, [*stops, *cries, *signs.of(*AROUND)]) else []


def _without_courtesies(signs: Signs) -> int:
    polite = signs.of(Field.POLITE)
    return sum(
        not any(start <= at < end for start, end in polite) for at in range(len(signs.words))
    )


def _is_one_everyday_word(signs: Signs) -> bool:
    """ "Dame" takes somebody off in Spanish and is a lady in French."""
    return len(signs.words) == 1 and bool(signs.of_any_language(Field.COMMON))


def _numbers(signs: Signs) -> list[Span]:
    """Figures beside a command say nothing: "1. STOP", "STOP 60777"."""
    spellings = signs.words.spellings
    return [(at, at + 1) for at in range(len(spellings)) if spellings[at][0].isdecimal()]


def is_courtesy(signs: Signs) -> bool:
    """ "Ta" thanks, in English; in Swedish it is also how "take" is said."""
    return covers(signs, signs.of_any_language(Field.POLITE))


def covers(signs: Signs, spans: list[Span]) -> bool:
    """Whether every word of the text lies in one of the spans."""
    return _cover(signs, spans, 0, len(signs.words))


def _cover(signs: Signs, spans: list[Span], start: int, end: int) -> bool:
    return {at for first, last in spans for at in range(first, last)}.issuperset(range(start, end))


def plain_words(signs: Signs) -> Finding | None:
    """An opt-out in a person's own words."""
    return next(iter(_findings(signs)), None)


def _findings(signs: Signs) -> Iterator[Finding]:
    for rule, field in _ALONE:
        for span in _unmasked(signs, signs.of(field)):
            if not _is_about_a_thing(signs, span) and not is_broken(signs, span):
                yield Finding(rule, signs.text_of([span]), 0.95)
    for rule, one, two in _pairs(signs):
        if not _is_about_a_thing(signs, one) and not _is_a_question(signs, one, two):
            yield Finding(rule, signs.text_of([one, two]), 0.9)
    yield from _commands_inside(signs)


def is_broken(signs: Signs, span: Span) -> bool:
    """Whether a comma parts the first word of a phrase from the others: "stop, call me" asks for
    a call, not for none. "Nenoriu, kad" is one phrase."""
    start, end = span
    if (start, start + 1) in signs.of(Field.NO_WANT):
        return False
    return end - start > 1 and signs.part((start, start + 1)) != signs.part((start + 1, end))


def _pairs(signs: Signs) -> Iterator[tuple[str, Span, Span]]:
    """Two classes that mean an opt-out together, with the name of their rule."""
    for rule, first, seconds, most in _PAIRS:
        spans = _unmasked(signs, signs.of(first))
        others = signs.of(*seconds)
        for one, two in product(spans, others):
            is_ours = first is not Field.CEASE or not _is_anothers(signs, one, two)
            is_ours = is_ours and (first is not Field.MORE or _is_refusal(signs, one))
            if _belong(signs, one, two, most) and is_ours:
                yield rule, one, two


def _is_refusal(signs: Signs, more: Span) -> bool:
    """Whether "more" stands in a sentence that refuses: "send the message again" does not."""
    number = signs.sentence(more)
    return any(
        signs.sentence(each) == number and not overlaps(each, more) for each in signs.of(*_REFUSING)
    )


def _is_a_question(signs: Signs, one: Span, two: Span) -> bool:
    """ "How did you get my number" is whole; "get" and "my number" in it ask for nothing."""
    return any(_holds(asked, one) and _holds(asked, two) for asked in signs.of(Field.DOUBT))


def _holds(outer: Span, inner: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _belong(signs: Signs, one: Span, two: Span, most: int) -> bool:
    return (
        not overlaps(one, two)
        and signs.sentence(one) == signs.sentence(two)
        and distance(one, two) <= stretched(signs, most)
    )


def _is_about_a_thing(signs: Signs, span: Span) -> bool:
    """ "Take Leo off the trip list": a thing of the school, in a sentence without messages."""
    number = signs.sentence(span)
    return any(
        signs.sentence(thing) == number and not overlaps(thing, span)
        for thing in signs.of(Field.THING)
    ) and not any(
        signs.sentence(each) == number and not overlaps(each, span)
        for each in signs.of(Field.MESSAGE)
    )


def stretched(signs: Signs, most: int) -> int:
    """In scripts where a word of ours is one character, twice as many fit in between."""
    singles = sum(len(each[0]) == 1 for each in signs.words.spellings)
    return most * 2 if singles * 2 > len(signs.words) else most


def _is_anothers(signs: Signs, cease: Span, about: Span) -> bool:
    """Somebody else is to stop: "stop him", "make them stop"."""
    between = (min(cease[1], about[1]), max(cease[0], about[0]))
    return any(
        _is_next_to(signs, cease, third) or (between[0] <= third[0] and third[1] <= between[1])
        for third in signs.of(*_OTHERS)
        if signs.sentence(third) == signs.sentence(cease) and not overlaps(third, cease)
    )


def _is_next_to(signs: Signs, cease: Span, third: Span) -> bool:
    """Not so "stop, he has …" and "stop please he has …": there a new thought begins."""
    gap = (min(cease[1], third[1]), max(cease[0], third[0]))
    return (
        distance(cease, third) <= _NEAR_OTHERS
        and signs.part(cease) == signs.part(third)
        and not any(gap[0] <= each[0] < gap[1] for each in signs.of(Field.POLITE))
    )


def _commands_inside(signs: Signs) -> Iterator[Finding]:
    """A sentence or line that is a command, in a message with others; or its last words,
    after a comma."""
    polite = signs.of(Field.POLITE)
    commands = _unmasked(signs, signs.of(Field.STOP))
    commands = [span for span in commands if not _is_within_a_courtesy(span, polite)]
    around = [*commands, *polite]
    sentences, parts = signs.words.sentences, signs.words.parts
    for span in commands:
        start, end = _extent(sentences, signs.sentence(span))
        is_edge = start == 0 or end == len(sentences)
        last_start, last_end = _extent(parts, signs.part(span))
        is_last = last_end == len(parts) and last_start > 0
        if (is_edge and _cover(signs, around, start, end)) or (
            is_last and _cover(signs, around, last_start, last_end)
        ):
            yield Finding("command among others", signs.text_of([span]), 0.8)


def coming_back(signs: Signs) -> Finding | None:
    """Who wants the messages again, in plain words: "I stopped these by mistake". Not so "do
    not sign me up again", nor "put me back on the list for the trip"."""
    texts = signs.of(Field.MESSAGE)
    spans = [
        span
        for span in wanted_again(signs)
        if any(overlaps(span, text) for text in texts) or not _is_about_a_thing(signs, span)
    ]
    if not spans:
        return None
    return Finding("wants messages again", signs.text_of(spans[:1]), 0.9)


def asks_in_words(signs: Signs) -> bool:
    """Whether there is a word of stopping, refusing or removing at all, however weak, that is no
    part of something else ("day off")."""
    return bool(_unmasked(signs, signs.of(*_ASKING_WORDS)))


def opens_with_a_command(signs: Signs) -> bool:
    """Whether the first sentence, of several, is nothing but a command to stop."""
    commands = _unmasked(signs, signs.of(Field.STOP, Field.OPT_OUT))
    if not commands:
        return False
    end = _first(signs.words.sentences)
    return end < len(signs.words) and _cover(signs, [*commands, *signs.of(Field.POLITE)], 0, end)


def opens_apart(signs: Signs) -> Finding | None:
    """The same of the words before the first comma: "pls stop, hes only 6"."""
    commands = _unmasked(signs, signs.of(Field.STOP, Field.OPT_OUT))
    end = _first(signs.words.parts) if commands else 0
    first = [span for span in commands if span[1] <= end]
    if not first or end == len(signs.words):
        return None
    is_one = _cover(signs, [*first, *signs.of(Field.POLITE)], 0, end)
    return Finding(Hold.OPENS, signs.text_of(first), 0.5) if is_one else None


def _first(numbers: tuple[int, ...]) -> int:
    """Where the first sentence or part ends. Its number is not 0 behind an opening sign."""
    return numbers.count(numbers[0]) if numbers else 0


def _extent(numbers: tuple[int, ...], number: int) -> Span:
    start = numbers.index(number)
    return start, start + numbers.count(number)


def _unmasked(signs: Signs, spans: list[Span]) -> list[Span]:
    """Without those in an idiom ("stop by") and those that are denied ("do not remove")."""
    if not spans:
        return []
    refusals = signs.of(Field.NO_WANT)
    masks = [each for each in signs.of(Field.NOT_OPT_OUT) if not _is_refused(each, refusals)]
    denials = signs.of(Field.NOT)
    says_all = signs.of(Field.OPT_OUT)
    return [
        span
        for span in spans
        if not any(
            overlaps(span, mask)
            and not (span in says_all and _says_less(mask, span, denials, refusals))
            and not _is_cut_off(signs, mask, span)
            for mask in masks
        )
        and not any(_denies(signs, denial, span) for denial in denials)
    ]


def _says_less(mask: Span, span: Span, denials: list[Span], refusals: list[Span]) -> bool:
    """ "How do I get" before "off" in "how do I get off": the longer of the two says what is
    meant. Not so "don't stop" within something longer, but "I don't want that you write"."""
    if span == mask or not _holds(span, mask):
        return False
    is_refused = any(overlaps(span, each) and overlaps(mask, each) for each in refusals)
    return is_refused or not any(overlaps(mask, denial) for denial in denials)


def _is_cut_off(signs: Signs, mask: Span, span: Span) -> bool:
    """ "Stop, my son …" is not "stop my son": the comma ends what the stop is about. Nor is
    "storage full, stop" a full stop."""
    if mask[0] == span[0] and span[1] < mask[1]:
        return signs.part((span[1] - 1, span[1])) != signs.part((span[1], span[1] + 1))
    return mask[0] < span[0] and signs.part((span[0] - 1, span[0])) != signs.part(span)


def _is_refused(mask: Span, refusals: list[Span]) -> bool:
    """ "Want to get" inside "do not want to get"."""
    return any(refusal[0] < mask[0] < refusal[1] for refusal in refusals)


def _denies(signs: Signs, denial: Span, span: Span) -> bool:
    return (
        denial[1] <= span[0]
        and distance(denial, span) == 0
        and signs.part(denial) == signs.part(span)
    )


def doubt(signs: Signs) -> Finding | None:
    """Perhaps an opt-out, perhaps not: a person decides."""
    spans = _unmasked(signs, signs.of(Field.DOUBT))
    if spans:
        return Finding(Hold.IN_DOUBT, signs.text_of(spans), 0.5)
    if spans := signs.of(Field.POINTLESS):
        return Finding(Hold.POINTLESS, signs.text_of(spans), 0.5)
    if (cries := signs.of(Field.CRY)) and covers(signs, [*cries, *signs.of(Field.POLITE)]):
        return Finding(Hold.CRY, signs.text_of(cries), 0.5)
    loose = _unmasked(signs, signs.of(Field.CEASE, Field.NO_WANT, Field.REMOVE))
    loose = [span for span in loose if not _is_elses(signs, span)]
    is_clear = len(signs.words) > _SHORT_REQUEST or is_courtesy(signs)
    if not loose or is_clear or _is_one_everyday_word(signs):
        return None
    return Finding(Hold.UNCLEAR_WHOM, signs.text_of(loose), 0.5)


def is_whole_doubt(signs: Signs) -> bool:
    """Nothing but a question like "how did you get my number": no weight makes it a request."""
    return covers(signs, [*signs.of(Field.DOUBT), *signs.of(Field.POLITE)])


def _is_elses(signs: Signs, span: Span) -> bool:
    """Somebody else or something else is to stop, and nothing here is about the person."""
    if _is_anothers(signs, span, span):
        return True
    mine = signs.of(Field.ME, Field.MESSAGE)
    return _is_about_a_thing(signs, span) and not mine


def asked_in_distress(signs: Signs) -> bool:
    """Whether a message that tells of harm also asks us to stop. Wider than an opt-out needs
    to be, because nothing but a person's attention depends on it."""
    if plain_words(signs) is not None:
        return True
    if _unmasked(signs, signs.of(Field.OPT_OUT, Field.NO_SEND)):
        return True
    return any(not _is_anothers(signs, span, span) for span in _opening_stops(signs))


def _opening_stops(signs: Signs) -> list[Span]:
    """The words of stopping with which the text or a part of it begins."""
    return [
        span
        for span in _unmasked(signs, signs.of(Field.STOP))
        if span[0] == 0 or signs.part((span[0] - 1, span[0])) != signs.part(span)
    ]
