"""`outreach migrate` on a database of its own."""

from __future__ import annotations

import os
import secrets

import psycopg
from cli_terminal import installed_outreach


def test_a_new_key_is_met_by_every_address(spare_database: str) -> None:
    with psycopg.connect(spare_database, options="-c role=outreach_owner") as connection:
        connection.execute(
            "INSERT INTO audience_address"
            " (channel, value, match_key, country, textable, created_at)"
            " SELECT 'email', mail, mail, '', true, now()"
            " FROM (SELECT n || '@example.org' AS mail FROM generate_series(1, 2500) AS n) AS mails"
        )
    keys = f"{os.environ['OUTREACH_SUPPRESSION_KEYS']},2:{secrets.token_hex(32)}"
    env = {"DATABASE_URL": spare_database, "OUTREACH_SUPPRESSION_KEYS": keys}
    first, second = (installed_outreach("migrate", env=env) for _ in range(2))
    assert (first.code, second.code) == (0, 0), first.err
    assert "2,500 addresses were hashed under the new key." in first.out
    assert "hashed" not in second.out
    without = installed_outreach("migrate", env={**env, "OUTREACH_SUPPRESSION_KEYS": keys[-66:]})
    assert without.code == 2
    assert "Version 1 of the never-send keys is gone" in without.err
    with psycopg.connect(spare_database, options="-c role=outreach_work") as connection:
        rows = connection.execute(
            "SELECT key_version, count(*) FROM audience_addresshash GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert rows == [(1, 2500), (2, 2500)]
