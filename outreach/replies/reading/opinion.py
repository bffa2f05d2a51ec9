"""A second opinion on whether an English reply tells of harm.

Phrases do not reach a disclosure in free words. So the words are read as concepts (who, a
picture, money, a threat …; `outreach/replies/concepts/en.yaml`), and what their meeting says
is a sum of weights that were learnt from the train part of the corpus
(`python -m bench.opinion`). A sum, so that each word's part in it can be named. It can only
bring a reply to a person: it never calms another rule, and never unsubscribes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import combinations

from ruamel.yaml import YAML

from outreach.replies.reading.opt_out import Finding
from outreach.replies.reading.packs import Field
from outreach.replies.reading.signs import Signs
from outreach.replies.reading.words import Words, split

_FOLDER = "concepts"
_MOST_WORDS_OF_PHRASE = 4
_LONGEST = 6  # doublings: texts of 63 words and more count as one length
_MOST_NAMED = 6
# From here on the weights speak of harm: where a lower one holds more ordinary replies than it
# finds disclosures, on the train part (docs/reading-replies.md).
_ENOUGH = 0.6
# Beside a stop all words together have to be surer, for many who stop say why. The sentences
# without the stop need no more than ever; and words of harm and a child, or a stranger and
# pictures, are enough: whoever is suppressed in distress is heard by nobody.
_ENOUGH_BESIDE_A_STOP = 2.0
_GRAVE = (("harm", "kin"), ("kin", "menace"), ("bare", "kin"), ("picture", "stranger"))


@dataclass(frozen=True)
class Concepts:
    """Every phrase of the file with the concepts that it belongs to; stems apart."""

    phrases: Mapping[str, tuple[str, ...]]
    stems: Mapping[str, tuple[str, ...]]

    def of(self, words: list[str]) -> Iterator[tuple[str, str]]:
        """Each concept met, with the words that it was met in."""
        for at, word in enumerate(words):
            for length in range(1, min(_MOST_WORDS_OF_PHRASE, len(words) - at) + 1):
                phrase = " ".join(words[at : at + length])
                for concept in self.phrases.get(phrase, ()):
                    yield concept, phrase
            for length in range(1, len(word) + 1):
                for concept in self.stems.get(word[:length], ()):
                    yield concept, word


@cache
def concepts() -> Concepts:
    """The concepts that ship."""
    phrases: dict[str, tuple[str, ...]] = {}
    stems: dict[str, tuple[str, ...]] = {}
    for concept, listed in YAML(typ="safe").load(_shipped("en.yaml")).items():
        for written in str(listed or "").split(",") if concept != "reviewed_by" else ():
            folded = " ".join(each[0] for each in split(written.strip(" \n*")).spellings)
            table = stems if written.strip().endswith("*") else phrases
            if folded:
                table[folded] = tuple(dict.fromkeys((*table.get(folded, ()), concept)))
    return Concepts(phrases, stems)


@cache
def weights() -> Mapping[str, float]:
    """What each sign adds or takes away; positive speaks of harm."""
    return dict(json.loads(_shipped("en.weights.json"))["weights"])


def _shipped(name: str) -> str:
    return files("outreach.replies").joinpath(_FOLDER, name).read_text("utf-8")


def features(words: Words) -> dict[str, tuple[str, ...]]:
    """What the weights are about, each with the words of the text that it was met in."""
    plain = [each[0] for each in words.spellings]
    met: dict[str, str] = {}
    for concept, phrase in concepts().of(plain):
        met.setdefault(concept, phrase)
    found: dict[str, tuple[str, ...]] = {f"one {name}": (word,) for name, word in met.items()}
    for one, two in combinations(sorted(met), 2):
        found[f"two {one} {two}"] = (met[one], met[two])
    found |= {f"word {word}": (word,) for word in plain}
    found[f"words {min(_LONGEST, int(math.log2(len(plain) + 1)))}"] = ()
    return found


def score(found: Iterable[str], known: Mapping[str, float]) -> float:
    """The sum of the weights of what was found; 0 is as likely as not."""
    return known.get("", 0.0) + math.fsum(known.get(name, 0.0) for name in found)


def second_opinion(signs: Signs, *, beside_a_stop: bool) -> Finding | None:
    """Harm, by the weight of all words together; None for a text that is not in English."""
    if signs.best_language != "en":
        return None
    found, known = features(signs.words), weights()
    total = score(found, known)
    if total < (_ENOUGH_BESIDE_A_STOP if beside_a_stop else _ENOUGH) and not (
        beside_a_stop and (_is_grave(found) or _without_the_stop(signs, known) >= _ENOUGH)
    ):
        return None
    heavy = sorted(found, key=lambda name: (-known.get(name, 0.0), name))[:_MOST_NAMED]
    named = tuple(dict.fromkeys(word for name in heavy for word in found[name]))
    return Finding("second opinion", named, round(1 / (1 + math.exp(-total)), 2))


def _is_grave(found: Mapping[str, tuple[str, ...]]) -> bool:
    return any(f"two {one} {two}" in found for one, two in _GRAVE)


def _without_the_stop(signs: Signs, known: Mapping[str, float]) -> float:
    """The weight of the sentences in which nobody asks us to stop."""
    asking = signs.of_any_language(Field.STOP, Field.OPT_OUT, Field.NO_SEND)
    left_out = {signs.sentence(span) for span in asking}
    kept = [at for at, each in enumerate(signs.words.sentences) if each not in left_out]
    if not kept:
        return -math.inf
    words = signs.words
    rest = Words(
        tuple(words.spellings[at] for at in kept),
        tuple(words.sentences[at] for at in kept),
        tuple(words.parts[at] for at in kept),
    )
    return score(features(rest), known)
