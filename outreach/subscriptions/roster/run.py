"""The course of one import, chunk by chunk.

Each chunk is a transaction of its own, because an opt-out that meets one of its rows waits for
its commit while no claim can go on: a second at most, not the length of a file. A repeated or
interrupted import goes on where the first one stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace

from django.db import connection, transaction

from outreach.audience.importing import Roster, RosterRow
from outreach.consent.actions import grant
from outreach.consent.models import Topic
from outreach.core.locks import Lock
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import School
from outreach.subscriptions.roster.consenting import (
    Rules,
    count_granted,
    count_lapsed,
    rules_for,
)
from outreach.subscriptions.roster.matching import Key, KnownPeople, keys_of, names_by_address
from outreach.subscriptions.roster.writing import (
    Entry,
    join_addresses,
    next_entry,
    store_addresses,
    store_entries,
    store_people,
    stored_entries,
)

_CHUNK = 1_000
# One lock for all schools: a parent at two schools must not become two people because both
# upload at the same moment.
_IMPORT_LOCK_SQL = f"SELECT pg_advisory_xact_lock({Lock.ROSTER_IMPORT:d})"


@dataclass(frozen=True)
class ImportProgress:
    rows_done: int
    rows_total: int


@dataclass(frozen=True)
class RosterResult:
    """What came of it, in numbers about this school alone.

    `new_people`, `changed_people`, `known_people`: new to the school, known but told otherwise,
    known as they are. `new_addresses`: newly on its roster. `without_consent`: people whose row
    says no. `said_no_but_granted`: addresses whose row says no while a consent is on record.
    `not_renewed`: addresses whose consent has lapsed and rests on no later form. `bad_rows`: rows
    of the file that were not taken.
    """

    new_people: int
    changed_people: int
    known_people: int
    new_addresses: int
    consents_granted: int
    without_consent: int
    waiting_for_invitation: int
    said_no_but_granted: int
    not_renewed: int
    bad_rows: int

    @property
    def changed_nothing(self) -> bool:
        return not (
            self.new_people or self.changed_people or self.new_addresses or self.consents_granted
        )


def import_roster(
    school: School,
    roster: Roster,
    *,
    file_name: str,
    file_sha256: str,
    topics: Sequence[Topic],
    actor: Actor,
    progress: Callable[[ImportProgress], None] | None = None,
) -> RosterResult:
    """Brings a school's roster in. The same file again changes nothing.

    `file_sha256`: 64 hex digits of its bytes; with the name it is the proof of the consents.
    `topics`: what these are for. Steps, per 1,000 rows: lock; addresses with
    their hashes; people, matched or new; memberships; consents by the school's basis; commit.
    Raises BadInput while the school has not chosen its basis.
    """
    rules = rules_for(
        school, roster.rows, file_name=file_name, file_sha256=file_sha256, topics=topics
    )
    run = _Import(school, rules, names_by_address(roster.rows), actor)
    done = 0
    for chunk in _chunks(roster.rows):
        run.take(chunk)
        done += len(chunk)
        if progress:
            progress(ImportProgress(done, len(roster.rows)))
    result = run.result(roster)
    if not result.changed_nothing:
        details = {"file": file_name, "sha256": file_sha256, **asdict(result)}
        record(actor, "roster.import", f"school:{school.slug}", details=details)
    return result


def _chunks(rows: Sequence[RosterRow]) -> Iterator[Sequence[RosterRow]]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))


@dataclass
class _Import:
    """The state of one run. `before` and `after`: (person, role) -> what the membership says."""

    school: School
    rules: Rules
    in_file: frozenset[tuple[str, Key]]
    actor: Actor
    before: dict[tuple[int, str], Entry | None] = field(default_factory=dict)
    after: dict[tuple[int, str], Entry] = field(default_factory=dict)
    new_addresses: int = 0
    granted: int = 0
    refused_but_granted: int = 0
    not_renewed: int = 0

    def take(self, rows: Sequence[RosterRow]) -> None:
        """One chunk, committed on return."""
        with transaction.atomic():
            with connection.cursor() as cursor:
                # A statement of its own: what follows reads what the import before committed.
                cursor.execute(_IMPORT_LOCK_SQL)
            known = KnownPeople(self.school.pk, self.in_file)
            known.load(sorted({key for row in rows for key in keys_of(row)}))
            addresses = store_addresses(rows)
            people = self._people(rows, known)
            self._memberships(rows, people, known)
            self._join(rows, people, addresses)
            self._consents(rows, addresses)

    def result(self, roster: Roster) -> RosterResult:
        new = sum(entry is None for entry in self.before.values())
        changed = sum(
            entry is not None and entry != self.after[key] for key, entry in self.before.items()
        )
        return RosterResult(
            new_people=new,
            changed_people=changed,
            known_people=len(self.before) - new - changed,
            new_addresses=self.new_addresses,
            consents_granted=self.granted,
            without_consent=sum(row.consent is False for row in roster.rows),
            waiting_for_invitation=sum(map(self.rules.waits_for_invitation, roster.rows)),
            said_no_but_granted=self.refused_but_granted,
            not_renewed=self.not_renewed,
            bad_rows=len({problem.row for problem in roster.problems if not problem.taken}),
        )

    def _people(self, rows: Sequence[RosterRow], known: KnownPeople) -> list[int]:
        """The person of each row, stored."""
        found = [known.person_of(row) for row in rows]
        ids = store_people(sorted({person for person in found if person < 0}, reverse=True))
        return [ids.get(person, person) for person in found]

    def _memberships(
        self, rows: Sequence[RosterRow], people: Sequence[int], known: KnownPeople
    ) -> None:
        stored = stored_entries(self.school, set(people))
        touched: set[tuple[int, str]] = set()
        for row, person in zip(rows, people, strict=True):
            key = (person, row.role.value)
            self.before.setdefault(key, stored.get(key))
            self.after[key] = next_entry(row, person, self.after.get(key), stored.get(key), known)
            touched.add(key)
        entries = [self.after[key] for key in sorted(touched)]
        made = store_entries(
            self.school,
            [each for each in entries if each != stored.get((each.person_id, each.role))],
        )
        for key, pk in made.items():
            self.after[key] = replace(self.after[key], id=pk)

    def _join(
        self, rows: Sequence[RosterRow], people: Sequence[int], addresses: dict[Key, int]
    ) -> None:
        pairs = (
            (person, addresses[key])
            for row, person in zip(rows, people, strict=True)
            for key in keys_of(row)
        )
        self.new_addresses += join_addresses(self.school, dict.fromkeys(pairs))

    def _consents(self, rows: Iterable[RosterRow], addresses: dict[Key, int]) -> None:
        grants = [each for row in rows for each in self.rules.grants(row, addresses)]
        self.granted += grant(grants, actor=self.actor).granted
        refused = [pk for key, pk in addresses.items() if key in self.rules.refused]
        self.refused_but_granted += count_granted(self.school, self.rules.topics, refused)
        agreed = {each.address_id for each in grants}
        self.not_renewed += count_lapsed(self.school, self.rules.topics, agreed)
