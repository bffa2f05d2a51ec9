"""What one heading means, taken by itself.

Owns the reading of a heading into a field and a person. Refuses to guess: a heading
that is not understood is `UNKNOWN`, and its column is never kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from outreach.audience.importing import vocabulary as words

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[a-z]+|\d+")


class Field(StrEnum):
    """What a column can be used as; the value is the word that people see."""

    FULL_NAME = "name"
    FIRST_NAME = "first name"
    LAST_NAME = "last name"
    GREETING = "greeting"
    EMAIL = "email"
    PHONE = "phone"
    LANGUAGE = "language"
    ROLE = "role"
    CONSENT = "consent"
    CONSENT_DATE = "consent date"
    CONSENT_WORDING = "consent wording"
    BARRED_IF_YES = "do not contact"
    BARRED_IF_NO = "parental responsibility"
    RELATION = "relationship"
    PRIORITY = "priority"
    AGE = "age"
    SCHOOL_YEAR = "school year"
    BIRTH_DATE = "date of birth"
    CHILD = "about a child"
    UNKNOWN = "not understood"


ADDRESSES = frozenset({Field.EMAIL, Field.PHONE})
NAMES = frozenset({Field.FULL_NAME, Field.FIRST_NAME, Field.LAST_NAME})
AGES = frozenset({Field.AGE, Field.SCHOOL_YEAR, Field.BIRTH_DATE})


@dataclass(frozen=True, slots=True)
class Heading:
    """`person`: "" for the one adult of the row, "1", "2", "mother", "father" for one of several.
    `of_guardian`, `of_child`: the heading says so itself."""

    field: Field
    person: str = ""
    of_guardian: bool = False
    of_child: bool = False


def read_heading(text: str, country: str) -> Heading:
    """What a heading means in a school of `country` (ISO alpha-2): "tutor" is a teacher in English
    and a guardian in Spanish."""
    tokens = _tokens(text)
    guardian_words = words.GUARDIAN
    if country.upper() not in words.ENGLISH_SPEAKING:
        guardian_words = guardian_words | words.TUTOR
    person, of_guardian, rest = _take_person(tokens, guardian_words)
    of_child = bool(words.CHILD & set(rest))
    if of_child and not set(tokens) & (guardian_words - words.WEAK_GUARDIAN):
        of_guardian = False  # "student contact email" may be the student's own
    field = _field([token for token in rest if token not in words.CHILD])
    if of_guardian:
        return _of_guardian(field, person, rest)
    if of_child:
        return Heading(field if field in AGES else Field.CHILD, of_child=True)
    return Heading(field)


def _of_guardian(field: Field, person: str, rest: list[str]) -> Heading:
    """A guardian's own age or sex is nothing that we keep either. "Legal guardian" alone is a
    question with yes or no."""
    if rest == ["legal"]:
        return Heading(Field.BARRED_IF_NO, person, of_guardian=True)
    if field in AGES or field is Field.CHILD:
        return Heading(Field.UNKNOWN)
    if all(token.isdigit() or token in words.CHILD | words.BETWEEN for token in rest):
        return Heading(Field.FULL_NAME, person, of_guardian=True)
    return Heading(field, person, of_guardian=field is not Field.UNKNOWN)


def _tokens(text: str) -> list[str]:
    spaced = _CAMEL.sub(" ", text).casefold().replace("ł", "l")  # which is no l with an accent
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", spaced)
        if not unicodedata.combining(letter)
    )
    joined = re.sub(r"\be[\s\-_]?mail", "email", plain)
    joined = re.sub(r"\bopt[\s\-_]in\b", "optin", joined)
    # Single letters are endings: "Erziehungsberechtigte/r 1", "Tutor/a", "1º".
    return [word for word in _WORD.findall(joined) if len(word) > 1 or word.isdigit()]


def _take_person(tokens: list[str], guardian_words: frozenset[str]) -> tuple[str, bool, list[str]]:
    """Which adult, whether the heading names one, and the tokens that are left."""
    places = [place for place, token in enumerate(tokens) if token in guardian_words]
    if not places or "group" in tokens:
        return "", False, tokens
    rest = [token for token in tokens if token not in guardian_words]
    relations = {words.RELATIONS[token] for token in tokens if token in words.RELATIONS}
    if len(relations) == 1:  # "padre/madre 1" is either
        return relations.pop(), True, rest
    for beside in (_end_of_run(tokens, places[0], guardian_words) + 1, places[0] - 1):
        if 0 <= beside < len(tokens):
            number = words.ORDINALS.get(tokens[beside], tokens[beside])
            if number.isdigit():
                rest.remove(tokens[beside])
                return number, True, rest
    return "", True, rest


def _end_of_run(tokens: list[str], start: int, guardian_words: frozenset[str]) -> int:
    """The last word of a name that has several: "ouder/verzorger 1", "encarregado de educação"."""
    end = start
    for place in range(start, len(tokens)):
        if tokens[place] in guardian_words:
            end = place
        elif tokens[place] not in words.BETWEEN:
            break
    return end


def _field(tokens: list[str]) -> Field:
    found = set(tokens)
    for rule, field in _RULES:
        if rule(found):
            return field
    return Field.UNKNOWN


def _any_of(vocabulary: frozenset[str]) -> Callable[[set[str]], bool]:
    return lambda tokens: bool(tokens & vocabulary)


def _all_of(*needed: str) -> Callable[[set[str]], bool]:
    return lambda tokens: tokens >= set(needed)


def _consent_with(extra: frozenset[str]) -> Callable[[set[str]], bool]:
    def rule(tokens: set[str]) -> bool:
        left = {token for token in tokens - words.CONSENT if not token.isdigit()}
        return bool(tokens & words.CONSENT and tokens & extra and left <= words.BESIDE_CONSENT)

    return rule


def _both_names(tokens: set[str]) -> bool:
    """ "Nachname, Vorname", "Vor- und Nachname", "Name, Vorname", "nombre completo"."""
    first = tokens & (words.FIRST_NAME | {"vor", "first"})
    last = tokens & (words.LAST_NAME | {"completo", "last"})
    return bool(first and last) or {"name", "vorname"} <= tokens


# The first rule that fits decides; the order is the meaning.
_RULES: tuple[tuple[Callable[[set[str]], bool], Field], ...] = (
    (_all_of(*words.OUR_OWN), Field.UNKNOWN),
    (_all_of("not"), Field.BARRED_IF_YES),  # "do not contact"
    (
        _any_of(frozenset({"nicht", "kontaktsperre", "court", "niet", "nao", "nie"})),
        Field.BARRED_IF_YES,
    ),
    (_all_of("non", "contattare"), Field.BARRED_IF_YES),
    (_all_of("parental", "responsibility"), Field.BARRED_IF_NO),
    (_all_of("patria", "potestad"), Field.BARRED_IF_NO),
    (_all_of("autorite", "parentale"), Field.BARRED_IF_NO),
    (_any_of(frozenset({"genitoriale", "parentais", "gezag", "rodzicielska"})), Field.BARRED_IF_NO),
    (
        _any_of(frozenset({"sorgerecht", "sorgeberechtigt", "auskunftsberechtigt"})),
        Field.BARRED_IF_NO,
    ),
    (_consent_with(words.DATE), Field.CONSENT_DATE),
    (_consent_with(words.WORDING), Field.CONSENT_WORDING),
    (_consent_with(words.CONSENT), Field.CONSENT),
    (_any_of(words.CONSENT), Field.UNKNOWN),
    (_any_of(words.NOT_THE_GUARDIAN), Field.UNKNOWN),
    (lambda tokens: bool(tokens & words.BIRTH and tokens & words.PLACE), Field.CHILD),
    (_any_of(words.BIRTH), Field.BIRTH_DATE),
    (_any_of(words.EMAIL), Field.EMAIL),
    (_any_of(words.PHONE), Field.PHONE),
    (_any_of(words.AGE), Field.AGE),
    (_any_of(words.SCHOOL_YEAR), Field.SCHOOL_YEAR),
    (_any_of(words.ABOUT_A_CHILD), Field.CHILD),
    (_all_of("tutor", "group"), Field.CHILD),
    (_any_of(words.LANGUAGE), Field.LANGUAGE),
    (_any_of(words.RELATION), Field.RELATION),
    (_any_of(words.PRIORITY), Field.PRIORITY),
    (_any_of(words.ROLE), Field.ROLE),
    (_any_of(words.GREETING), Field.GREETING),
    (_both_names, Field.FULL_NAME),
    (_all_of("family", "name"), Field.LAST_NAME),
    (_all_of("last", "name"), Field.LAST_NAME),
    (_all_of("first", "name"), Field.FIRST_NAME),
    (_any_of(words.FIRST_NAME), Field.FIRST_NAME),
    (_any_of(words.LAST_NAME), Field.LAST_NAME),
    (_any_of(words.FULL_NAME), Field.FULL_NAME),
)
