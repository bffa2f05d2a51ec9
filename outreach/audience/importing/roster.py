"""What a roster file turns into.

Owns the records that leave this folder: rows of guardians and school contacts,
row problems, and what was done with each column. Nothing in them is about a
child but the age band.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from outreach.core.emails import Email
from outreach.core.phones import Phone


class Role(StrEnum):
    GUARDIAN = "guardian"
    CONTACT = "contact"
    SAFEGUARDING_LEAD = "safeguarding_lead"


class Use(StrEnum):
    """What was done with a column."""

    USED = "used"
    REDUCED = "reduced"  # only the age group is kept
    DROPPED = "dropped"  # about a child: never kept, never shown
    IGNORED = "ignored"  # not understood, or not needed


class ProblemCode(StrEnum):
    """The closed vocabulary of `RowProblem.code`."""

    BAD_EMAIL = "bad-email"
    BAD_PHONE = "bad-phone"
    LOST_ZERO = "lost-zero"  # a spreadsheet has eaten the 0 or the + in front
    NO_ADDRESS = "no-address"
    BAD_LANGUAGE = "bad-language"
    BAD_ROLE = "bad-role"
    BAD_CONSENT = "bad-consent"
    BAD_DATE = "bad-date"
    BAD_AGE = "bad-age"
    LONG_NAME = "long-name"
    NO_CONTACT_ALLOWED = "no-contact-allowed"  # court order, no parental responsibility
    NOT_A_GUARDIAN = "not-a-guardian"  # a relative, an emergency contact
    NO_CHILD = "no-child"  # nobody of the school belongs to this person
    CONSENT_DIFFERS = "consent-differs"  # the same guardian twice, once yes and once no
    TOO_MANY_CELLS = "too-many-cells"
    BROKEN_QUOTES = "broken-quotes"


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One adult of one school as the file says.

    `number`: row as a spreadsheet counts (the heading is row 1). `language`: ISO 639 code.
    `consent`: None when the file has no consent column at all; an empty cell is False.
    `also_on_rows`: further rows of the file that were the same person, fifty at most.
    """

    number: int
    role: Role
    full_name: str
    greeting: str
    language: str | None
    emails: tuple[Email, ...]
    phones: tuple[Phone, ...]
    age_bands: tuple[str, ...]
    consent: bool | None
    consent_on: date | None
    consent_wording: str
    also_on_rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One finding. `value` is empty for a column about a child. `taken`: the row came in all the
    same, without the bad part. Codes in `LEFT_OUT` are no mistake: the list itself says so."""

    row: int
    column: str
    value: str
    reason: str
    remedy: str
    code: ProblemCode
    taken: bool = False

    @property
    def where(self) -> str:
        return f"row {self.row}, column {self.column}" if self.column else f"row {self.row}"


LEFT_OUT = frozenset(
    {ProblemCode.NO_CONTACT_ALLOWED, ProblemCode.NOT_A_GUARDIAN, ProblemCode.NO_CHILD}
)


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """`position`: from 1. `meaning`: what it is used as ("email of guardian 2"), or why not."""

    position: int
    heading: str
    use: Use
    meaning: str

    def __str__(self) -> str:
        return f"{self.heading or f'column {self.position}'}: {self.meaning}"


@dataclass(frozen=True, slots=True)
class RowToMend:
    """A row with problems, reduced to the columns we keep (`Roster.kept_headings`); goes back to
    the school."""

    number: int
    cells: tuple[str, ...]
    age_bands: tuple[str, ...]


@dataclass(frozen=True)
class Roster:
    """A whole file, read. `total_rows`: rows that were not empty, without the heading.
    `kept_positions`: of `kept_headings` in the file, from 1. `ruled_out`: adults whom the list
    itself says not to take; `unusable`: adults in whose row a mistake stands; with what could be
    read of them, so that nobody on record is taken for gone or missed.
    """

    rows: list[RosterRow]
    problems: list[RowProblem]
    columns: list[ColumnUse]
    encoding: str
    delimiter: str
    dropped_columns: list[str]
    total_rows: int
    kept_headings: tuple[str, ...]
    kept_positions: tuple[int, ...]
    to_mend: list[RowToMend]
    ruled_out: list[RosterRow]
    unusable: list[RosterRow]


@dataclass(frozen=True, slots=True)
class Progress:
    bytes_done: int
    bytes_total: int
    rows_done: int
