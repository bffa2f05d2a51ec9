"""Whether somebody tells of harm: blackmail, threats, images, self-harm, a stranger at a child.

A phrase that always means it, or several of its sides together. Prefers to be wrong by
asking a person once too often.
"""

from __future__ import annotations

from outreach.replies.reading.opt_out import Finding, cries_about_messages, stretched
from outreach.replies.reading.packs import Field
from outreach.replies.reading.signs import Signs, Span, distance, overlaps

_WEIGHTS = {
    Field.HARM: 2,
    Field.IMAGE: 1,
    Field.CHILD: 1,
    Field.STRANGER: 1,
    Field.DEMAND: 1,
    Field.SHARE: 1,
    Field.FEAR: 1,
    Field.CONTACT: 1,
}
_ENOUGH = 3
DANGER = "a life in danger"  # the name of its rule
SIGNS = "signs of harm"  # several together
# One of these has to be there: a child, a stranger and a picture also meet in a class photo.
_TELLING = frozenset({Field.HARM, Field.DEMAND, Field.SHARE, Field.FEAR, Field.CONTACT})
# "blackmail", "help sextortion": few words, and the worst of them.
_FEW_WORDS = 4
# Our messages, the list or the number of the person.
_OURS = (Field.MESSAGE, Field.NO_SEND, Field.ME)


# How far a word like "campaign" or "what is" reaches.
_MOST_WORDS_TO_ABOUT = 4


def distress(signs: Signs) -> Finding | None:
    """The sign of harm, or None."""
    if dangers := _meant(signs, Field.DANGER):
        return Finding(DANGER, signs.text_of(dangers), 0.95)
    cries = cries_about_messages(signs)
    if certain := [span for span in _told(signs, Field.CRISIS) if span not in cries]:
        return Finding("disclosure", signs.text_of(certain), 0.95)
    if not signs.of(*_TELLING):
        return None
    met = {field: _told(signs, field) for field in _WEIGHTS}
    present = {field for field, spans in met.items() if spans}
    total = sum(_WEIGHTS[field] for field in present)
    is_curt = len(signs.words) <= _FEW_WORDS and _is_harm_of_theirs(signs, met[Field.HARM])
    if (total >= _ENOUGH + _is_thanks(signs) and present & _TELLING) or is_curt:
        spans = [span for field in _WEIGHTS for span in met[field]]
        return Finding(SIGNS, signs.text_of(spans), 0.8)
    return None


def beside_a_stop(signs: Signs) -> Finding | None:
    """The sign of harm that is enough where somebody also asks us to stop: whoever is
    suppressed in distress is heard by nobody, and an opt-out seldom speaks of either."""
    harms = _told(signs, Field.HARM)
    spans = [*_told(signs, Field.FEAR), *_told(signs, Field.IMAGE)]
    if _is_harm_of_theirs(signs, harms):
        return Finding("a stop beside harm", signs.text_of(harms), 0.6)
    if spans and _told(signs, Field.CHILD):
        return Finding("a stop beside a child in trouble", signs.text_of(spans), 0.6)
    return None


def _meant(signs: Signs, field: Field) -> list[Span]:
    """The spans of `field` that are not part of an idiom ("dying to see the play")."""
    spans = signs.of(field)
    idioms = signs.of(Field.IDIOM) if spans else []
    return [span for span in spans if not any(overlaps(idiom, span) for idiom in idioms)]


def _told(signs: Signs, field: Field) -> list[Span]:
    """The spans of `field`, without the harm that is only spoken of ("what is sextortion?") or
    said of our messages ("its creepy, stop texting")."""
    meant = _meant(signs, field)
    if not meant:
        return []
    abouts, ours = signs.of(Field.ABOUT), complaints(signs)
    reach = stretched(signs, _MOST_WORDS_TO_ABOUT)
    return [
        span
        for span in meant
        if not any(
            signs.sentence(about) == signs.sentence(span) and distance(about, span) <= reach
            for about in abouts
        )
        and not any(each[0] <= span[0] and span[1] <= each[1] for each in ours)
    ]


def complaints(signs: Signs) -> list[Span]:
    """What somebody says of our messages where they are named: "dont send this, its creepy".
    Beside a bare "stop" it may be said of anything."""
    return signs.of(Field.COMPLAINT) if signs.of(*_OURS) else []


def _is_harm_of_theirs(signs: Signs, harms: list[Span]) -> bool:
    """Not the harm that we are accused of: "this is harassment, stop"."""
    accusations = signs.of(Field.OPT_OUT)
    return any(not any(overlaps(harm, each) for each in accusations) for harm in harms)


def _is_thanks(signs: Signs) -> bool:
    """Somebody who thanks in the first words, and is not afraid, speaks of the campaign."""
    opens = any(span[0] <= 1 for span in signs.of(Field.POLITE))
    return opens and not signs.of(Field.FEAR, Field.DEMAND)
