"""What a roster would change, before anything is written.

Counts by the rows of its own school alone, so they say nothing about other schools, and they
are the same with the narrow rights of the pages as with those of a worker. Writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from outreach.audience.importing import LEFT_OUT, Roster
from outreach.audience.models import Membership, MembershipRole, MembershipState, PersonAddress
from outreach.organisation.models import School
from outreach.subscriptions.roster.matching import (
    KnownPeople,
    folded,
    keys_of,
    names_by_address,
)
from outreach.subscriptions.roster.writing import Entry, next_entry, stored_entries

# Above this part of the parents on record, ending them wants more than a tick.
MANY_GONE = 0.2


@dataclass(frozen=True)
class Gone:
    """A parent on record whom the list does not name any more. `name`: as the school wrote it."""

    membership_id: int
    name: str


@dataclass(frozen=True)
class Preview:
    """`new`, `changed`, `same`: people of the list. `unusable`: rows with a mistake. `left_out`:
    people whom the list itself rules out, `barred`: those of them who are on record. `gone` has
    nobody whose row is only unusable. `on_record`: parents before."""

    new: int
    changed: int
    same: int
    gone: tuple[Gone, ...]
    barred: tuple[Gone, ...]
    on_record: int
    unusable: int
    left_out: int
    without_consent: int

    @property
    def many_gone(self) -> bool:
        """More than a fifth: perhaps the wrong file."""
        return len(self.gone) > MANY_GONE * self.on_record


def preview(school: School, roster: Roster) -> Preview:
    """Compares the list with what the school has on record. Raises nothing."""
    known = _known(school, roster)
    people = [known.person_of(row) for row in roster.rows]
    stored = stored_entries(school, {person for person in people if person > 0})
    after: dict[tuple[int, str], Entry] = {}
    for row, person in zip(roster.rows, people, strict=True):
        key = (person, row.role.value)
        after[key] = next_entry(row, person, after.get(key), stored.get(key), known)
    new = sum(key not in stored for key in after)
    same = sum(stored.get(key) == entry for key, entry in after.items())
    guardians = _guardians_on_record(school)
    missing = _missing(guardians, set(people), roster, known)
    bad = {problem.row for problem in roster.problems if not problem.taken}
    ruled_out = [p for p in roster.problems if not p.taken and p.code in LEFT_OUT]
    return Preview(
        new=new,
        changed=len(after) - new - same,
        same=same,
        gone=missing.gone,
        barred=missing.barred,
        on_record=len(guardians),
        unusable=len(bad - {problem.row for problem in ruled_out}),
        left_out=len(ruled_out),
        without_consent=sum(row.consent is False for row in roster.rows),
    )


@dataclass(frozen=True)
class Missing:
    """Parents on record whom the list does not bring; see `Preview`."""

    gone: tuple[Gone, ...]
    barred: tuple[Gone, ...]


def missing_from(school: School, roster: Roster) -> Missing:
    """Who is gone, and who is ruled out now."""
    known = _known(school, roster)
    listed = {known.person_of(row) for row in roster.rows}
    return _missing(_guardians_on_record(school), listed, roster, known)


def _known(school: School, roster: Roster) -> KnownPeople:
    known = KnownPeople(school.pk, names_by_address(roster.rows))
    rows = [*roster.rows, *roster.ruled_out, *roster.unusable]
    known.load_own(sorted({key for row in rows for key in keys_of(row)}))
    return known


def _guardians_on_record(school: School) -> dict[int, list[Gone]]:
    """Person -> their membership. Only people whom a roster brought: who signed up alone stays
    until they say otherwise."""
    listed = PersonAddress.objects.filter(school=school).values("person")
    found = Membership.objects.filter(
        school=school,
        role=MembershipRole.GUARDIAN,
        state=MembershipState.CURRENT,
        person__in=listed,
    ).order_by("name", "pk")
    people: dict[int, list[Gone]] = {}
    for each in found:
        people.setdefault(each.person_id, []).append(Gone(each.pk, each.name))
    return people


def _missing(
    on_record: dict[int, list[Gone]], listed: set[int], roster: Roster, known: KnownPeople
) -> Missing:
    ruled_out = {known.of_school(row) for row in roster.ruled_out} - listed
    unusable = {known.of_school(row) for row in roster.unusable}
    # A row without any good address still has its name.
    names = {folded(row.full_name) for row in roster.unusable if row.full_name}
    gone: list[Gone] = []
    barred: list[Gone] = []
    for person, rows in on_record.items():
        if person in ruled_out:
            barred += rows
        elif person not in listed | unusable:
            gone += [each for each in rows if folded(each.name) not in names]
    return Missing(tuple(gone), tuple(barred))
