"""The same guardian on several rows of one file becomes one.

Same role, same name and one address in common is the same person. Two guardians
who share a phone have two names and stay two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from outreach.audience.importing.ages import join_bands
from outreach.audience.importing.roster import ProblemCode, RosterRow, RowProblem

# Rows without names on one office phone would otherwise grow into one person without end.
_MOST_ADDRESSES = 20
_MOST_ROWS_NAMED = 50
_Key = tuple[str, str, str]


class Merger:
    """Takes rows in file order; `rows` has each person once, at the place of the first row."""

    def __init__(self) -> None:
        self._rows: dict[int, RosterRow] = {}
        self._at: dict[_Key, int] = {}
        self._next = 0
        self.problems: list[RowProblem] = []

    @property
    def rows(self) -> list[RosterRow]:
        return list(self._rows.values())

    def add(self, row: RosterRow) -> None:
        """Joins the row with every earlier one of the same person (a third row may join two)."""
        keys = list(_keys(row))
        found = {self._at[key] for key in keys if key in self._at}
        same = sorted(place for place in found if _has_room(self._rows[place]))
        place = same[0] if same else self._next
        self._next += not same
        for other in same[1:]:
            moved = self._rows.pop(other)
            self._join(place, moved)
            keys += _keys(moved)
        if same:
            self._join(place, row)
        else:
            self._rows[place] = row
        self._at.update(dict.fromkeys(keys, place))

    def _join(self, place: int, row: RosterRow) -> None:
        first = self._rows[place]
        if None not in (first.consent, row.consent) and first.consent != row.consent:
            self.problems.append(_differs(first, row))
        self._rows[place] = joined(first, row)


def joined(first: RosterRow, second: RosterRow) -> RosterRow:
    """One person of two rows: addresses and age groups of both; one "no" is a no."""
    refused = False in (first.consent, second.consent)
    consent = False if refused else first.consent or second.consent
    emails = {e.match_key: e for e in (*second.emails, *first.emails)}
    phones = {p.e164: p for p in (*second.phones, *first.phones)}
    order_of_emails = dict.fromkeys(e.match_key for e in (*first.emails, *second.emails))
    order_of_phones = dict.fromkeys(p.e164 for p in (*first.phones, *second.phones))
    return replace(
        first,
        greeting=first.greeting or second.greeting,
        language=first.language or second.language,
        emails=tuple(emails[key] for key in order_of_emails),
        phones=tuple(phones[key] for key in order_of_phones),
        age_bands=join_bands(first.age_bands, second.age_bands),
        consent=consent,
        consent_on=None if refused else first.consent_on or second.consent_on,
        consent_wording=first.consent_wording or second.consent_wording,
        also_on_rows=tuple(
            sorted({*first.also_on_rows, second.number, *second.also_on_rows} - {first.number})[
                :_MOST_ROWS_NAMED
            ]
        ),
    )


def _has_room(row: RosterRow) -> bool:
    return len(row.emails) + len(row.phones) < _MOST_ADDRESSES


def _keys(row: RosterRow) -> Iterable[_Key]:
    name = " ".join(row.full_name.casefold().split())
    for address in (*(e.match_key for e in row.emails), *(p.e164 for p in row.phones)):
        yield row.role.value, name, address


def _differs(first: RosterRow, second: RosterRow) -> RowProblem:
    return RowProblem(
        second.number,
        "",
        "",
        f"The same person is on row {first.number} with another answer about consent, "
        "so it is taken as no.",
        "Make both rows say the same.",
        ProblemCode.CONSENT_DIFFERS,
        taken=True,
    )
