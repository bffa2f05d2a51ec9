"""What the words of a reply mean, in whichever language: each language's forms of some two hundred
meanings ("remove", "wrong", "picture", "fear"; `outreach/replies/glosses/<language>.txt`).

So what a meeting of meanings says can be learnt once, from replies in all languages, and holds in
those of which there are few. A form is a word, a phrase or a stem (`remov*`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from outreach.replies.reading.letters import fold, without_held_keys
from outreach.replies.reading.scripts import also_written
from outreach.replies.reading.signs import Signs
from outreach.replies.reading.words import Words, split

_FOLDER = "glosses"
# A language whose words cover less than this share of what the best one covers is a coincidence.
_PLAUSIBLE_SHARE = 0.75
_SHORTEST_STEM = 2
_MOST_WORDS_OF_FORM = 6  # in Chinese, Japanese and Thai a character is a word of ours
_FIRST_SPACELESS = "\u0e00"
NOTES = frozenset({"reviewed_by", "scripts"})  # besides the meanings


class Gloss(NamedTuple):
    """A meaning at the words from `start` up to, not with, `end`."""

    start: int
    end: int
    meaning: str


Means = tuple[tuple[str, str], ...]  # the languages of a form, each with what it means there


@dataclass(frozen=True, eq=False)
class Glossary:
    """The forms of all languages: whole ones, and those with any ending."""

    whole: Mapping[str, Means]
    stems: Mapping[str, Means]
    beginnings: frozenset[str]  # of phrases: all but the last word, all but the last two

    def found(self, words: Words) -> Iterator[tuple[Means, int, int]]:
        """Every form that is met, with the place of its first word and the one after its last."""
        for start, spellings in enumerate(words.spellings):
            for means in self._alone(spellings):
                yield means, start, start + 1
            if spellings[0] in self.beginnings:
                for means, end in self._phrases(words, start):
                    yield means, start, end

    def languages_of(self, word: str) -> frozenset[str]:
        """Those that have the word, as it is or as a stem with an ending."""
        return frozenset(language for means in self._alone((word,)) for language, _ in means)

    def _phrases(self, words: Words, start: int) -> Iterator[tuple[Means, int]]:
        """The forms of several words that begin with the one at `start`."""
        before = words.spellings[start][0]
        for at in range(start + 1, min(len(words), start + _MOST_WORDS_OF_FORM)):
            if before not in self.beginnings:
                return
            word = words.spellings[at][0]
            yield from ((means, at + 1) for means in self._of(word, f"{before} "))
            before = f"{before} {word}"

    @lru_cache(maxsize=16_384)  # noqa: B019  # there is one glossary, for as long as the process
    def _alone(self, spellings: tuple[str, ...]) -> tuple[Means, ...]:
        found = (means for spelling in spellings for means in self._of(spelling, ""))
        return tuple(dict.fromkeys(found))

    def _of(self, word: str, before: str) -> Iterator[Means]:
        """What the word means, behind those `before`."""
        phrase = before + word
        if (means := self.whole.get(phrase)) is not None:
            yield means
        for length in range(len(before) + _SHORTEST_STEM, len(phrase) + 1):
            if (means := self.stems.get(phrase[:length])) is not None:
                yield means


@cache
def glossary() -> Glossary:
    """The one that ships: made once for the process."""
    whole: dict[str, Means] = {}
    stems: dict[str, Means] = {}
    known: dict[Means, Means] = {}  # many forms mean the same: it is kept once
    for language, file in sorted(files_of_languages().items()):
        for meaning, form in _forms(file):
            words = _looked_up(form.strip("*"))
            table = stems if form.endswith("*") else whole
            means = (*table.get(words, ()), (language, meaning))
            if words and (language, meaning) not in table.get(words, ()):
                table[words] = known.setdefault(means, means)
    return Glossary(whole, stems, frozenset(_beginnings((*whole, *stems))))


def _beginnings(forms: Iterable[str]) -> Iterator[str]:
    for words in (form.split(" ") for form in forms):
        yield from (" ".join(words[:end]) for end in range(1, len(words)))


def files_of_languages() -> dict[str, dict[str, str]]:
    """By language: what its file says, a line each: a meaning and its forms, or one of `NOTES`."""
    found = {}
    for path in files("outreach.replies").joinpath(_FOLDER).iterdir():
        if path.name.endswith(".txt"):
            lines = (line.partition(":") for line in path.read_text("utf-8").splitlines())
            found[path.name.removesuffix(".txt")] = {
                name: value.strip() for name, _, value in lines
            }
    return found


def _forms(file: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each meaning with a form of it."""
    scripts = file.get("scripts", "")
    for meaning in file.keys() - NOTES:
        for listed in file[meaning].split(","):
            form = listed.strip()
            written = (form, *also_written(form, scripts))
            yield from ((meaning, each) for each in written if each.strip("* "))


def _looked_up(form: str) -> str:
    """The words of a form as those of a reply are looked up. Most forms need no more than folding,
    which takes a tenth of the time."""
    folded = fold(form)
    words = folded.split()
    is_plain = folded.replace(" ", "").isalpha() and max(folded) < _FIRST_SPACELESS
    if is_plain and any(len(word) > 1 for word in words):
        return " ".join(without_held_keys(word)[0] for word in words)
    return " ".join(each[0] for each in split(form).spellings)


def glosses(signs: Signs) -> list[Gloss]:
    """What the words mean in the languages that the text can be in."""
    found = list(glossary().found(signs.words.heard))
    places = {
        (language, at)
        for means, start, end in found
        for language, _ in means
        for at in range(start, end)
    }
    counts = Counter([language for language, _ in places | signs.places])
    least = max(counts.values(), default=0) * _PLAUSIBLE_SHARE
    likely = {language for language, count in counts.items() if count >= least}
    met = {
        (start, end, meaning)
        for means, start, end in found
        for language, meaning in means
        if language in likely
    }
    return [Gloss(*each) for each in sorted(met)]
