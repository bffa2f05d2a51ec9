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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import combinations

from ruamel.yaml import YAML

from outreach.replies.reading.opt_out import Finding
from outreach.replies.reading.words import Words, split

_FOLDER = "concepts"
_MOST_WORDS_OF_PHRASE = 4
_SHORTEST_STEM = 3
_MOST_NAMED = 6
# Above this the weights speak of harm; chosen on the train part (docs/reading-replies.md).
ENOUGH = 0.0


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
            for length in range(_SHORTEST_STEM - 2, len(word) + 1):
                for concept in self.stems.get(word[:length], ()):
                    yield concept, word


@cache
def concepts() -> Concepts:
    """The concepts that ship."""
    text = files("outreach.replies").joinpath(_FOLDER, "en.yaml").read_text("utf-8")
    phrases: dict[str, tuple[str, ...]] = {}
    stems: dict[str, tuple[str, ...]] = {}
    for concept, listed in YAML(typ="safe").load(text).items():
        for written in str(listed or "").split(",") if concept != "reviewed_by" else ():
            folded = " ".join(each[0] for each in split(written.strip(" \n*")).spellings)
            table = stems if written.strip().endswith("*") else phrases
            if folded:
                table[folded] = tuple(dict.fromkeys((*table.get(folded, ()), concept)))
    return Concepts(phrases, stems)


@cache
def weights() -> Mapping[str, float]:
    """What each sign adds or takes away; positive speaks of harm."""
    file = files("outreach.replies").joinpath(_FOLDER, "en.weights.json")
    return dict(json.loads(file.read_text("utf-8")))


def features(words: Words) -> dict[str, tuple[str, ...]]:
    """What the weights are about, each with the words of the text that it was met in."""
    plain = [each[0] for each in words.spellings]
    met: dict[str, str] = {}
    for concept, phrase in concepts().of(plain):
        met.setdefault(concept, phrase)
    found: dict[str, tuple[str, ...]] = {f"one {name}": (word,) for name, word in met.items()}
    for one, two in combinations(sorted(met), 2):
        found[f"two {one} {two}"] = (met[one], met[two])
    for word in plain:
        found[f"word {word}"] = (word,)
    found[f"words {min(6, int(math.log2(len(plain) + 1)))}"] = ()
    return found


def score(found: Mapping[str, tuple[str, ...]], known: Mapping[str, float]) -> float:
    return known.get("", 0.0) + sum(known.get(name, 0.0) for name in found)


def second_opinion(words: Words) -> Finding | None:
    """Harm, by the weight of all words together, or None."""
    found, known = features(words), weights()
    total = score(found, known)
    if total < ENOUGH:
        return None
    heavy = sorted(found, key=lambda name: (-known.get(name, 0.0), name))[:_MOST_NAMED]
    matched = tuple(dict.fromkeys(word for name in heavy for word in found[name]))
    return Finding("second opinion", matched, round(1 / (1 + math.exp(-total)), 2))
