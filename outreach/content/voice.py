"""What a caller of our number hears: the emergency number and the help lines of a country.

Owns the spoken words of each language, in `voice/`. A number is said digit by digit. Refuses
to promise that anybody listens, and to say hours that it has no words for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from babel.languages import get_official_languages
from ruamel.yaml import YAML

from outreach.content.help_directory import HelpLine, help_directory
from outreach.content.opening_hours import lines_at
from outreach.content.phrases import phrases

DEFAULT_LANGUAGE = "en"
_MOST_LINES = 3


@dataclass(frozen=True)
class VoiceWords:
    """The sentences of one language. `voice`: the tag of the voice that says them (BCP 47)."""

    voice: str
    opening: str
    emergency: str
    no_emergency: str
    open_line: str
    other_line: str
    closing: str
    reviewed_by: str | None


@dataclass(frozen=True)
class Spoken:
    """Sentences in one language, one after the other."""

    voice: str
    sentences: tuple[str, ...]


@cache
def voice_words() -> dict[str, VoiceWords]:
    """The words of every language that has some."""
    folder = files("outreach.content").joinpath("voice")
    named = [path for path in folder.iterdir() if path.name.endswith(".yaml")]
    return {
        path.name.removesuffix(".yaml"): VoiceWords(
            **YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
        )
        for path in sorted(named, key=lambda each: each.name)
    }


def spoken_help(country: str, moment: datetime) -> list[Spoken]:
    """The same in each official language of the country (ISO alpha-2) that we have words for, or
    in English. `moment`: aware; lines that are open then come first."""
    known = voice_words()
    official = get_official_languages(country, de_facto=True) if country else ()
    languages = [name for name in official if name in known] or [DEFAULT_LANGUAGE]
    return [
        Spoken(known[name].voice, tuple(_sentences(name, known[name], country, moment)))
        for name in languages
    ]


def _sentences(language: str, words: VoiceWords, country: str, moment: datetime) -> Iterator[str]:
    lines = lines_at(help_directory().for_country(country), moment)
    yield words.opening
    if lines.emergency and lines.emergency.phone:
        yield words.emergency.format(phone=_digits(lines.emergency.phone))
    else:
        yield words.no_emergency
    for line in lines.helplines[:_MOST_LINES]:
        yield _line(words.open_line, line, language)
    for line in lines.others[: max(1, _MOST_LINES - len(lines.helplines))]:
        yield _line(words.other_line, line, language)
    yield words.closing


def _line(sentence: str, line: HelpLine, language: str) -> str:
    hours = phrases(language).hours.get(line.hours) if line.hours else None
    said = sentence.format(name=line.name, phone=_digits(line.phone or ""))
    return f"{said} {hours}." if hours else said


def _digits(phone: str) -> str:
    return ", ".join(character for character in phone if character.isdigit())
