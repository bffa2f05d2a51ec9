"""What the columns of one file mean together.

Owns the decisions that need all headings at once: whose name an unqualified "name"
is, which columns belong to which of two guardians, and what is dropped. Refuses a
file that does not say whether its addresses are a guardian's or a child's: a message
meant for parents must not reach the child.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from outreach.audience.importing.headings import (
    ADDRESSES,
    AGES,
    NAMES,
    Field,
    Heading,
    read_heading,
)
from outreach.audience.importing.roster import ColumnUse, Use
from outreach.core.errors import BadInput

_SHOWN_CHARACTERS = 80
_OF_THE_ROW = AGES | {
    Field.LANGUAGE,
    Field.ROLE,
    Field.CONSENT,
    Field.CONSENT_DATE,
    Field.CONSENT_WORDING,
    Field.BARRED_IF_YES,
    Field.BARRED_IF_NO,
    Field.RELATION,
    Field.PRIORITY,
}
_LISTS = ADDRESSES | AGES | {Field.BARRED_IF_YES, Field.BARRED_IF_NO}
# What a page offers for a column: words that a heading would use. Others are understood too.
MEANINGS = (
    "guardian name",
    "guardian first name",
    "guardian last name",
    "guardian email",
    "guardian mobile",
    "guardian 1 name",
    "guardian 1 first name",
    "guardian 1 last name",
    "guardian 1 email",
    "guardian 1 mobile",
    "guardian 2 name",
    "guardian 2 first name",
    "guardian 2 last name",
    "guardian 2 email",
    "guardian 2 mobile",
    "language",
    "role",
    "relationship",
    "priority",
    "parental responsibility",
    "do not contact",
    "consent",
    "consent date",
    "consent wording",
    "age",
    "school year",
    "date of birth",
    "child",
    "ignore",
)
_EXAMPLE = "for example: guardian name, email, mobile, language, age group, consent"


@dataclass(frozen=True)
class Column:
    """`index`: from 0. `chosen`: a person mapped it, so nothing is guessed about it."""

    index: int
    title: str
    heading: Heading
    chosen: bool = False
    note: str = ""

    @property
    def field(self) -> Field:
        return self.heading.field


@dataclass(frozen=True)
class Layout:
    """`persons`: keys of the adults of one row, in column order; `shared`: columns about all."""

    columns: tuple[Column, ...]

    @property
    def persons(self) -> tuple[str, ...]:
        found = [c.heading.person for c in self.columns if c.field in ADDRESSES | NAMES]
        if self._shares_addresses:
            found = [person for person in found if person]
        return tuple(dict.fromkeys(found))

    @property
    def _shares_addresses(self) -> bool:
        """Two numbered names over one address ("Nachname 1.Person", …, "E-Mail"): it is of both."""
        names = {c.heading.person for c in self.columns if c.field in NAMES}
        return bool(names - {""}) and "" not in names

    def of(self, person: str) -> list[Column]:
        """The columns of one adult: the adult's own, and those about everybody of the row."""
        several = len(self.persons) > 1 or self._shares_addresses
        of_all = _OF_THE_ROW | (ADDRESSES if self._shares_addresses else frozenset())
        return [
            column
            for column in self.columns
            if column.heading.person == person
            or (several and not column.heading.person and column.field in of_all)
        ]

    @property
    def ages(self) -> list[Column]:
        return [column for column in self.columns if column.field in AGES]

    @property
    def kept(self) -> list[Column]:
        """The columns whose values may be shown and given back."""
        gone = AGES | {Field.CHILD, Field.UNKNOWN}
        return [column for column in self.columns if column.field not in gone]

    def uses(self) -> list[ColumnUse]:
        """One per column; empty headings at the end are a spreadsheet's, and nobody's column."""
        last = max((c.index for c in self.columns if c.title), default=-1)
        return [_use(column) for column in self.columns[: last + 1]]


def lay_out(titles: Sequence[str], country: str, mapping: Mapping[str, str] | None) -> Layout:
    """Decides all columns. Raises BadInput when there is no address, or no telling whose."""
    chosen = _chosen(titles, country, mapping or {})
    columns = [
        Column(
            i, title[:_SHOWN_CHARACTERS], chosen.get(i) or read_heading(title, country), i in chosen
        )
        for i, title in enumerate(titles)
    ]
    columns = [_settle(column, columns) for column in columns]
    _refuse_unclear(columns)
    return Layout(tuple(_without_repeats(columns)))


def recognised(titles: Sequence[str], country: str) -> int:
    """How many of the titles are understood; 0 when none is an address."""
    fields = [read_heading(title, country).field for title in titles]
    if not ADDRESSES & set(fields):
        return 0
    return sum(field is not Field.UNKNOWN for field in fields)


def _chosen(titles: Sequence[str], country: str, mapping: Mapping[str, str]) -> dict[int, Heading]:
    return {
        position_of(key, titles) - 1: _meaning(meaning, country) for key, meaning in mapping.items()
    }


def same_meaning(meaning: str, country: str) -> str:
    """The one of MEANINGS that says what `meaning` does; `meaning` itself where none does.

    Raises BadInput for what nobody here understands.
    """
    wanted = _meaning(meaning, country)
    return next((each for each in MEANINGS if _meaning(each, country) == wanted), meaning)


