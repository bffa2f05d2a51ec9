"""What the words of a reply mean, in whichever language: each language's forms of some two hundred
meanings ("remove", "wrong", "picture", "fear"; `outreach/replies/glosses/<language>.txt`).

So what a meeting of meanings says can be learnt once, from replies in all languages, and holds in
those of which there are few. A form is a word, a phrase or a stem (`remov*`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from outreach.replies.reading.letters import fold, without_held_keys
from outreach.replies.reading.scripts import also_written, sounds
from outreach.replies.reading.signs import Signs
from outreach.replies.reading.words import Words, split

_FOLDER = "glosses"
# A language whose words cover less than this share of what the best one covers is a coincidence.
_PLAUSIBLE_SHARE = 0.75
_SHORTEST_STEM = 2
_MOST_WORDS_OF_FORM = 6  # in Chinese, Japanese and Thai a character is a word of ours
_FIRST_SPACELESS = "\u0e00"
NOTES = frozenset({"reviewed_by", "scripts"})  # besides the meanings


@dataclass(frozen=True)
class Gloss:
    """A meaning at the words from `start` up to, not with, `end`."""

    meaning: str
    start: int
    end: int


Means = tuple[tuple[str, str], ...]  # the languages of a form, each with what it means there


@dataclass(frozen=True, eq=False)
class Glossary:
    """The forms of all languages: whole ones, and those with any ending."""

    whole: Mapping[str, Means]
    stems: Mapping[str, Means]
    openings: frozenset[str]  # the first words of phrases

    def found(self, words: Words) -> Iterator[tuple[str, Gloss]]:
        """Every form that is met, with its language."""
        for start, spellings in enumerate(words.spellings):
            for means, end in self._from(words, start, spellings):
                yield from ((language, Gloss(meaning, start, end)) for language, meaning in means)

    def languages_of(self, word: str) -> frozenset[str]:
        """Those that have the word, as it is or as a stem with an ending."""
        return frozenset(language for means in self._alone((word,)) for language, _ in means)

    def _from(
        self, words: Words, start: int, spellings: tuple[str, ...]
    ) -> Iterator[tuple[Means, int]]:
        yield from ((means, start + 1) for means in self._alone(spellings))
        if spellings[0] not in self.openings:
            return
        before = f"{spellings[0]} "
        for at in range(start + 1, min(len(words), start + _MOST_WORDS_OF_FORM)):
            word = words.spellings[at][0]
            yield from ((means, at + 1) for means in self._of(word, before))
            before += f"{word} "

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
    phrases = (form for form in (*whole, *stems) if " " in form)
    return Glossary(whole, stems, frozenset(form.partition(" ")[0] for form in phrases))


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
    spellings = tuple((*each, *sounds(each[0])) for each in signs.words.spellings)
    words = Words(spellings, signs.words.sentences, signs.words.parts)
    found = list(glossary().found(words))
    places = {(hit.language, at) for hit in signs.all_hits for at in range(hit.start, hit.end)}
    places |= {(language, at) for language, each in found for at in range(each.start, each.end)}
    counts = Counter(language for language, _ in places)
    least = max(counts.values(), default=0) * _PLAUSIBLE_SHARE
    met = {each for language, each in found if counts[language] >= least}
    return sorted(met, key=lambda each: (each.start, each.end, each.meaning))
