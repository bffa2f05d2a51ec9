"""A made-up audience of any size, laid down by COPY: schools, people, addresses, consents.

Joins as real ones have them: a fifth of the people share a phone with another or are at a
second school, one in a hundred has no consent, one in two hundred is suppressed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from outreach.core.ids import uuid7
from outreach.core.keyed_hash import AddressHasher

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
_PEOPLE_A_SCHOOL = 500


@dataclass(frozen=True)
class Population:
    """`sms_share`: of the people, how many have a phone only; the rest have email only.

    `plain`: everyone has one address and a consent, nobody is suppressed: the books are then
    known in advance.
    """

    people: int
    sms_share: float = 1.0
    plain: bool = False
    zone: str = "Europe/London"
    rate_per_second: float = 1_000_000


def lay_down(connection: psycopg.Connection[Any], population: Population, key: bytes) -> None:
    """Fills an empty, migrated database. `key`: version 1 of the suppression keys."""
    schools = max(1, population.people // _PEOPLE_A_SCHOOL)
    _ground(connection, population, schools)
    people = range(1, population.people + 1)
    _copy(
        connection,
        "audience_person (id, uuid, language, zone, created_at)",
        ((n, uuid7(), "", "", LONG_AGO) for n in people),
    )
    _copy(
        connection,
        "audience_membership (uuid, person_id, school_id, role, name, language, age_bands, state, "
        "started_at)",
        (
            (uuid7(), person, school, "guardian", f"Parent {person}", "", [], "current", LONG_AGO)
            for person, school in _memberships(population, schools)
        ),
    )
    addresses = list(_addresses(population))
    _lay_addresses(connection, addresses, AddressHasher({1: key}))
    _copy(
        connection,
        "audience_personaddress (person_id, address_id, school_id, created_at)",
        (
            (person, _address_of(population, person), school, LONG_AGO)
            for person, school in _memberships(population, schools)
        ),
    )
    _lay_consents(connection, population, schools)
    connection.execute(
        "SELECT setval(pg_get_serial_sequence('audience_person', 'id'), %s)", [population.people]
    )
    connection.execute("ANALYZE")


def _school_of(person: int, schools: int) -> int:
    return person % schools + 1


def _memberships(population: Population, schools: int) -> Iterator[tuple[int, int]]:
    for person in range(1, population.people + 1):
        yield person, _school_of(person, schools)
        if not population.plain and person % 10 == 0 and schools > 1:
            yield person, (person + 1) % schools + 1


def _address_of(population: Population, person: int) -> int:
    """One in ten shares the address of the person before."""
    shares = not population.plain and person % 10 == 5
    return person - 1 if shares else person


def _addresses(population: Population) -> Iterator[tuple[int, str, str]]:
    texts = int(population.people * population.sms_share)
    for person in range(1, population.people + 1):
        if _address_of(population, person) != person:
            continue
        if person <= texts:
            yield person, "sms", f"+4474{person:08d}"
        else:
            yield person, "email", f"parent{person}@example.org"


def _ground(connection: psycopg.Connection[Any], population: Population, schools: int) -> None:
    connection.execute(
        "INSERT INTO organisation_organisation (id, name, default_language, currency, "
        "launch_cap_micros, day_cap_micros, duty_email, duty_phone) "
        "VALUES (1, 'Bench', 'en', 'EUR', 4e18, 4e18, '', '')"
    )
    connection.execute("INSERT INTO organisation_smsprice VALUES ('GB', 40000, now())")
    for channel, provider, identity in (
        ("sms", "twilio", "+447700900999"),
        ("email", "sendgrid", "hello@outreach.test"),
    ):
        connection.execute(
            "INSERT INTO organisation_sender (uuid, channel, provider, identity, countries, "
            "can_receive, opt_out_handled_by, rate_per_second, is_active) "
            "VALUES (%s, %s, %s, %s, '{}', true, 'us', %s, true)",
            [uuid7(), channel, provider, identity, population.rate_per_second],
        )
    connection.execute("INSERT INTO consent_topic (slug, name) VALUES ('online-safety', 'x')")
    _copy(
        connection,
        "organisation_school (id, uuid, slug, name, country, region, zone, languages, "
        "consent_basis, consent_wording, created_at)",
        (
            (
                n,
                uuid7(),
                f"school-{n}",
                f"School {n}",
                "GB",
                "",
                population.zone,
                ["en"],
                "signed_form",
                "I agree",
                LONG_AGO,
            )
            for n in range(1, schools + 1)
        ),
    )


def _lay_addresses(
    connection: psycopg.Connection[Any],
    addresses: Sequence[tuple[int, str, str]],
    hasher: AddressHasher,
) -> None:
    _copy(
        connection,
        "audience_address (id, channel, value, match_key, country, textable, created_at)",
        (
            (n, channel, value, value, "GB" if channel == "sms" else "", True, LONG_AGO)
            for n, channel, value in addresses
        ),
    )
    _copy(
        connection,
        "audience_addresshash (address_id, key_version, digest)",
        ((n, 1, hasher.newest(channel, value).digest) for n, channel, value in addresses),
    )


def _lay_consents(
    connection: psycopg.Connection[Any], population: Population, schools: int
) -> None:
    seen: set[tuple[int, int]] = set()
    rows: list[tuple[int, int]] = []
    for person, school in _memberships(population, schools):
        pair = (_address_of(population, person), school)
        has_none = not population.plain and person % 100 == 3
        if pair not in seen and not has_none:
            seen.add(pair)
            rows.append(pair)
    topic = connection.execute("SELECT id FROM consent_topic").fetchone()[0]  # type: ignore[index]
    _copy(
        connection,
        "consent_consent (id, address_id, topic_id, school_id, act, basis, source, wording, "
        "actor, at)",
        (
            (
                n,
                address,
                topic,
                school,
                "granted",
                "signed_form",
                "bench",
                "I agree",
                "bench",
                LONG_AGO,
            )
            for n, (address, school) in enumerate(rows, 1)
        ),
    )
    _copy(
        connection,
        "consent_consentstate (address_id, topic_id, school_id, granted, consent_id)",
        ((address, topic, school, True, n) for n, (address, school) in enumerate(rows, 1)),
    )
    connection.execute(
        "SELECT setval(pg_get_serial_sequence('consent_consent', 'id'), %s)", [len(rows) + 1]
    )
    if not population.plain:
        connection.execute(
            "INSERT INTO consent_suppression (channel, digest, key_version, reason, evidence, "
            "actor, at, lifted_by, lifted_evidence) SELECT a.channel, h.digest, 1, 'asked', 'b', "
            "'b', now(), '', '' FROM audience_address a JOIN audience_addresshash h "
            "ON h.address_id = a.id WHERE a.id %% 200 = 7"
        )


def _copy(connection: psycopg.Connection[Any], target: str, rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
