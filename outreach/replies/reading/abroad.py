"""A second opinion on whether a reply in another language than English tells of harm.

Each language's words are read as the concepts that the English ones are read as
(`outreach/replies/concepts/<language>.yaml`), so that what a meeting of concepts means is
learnt once, from the train part of the corpus in all languages (`python -m bench.opinion`),
and holds in languages of which the corpus has few replies. It can only bring a reply to a
person: it never calms another rule, and never unsubscribes.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import combinations
from typing import NamedTuple

from ruamel.yaml import YAML

from outreach.replies.reading.holds import Hold
from outreach.replies.reading.opt_out import Finding
from outreach.replies.reading.packs import Field, expanded
from outreach.replies.reading.scripts import also_written
from outreach.replies.reading.signs import Signs, once
from outreach.replies.reading.tree import Tree

_FOLDER = "concepts"
_EVERYWHERE = "any"  # words that all languages share: the names of apps, currencies
_APART = frozenset({"en"})  # has its own weights, `outreach.replies.reading.opinion`
# What a file may name; the same as in the English one, without what only English has.
CONCEPTS = frozenset(
    {
        "kin", "stranger", "picture", "bare", "money", "menace", "spread", "order", "net",
        "contact", "meet", "harm", "distress", "help", "secret", "general", "media", "negated",
        "fever", "thanks", "school", "advice", "luck", "joke", "news", "reason",
    }
)  # fmt: skip
_LONGEST = 6  # doublings: texts of 63 words and more count as one length
_MOST_NAMED = 6
# A language whose words cover less than this share of what the best one covers is a
# coincidence.
_PLAUSIBLE_SHARE = 0.7
# From here on the weights speak of harm, and from there on they do not say that there is none:
# measured on replies that were not learnt from (docs/reading-replies.md).
_ENOUGH = 0.2
_PERHAPS = -0.38
# Beside a stop all words together have to be surer, for many who stop say why.
_ENOUGH_BESIDE_A_STOP = 1.0
# Who asks in general, tells of the news, is glad or jokes; then words of harm may be only spoken
# of, where all words together do not weigh this much.
_FRAMES = ("advice", "luck", "joke", "news")
# A word that says one of these frames nothing: who "writes" to a child is not in the news.
_TELLING = frozenset({"contact", "harm", "menace", "stranger", "bare", "spread"})
_CALM = -0.3
# A reason for a stop ("we have moved") is one where all words weigh less than this.
_CALM_OF_A_REASON = -0.8
_GRAVE = (("harm", "kin"), ("kin", "menace"), ("bare", "kin"), ("picture", "stranger"))


class _Met(NamedTuple):
    """A concept of a language's file at the words from `start` up to, not with, `end`."""

    language: str
    concept: str
    start: int
    end: int

    @property
    def places(self) -> range:
        return range(self.start, self.end)


@cache
def tree() -> Tree[tuple[str, str]]:
    """The concepts of every language that ships, in one tree: compiled once for the process."""
    whole: Tree[tuple[str, str]] = Tree()
    for path in files("outreach.replies").joinpath(_FOLDER).iterdir():
        language = path.name.removesuffix(".yaml")
        if path.name.endswith(".yaml") and language not in _APART:
            for concept, phrase, spoken in _read(language, path.read_text("utf-8")):
                whole.add(phrase, (spoken, concept))
    return whole


def _read(language: str, text: str) -> Iterator[tuple[str, str, str]]:
    """Each concept with one phrase of it and a language in which it is spoken."""
    file = YAML(typ="safe").load(text)
    scripts = str(file.get("scripts") or "")
    spoken = [language, *str(file.get("also") or "").replace(",", " ").split()]
    for concept in sorted(CONCEPTS & file.keys()):
        for listed in str(file[concept] or "").split(","):
            for phrase in expanded(listed.strip()):
                for written in (phrase, *also_written(phrase, scripts)):
                    yield from ((concept, written, each) for each in spoken)


@cache
def weights() -> Mapping[str, float]:
    """What each sign adds or takes away; positive speaks of harm."""
    text = files("outreach.replies").joinpath(_FOLDER, "any.weights.json").read_text("utf-8")
    return dict(json.loads(text)["weights"])


def score(found: Iterable[str], known: Mapping[str, float]) -> float:
    """The sum of the weights of what was found; 0 is as likely as not."""
    return known.get("", 0.0) + math.fsum(known.get(name, 0.0) for name in found)


