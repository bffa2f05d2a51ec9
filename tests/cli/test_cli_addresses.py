"""`outreach addresses encrypt` on a database of its own."""

from __future__ import annotations

import secrets

import psycopg
from cli_terminal import installed_outreach

_COUNT = "SELECT count(*) FROM audience_address WHERE starts_with(value, 'e1:1:')"


def test_every_address_is_encrypted_and_comes_back_with_off(spare_database: str) -> None:
    key = f"1:{secrets.token_hex(32)}"
    with psycopg.connect(spare_database, options="-c role=outreach_owner") as connection:
        connection.execute(
            "INSERT INTO audience_address"
            " (channel, value, match_key, country, textable, created_at)"
            " SELECT 'email', mail, mail, '', true, now()"
            " FROM (SELECT n || '@example.org' AS mail FROM generate_series(1, 2500) AS n) AS mails"
        )

    def run(keys: str, *words: str) -> tuple[int, str]:
        env = {"DATABASE_URL": spare_database, "OUTREACH_ADDRESS_KEYS": keys}
        answer = installed_outreach("addresses", "encrypt", *words, env=env)
        return answer.code, answer.out + answer.err

    code, said = run("", "--off")
    assert (code, "No key is set: addresses are plain text." in said) == (2, True), said
    code, said = run(f"{key},1:off", "--off")
    assert (code, "A version of the keys stands twice." in said) == (2, True), said
    code, said = run(key)
    assert code == 0, said
    assert "2,500 rows changed. Every address is encrypted with version 1 now." in said
    with psycopg.connect(spare_database, options="-c role=outreach_work") as connection:
        assert connection.execute(_COUNT).fetchone() == (2500,)
    code, said = run(key, "--off")
    assert (code, "The newest key still encrypts" in said) == (2, True)
    code, said = run(f"{key},2:off")
    assert (code, "If that is meant, add --off" in said) == (2, True)
    code, said = run(f"{key},2:off", "--off")
    assert code == 0, said
    assert "Every address is plain text now." in said
    assert "Nothing stands under version 1 any more" in said
    with psycopg.connect(spare_database, options="-c role=outreach_work") as connection:
        assert connection.execute(_COUNT).fetchone() == (0,)
