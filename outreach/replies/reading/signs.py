"""What the packs met in one text: the languages that it can be in, and the hits of those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, TypeVar

from outreach.replies.reading.letters import script_of
from outreach.replies.reading.packs import Field, packs
from outreach.replies.reading.vocabulary import Hit, has_unknown_word, vocabulary
from outreach.replies.reading.words import Words, split

# A language whose words cover less than this share of what the best one covers is a
# coincidence ("fine" is Italian for end).
_PLAUSIBLE_SHARE = 0.6
# People in Europe mix it into everything.
_ALWAYS = frozenset({"en"})
_STOPS = frozenset({Field.STOP, Field.STOP_HERE})
_GRAVE = frozenset({Field.CRISIS, Field.DANGER, Field.HARM})
_SHORT = 3
_KNOWN_SHARE = 0.25
Span = tuple[int, int]
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Signs:
    """`words`: the text. `all_hits`: of every pack. `hint`: the person's language, or ""."""

    words: Words
    all_hits: tuple[Hit, ...]
    hint: str

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What has been asked of this text already, `once`."""
        return {}

    @cached_property
    def places(self) -> frozenset[tuple[str, int]]:
        """For each language where the words are that its pack knows."""
        return frozenset(
            [
                (language, at)
                for language, _, start, end in self.all_hits
                for at in range(start, end)
            ]
        )

    @cached_property
    def covered(self) -> Counter[str]:
        """For each language how many words of the text its pack knows."""
        return Counter([language for language, _ in self.places])

    @cached_property
    def languages(self) -> frozenset[str]:
        """Those that the text can be in. Scripts are weighed apart: in some a character is a
        word of ours, and a short sentence in Latin letters beside them is not a coincidence."""
        scripts = [script_of(each[0]) for each in self.words.spellings]
        likely: set[str] = set()
        for script in set(scripts):
            counts = Counter([each for each, at in self.places if scripts[at] == script])
            least = max(counts.values(), default=0) * _PLAUSIBLE_SHARE
            likely.update([each for each, count in counts.items() if count >= least])
        return frozenset(likely | _ALWAYS | ({self.hint} if self.hint in packs() else set()))

    @cached_property
    def best_language(self) -> str:
        """The one that fits best, the person's own and English before others; "" for none."""
        ranked = sorted(
            self.covered.items(),
            key=lambda each: (-each[1], each[0] != self.hint, each[0] != "en", each[0]),
        )
        return ranked[0][0] if ranked else ""

    @cached_property
    def is_known_language(self) -> bool:
        """Whether enough of the words belong to a language of ours."""
        most = max(self.covered.values(), default=0)
        return most >= 1 if len(self.words) <= _SHORT else most >= len(self.words) * _KNOWN_SHARE

    @cached_property
    def _by_field(self) -> dict[Field, list[Span]]:
        found: dict[Field, list[Span]] = {}
        languages = self.languages
        for language, field, start, end in self.all_hits:
            if language in languages:
                found.setdefault(field, []).append((start, end))
        return {field: sorted(set(spans)) for field, spans in found.items()}

    @cached_property
    def _by_any_field(self) -> dict[Field, dict[Span, None]]:
        found: dict[Field, dict[Span, None]] = {}
        for _, field, start, end in self.all_hits:
            found.setdefault(field, {})[start, end] = None
        return found

    @property
    def fields(self) -> frozenset[Field]:
        """Those that are met, in the languages that the text can be in."""
        return frozenset(self._by_field)

    def of(self, *fields: Field) -> list[Span]:
        """The spans of these fields, in the languages that the text can be in."""
        met = self._by_field
        return [span for field in fields if field in met for span in met[field]]

    def of_any_language(self, *fields: Field) -> list[Span]:
        """The same in whichever language, each once, in the order of the text."""
        met = self._by_any_field
        if len(fields) == 1:
            return list(met.get(fields[0], ()))
        if met.keys().isdisjoint(fields):
            return []
        found = [(start, end) for _, field, start, end in self.all_hits if field in fields]
        return list(dict.fromkeys(found))

    def text_of(self, spans: list[Span]) -> tuple[str, ...]:
        """The words of the spans, for `why`."""
        return tuple(
            dict.fromkeys(
                " ".join(each[0] for each in self.words.spellings[start:end])
                for start, end in spans
            )
        )

    def sentence(self, span: Span) -> int:
        return self.words.sentences[span[0]]

    def part(self, span: Span) -> int:
        return self.words.parts[span[0]]


