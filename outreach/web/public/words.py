"""What the pages for parents say: `languages/<language>.yaml`, the same keys in each.

Owns reading the files and choosing a language. The consent itself has its words in
`subscriptions.wording`, because every door shows the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from ruamel.yaml import YAML

from outreach.content import choose_language, direction_of
from outreach.content.bidi import kept_in_order

_FOLDER = Path(__file__).parent / "languages"
_LONGEST_HEADER = 200

Section = Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """One thing to do, and how."""

    do: str
    how: str


@dataclass(frozen=True)
class FilmWords:
    """What the advice page says about the campaign's film, which is on Europol's page."""

    title: str
    about: str
    link: str
    first: str
    not_ours: str


@dataclass(frozen=True)
class AdviceWords:
    """The words of the advice page. `film`: None in a language that does not have it yet."""

    title: str
    lead: str
    danger: str
    steps_title: str
    steps: tuple[Step, ...]
    never_title: str
    never: tuple[str, ...]
    call: str
    talk: str
    report: str
    removal: str
    website: str
    no_lines: str
    film: FilmWords | None = None


@dataclass(frozen=True)
class Words:
    """The words of one language. `direction`: ltr or rtl, for the page's `dir`."""

    language: str
    direction: str
    common: Section
    join: Section
    confirm: Section
    preferences: Section
    about_me: Section
    genuine: Section
    poster: Section
    stop: Section
    answer: Section
    advice: AdviceWords

    def in_order(self, value: str) -> str:
        """A number or address, so that it is read in its own order inside these words."""
        return kept_in_order(value) if self.direction == "rtl" else value


def words_in(*wanted: str | None) -> Words:
    """The words in the first language wanted that there is; English otherwise."""
    return _all_words()[choose_language(wanted, _all_words().keys(), "en")]


def languages_of_words() -> list[str]:
    """The tags of all languages that these pages have."""
    return list(_all_words())


def asked_language(request: HttpRequest) -> str | None:
    """The language that a link of the page or its form names (`?lang=de`)."""
    return request.POST.get("lang") or request.GET.get("lang")


def accepted_languages(request: HttpRequest) -> list[str]:
    """The languages of the browser, in the order in which it names them."""
    header = request.headers.get("Accept-Language", "")[:_LONGEST_HEADER]
    return [part.split(";")[0].strip() for part in header.split(",") if part.strip()]


@lru_cache(maxsize=1)
def _all_words() -> Mapping[str, Words]:
    yaml = YAML(typ="safe", pure=True)
    found = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        read = yaml.load(path.read_text("utf-8"))
        read.pop("reviewed_by")
        advice = _advice(read.pop("advice"))
        found[path.stem] = Words(path.stem, direction_of(path.stem), advice=advice, **read)
    return found


def _advice(read: dict[str, Any]) -> AdviceWords:
    steps = tuple(Step(**step) for step in read.pop("steps"))
    never = tuple(read.pop("never"))
    film = read.pop("film", None)
    return AdviceWords(steps=steps, never=never, film=FilmWords(**film) if film else None, **read)
