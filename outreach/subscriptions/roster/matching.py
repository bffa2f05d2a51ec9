"""Which row of a roster is which person known here.

Owns the rules by which a row is somebody we know. What they find about other schools is told
to nobody, not even by a count: whether a row is new, changed or known to a school follows from
that school's own rows alone, and only somebody new to it is looked for elsewhere.

1. The row shares an address with a person and has a name that stands for that person.
2. The row shares both a mail address and a phone number with exactly one person, and the file
   does not name that person on another row: then it spells the name otherwise. Two adults
   listed side by side with the same addresses stay two.

Both are asked first of the people on the school's own roster, then of those who are not on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection

from outreach.audience.importing import RosterRow
from outreach.core.channels import Channel
from outreach.organisation.address_keys import match_key_forms

Key = tuple[str, str]  # channel and match key

# A merged person's addresses count for the one that person was merged into.
_OWNERS = """
WITH RECURSIVE owner AS (
  SELECT k.number, p.id, p.merged_into_id, coalesce(pa.school_id = %s, false) AS is_here
  FROM unnest(%s::int[], %s::text[], %s::text[]) AS k(number, channel, match_key)
  JOIN audience_address a ON a.channel = k.channel AND a.match_key = k.match_key
  JOIN audience_personaddress pa ON pa.address_id = a.id
  JOIN audience_person p ON p.id = pa.person_id
  UNION
  SELECT o.number, p.id, p.merged_into_id, o.is_here
  FROM owner o JOIN audience_person p ON p.id = o.merged_into_id
)
SELECT number, id, is_here FROM owner WHERE merged_into_id IS NULL
"""
_ON_ROSTER = """
SELECT DISTINCT person_id FROM audience_personaddress WHERE school_id = %s AND person_id = ANY (%s)
"""
_NAMES = "SELECT person_id, school_id, name FROM audience_membership WHERE person_id = ANY (%s)"


def keys_of(row: RosterRow) -> list[Key]:
    """The addresses of a row, mail first, each once."""
    emails = [(Channel.EMAIL.value, email.match_key) for email in row.emails]
    phones = [(Channel.SMS.value, phone.e164) for phone in row.phones]
    return list(dict.fromkeys([*emails, *phones]))


def columns_of(keys: Sequence[Key]) -> tuple[list[int], list[str], list[str]]:
    """For a statement that looks for all of them: place in `keys`, channel and each form in which
    the match key may stand in the database."""
    asked = [
        (number, channel, form)
        for number, (channel, match_key) in enumerate(keys)
        for form in match_key_forms(match_key)
    ]
    numbers, channels, forms = ([each[part] for each in asked] for part in range(3))
    return numbers, channels, forms  # type: ignore[return-value]  # each list has one kind


def folded(name: str) -> str:
    """For comparing names: without capitals and needless spaces."""
    return " ".join(name.casefold().split())


def names_by_address(rows: Iterable[RosterRow]) -> frozenset[tuple[str, Key]]:
    """Every (folded name, address) that stands together on a row of the file."""
    return frozenset((folded(row.full_name), key) for row in rows for key in keys_of(row))


@dataclass
class _Circle:
    """People by their addresses and names: those on the school's roster, or all others."""

    by_key: dict[Key, set[int]] = field(default_factory=dict)
    names: dict[int, set[str]] = field(default_factory=dict)
    left: set[int] = field(default_factory=set)

    def add(self, person: int, keys: Iterable[Key], name: str | None = None) -> None:
        for key in keys:
            self.by_key.setdefault(key, set()).add(person)
        if name is not None:
            self.names.setdefault(person, set()).add(folded(name))

    def leave(self, person: int | None) -> None:
        if person is not None:
            self.left.add(person)

    def of_name(self, name: str, keys: Sequence[Key]) -> int | None:
        found = [p for p in self.on(keys) if folded(name) in self.names.get(p, ())]
        return min(found, default=None)

    def on(self, keys: Iterable[Key]) -> set[int]:
        return set().union(*(self.by_key.get(key, ()) for key in keys)) - self.left


@dataclass
class KnownPeople:
    """The people on the addresses of one chunk; grows as rows of the chunk bring new ones.

    A person who is not stored yet has a negative number.
    """

    school_id: int
    in_file: frozenset[tuple[str, Key]]
    _here: _Circle = field(default_factory=_Circle)
    _elsewhere: _Circle = field(default_factory=_Circle)
    _newcomers: int = 0

    def load_own(self, keys: Sequence[Key]) -> None:
        """Like `load`, without looking elsewhere."""
        self.load(keys)
        self._elsewhere = _Circle()

    def load(self, keys: Sequence[Key]) -> None:
        """Reads whom these addresses belong to, and the names that schools have for them."""
        with connection.cursor() as cursor:
            cursor.execute(_OWNERS, [self.school_id, *columns_of(keys)])
            owners = cursor.fetchall()
            people = sorted({owner[1] for owner in owners})
            cursor.execute(_ON_ROSTER, [self.school_id, people])
            here = {person for (person,) in cursor.fetchall()}
            here |= {person for _, person, is_here in owners if is_here}
            for number, person, is_here in owners:
                if is_here:
                    self._here.add(person, [keys[number]])
                elif person not in here:
                    self._elsewhere.add(person, [keys[number]])
            cursor.execute(_NAMES, [people])
            for person, school_id, name in cursor.fetchall():
                if person not in here:
                    self._elsewhere.add(person, [], name)
                elif school_id == self.school_id:
                    self._here.add(person, [], name)

    def person_of(self, row: RosterRow) -> int:
        """The person of this row, a new negative number for somebody unknown."""
        keys = keys_of(row)
        person = self._find(self._here, row, keys)
        if person is None:
            person = self._find(self._elsewhere, row, keys)
            # From now on this person is the school's, known by what its rows say alone.
            self._elsewhere.leave(person)
        if person is None:
            self._newcomers += 1
            person = -self._newcomers
        self._here.add(person, keys, row.full_name)
        return person

    def of_school(self, row: RosterRow) -> int | None:
        """The person of the school's own roster that this row is about, None for nobody."""
        return self._find(self._here, row, keys_of(row))

    def is_named_in_file(self, name: str, keys: Iterable[Key]) -> bool:
        """Whether a row of the file has this name together with one of these addresses."""
        return any((folded(name), key) in self.in_file for key in keys)

    def _find(self, circle: _Circle, row: RosterRow, keys: Sequence[Key]) -> int | None:
        found = circle.of_name(row.full_name, keys)
        return self._other_spelling(circle, keys) if found is None else found

    def _other_spelling(self, circle: _Circle, keys: Sequence[Key]) -> int | None:
        emails = [key for key in keys if key[0] == Channel.EMAIL]
        phones = [key for key in keys if key[0] == Channel.SMS]
        found = circle.on(emails) & circle.on(phones)
        if len(found) != 1:
            return None
        (person,) = found
        names = circle.names.get(person, set())
        is_listed = any(self.is_named_in_file(name, keys) for name in names)
        return None if is_listed else person
