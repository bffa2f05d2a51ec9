"""A second opinion on an English reply: does it tell of harm, does it ask us to stop?

Phrases do not reach what is said in free words. So the words are read as concepts (who, a
picture, money, a threat …; `outreach/replies/concepts/en.yaml`) and beside them their order,
their letters, and what the packs and the rules have met. What all of it says is a sum of
weights that were learnt from the train part of the corpus (`python -m bench.opinion`). A sum,
so that each word's part in it can be named.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from itertools import combinations, pairwise

from ruamel.yaml import YAML

from outreach.replies.reading.glosses import glossary
from outreach.replies.reading.holds import Hold
from outreach.replies.reading.opt_out import Finding
from outreach.replies.reading.packs import Field
from outreach.replies.reading.signs import Signs
from outreach.replies.reading.slips import Slips
from outreach.replies.reading.vocabulary import vocabulary
from outreach.replies.reading.words import split

LANGUAGE = "en"
_FOLDER = "concepts"
_MOST_WORDS_OF_PHRASE = 4
_LONGEST = 6  # doublings: texts of 63 words and more count as one length
_LETTERS = (3, 4, 5)
_MOST_LETTERS = 24  # of one word: no text can make the letters run away
_MOST_NAMED = 6
# What a mistyped word beside a stop may have meant; shorter ones are too near to others.
_GRAVE = frozenset({"harm", "menace", "help", "distress"})
_SHORTEST_SLIP = 4
_HELP = "help"


class Asked(StrEnum):
    """What the weights answer."""

    HARM = "harm"
    STOP = "stop"
    BESIDE = "beside"  # whether what stands beside a stop tells of harm


Weight = tuple[float, ...]  # what a sign adds to each answer or takes away; positive says yes
_PLACES = {asked: at for at, asked in enumerate(Asked)}
_NONE: Weight = (0.0,) * len(_PLACES)


@dataclass(frozen=True, eq=False)
class Concepts:
    """Every phrase of the file with the concepts that it belongs to; stems apart."""

    phrases: Mapping[str, tuple[str, ...]]
    stems: Mapping[str, tuple[str, ...]]

    @cached_property
    def _openings(self) -> frozenset[str]:
        """The first words of phrases of several."""
        return frozenset(phrase.partition(" ")[0] for phrase in self.phrases if " " in phrase)

    def of(self, words: list[str]) -> Iterator[tuple[str, str]]:
        """Each concept met, with the words that it was met in."""
        for at, word in enumerate(words):
            for concept in self.phrases.get(word, ()):
                yield concept, word
            if word in self._openings:
                yield from self._of_phrases(words, at)
            for concept in self._of_stems(word):
                yield concept, word

    def _of_phrases(self, words: list[str], start: int) -> Iterator[tuple[str, str]]:
        """The same of several words that begin with the one at `start`."""
        for end in range(start + 2, min(start + _MOST_WORDS_OF_PHRASE, len(words)) + 1):
            phrase = " ".join(words[start:end])
            for concept in self.phrases.get(phrase, ()):
                yield concept, phrase

    @lru_cache(maxsize=8192)  # noqa: B019  # there is one, for as long as the process
    def _of_stems(self, word: str) -> tuple[str, ...]:
        starts = (word[:length] for length in range(1, len(word) + 1))
        return tuple(concept for start in starts for concept in self.stems.get(start, ()))


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


def weights() -> Mapping[str, Mapping[str, float]]:
    """What each sign adds or takes away, by what is asked; positive says yes."""
    shipped = json.loads(_shipped("en.weights.json"), parse_float=cache(float))  # many are equal
    return {asked: shipped[asked] for asked in Asked}


@cache
def by_sign() -> Mapping[str, Weight]:
    """The same by sign, which is how it is asked: kept for the process."""
    shipped = weights()
    tables = [shipped[asked] for asked in Asked]
    names = dict.fromkeys(name for table in tables for name in table)
    return {name: tuple([table.get(name, 0.0) for table in tables]) for name in names}


def _shipped(name: str) -> str:
    return files("outreach.replies").joinpath(_FOLDER, name).read_text("utf-8")


def features(signs: Signs, rules: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What the weights are about, each with the words of the text that it was met in.

    `rules`: the names of the rules that have found something.
    """
    plain = [each[0] for each in signs.words.spellings]
    return _with_letters(plain, _without_letters(signs, rules))


