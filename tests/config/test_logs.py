"""Logs are structured, and hold no address even where an error quotes one (promise 10)."""

from __future__ import annotations

import json
import logging
import logging.config

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.config.environment import LogFormat
from outreach.config.logs import logging_settings, without_personal_data
from tests.servers import Servers

# Not in the lines of the test itself, which a trace shows.
ROW = ["Anna Example", "anna.o'neil@home.example.org"]
PHONE, MAIL = "+447700900123", "anna.o'neil@home.example.org"


@pytest.mark.parametrize(
    "text",
    [PHONE, "+44 7700 900123", "0049 170 1234567", "+1 (202) 555-0123", MAIL, f"to={MAIL}, sms"],
)
def test_what_looks_like_an_address_is_taken_out(text: str) -> None:
    cleaned = without_personal_data(f"cannot send to {text} now")
    assert cleaned.startswith("cannot send to ")
    assert "@" not in cleaned
    assert not any(part.isdigit() and len(part) > 3 for part in cleaned.split())


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-02 10:00:00,123 INFO outreach.clock this clock leads",
        "step run 17: 1000000 people planned",
        "listening on 127.0.0.1:8001",
        "delivery 1099511627776/42, launch 01890a5d-ac96-774b-bcce-b302099a8057",
        "retry in +5 s",
    ],
)
def test_what_operators_need_stays(text: str) -> None:
    assert without_personal_data(text) == text


@given(st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True), st.text(max_size=20))
def test_no_number_of_any_country_comes_through(number: str, around: str) -> None:
    assert number not in without_personal_data(f"{around} {number} {around}")


@pytest.mark.parametrize("shape", list(LogFormat))
def test_an_error_of_the_database_quotes_no_row(
    shape: LogFormat, servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    logger = logging.getLogger("outreach.tests.logs")
    root = logging.getLogger()
    before = list(root.handlers), root.level
    servers.start()
    try:
        logging.config.dictConfig(logging_settings("INFO", shape))
        with psycopg.connect(servers.database_url("postgres")) as connection:
            connection.execute("CREATE TEMPORARY TABLE people (name text PRIMARY KEY, at text)")
            for _ in range(2):
                try:
                    connection.execute("INSERT INTO people VALUES (%s, %s)", ROW)
                except psycopg.Error:
                    logger.exception("cannot store %s", PHONE)
    finally:
        root.handlers, root.level = before
    shown = capsys.readouterr().err
    assert "UniqueViolation" in shown
    assert "Anna" not in shown
    assert MAIL not in shown
    assert PHONE not in shown
    if shape is LogFormat.JSON:
        (line,) = [json.loads(each) for each in shown.splitlines()]
        assert {"at", "level", "logger", "message", "process", "trace"} == set(line)
        assert (line["level"], line["message"]) == ("ERROR", "cannot store [number]")
