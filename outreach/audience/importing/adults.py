"""One record of the file into its adults.

Owns which findings cost a row and which only cost a cell. Refuses to take an adult
whom the school's own list says not to contact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from outreach.audience.importing.ages import join_bands, read_age_bands
from outreach.audience.importing.cells import (
    Bad,
    Read,
    one_line,
    plain_words,
    read_answer,
    read_emails,
    read_language,
    read_phones,
    read_role,
)
from outreach.audience.importing.dates import read_date
from outreach.audience.importing.headings import ADDRESSES, NAMES, Field
from outreach.audience.importing.layout import Column, Layout
from outreach.audience.importing.roster import ProblemCode, Role, RosterRow, RowProblem
from outreach.audience.importing.vocabulary import GUARDIAN_ROLES, NOT_GUARDIAN_RELATIONS
from outreach.core.errors import BadInput

T = TypeVar("T")

MAX_NAME_CHARACTERS = 200
# Of a list with places but without relationships, these are parents.
_GUARDIAN_PLACES = 2
_SHOWN_CHARACTERS = 200


@dataclass
class Findings:
    """The adults and the problems of one record. `refused`: adults not taken, and why."""

    adults: list[RosterRow] = field(default_factory=list)
    refused: list[tuple[RosterRow, ProblemCode]] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)


@dataclass(frozen=True)
class RecordReader:
    """Reads records of one layout. `today`: for ages and for dates that lie ahead."""

    layout: Layout
    country: str
    today: date

    def read(self, number: int, cells: list[str]) -> Findings:
        """All adults of one row. `cells`: cleaned, may be shorter than the headings."""
        findings = Findings()
        bands = self._bands(number, cells, findings)
        present = [person for person in self.layout.persons if self._is_there(person, cells)]
        for person in present or self.layout.persons[:1]:
            adult = _Adult(number, cells, self.layout.of(person))
            self._take(adult, bands, findings)
        return findings

    def _is_there(self, person: str, cells: list[str]) -> bool:
        own = (c for c in self.layout.columns if c.heading.person == person)
        return any(_cell(cells, c) for c in own if c.field in ADDRESSES | NAMES)

    def _bands(self, number: int, cells: list[str], findings: Findings) -> tuple[str, ...]:
        bands: tuple[str, ...] = ()
        for column in self.layout.ages:
            try:
                text = _cell(cells, column)
                found = read_age_bands(text, column.field, self.country, self.today)
            except BadInput as error:
                remedy = "Write the age in years, or a group like 8-10."
                # No value: it is about a child.
                bad = Bad("", error.message, remedy, ProblemCode.BAD_AGE)
                findings.problems.append(_problem(number, column.title, bad, taken=True))
            else:
                bands = join_bands(bands, found)
        return bands

    def _take(self, adult: _Adult, bands: tuple[str, ...], findings: Findings) -> None:
        row = self._row(adult, bands)
        refusal = _refusal(adult, row)
        noted = list(dict.fromkeys([*adult.bad, *([refusal] if refusal else [])]))
        findings.problems += [
            _problem(adult.number, title, bad, taken=refusal is None) for title, bad in noted
        ]
        if refusal is None:
            findings.adults.append(row)
        else:
            findings.refused.append((row, refusal[1].code))

    def _row(self, adult: _Adult, bands: tuple[str, ...]) -> RosterRow:
        consent, consent_on = self._consent(adult)
        role = adult.first(Field.ROLE, read_role) or Role.GUARDIAN
        emails = adult.every(Field.EMAIL, read_emails)
        phones = adult.every(Field.PHONE, lambda cell: read_phones(cell, self.country))
        return RosterRow(
            number=adult.number,
            role=role,
            full_name=_full_name(adult),
            greeting=one_line(adult.text(Field.GREETING)),
            language=adult.first(Field.LANGUAGE, read_language),
            emails=tuple({email.match_key: email for email in reversed(emails)}.values())[::-1],
            phones=tuple({phone.e164: phone for phone in reversed(phones)}.values())[::-1],
            age_bands=bands if role is Role.GUARDIAN else (),
            consent=consent,
            consent_on=consent_on,
            consent_wording=one_line(adult.text(Field.CONSENT_WORDING)),
        )

    def _consent(self, adult: _Adult) -> tuple[bool | None, date | None]:
        """Without a consent column a date is the answer: yes where there is one."""
        given: bool | None = None
        if adult.columns_of(Field.CONSENT):
            given = bool(adult.first(Field.CONSENT, read_answer))
        if not adult.columns_of(Field.CONSENT_DATE):
            return given, None
        given_on = adult.first(Field.CONSENT_DATE, self._past_date)
        if given is None:
            given = given_on is not None
        return given, given_on if given else None

    def _past_date(self, cell: str) -> date | Bad | None:
        if not cell:
            return None
        found = read_date(cell, self.country)
        if found is not None and found <= self.today:
            return found
        reason = f"{cell!r} is not a date." if found is None else f"{cell!r} lies in the future."
        remedy = "Write it like 2026-09-01, with a year of four digits."
        return Bad(cell, reason, remedy, ProblemCode.BAD_DATE)


class _Adult:
    """The cells of one adult of one row, and what was bad in them."""

    def __init__(self, number: int, cells: list[str], columns: list[Column]) -> None:
        self.number = number
        self.bad: list[tuple[str, Bad]] = []
        self._cells = cells
        self._columns = columns

    def columns_of(self, wanted: Field) -> list[Column]:
        return [column for column in self._columns if column.field is wanted]

    def text(self, wanted: Field) -> str:
        return "".join(_cell(self._cells, column) for column in self.columns_of(wanted)[:1])

    def barred(self, column: Column) -> bool:
        """ "See file" under "court order" bars, an empty cell there does not. Under "parental
        responsibility" only a no or nothing bars, "shared" does not."""
        cell = _cell(self._cells, column)
        answer = read_answer(cell)
        if column.field is Field.BARRED_IF_NO:
            return answer is False
        return bool(cell) and answer is not False

    def stands_apart(self) -> tuple[str, Bad] | None:
        """Where the list does not speak of responsibility: a relationship that is no
        guardian's, or, without relationships, a place behind the second."""
        if self.columns_of(Field.BARRED_IF_NO):
            return None
        for column in self.columns_of(Field.RELATION):
            words_found = set(plain_words(_cell(self._cells, column)))
            is_guardian = words_found & GUARDIAN_ROLES
            return (
                (column.title, _RELATION)
                if words_found & NOT_GUARDIAN_RELATIONS and not is_guardian
                else None
            )
        for column in self.columns_of(Field.PRIORITY):
            place = _cell(self._cells, column)
            if place.isdecimal() and int(place) > _GUARDIAN_PLACES:
                return column.title, _PLACE
        return None

    def first(self, wanted: Field, read: Callable[[str], T | Bad | None]) -> T | None:
        """The value of a field that an adult has once; None when it is missing or bad."""
        for column in self.columns_of(wanted):
            value = read(_cell(self._cells, column))
            if not isinstance(value, Bad):
                return value
            self.bad.append((column.title, value))
        return None

    def every(self, wanted: Field, read: Callable[[str], Read[T]]) -> list[T]:
        """The good values of all columns of a field, in column order."""
        good: list[T] = []
        for column in self.columns_of(wanted):
            found = read(_cell(self._cells, column))
            good += found.good
            self.bad += [(column.title, bad) for bad in found.bad]
        return good