def _with_letters(
    plain: list[str], found: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    return {**found, **{run: (word,) for word in plain for run in _letters(word)}}


def _without_letters(signs: Signs, rules: Iterable[str]) -> dict[str, tuple[str, ...]]:
    plain = [each[0] for each in signs.words.spellings]
    found = _of_concepts(plain)
    found |= {f"word {word}": (word,) for word in plain}
    found |= {f"next {one} {two}": (one, two) for one, two in pairwise(["<", *plain, ">"])}
    found[f"words {min(_LONGEST, int(math.log2(len(plain) + 1)))}"] = ()
    found |= _of_fields(signs, plain)
    found |= {f"rule {rule}": () for rule in rules}
    return found


def _of_concepts(plain: list[str]) -> dict[str, tuple[str, ...]]:
    met: dict[str, str] = {}
    for concept, phrase in concepts().of(plain):
        met.setdefault(concept, phrase)
    found: dict[str, tuple[str, ...]] = {f"one {name}": (word,) for name, word in met.items()}
    for one, two in combinations(sorted(met), 2):
        found[f"two {one} {two}"] = (met[one], met[two])
    return found


def _of_fields(signs: Signs, plain: list[str]) -> dict[str, tuple[str, ...]]:
    """What the English pack has met: each field, every two of them, and their order."""
    hits = sorted(
        {
            (hit.start, -hit.end, hit.field.value)
            for hit in signs.all_hits
            if hit.language == LANGUAGE and hit.field is not Field.COMMON
        }
    )
    met = {field: (" ".join(plain[start:-end]),) for start, end, field in reversed(hits)}
    found: dict[str, tuple[str, ...]] = {f"field {field}": words for field, words in met.items()}
    for one, two in combinations(sorted(met), 2):
        found[f"fields {one} {two}"] = (*met[one], *met[two])
    order = ["<", *(field for _, _, field in hits), ">"]
    found |= {
        f"then {one} {two}": (*met.get(one, ()), *met.get(two, ())) for one, two in pairwise(order)
    }
    return found


def _letters(word: str) -> Iterator[str]:
    whole = f"<{word[:_MOST_LETTERS]}>"
    return (
        f"letters {whole[at : at + length]}"
        for length in _LETTERS
        for at in range(len(whole) - length + 1)
    )


@lru_cache(maxsize=4096)
def _weights_of_letters(word: str) -> Mapping[str, Weight]:
    known = by_sign()
    return {run: known.get(run, _NONE) for run in _letters(word)}


@dataclass(frozen=True)
class Opinion:
    """How strongly an English text tells of harm and asks us to stop: 0 is as likely as not.

    `plain`: its words. `found`: its features, without the letters.
    """

    plain: list[str]
    found: Mapping[str, tuple[str, ...]]

    @cached_property
    def harm(self) -> float:
        return self._total(Asked.HARM)

    @cached_property
    def stop(self) -> float:
        return self._total(Asked.STOP)

    @cached_property
    def beside(self) -> float:
        """How strongly the text, what is left of one without its stop, tells of harm."""
        return self._total(Asked.BESIDE)

    def _total(self, asked: Asked) -> float:
        at, (known, length) = _PLACES[asked], self._weights
        return by_sign()[""][at] + math.fsum([each[at] for each in known]) / length

    @cached_property
    def _weights(self) -> tuple[list[Weight], float]:
        """That of each feature, and what their sum is divided by: how much there was to find, so
        that it is the same for texts of any length."""
        known = by_sign()
        letters: dict[str, Weight] = {}
        for word in self.plain:
            letters.update(_weights_of_letters(word))
        met = [known[name] for name in self.found if name in known]
        return [*met, *letters.values()], math.sqrt(len(self.found) + len(letters) or 1)

    def finding(self, asked: Asked) -> Finding:
        """The words that weigh most, for `why`."""
        known, at, found = by_sign(), _PLACES[asked], _with_letters(self.plain, self.found)
        total = self._total(asked)
        heavy = sorted(found, key=lambda name: (-known.get(name, _NONE)[at], name))
        named = dict.fromkeys(word for name in heavy[:_MOST_NAMED] for word in found[name])
        return Finding(Hold.SECOND_OPINION, tuple(named), round(1 / (1 + math.exp(-total)), 2))


def opinion(signs: Signs, rules: Iterable[str], *, is_rest: bool = False) -> Opinion | None:
    """The weight of everything in the text; None for one that is not in English.

    `is_rest`: what is left of a text, which may be in another language than the rest of it.
    """
    is_unclear = is_rest or not signs.is_known_language
    if signs.best_language != LANGUAGE and not (is_unclear and is_english(signs)):
        return None
    plain = [each[0] for each in signs.words.spellings]
    return Opinion(plain, _without_letters(signs, rules))


@cache
def _grave_words() -> Slips:
    listed = (
        word
        for word, names in concepts().phrases.items()
        if " " not in word and not _GRAVE.isdisjoint(names)
    )
    return Slips(listed, shortest=_SHORTEST_SLIP)


def grave_slips(signs: Signs) -> tuple[str, ...]:
    """The words that nobody knows and that are one slip of the finger away from one of harm."""
    return tuple(
        each[0]
        for each in signs.words.spellings
        if not _has_weight(each[0])
        and LANGUAGE not in glossary().languages_of(each[0])
        and vocabulary().known.isdisjoint(each)
        and _may_be_grave(each[0])
    )


def _may_be_grave(word: str) -> bool:
    """Short words are near to too many others; but "hepp" is help."""
    meant = _grave_words().meant(word)
    return _HELP in meant or (bool(meant) and len(word) > _SHORTEST_SLIP)


@lru_cache(maxsize=8192)
def knows(word: str) -> bool:
    """Whether the weights have met a word, or the concepts name it."""
    return is_met(word) or any(concepts().of([word]))


def is_met(word: str) -> bool:
    """The same without the words that only begin like one of a concept."""
    return _has_weight(word) or word in concepts().phrases


def _has_weight(word: str) -> bool:
    return by_sign().get(f"word {word}", _NONE)[_PLACES[Asked.HARM]] != 0


def is_english(signs: Signs) -> bool:
    """Whether most of the words are among those that the weights know. Figures and the
    characters of scripts without spaces aside."""
    plain = [each[0] for each in signs.words.spellings if len(each[0]) > 1 or each[0].isascii()]
    plain = [word for word in plain if not word.isdecimal()]
    return sum(map(knows, plain)) * 2 > len(plain)
