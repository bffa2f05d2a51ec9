"""A made-up audience of any size: schools, people, addresses, consents, all in plain SQL.

Joins as real ones have them: a fifth of the people share a phone with another or are at a
second school, one in a hundred has no consent, one in two hundred is suppressed. Made in the
database, because a million people sent to it one by one take minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from outreach.core.ids import uuid7
from outreach.core.keyed_hash import AddressHasher

_PEOPLE_A_SCHOOL = 500
_LONG_AGO = "'2026-01-01Z'::timestamptz"


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
    mail_provider: str = "sendgrid"
    rate_per_second: float = 1_000_000

    @property
    def schools(self) -> int:
        return max(1, self.people // _PEOPLE_A_SCHOOL)


def lay_down(connection: psycopg.Connection[Any], population: Population, key: bytes) -> None:
    """Fills an empty, migrated database. `key`: version 1 of the suppression keys."""
    _trust(connection)
    _ground(connection, population)
    _people(connection, population)
    _addresses(connection, population)
    _hashes(connection, AddressHasher({1: key}))
    _consents(connection)
    if not population.plain:
        _gaps(connection)
    for table in ("audience_person", "audience_address", "organisation_school"):
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
        )
    connection.execute("ANALYZE")


def _trust(connection: psycopg.Connection[Any]) -> None:
    """Foreign keys go unchecked where that is allowed: a million checks cost more than the rows."""
    if connection.info.parameter_status("is_superuser") == "on":
        connection.execute("SET LOCAL session_replication_role = replica")


def _ground(connection: psycopg.Connection[Any], population: Population) -> None:
    connection.execute(
        "INSERT INTO organisation_organisation (id, name, default_language, currency, "
        "launch_cap_micros, day_cap_micros, duty_email, duty_phone, sign_up_countries, "
        "reading_hours, reading_zone, escalate_after_minutes, remind_after_hours, case_text_days) "
        "VALUES (1, 'Bench', 'en', 'EUR', 4e18, 4e18, '', '', '{}', '', 'UTC', 15, 24, 30)"
    )
    connection.execute("INSERT INTO organisation_smsprice VALUES ('GB', 40000, now())")
    _senders(connection, population)
    connection.execute("INSERT INTO consent_topic (slug, name) VALUES ('online-safety', 'x')")
    connection.execute(
        "INSERT INTO organisation_school (id, uuid, slug, name, country, region, zone, "
        "languages, consent_basis, consent_wording, created_at) "
        "SELECT n, uuidv7(), 'school-' || n, 'School ' || n, 'GB', '', %s, ARRAY['en'], "
        f"'signed_form', 'I agree', {_LONG_AGO} FROM generate_series(1, %s) AS n",
        [population.zone, population.schools],
    )


def _senders(connection: psycopg.Connection[Any], population: Population) -> None:
    for channel, provider, identity in (
        ("sms", "twilio", "+447700900999"),
        ("email", population.mail_provider, "hello@outreach.test"),
    ):
        connection.execute(
            "INSERT INTO organisation_sender (uuid, channel, provider, identity, countries, "
            "can_receive, opt_out_handled_by, rate_per_second, is_active, warm_up, paused_why) "
            "VALUES (%s, %s, %s, %s, '{}', true, 'us', %s, true, '{}', '')",
            [uuid7(), channel, provider, identity, population.rate_per_second],
        )


def _people(connection: psycopg.Connection[Any], population: Population) -> None:
    """Each in a school; unless plain, one in ten in a second one too."""
    connection.execute(
        "INSERT INTO audience_person (id, uuid, language, zone, created_at) "
        f"SELECT n, uuidv7(), '', '', {_LONG_AGO} FROM generate_series(1, %s) AS n",
        [population.people],
    )
    one_in_ten = "n % 10 = 0" if population.schools > 1 and not population.plain else "false"
    connection.execute(
        "INSERT INTO audience_membership (uuid, person_id, school_id, role, name, language, "
        "age_bands, state, started_at) "
        f"SELECT uuidv7(), n, school, 'guardian', 'Parent ' || n, '', '{{}}', 'current', "
        f"{_LONG_AGO} FROM (SELECT n, n %% {population.schools} + 1 AS school "
        "FROM generate_series(1, %s) AS n UNION ALL "
        f"SELECT n, (n + 1) %% {population.schools} + 1 FROM generate_series(1, %s) AS n "
        f"WHERE {one_in_ten.replace('%', '%%')}) AS m ORDER BY n",
        [population.people, population.people],
    )


def _addresses(connection: psycopg.Connection[Any], population: Population) -> None:
    """One for each person; unless plain, one in ten has that of the person before."""
    texts = int(population.people * population.sms_share)
    shares = "false" if population.plain else "n %% 10 = 5"
    connection.execute(
        "INSERT INTO audience_address (id, channel, value, match_key, country, textable, "
        "created_at) SELECT n, channel, value, value, country, true, "
        f"{_LONG_AGO} FROM (SELECT n, CASE WHEN n <= %(texts)s THEN 'sms' ELSE 'email' END AS "
        "channel, CASE WHEN n <= %(texts)s THEN '+4474' || lpad(n::text, 8, '0') "
        "ELSE 'parent' || n || '@example.org' END AS value, "
        "CASE WHEN n <= %(texts)s THEN 'GB' ELSE '' END AS country "
        f"FROM generate_series(1, %(people)s) AS n WHERE NOT {shares}) AS a",
        {"texts": texts, "people": population.people},
    )
    connection.execute(
        "INSERT INTO audience_personaddress (person_id, address_id, school_id, created_at) "
        f"SELECT person_id, person_id - CASE WHEN {shares.replace('n ', 'person_id ')} "
        f"THEN 1 ELSE 0 END, school_id, {_LONG_AGO} FROM audience_membership ORDER BY person_id",
        {},
    )


def _hashes(connection: psycopg.Connection[Any], hasher: AddressHasher) -> None:
    """The keyed hash is made here: the database has no key."""
    rows = connection.execute("SELECT id, channel, match_key FROM audience_address ORDER BY id")
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY audience_addresshash (address_id, key_version, digest) FROM STDIN"
        ) as copy,
    ):
        for number, channel, match_key in rows:
            copy.write_row((number, 1, hasher.newest(channel, match_key).digest))


def _consents(connection: psycopg.Connection[Any]) -> None:
    connection.execute(
        "INSERT INTO consent_consent (address_id, topic_id, school_id, act, basis, source, "
        "wording, actor, at) SELECT DISTINCT address_id, (SELECT id FROM consent_topic), "
        f"school_id, 'granted', 'signed_form', 'bench', 'I agree', 'bench', {_LONG_AGO} "
        "FROM audience_personaddress ORDER BY address_id"
    )
    connection.execute(
        "INSERT INTO consent_consentstate (address_id, topic_id, school_id, granted, consent_id) "
        "SELECT address_id, topic_id, school_id, true, id FROM consent_consent"
    )


def _gaps(connection: psycopg.Connection[Any]) -> None:
    """Some never agreed, some asked us to stop."""
    connection.execute("DELETE FROM consent_consentstate WHERE address_id % 100 = 3")
    connection.execute(
        "INSERT INTO consent_suppression (channel, digest, key_version, reason, evidence, "
        "actor, at, lifted_by, lifted_evidence) SELECT a.channel, h.digest, 1, 'asked', 'b', "
        "'b', now(), '', '' FROM audience_address a JOIN audience_addresshash h "
        "ON h.address_id = a.id WHERE a.id % 200 = 7"
    )
