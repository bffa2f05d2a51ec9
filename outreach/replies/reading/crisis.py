"""Whether somebody tells of harm: blackmail, threats, images, self-harm, a stranger at a child.

A phrase that always means it, or several of its sides together. Prefers to be wrong by
asking a person once too often.
"""

from __future__ import annotations

from outreach.replies.reading.opt_out import Finding
from outreach.replies.reading.packs import Field
from outreach.replies.reading.signs import Signs

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
# One of these has to be there: a child, a stranger and a picture also meet in a class photo.
_TELLING = frozenset({Field.HARM, Field.DEMAND, Field.SHARE, Field.FEAR, Field.CONTACT})
# "blackmail", "help sextortion": few words, and the worst of them.
_FEW_WORDS = 4


def distress(signs: Signs) -> Finding | None:
    """The sign of harm, or None."""
    certain = signs.of(Field.CRISIS)
    if certain:
        return Finding("disclosure", signs.text_of(certain), 0.95)
    met = {field: signs.of(field) for field in _WEIGHTS}
    present = {field for field, spans in met.items() if spans}
    total = sum(_WEIGHTS[field] for field in present)
    is_curt = Field.HARM in present and len(signs.words) <= _FEW_WORDS
    if (total >= _ENOUGH + _is_thanks(signs) and present & _TELLING) or is_curt:
        spans = [span for field in _WEIGHTS for span in met[field]]
        return Finding("signs of harm", signs.text_of(spans), 0.8)
    return None


def _is_thanks(signs: Signs) -> bool:
    """Somebody who thanks in the first words, and is not afraid, speaks of the campaign."""
    opens = any(span[0] <= 1 for span in signs.of(Field.POLITE))
    return opens and not signs.of(Field.FEAR, Field.DEMAND)