def once(ask: Callable[[Signs], Answer]) -> Callable[[Signs], Answer]:
    """`ask`, whose answer on a text is kept with it: several rules ask the same."""

    @wraps(ask)
    def asked(signs: Signs) -> Answer:
        if ask.__qualname__ not in signs.kept:
            signs.kept[ask.__qualname__] = ask(signs)
        answer: Answer = signs.kept[ask.__qualname__]
        return answer

    return asked


def read_signs(text: str, language: str = "") -> Signs:
    """Walks the packs once along `text`."""
    words, hint = split(text), language.partition("-")[0].lower()
    hits = _without_far_slips(words, list(vocabulary().hits(words)), hint)
    hits = _without_slips_of_others(words, hits, hint)
    return Signs(words, tuple(_without_coincidences(words, hits, hint)), hint)


def is_in_one_script(signs: Signs) -> bool:
    """Whether all words, figures aside, are of one script."""
    plain = [each[0] for each in signs.words.spellings if not each[0].isdecimal()]
    return len({script_of(word) for word in plain}) <= 1


def _without_coincidences(words: Words, hits: list[Hit], hint: str) -> list[Hit]:
    """Without stop words that are everyday words of the person's own language ("fine"), and, where
    such a word is all there is, without the harm that it means in another one."""
    own = {hit for hit in hits if hit.language == hint} if hint else None
    if not own:
        return hits
    stops = {(hit.start, hit.end) for hit in own if hit.field in _STOPS}
    everyday = {(hit.start, hit.end) for hit in own if hit.field is Field.COMMON} - stops
    masked = _STOPS | _GRAVE if len(words) == 1 else _STOPS
    return [
        hit
        for hit in hits
        if hit.field not in masked or hit in own or (hit.start, hit.end) not in everyday
    ]


def _without_far_slips(words: Words, hits: list[Hit], hint: str) -> list[Hit]:
    """One word that nobody knows is a mistyped stop word only of the person's own language or of
    English: of all languages together a stop word is a slip away from every third short word."""
    if len(words) != 1 or hint not in packs() or not has_unknown_word(words):
        return hits
    own = _ALWAYS | {hint}
    return [hit for hit in hits if hit.field not in _STOPS or hit.language in own]


def _without_slips_of_others(words: Words, hits: list[Hit], hint: str) -> list[Hit]:
    """A single word that nobody knows is a slip in a language of which other words are there too:
    the Swedish "börjar" (begins) is one letter from what the Spanish say for "delete"."""
    unknown = [not vocabulary().knows(each) for each in words.heard.spellings]
    if not any(unknown):
        return hits
    guessed = [unknown[hit.start] and hit.end - hit.start == 1 for hit in hits]
    places = {
        (hit.language, at)
        for hit, is_guess in zip(hits, guessed, strict=True)
        for at in range(hit.start, hit.end)
        if not is_guess
    }
    written = Counter(language for language, _ in places)
    least = max(written.values(), default=0) * _PLAUSIBLE_SHARE
    near = _ALWAYS | {hint} | {language for language, count in written.items() if count >= least}
    return [
        hit
        for hit, is_guess in zip(hits, guessed, strict=True)
        if not is_guess or not written or hit.language in near
    ]


def overlaps(one: Span, two: Span) -> bool:
    return one[0] < two[1] and two[0] < one[1]


def distance(one: Span, two: Span) -> int:
    """How many words stand between two spans; 0 when they touch."""
    return max(0, max(one[0], two[0]) - min(one[1], two[1]))
