"""Which row of a roster is which person known here.

Owns the two rules by which a row is somebody we know. What they find is told to nobody: a
school is not to learn from an upload that a parent is at another school too.

1. The row shares an address with a person and has a name that any school has for that person.
2. The row shares both a mail address and a phone number with exactly one person, and the file
   does not name that person on another row: then it spells the name otherwise. Two adults
   listed side by side with the same addresses stay two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection

from outreach.audience.importing import RosterRow
from outreach.core.channels import Channel

Key = tuple[str, str]  # channel and match key

# A merged person's addresses count for the one that person was merged into.
_OWNERS = """
WITH RECURSIVE owner AS (
  SELECT a.channel, a.match_key, p.id, p.merged_into_id
  FROM unnest(%s::text[], %s::text[]) AS k(channel, match_key)
  JOIN audience_address a ON a.channel = k.channel AND a.match_key = k.match_key
  JOIN audience_personaddress pa ON pa.address_id = a.id
  JOIN audience_person p ON p.id = pa.person_id
  UNION
  SELECT o.channel, o.match_key, p.id, p.merged_into_id
  FROM owner o JOIN audience_person p ON p.id = o.merged_into_id
)
SELECT channel, match_key, id FROM owner WHERE merged_into_id IS NULL
"""
_NAMES = "SELECT person_id, school_id, name FROM audience_membership WHERE person_id = ANY (%s)"


def keys_of(row: RosterRow) -> list[Key]:
    """The addresses of a row, mail first, each once."""
    emails = [(Channel.EMAIL.value, email.match_key) for email in row.emails]
    phones = [(Channel.SMS.value, phone.e164) for phone in row.phones]
    return list(dict.fromkeys([*emails, *phones]))


def folded(name: str) -> str:
    """For comparing names: without capitals and needless spaces."""
    return " ".join(name.casefold().split())


def names_by_address(rows: Iterable[RosterRow]) -> frozenset[tuple[str, Key]]:
    """Every (folded name, address) that stands together on a row of the file."""
    return frozenset((folded(row.full_name), key) for row in rows for key in keys_of(row))


@dataclass
class KnownPeople:
    """The people on the addresses of one chunk; grows as rows of the chunk bring new ones.

    A person who is not stored yet has a negative number.
    """

    school_id: int
    in_file: frozenset[tuple[str, Key]]
    _by_key: dict[Key, set[int]] = field(default_factory=dict)
    _names: dict[int, set[str]] = field(default_factory=dict)
    _of_school: set[int] = field(default_factory=set)
    _newcomers: int = 0

    def load(self, keys: Sequence[Key]) -> None:
        """Reads whom these addresses belong to, and the names that schools have for them."""
        with connection.cursor() as cursor:
            cursor.execute(_OWNERS, [[key[0] for key in keys], [key[1] for key in keys]])
            for channel, match_key, person in cursor.fetchall():
                self._by_key.setdefault((channel, match_key), set()).add(person)
            people = sorted(set().union(*self._by_key.values()))
            cursor.execute(_NAMES, [people])
            for person, school_id, name in cursor.fetchall():
                self._names.setdefault(person, set()).add(folded(name))
                if school_id == self.school_id:
                    self._of_school.add(person)

    def person_of(self, row: RosterRow) -> int:
        """The person of this row, a new negative number for somebody unknown."""
        keys = keys_of(row)
        person = self._same_name(row, keys) or self._other_spelling(keys)
        if person is None:
            self._newcomers += 1
            person = -self._newcomers
        self._of_school.add(person)
        self._names.setdefault(person, set()).add(folded(row.full_name))
        for key in keys:
            self._by_key.setdefault(key, set()).add(person)
        return person

    def is_named_in_file(self, name: str, keys: Iterable[Key]) -> bool:
        """Whether a row of the file has this name together with one of these addresses."""
        return any((folded(name), key) in self.in_file for key in keys)

    def _same_name(self, row: RosterRow, keys: Sequence[Key]) -> int | None:
        name = folded(row.full_name)
        found = [p for p in self._on(keys) if name in self._names.get(p, ())]
        return min(found, key=lambda p: (p not in self._of_school, p), default=None)

    def _other_spelling(self, keys: Sequence[Key]) -> int | None:
        emails = [key for key in keys if key[0] == Channel.EMAIL]
        phones = [key for key in keys if key[0] == Channel.SMS]
        found = self._on(emails) & self._on(phones)
        if len(found) != 1:
            return None
        (person,) = found
        names = self._names.get(person, set())
        is_listed = any(self.is_named_in_file(name, keys) for name in names)
        return None if is_listed else person

    def _on(self, keys: Iterable[Key]) -> set[int]:
        return set().union(*(self._by_key.get(key, ()) for key in keys))