def _refusal(adult: _Adult, row: RosterRow) -> tuple[str, Bad] | None:
    """Why this adult is not taken; the first reason is enough. The title is the column's."""
    barring = adult.columns_of(Field.BARRED_IF_YES) + adult.columns_of(Field.BARRED_IF_NO)
    for column in barring:
        if adult.barred(column):
            is_order = column.field is Field.BARRED_IF_YES
            return column.title, _BARRED if is_order else _WITHOUT_RESPONSIBILITY
    if row.role is Role.GUARDIAN and (apart := adult.stands_apart()):
        return apart
    if len(row.full_name) > MAX_NAME_CHARACTERS:
        return "", _LONG_NAME
    for title, bad in adult.bad:
        if bad.code is ProblemCode.BAD_ROLE:
            return title, bad
    if row.emails or row.phones:
        return None
    bad_addresses = [(title, bad) for title, bad in adult.bad if bad.code in _BAD_ADDRESSES]
    return ("", _NO_ADDRESS) if not bad_addresses else bad_addresses[0]


def _full_name(adult: _Adult) -> str:
    """Joint names stay as they are. Beside a first name, "Name" alone is the last name (German)."""
    full, first, last = (
        adult.text(wanted) for wanted in (Field.FULL_NAME, Field.FIRST_NAME, Field.LAST_NAME)
    )
    if full and (last or first.casefold() in full.casefold()):
        return one_line(full)
    return one_line(f"{first} {full or last}")


def _cell(cells: list[str], column: Column) -> str:
    return cells[column.index] if column.index < len(cells) else ""


def _problem(number: int, title: str, bad: Bad, *, taken: bool) -> RowProblem:
    value = bad.value[:_SHOWN_CHARACTERS]
    return RowProblem(number, title, value, bad.reason, bad.remedy, bad.code, taken)


_BAD_ADDRESSES = {ProblemCode.BAD_EMAIL, ProblemCode.BAD_PHONE, ProblemCode.LOST_ZERO}
_BARRED = Bad(
    "",
    "The list says that this person is not to be contacted.",
    "Nothing to do, unless the list is wrong.",
    ProblemCode.NO_CONTACT_ALLOWED,
)
_WITHOUT_RESPONSIBILITY = Bad(
    "",
    "The list does not give this person parental responsibility.",
    "Nothing to do, unless the list is wrong.",
    ProblemCode.NO_CONTACT_ALLOWED,
)
_RELATION = Bad(
    "",
    "By the relationship in the list this person is no parent or guardian.",
    'Write "guardian" there if they are.',
    ProblemCode.NOT_A_GUARDIAN,
)
_PLACE = Bad(
    "",
    "This person stands behind the second place, so may be an emergency contact.",
    "Write 1 or 2 there if they are a parent or guardian.",
    ProblemCode.NOT_A_GUARDIAN,
)
_LONG_NAME = Bad(
    "",
    f"The name has more than {MAX_NAME_CHARACTERS} characters.",
    "Write the name alone in the cell.",
    ProblemCode.LONG_NAME,
)
_NO_ADDRESS = Bad(
    "",
    "There is no email address and no phone number that can be used.",
    "Add one, or leave the row out.",
    ProblemCode.NO_ADDRESS,
)
