"""The rows that an import writes: addresses, people, memberships and what joins them.

Owns the SQL and bulk writes of one chunk. Refuses to decide who is who (matching) and
who agreed to what (consenting).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from django.db import connection

from outreach.audience.importing import RosterRow
from outreach.audience.importing.ages import join_bands
from outreach.audience.models import Address, Membership, MembershipState, Person
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.organisation.address_key_register import require_keys_of_now
from outreach.organisation.models import School
from outreach.subscriptions.roster.hashes import write_hashes
from outreach.subscriptions.roster.matching import Key, KnownPeople, columns_of, keys_of

_ADDRESS_IDS = """
SELECT k.number, a.id FROM unnest(%s::int[], %s::text[], %s::text[])
  AS k(number, channel, match_key)
JOIN audience_address a ON a.channel = k.channel AND a.match_key = k.match_key
"""
_JOIN = """
INSERT INTO audience_personaddress (person_id, address_id, school_id, created_at)
SELECT person_id, address_id, %s, %s FROM unnest(%s::bigint[], %s::bigint[])
  AS pair(person_id, address_id)
ON CONFLICT (person_id, address_id, school_id) DO NOTHING
"""


@dataclass(frozen=True)
class Entry:
    """What a membership is to say. `id`: None while it is not stored."""

    person_id: int
    role: str
    name: str
    language: str
    age_bands: tuple[str, ...]
    id: int | None = None
    is_current: bool = True

    def with_(self, row: RosterRow, *, bands: tuple[str, ...]) -> Entry:
        """A further row of the same person: adds what was missing, and its age groups."""
        return replace(
            self,
            name=self.name or row.full_name,
            language=self.language or row.language or "",
            age_bands=bands,
        )


def next_entry(
    row: RosterRow, person: int, earlier: Entry | None, stored: Entry | None, known: KnownPeople
) -> Entry:
    """What the membership says after this row. `earlier`: after a row of the same person in this
    file, to which this one adds; `stored`: what was, which the first row of a file replaces."""
    if earlier is not None:
        bands = join_bands(earlier.age_bands, row.age_bands)
        return earlier.with_(row, bands=bands)
    if stored is None:
        return Entry(person, row.role.value, row.full_name, row.language or "", row.age_bands)
    # Another row of the file may carry the name that is stored; it is that one's then.
    keeps_name = not row.full_name or known.is_named_in_file(stored.name, keys_of(row))
    return replace(
        stored,
        name=stored.name if keeps_name else row.full_name,
        language=row.language or stored.language,
        age_bands=row.age_bands or stored.age_bands,
        is_current=True,
    )


def store_addresses(rows: Iterable[RosterRow]) -> dict[Key, int]:
    """Stores what is new, each with its hashes. Returns address -> id for all of `rows`."""
    wanted = {(each.channel, each.match_key): each for row in rows for each in _addresses(row)}
    ids = _ids_of(wanted)
    new = [address for key, address in wanted.items() if key not in ids]
    if new:  # or it is here already, under a key that others have
        require_keys_of_now()
    # Somebody may sign up with one of these at this moment: theirs is taken then.
    Address.objects.bulk_create(new, ignore_conflicts=True)
    if new:
        ids |= _ids_of({(each.channel, each.match_key) for each in new})
        for address in new:
            address.pk = ids[address.channel, address.match_key]
        write_hashes(new)
    return ids


def _addresses(row: RosterRow) -> Iterable[Address]:
    moment = now()
    for email in row.emails:
        yield Address(
            channel=Channel.EMAIL.value,
            value=email.address,
            match_key=email.match_key,
            created_at=moment,
        )
    for phone in row.phones:
        yield Address(
            channel=Channel.SMS.value,
            value=phone.e164,
            match_key=phone.e164,
            country=phone.country,
            textable=phone.textable,
            created_at=moment,
        )


def _ids_of(keys: Collection[Key]) -> dict[Key, int]:
    asked = list(keys)
    with connection.cursor() as cursor:
        cursor.execute(_ADDRESS_IDS, columns_of(asked))
        return {asked[number]: pk for number, pk in cursor.fetchall()}


def store_people(newcomers: Iterable[int]) -> dict[int, int]:
    """New persons for these negative numbers. Returns number -> id."""
    numbers = list(newcomers)
    people = Person.objects.bulk_create([Person(created_at=now()) for _ in numbers])
    return {number: person.pk for number, person in zip(numbers, people, strict=True)}


def stored_entries(school: School, people: Collection[int]) -> dict[tuple[int, str], Entry]:
    """What the school's memberships of these people say now, ended ones included."""
    found = Membership.objects.filter(school=school, person__in=people)
    return {
        (each.person_id, each.role): Entry(
            each.person_id,
            each.role,
            each.name,
            each.language,
            tuple(each.age_bands),
            each.pk,
            each.state == MembershipState.CURRENT,
        )
        for each in found
    }


def store_entries(school: School, entries: Collection[Entry]) -> dict[tuple[int, str], int]:
    """Writes memberships, new and changed. Returns (person, role) -> id of the new ones."""
    moment = now()
    new = [each for each in entries if each.id is None]
    made = Membership.objects.bulk_create(
        [
            Membership(
                person_id=each.person_id,
                school=school,
                role=each.role,
                name=each.name,
                language=each.language,
                age_bands=list(each.age_bands),
                started_at=moment,
            )
            for each in new
        ]
    )
    _update([each for each in entries if each.id is not None])
    return {(each.person_id, each.role): each.pk for each in made}


def _update(entries: Collection[Entry]) -> None:
    Membership.objects.bulk_update(
        [
            Membership(
                pk=each.id,
                name=each.name,
                language=each.language,
                age_bands=list(each.age_bands),
                state=MembershipState.CURRENT,
                ended_at=None,
            )
            for each in entries
        ],
        ["name", "language", "age_bands", "state", "ended_at"],
    )


def join_addresses(school: School, pairs: Mapping[tuple[int, int], None]) -> int:
    """Says that the school's roster has these addresses for these people. Returns how many new."""
    with connection.cursor() as cursor:
        cursor.execute(
            _JOIN, [school.pk, now(), [pair[0] for pair in pairs], [pair[1] for pair in pairs]]
        )
        return int(cursor.rowcount)
