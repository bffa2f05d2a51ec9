"""Discreet messages: nothing telling in what a locked or shared screen shows.

Owns what counts as shown (subject, preview line, the first 40 characters) and the stems of words
that give the subject away. No native speaker has reviewed the stems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from outreach.campaigns.definition.outline import Outline
from outreach.campaigns.definition.template_files import folder_of, template_name
from outreach.core.channels import Channel
from outreach.core.errors import Problem

SHOWN_CHARACTERS = 40

# Beginnings of words, small letters; "*" stands in every language.
_STEMS: Mapping[str, tuple[str, ...]] = {
    "*": ("sext", "porn", "sex"),
    "en": ("blackmail", "extort", "nude", "naked", "abuse", "intimate", "groom", "predator"),
    "de": ("erpress", "nackt", "missbrauch", "intim", "übergriff"),
    "fr": ("chantage", "extor", "nu", "nue", "nus", "nues", "abus", "intime"),
    "es": ("chantaj", "extor", "desnud", "abuso", "íntim"),
    "it": ("ricatt", "estor", "nud", "abus", "intim"),
    "pt": ("chantag", "extor", "nude", "nua", "abuso", "íntim"),
    "nl": ("chant", "afpers", "naakt", "misbruik", "intiem"),
    "pl": ("szanta", "wymusz", "nag", "wykorzyst", "intymn"),
    "ro": ("șantaj", "santaj", "nud", "abuz", "intim"),
    "bg": ("изнуд", "шантаж", "гол", "насили", "интим"),
    "el": ("εκβιασ", "γυμν", "κακοποί", "σεξ"),
    "hu": ("zsarol", "meztelen", "abúzus", "intim", "szex"),
    "cs": ("vydír", "vydir", "nah", "zneuž", "intim"),
    "sv": ("utpress", "naken", "övergrepp", "intim"),
    "uk": ("шантаж", "вимаган", "оголен", "насильств", "інтим", "секс"),
    "ar": ("ابتزاز", "عاري", "جنس", "اعتداء"),
    "tr": ("şantaj", "çıplak", "istismar", "cinsel"),  # noqa: RUF001  # Turkish has this letter
}
# Short ones are whole words: "nu" in French is not the beginning of "nuit".
_SHORTEST_STEM = 4
_FIELD = re.compile(r"^(subject|preheader):\s*(.*)$", re.MULTILINE)
_PARTS = {"subject": "the subject", "preheader": "the preview line"}
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_NAME = re.compile(r"\{\{[^}]*\bname\b[^}]*\}\}")
_VALUE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_JINJA = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
# What is filled in is at least so long: a short school, a number.
_SHORT_NAME, _SHORT_VALUE = "Short School", "1"
_WORD = re.compile(r"\w+")


def discretion_problems(outline: Outline, files: Mapping[str, str]) -> Iterator[Problem]:
    """What gives a discreet step away. `files`: name -> text."""
    if outline.campaign is None:
        return
    for placed in outline.steps:
        if not (outline.is_discreet if placed.step.discreet is None else placed.step.discreet):
            continue
        for language in outline.languages:
            for channel in placed.step.channels:
                name = template_name(language, placed.step.key, channel)
                yield from _telling(outline.campaign, name, language, files.get(name, ""), channel)


def _telling(
    campaign: str, name: str, language: str, text: str, channel: Channel
) -> Iterator[Problem]:
    for part, shown in _shown(text, channel):
        word = telling_word(shown, language)
        if word:
            yield Problem(
                "not-discreet",
                f"A locked screen would show `{word}`, in {part}.",
                f"{folder_of(campaign)}/{name}:{_line(text, word)}",
                "Say it further down, or take `discreet` off the step.",
            )


def _line(text: str, word: str) -> int:
    """Where the word first stands, the first line where it is made of pieces."""
    return text.count("\n", 0, max(text.find(word), 0)) + 1


def _shown(text: str, channel: Channel) -> Iterator[tuple[str, str]]:
    """Each part that a screen shows without being asked; what is filled in is taken for short, so
    that the first 40 characters reach as far as they do at any school."""
    if channel is Channel.EMAIL:
        front = _FRONT.match(text)
        for field, value in _FIELD.findall(front.group() if front else ""):
            yield _PARTS[field], value
    filled = _VALUE.sub(_SHORT_VALUE, _NAME.sub(_SHORT_NAME, _FRONT.sub("", text)))
    body = " ".join(_JINJA.sub("", filled).split())
    yield f"the first {SHOWN_CHARACTERS} characters", body[:SHOWN_CHARACTERS]


def telling_word(shown: str, language: str) -> str:
    """The first word that gives the subject away, "" for none."""
    stems = (*_STEMS["*"], *_STEMS.get(language.partition("-")[0], ()))
    return next((word for word in _WORD.findall(shown) if _tells(word.casefold(), stems)), "")


def _tells(word: str, stems: tuple[str, ...]) -> bool:
    return any(
        word == stem or (len(stem) >= _SHORTEST_STEM and word.startswith(stem)) for stem in stems
    )
