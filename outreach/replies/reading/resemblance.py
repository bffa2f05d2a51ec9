"""Whether a reply in another language than English looks, letter by letter, like those that
tell of harm.

Packs and concepts know words; nobody lists every form that a verb takes, nor how each of us
spells. Runs of two to five letters of the words were learnt from the replies in all languages
(`python -m bench.resemblance`), so a form that no list has still looks like its relatives.
It is asked about what stands beside a stop, and nothing else: it can hold a stop that the rules
would obey, and let one through that they would hold for want of words.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from itertools import groupby

from outreach.replies.reading.letters import is_spaceless
from outreach.replies.reading.words import Words

WEIGHTS = "letters.weights.json"
_SIZES = (2, 3, 4, 5)
_MOST_RUNS = 4_000  # of a longer text the beginning says enough
# Of the runs so many have to be known: what was never met says nothing, least that all is well.
_KNOWN_SHARE = 0.4


@cache
def weights() -> Mapping[str, float]:
    """What each run of letters adds; positive looks like harm. "" is the weight of none."""
    text = files("outreach.replies").joinpath("concepts", WEIGHTS).read_text("utf-8")
    return dict(json.loads(text)["weights"])


def runs(words: Words) -> list[str]:
    """The runs of letters in the words, each once; a blank marks where a word begins or ends."""
    found: dict[str, None] = {}
    for word in _written(words):
        padded = f" {word} "
        for size in _SIZES:
            found.update(dict.fromkeys(padded[at : at + size] for at in _starts(padded, size)))
        if len(found) > _MOST_RUNS:
            break
    return list(found)


def _starts(word: str, size: int) -> range:
    return range(len(word) - size + 1)


def _written(words: Words) -> list[str]:
    """Where a character is a word of ours (Chinese, Thai), those that stand together are one."""
    plain = (each[0] for each in words.spellings)
    together = groupby(plain, key=lambda word: len(word) == 1 and is_spaceless(word))
    return [word for spaceless, each in together for word in _joined(each, spaceless)]


def _joined(words: Iterable[str], spaceless: bool) -> Iterable[str]:
    return ["".join(words)] if spaceless else words


def looks_like_harm(words: Words) -> float | None:
    """0 is as likely as not; None where too few of the letters were ever met."""
    known, met = weights(), runs(words)
    weighed = [known[each] for each in met if each in known]
    if not met or len(weighed) < len(met) * _KNOWN_SHARE:
        return None
    return known[""] + math.fsum(weighed) / math.sqrt(len(met))