def position_of(key: str, titles: Sequence[str]) -> int:
    """From 1, of the column with this heading or this position. Raises BadInput for neither."""
    folded = [title.casefold() for title in titles]
    wanted = key.strip().casefold()
    if wanted in folded:
        return folded.index(wanted) + 1
    if wanted.isdecimal() and 1 <= int(wanted) <= len(folded):
        return int(wanted)
    raise BadInput(
        f"The mapping names a column {key[:_SHOWN_CHARACTERS]!r}, which the file does not have.",
        remedy=f"Give a heading as it is in the file, or a position from 1 to {len(folded)}.",
    )


def _meaning(meaning: str, country: str) -> Heading:
    if meaning.strip().casefold() in ("ignore", "ignored", ""):
        return Heading(Field.UNKNOWN)
    heading = read_heading(meaning, country)
    if heading.field is Field.UNKNOWN:
        raise BadInput(
            f"The mapping uses {meaning[:_SHOWN_CHARACTERS]!r}, which is not known here.",
            remedy="Use words like name, email, mobile, guardian 2 email, language, age group, "
            "consent, consent date, child, or ignore.",
        )
    return heading


def _settle(column: Column, columns: list[Column]) -> Column:
    """An unqualified name or address beside columns that say "guardian" is not the guardian's."""
    if column.chosen or column.heading.of_guardian:
        return column
    if column.field in NAMES and _names_are_the_childs(columns):
        return replace(
            column,
            heading=Heading(Field.CHILD, of_child=True),
            note='taken for the child\'s name; call it "guardian name" if it is not',
        )
    numbered = any(c.heading.person for c in columns if c.field in ADDRESSES)
    if column.field in ADDRESSES | {Field.GREETING} and numbered:
        note = "ignored: it does not say whose it is"
        return replace(column, heading=Heading(Field.UNKNOWN), note=note)
    return column


def _names_are_the_childs(columns: list[Column]) -> bool:
    guardians = [c for c in columns if c.heading.of_guardian]
    if any(c.field in NAMES for c in guardians):
        return True
    child_named = any(c.heading.of_child and _names_a_child(c) for c in columns)
    return any(c.field in ADDRESSES for c in guardians) and not child_named


def _names_a_child(column: Column) -> bool:
    """Qualified by "child" or "pupil", so that a plain "name" must be somebody else's."""
    return column.field is Field.CHILD and column.heading.of_child


def _refuse_unclear(columns: list[Column]) -> None:
    if not any(column.field in ADDRESSES for column in columns):
        understood = [column.title for column in columns if column.field is not Field.UNKNOWN]
        # What is not understood may be a person's data in a file without headings: not shown.
        also = f" Understood were: {', '.join(understood)}." if understood else ""
        raise BadInput(
            f"No column for email addresses or phone numbers was found.{also}",
            remedy=f"Call the columns {_EXAMPLE}; or say which column is which with a mapping.",
        )
    said = any(c.chosen or c.heading.of_guardian or c.field is Field.ROLE for c in columns)
    plain_name = any(c.field in NAMES for c in columns)
    about_a_child = [c for c in columns if c.field in (Field.CHILD, Field.BIRTH_DATE)]
    names_a_child = any(c.heading.of_child for c in about_a_child)
    if said or not about_a_child or (names_a_child and plain_name):
        return
    raise BadInput(
        f'The file has a column "{about_a_child[0].title}", which is about a child, and no heading '
        "says whose the addresses are.",
        remedy='Call the columns "guardian name", "guardian email", "guardian mobile" if they are '
        "the guardian's. A child's own address must not be uploaded.",
    )


def _without_repeats(columns: list[Column]) -> list[Column]:
    """Of a field that a person has once, the first column counts."""
    seen: set[tuple[Field, str]] = set()
    result: list[Column] = []
    for column in columns:
        key = (column.field, column.heading.person)
        if column.field in _LISTS | {Field.CHILD, Field.UNKNOWN} or key not in seen:
            result.append(column)
        else:
            note = f"ignored: another column is the {column.field.value} already"
            result.append(replace(column, heading=Heading(Field.UNKNOWN), note=note))
        seen.add(key)
    return result


def _use(column: Column) -> ColumnUse:
    position = column.index + 1
    if column.field is Field.UNKNOWN:
        meaning = column.note or "not understood and ignored"
        return ColumnUse(position, column.title, Use.IGNORED, meaning)
    if column.field is Field.CHILD:
        meaning = "dropped because it is about a child"
        return ColumnUse(
            position,
            column.title,
            Use.DROPPED,
            f"{meaning} ({column.note})" if column.note else meaning,
        )
    if column.field in AGES:
        return ColumnUse(position, column.title, Use.REDUCED, "reduced to age group")
    return ColumnUse(position, column.title, Use.USED, _used_as(column))


def _used_as(column: Column) -> str:
    """Each a whole sentence, so that it can be said in another language."""
    match column.heading.person:
        case "":
            return f"used as {column.field.value}"
        case "mother":
            return f"used as {column.field.value} of the mother"
        case "father":
            return f"used as {column.field.value} of the father"
        case number:
            return f"used as {column.field.value} of guardian {number}"
