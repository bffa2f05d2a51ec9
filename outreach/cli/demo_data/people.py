"""Invented people for the demo's rosters: names, ways to reach them, languages.

Owns who is in the demo; how a school writes them down is `make_rosters`.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from outreach.cli.demo_data.names import first_names, last_names

_EMAIL_AND_MOBILE, _EMAIL, _MOBILE, _LANDLINE = "both", "email", "mobile", "landline"
# Out of twenty-five.
_REACH = [_EMAIL_AND_MOBILE] * 14 + [_EMAIL] * 5 + [_MOBILE] * 5 + [_LANDLINE]
_OTHER_LANGUAGE_EVERY = 5
_NO_CONSENT_EVERY = 13
_SIBLINGS_EVERY = 7
_DOMAINS = ("example.org", "example.com", "example.net", "post.test")
_LETTERS = str.maketrans({"ß": "ss", "'": "", " ": "-"})
_MAX_COUPLES = 5


@dataclass
class Guardian:
    """An invented person. Numbers in E.164; `ages`: of the children at this school."""

    first: str
    last: str
    language: str
    email: str
    mobile: str
    landline: str
    ages: list[int] = field(default_factory=list)
    consents: bool = True

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


class Inventor:
    """Deals out people and numbers, each once."""

    def __init__(self) -> None:
        self._random = random.Random(20261104)  # noqa: S311  invented people need no secrecy
        self._names: set[str] = set()
        self._count = 0
        self._mobiles = {
            "en": (f"+447700900{n:03}" for n in range(1000)),
            "de": self._german_mobiles(),
            "es": (f"+34600000{n:03}" for n in range(1000)),
        }
        self._landlines = {
            "en": (f"+442079460{n:03}" for n in range(1000)),
            "de": (f"+493023125{n:03}" for n in range(1000)),
            "es": (f"+34928000{n:03}" for n in range(1000)),
        }
        self._decks: dict[str, list[str]] = {}

    @staticmethod
    def _german_mobiles() -> Iterator[str]:
        for prefix in ("+49171392", "+4917604069"):
            digits = 4 if prefix == "+49171392" else 3
            yield from (f"{prefix}{n:0{digits}}" for n in range(100))

    def mobile(self, school_language: str) -> str:
        return next(self._mobiles[school_language])

    def landline(self, school_language: str) -> str:
        return next(self._landlines[school_language])

    def guardian(self, school_language: str, *, reach: str = "") -> Guardian:
        """A guardian of a school; every fifth speaks one of the other two languages.

        `reach`: "both" for somebody with email and mobile; otherwise dealt from a deck.
        """
        self._count += 1
        others = [code for code in ("en", "de", "es") if code != school_language]
        language = school_language
        if self._count % _OTHER_LANGUAGE_EVERY == 0:
            language = others[self._count // _OTHER_LANGUAGE_EVERY % 2]
        first, last = self._new_name(language)
        reach = reach or self._deal_reach(school_language)
        has_mobile = reach in (_EMAIL_AND_MOBILE, _MOBILE)
        return Guardian(
            first,
            last,
            language,
            email=self._email(first, last) if reach in (_EMAIL_AND_MOBILE, _EMAIL) else "",
            mobile=self.mobile(school_language) if has_mobile else "",
            landline=self.landline(school_language) if reach == _LANDLINE else "",
            ages=self.ages(),
            consents=self._count % _NO_CONSENT_EVERY != 0,
        )

    def ages(self) -> list[int]:
        count = 2 if self._count % _SIBLINGS_EVERY == 0 else 1
        return sorted(self._random.sample(range(5, 17), count))

    def _new_name(self, language: str) -> tuple[str, str]:
        while True:
            first = self._random.choice(first_names(language))
            last = self._random.choice(last_names(language))
            if f"{first} {last}" not in self._names:
                self._names.add(f"{first} {last}")
                return first, last

    def _deal_reach(self, school_language: str) -> str:
        deck = self._decks.setdefault(school_language, [])
        if not deck:
            deck += self._random.sample(_REACH, len(_REACH))
        return deck.pop()

    def _email(self, first: str, last: str) -> str:
        return f"{plain(first)}.{plain(last)}@{_DOMAINS[self._count % len(_DOMAINS)]}"


def plain(name: str) -> str:
    """The name as the front of a mail address."""
    folded = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    return "".join(letter for letter in folded if letter.isascii())


def share_phones(members: list[Guardian]) -> None:
    """Some couples have one phone between them; they stand next to each other in the list."""
    couples = 0
    for one, other in zip(members[20::2], members[21::2], strict=False):
        if one.mobile and other.mobile and couples < _MAX_COUPLES:
            other.mobile, other.ages, other.consents = one.mobile, one.ages, one.consents
            couples += 1
