"""A call to our number: the caller hears the help lines, also when the database is away."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from outreach.core.clock import FrozenClock, using
from tests.webhooks.webhook_door import (
    Asked,
    Door,
    environment_for_webhooks,
    from_twilio,
    open_door,
)

NO_DATABASE = "host=127.0.0.1 port=1 dbname=none"
MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def door() -> Iterator[Door]:
    with (
        using(FrozenClock(MONDAY)),
        open_door(NO_DATABASE, environment_for_webhooks()) as found,
    ):
        yield found


def call(to: str) -> Asked:
    params = {"CallSid": "CA" + "a" * 32, "From": "+447700900123", "To": to}
    return from_twilio("/webhooks/twilio/voice", params)


def heard(door: Door, asked: Asked) -> list[tuple[str, str]]:
    """Language and words of every sentence."""
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=30)
    connection.request("POST", asked.path, asked.body, dict(asked.headers))
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert (answer.status, answer.headers.get_content_type()) == (200, "text/xml")
    root = ElementTree.fromstring(body)  # noqa: S314  # our own answer
    assert root[-1].tag == "Hangup"
    return [(each.attrib["language"], each.text or "") for each in root.iter("Say")]


@pytest.mark.parametrize(
    ("number", "language", "emergency", "line"),
    [
        ("+447700900999", "en-GB", "9, 9, 9", "Childline: 0, 8, 0, 0, 1, 1, 1, 1."),
        ("+4917604069099", "de-DE", "1, 1, 2", "Elterntelefon: 0, 8, 0, 0, 1, 1, 1, 0, 5, 5, 0."),
        ("+34600000999", "es-ES", "1, 1, 2", "INCIBE: 0, 1, 7."),
    ],
)
def test_caller_hears_the_help_lines_in_the_language_of_the_country(
    door: Door, number: str, language: str, emergency: str, line: str
) -> None:
    said = heard(door, call(number))
    assert {each for each, _ in said} == {language}
    words = [text for _, text in said]
    assert any(emergency in text for text in words[:2])
    assert any(line in text for text in words)
    assert words[: len(words) // 2] == words[len(words) // 2 :]


def test_country_of_several_languages_is_heard_in_those_that_we_speak(door: Door) -> None:
    languages = [language for language, _ in heard(door, call("+41781234567"))]
    assert languages[0] == "de-DE"


def test_unknown_country_names_no_number(door: Door) -> None:
    words = " ".join(text for _, text in heard(door, call("+888")))
    assert "emergency number of your country" in words


def test_call_that_twilio_did_not_sign_is_not_answered(door: Door) -> None:
    asked = call("+447700900999")
    assert door.post(asked.without("X-Twilio-Signature")) == 403
    assert door.post(asked.having("X-Twilio-Signature", "AAAA")) == 403
