"""Processes begin with the keys of before, or not at all."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg

from outreach.cli.up.processes import Bindings, Program, program, programs

# They keep what comes in, a stop too, for the workers to read: deaf, they would lose it.
_WITHOUT_KEYS = {"webhooks"}


def started(program: Program, log: Path, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """As the table says it, with its output in `log`."""
    argv = [str(Path(sys.executable).parent / program.argv[0]), *program.argv[1:]]
    with log.open("wb") as out:
        return subprocess.Popen(
            argv,
            env={**os.environ, **settings, **program.environment},
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def test_a_process_waits_for_its_database_and_can_be_stopped_meanwhile(tmp_path: Path) -> None:
    nowhere = {"DATABASE_URL": f"postgresql://nobody@/outreach?host={tmp_path}"}
    log = tmp_path / "clock.log"
    process = started(program(Bindings(), "clock"), log, nowhere)
    try:
        while "waiting for PostgreSQL" not in log.read_text("utf-8"):
            assert process.poll() is None, log.read_text("utf-8")
            time.sleep(0.05)
        assert process.poll() is None
    finally:
        process.terminate()
    assert process.wait(timeout=60)


def test_no_process_that_works_with_the_keys_begins_with_another_one(
    spare_database: str, tmp_path: Path
) -> None:
    with psycopg.connect(spare_database, options="-c role=outreach_owner") as connection:
        connection.execute(
            "INSERT INTO consent_keyrecord (version, fingerprint, recorded_at)"
            " VALUES (1, '0123456789abcdef', now())"
        )
    settings = {
        "DATABASE_URL": spare_database,
        "OUTREACH_SUPPRESSION_KEYS": f"1:{secrets.token_hex(32)}",
    }
    begun = {
        each.name: started(each, tmp_path / each.name, settings)
        for each in programs(Bindings(web_port=0), sandbox=False)
        if each.name not in _WITHOUT_KEYS
    }
    assert set(begun) == {"worker-email", "worker-sms", "worker-control", "web", "clock"}
    refused(begun, tmp_path, "Version 1 of the never-send keys is another key")


def test_no_process_begins_without_the_key_that_addresses_are_encrypted_with(
    spare_database: str, tmp_path: Path
) -> None:
    with psycopg.connect(spare_database, options="-c role=outreach_owner") as connection:
        connection.execute(
            "INSERT INTO organisation_addresskeyrecord (version, fingerprint, recorded_at)"
            " VALUES (1, '0123456789abcdef', now())"
        )
    settings = {
        "DATABASE_URL": spare_database,
        "OUTREACH_SUPPRESSION_KEYS": f"1:{secrets.token_hex(32)}",
        "OUTREACH_ADDRESS_KEYS": f"1:{secrets.token_hex(32)}",
    }
    # Of the workers one stands for all: they ask at the same place.
    names = ("worker-sms", "web", "webhooks", "clock")
    table = {each.name: each for each in programs(Bindings(web_port=0), sandbox=False)}
    begun = {name: started(table[name], tmp_path / name, settings) for name in names}
    refused(begun, tmp_path, "Version 1 of the address keys is another key")


def refused(begun: Mapping[str, subprocess.Popen[bytes]], logs: Path, sentence: str) -> None:
    """Each has ended by itself and said why, as a sentence."""
    codes = {name: process.wait(timeout=120) for name, process in begun.items()}
    for name, code in codes.items():
        said = (logs / name).read_text("utf-8")
        assert code != 0, name
        assert sentence in said, said
        assert "Put the old one back under its number" in said, said
        assert "Traceback" not in said, said
