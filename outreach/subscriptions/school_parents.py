"""The parents of one school as it may see them: how each stands, on which channel, and why.

Reads only what belongs to that school: its memberships, its lists' addresses and those that people
gave themselves, its consents. That an address stopped is shown, for nothing goes there; what
somebody agreed to at another school is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import connection

from outreach.core.clock import now
from outreach.core.errors import BadAddress
from outreach.core.phones import normalise_phone
from outreach.core.sealed_text import MARK
from outreach.organisation.address_keys import match_key_forms, open_address
from outreach.organisation.models import School

PER_PAGE = 50


class Standing(StrEnum):
    """How a parent stands at a school; the best of their addresses counts."""

    AGREED = "agreed"
    INVITED = "invited"
    HELD = "held"
    STOPPED = "stopped"
    ENDED = "ended"
    NOT_ASKED = "not_asked"
    NO_ADDRESS = "no_address"


# The best first; the place, from 0, is what the statement below gives.
_ORDER = tuple(Standing)
_AGREED, _INVITED, _HELD, _STOPPED, _ENDED, _NOT_ASKED, _NO_ADDRESS = range(len(_ORDER))

_STANDING = f"""CASE
    WHEN a.id IS NULL THEN {_NO_ADDRESS}
    WHEN EXISTS (SELECT 1 FROM audience_addresshash h JOIN consent_suppression s
      ON s.digest = h.digest AND s.lifted_at IS NULL AND s.topic_id IS NULL
      WHERE h.address_id = a.id) THEN {_STOPPED}
    WHEN EXISTS (SELECT 1 FROM consent_hold o
      WHERE o.address_id = a.id AND o.released_at IS NULL) THEN {_HELD}
    WHEN EXISTS (SELECT 1 FROM consent_consentstate k WHERE k.address_id = a.id
      AND k.school_id = m.school_id AND k.granted
      AND (k.ends_at IS NULL OR k.ends_at > %(now)s)
      AND NOT EXISTS (SELECT 1 FROM audience_addresshash h JOIN consent_suppression s
        ON s.digest = h.digest AND s.lifted_at IS NULL AND s.topic_id = k.topic_id
        WHERE h.address_id = a.id)) THEN {_AGREED}
    WHEN EXISTS (SELECT 1 FROM consent_consentstate k JOIN consent_consent c ON c.id = k.consent_id
      WHERE k.address_id = a.id AND k.school_id = m.school_id AND NOT k.granted
      AND c.act = 'withdrawn') THEN {_STOPPED}
    WHEN EXISTS (SELECT 1 FROM consent_signup u WHERE u.channel = a.channel
      AND u.match_key = a.match_key AND u.school_id = m.school_id
      AND u.confirmed_at IS NULL AND u.expires_at > %(now)s) THEN {_INVITED}
    WHEN EXISTS (SELECT 1 FROM consent_consentstate k
      WHERE k.address_id = a.id AND k.school_id = m.school_id) THEN {_ENDED}
    ELSE {_NOT_ASKED} END"""  # noqa: S608  # built from constants of this module
_ADDRESSES = """
  FROM audience_membership m
  LEFT JOIN audience_personaddress pa ON pa.person_id = m.person_id
    AND (pa.school_id = m.school_id OR pa.school_id IS NULL)
  LEFT JOIN audience_address a ON a.id = pa.address_id
  WHERE m.school_id = %(school)s AND m.role = 'guardian' AND m.state = 'current'"""
_COUNTS = f"""
SELECT standing, count(*) FROM (
  SELECT m.id, min({_STANDING}) AS standing {_ADDRESSES} GROUP BY m.id
) parents GROUP BY standing
"""  # noqa: S608  # built from constants of this module
_LINES = f"""
SELECT m.uuid, m.name, m.age_bands, a.channel, a.value, a.textable, {_STANDING}
{_ADDRESSES} AND m.id = ANY (%(ids)s)
ORDER BY m.name, m.id, a.channel
"""
# An empty text is the beginning of every name.
_FOUND = f"""
SELECT id, count(*) OVER () FROM (
  SELECT m.id, m.name, min({_STANDING}) AS standing, bool_or(lower(m.name) LIKE %(name)s
    OR lower(m.name) LIKE %(word)s OR a.match_key = ANY (%(keys)s)
    OR a.match_key LIKE %(key)s AND NOT starts_with(a.match_key, '{MARK}')) AS is_meant
  {_ADDRESSES} GROUP BY m.id
) parents WHERE is_meant AND (%(standing)s::int IS NULL OR standing = %(standing)s)
ORDER BY name, id OFFSET %(skip)s LIMIT %(most)s
"""  # noqa: S608  # as above


@dataclass(frozen=True)
class OnChannel:
    """One address of a parent. `channel`: "email" or "sms". `textable`: not a landline."""

    channel: str
    value: str
    textable: bool
    standing: Standing


@dataclass(frozen=True)
class Parent:
    """`uuid`: of the membership, so that it means nothing at another school."""

    uuid: str
    name: str
    age_bands: tuple[str, ...]
    addresses: tuple[OnChannel, ...]

    @property
    def standing(self) -> Standing:
        stands = (_ORDER.index(each.standing) for each in self.addresses)
        return _ORDER[min(stands, default=_NO_ADDRESS)]


def count_parents(school: School) -> dict[Standing, int]:
    """How many parents stand how, the best first; only those that there are."""
    found = dict(_rows(_COUNTS, {"school": school.pk, "now": now()}))
    return {each: found[place] for place, each in enumerate(_ORDER) if place in found}


def parents_named(ids: Sequence[int], school: School) -> list[Parent]:
    """The parents with these memberships at `school`, by name."""
    rows = _rows(_LINES, {"school": school.pk, "now": now(), "ids": list(ids)})
    found: dict[str, Parent] = {}
    for uuid, name, bands, channel, stored, textable, place in rows:
        value = open_address(stored or "")
        before = found.get(str(uuid))
        more = [OnChannel(channel, value, textable, _ORDER[place])] if channel else []
        own = [*(before.addresses if before else ()), *more]
        own.sort(key=lambda each: (each.channel, each.value))
        found[str(uuid)] = Parent(str(uuid), name, tuple(bands), tuple(own))
    return list(found.values())


def _rows(statement: str, params: Mapping[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, dict(params))
        return list(cursor.fetchall())


def find_parents(
    school: School, *, text: str = "", standing: Standing | None = None, skip: int = 0
) -> tuple[list[Parent], int]:
    """Up to 50 parents by name, after the first `skip`; and how many there are in all.

    `text`: how a name, one of its words, a mail address or a phone number begins; a number may be
    written as people write it. Of an address that is encrypted the whole is needed.
    """
    key = _key(text, school)
    params = {
        "school": school.pk,
        "now": now(),
        "standing": None if standing is None else _ORDER.index(standing),
        "name": f"{_literally(text)}%",
        "word": f"% {_literally(text)}%",
        "key": f"{_literally(key)}%",
        "keys": match_key_forms(key),
        "skip": skip,
        "most": PER_PAGE,
    }
    rows = _rows(_FOUND, params)
    return parents_named([each for each, _ in rows], school), rows[0][1] if rows else 0


def _key(text: str, school: School) -> str:
    """As addresses are compared: E.164 for what is a number, else small letters."""
    try:
        return normalise_phone(text, school.country).e164
    except BadAddress:
        return text.strip().casefold()


def _literally(text: str) -> str:
    """With what LIKE takes for a wildcard taken as it is."""
    folded = text.strip().lower()
    return folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