@dataclass(frozen=True)
class Heard:
    """The concepts of one text: looked for once, however often it is asked what they say."""

    signs: Signs

    @cached_property
    def _met(self) -> tuple[_Met, ...]:
        return tuple(
            _Met(language, concept, start, end)
            for (language, concept), start, end in tree().met(self.signs.words.heard)
        )

    @cached_property
    def _spoken(self) -> frozenset[str]:
        """The languages that the text can be in, by the words of the packs and of the concepts;
        none when it is English."""
        best = self.signs.best_language
        if best in _APART and self.signs.covered[best] == len(self.signs.words):
            return frozenset()
        known = {(each.language, at) for each in self._met for at in each.places}
        counts = Counter([language for language, _ in known | self.signs.places])
        most = max((counts[each] for each in counts.keys() - _APART), default=0)
        if best in _APART and counts[best] >= most:
            return frozenset()
        likely = {each for each, count in counts.items() if count >= most * _PLAUSIBLE_SHARE}
        return frozenset(likely | {_EVERYWHERE})

    @cached_property
    def features(self) -> Mapping[str, tuple[str, ...]]:
        """What the weights are about, each with the words that it was met in. None of a text
        that is in English."""
        return self.features_at(range(len(self.signs.words)))

    def features_at(self, kept: Iterable[int]) -> dict[str, tuple[str, ...]]:
        """The same, of the words at these places alone."""
        if not self._spoken:
            return {}
        places = frozenset(kept)
        met = [
            each
            for each in self._met
            if each.language in self._spoken and places.issuperset(range(each.start, each.end))
        ]
        telling = {at for each in met if each.concept in _TELLING for at in each.places}
        words: dict[str, str] = {}
        for each in met:
            if each.concept not in _FRAMES or telling.isdisjoint(each.places):
                words.setdefault(each.concept, self.signs.text_of([(each.start, each.end)])[0])
        return of_concepts(words, len(places))


@once
def heard_in(signs: Signs) -> Heard:
    """The concepts of the whole text."""
    return Heard(signs)


def of_concepts(words: Mapping[str, str], length: int) -> dict[str, tuple[str, ...]]:
    """The features of a text of `length` words that met these concepts in these words."""
    found: dict[str, tuple[str, ...]] = {f"one {name}": (word,) for name, word in words.items()}
    for one, two in combinations(sorted(words), 2):
        found[f"two {one} {two}"] = (words[one], words[two])
    found[f"words {min(_LONGEST, int(math.log2(length + 1)))}"] = ()
    return found


def opinion_abroad(heard: Heard, *, beside_a_stop: bool) -> Finding | None:
    """Harm by the weight of all concepts together, or with `Hold.PERHAPS` what may be some;
    None for a text that is in English."""
    found, known = heard.features, weights()
    if not found:
        return None
    total = score(found, known)
    if beside_a_stop:
        rest = _without_the_stop(heard, known)
        is_enough = total >= _ENOUGH_BESIDE_A_STOP or rest >= _ENOUGH or _is_grave(found)
        is_perhaps = rest >= _PERHAPS
    else:
        is_enough = total >= _ENOUGH
        is_perhaps = total >= _PERHAPS and not is_only_spoken_of(heard)
    if not is_enough and not is_perhaps:
        return None
    heavy = sorted(found, key=lambda name: (-known.get(name, 0.0), name))[:_MOST_NAMED]
    named = tuple(dict.fromkeys(word for name in heavy for word in found[name]))
    confidence = round(1 / (1 + math.exp(-total)), 2)
    return Finding(Hold.SECOND_OPINION if is_enough else Hold.PERHAPS, named, confidence)


def is_only_spoken_of(heard: Heard) -> bool:
    """Whether words of harm stand in a question in general, the news, thanks or a joke."""
    found = heard.features
    is_framed = any(f"one {frame}" in found for frame in _FRAMES)
    return is_framed and score(found, weights()) < _CALM


def is_a_reason(rest: Heard) -> bool:
    """Whether what stands beside a stop says why: another school, a wrong number, consent."""
    found = rest.features
    return "one reason" in found and score(found, weights()) < _CALM_OF_A_REASON


def tells_of_a_child(rest: Heard) -> bool:
    """Whether what stands beside a stop speaks of a child."""
    return "one kin" in rest.features


def tells_of_harm(rest: Heard) -> bool:
    """Whether a word of harm stands beside a stop."""
    return "one harm" in rest.features


def gives_a_reason(heard: Heard) -> bool:
    """Whether the whole reply speaks of a reason, or of school."""
    return "one reason" in heard.features or "one school" in heard.features


def _is_grave(found: Mapping[str, tuple[str, ...]]) -> bool:
    return any(f"two {one} {two}" in found for one, two in _GRAVE)


def _without_the_stop(heard: Heard, known: Mapping[str, float]) -> float:
    """The weight of the sentences, or parts of one, in which nobody asks us to stop; nothing at
    all where no concept is met in them."""
    signs = heard.signs
    asking = signs.of_any_language(Field.STOP, Field.OPT_OUT, Field.NO_SEND)
    left_out = {signs.part(span) for span in asking}
    kept = [at for at, each in enumerate(signs.words.parts) if each not in left_out]
    found = heard.features_at(kept)
    is_met = any(name.startswith("one ") for name in found)  # a name alone weighs nothing
    return score(found, known) if is_met else -math.inf
