"""What words mean, and above all which ones do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.replies.rules import Meaning, new_lines, read_mail, read_text

TWILIO_STOP = ["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"]
FCC_STOP = ["stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe"]


def meaning_of(text: str, opt_out_type: str = "") -> Meaning:
    return read_text(text, opt_out_type).meaning


@pytest.mark.parametrize("word", TWILIO_STOP + FCC_STOP + ["Stopp", "ABMELDEN", "Baja", "alto"])
@pytest.mark.parametrize("shape", ["{}", " {} ", "{}.", "{}!!", "\n{}\r\n", '"{}"', "{} 🙏"])
def test_stop_word_alone_stops_whatever_its_shape(word: str, shape: str) -> None:
    for written in (word, word.lower(), word.upper(), word.title()):
        assert meaning_of(shape.format(written)) is Meaning.STOP


@pytest.mark.parametrize(
    "text",
    [
        "Stop by the school tomorrow?",
        "STOP HIM please he is messaging my daughter",
        "Yes please stop",
        "Please don't stop",
        "When does it end",
        "End of term?",
        "he won't stop",
        "stop stop stop please call me",
        "can you cancel the meeting",
        "NO",
        "",
        "🛑",
        "stopping",
        "nonstop",
    ],
)
def test_anything_else_goes_to_a_person(text: str) -> None:
    assert meaning_of(text) is Meaning.OTHER


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("START", Meaning.START),
        ("yes", Meaning.START),
        ("Unstop.", Meaning.START),
        ("HELP", Meaning.HELP),
        ("info", Meaning.HELP),
        ("Hilfe!", Meaning.HELP),
        ("ayuda", Meaning.HELP),
    ],
)
def test_start_and_help_words(text: str, meaning: Meaning) -> None:
    assert meaning_of(text) is meaning


def test_what_the_provider_read_is_obeyed_first() -> None:
    assert meaning_of("Arrêt", "STOP") is Meaning.STOP
    assert meaning_of("stop", "START") is Meaning.START


def test_reason_never_repeats_the_message() -> None:
    assert "daughter" not in read_text("my daughter", "").why


@given(st.text())
def test_reading_never_fails(text: str) -> None:
    assert read_text(text, "").meaning in Meaning
    assert read_mail(text, text, {"X": text}).meaning in Meaning


@given(st.text(alphabet="abcdefghij ", min_size=1).filter(str.strip))
def test_stop_with_another_word_is_not_a_stop(other: str) -> None:
    assert meaning_of(f"stop {other}") is not Meaning.STOP or other.split() == ["all"]


QUOTED = """
On Mon, 2 Nov 2026 at 10:00, Safe Online <hello@example.org> wrote:
> STOP is what you reply to stop
"""


@pytest.mark.parametrize(
    "text",
    [
        f"Stop\n{QUOTED}",
        "STOP.\n\nSent from my iPhone\n",
        "\n\nunsubscribe\n\nKind regards\nAnna\n" + QUOTED,
        "Abmelden\n\nAm 02.11.2026 um 10:00 schrieb Safe Online:\n> Hallo",
        "Baja\n\nEl lun, 2 nov 2026 a las 10:00, Safe Online escribió:\n> Hola",
        "stop\n-----Original Message-----\nFrom: Safe Online",
        "stop\n________________________________\nVon: Safe Online",
    ],
)
def test_stop_as_the_first_new_line_of_a_mail_stops(text: str) -> None:
    assert read_mail("Re: Say No!", text, {}).meaning is Meaning.STOP


def test_stop_in_the_subject_of_an_empty_mail_stops() -> None:
    assert read_mail("Re: UNSUBSCRIBE", QUOTED, {}).meaning is Meaning.STOP


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: Say No!", f"Thank you for this.\n{QUOTED}"),
        ("Re: Say No!", QUOTED),
        ("Re: Say No!", "> stop\n> please"),
        ("Stop", "Someone is blackmailing my son, what can we do?"),
        (
            "Re: Say No!",
            "Stop\nA man has pictures of my daughter and wants money for them, she told me "
            "this morning and we do not know what to do now",
        ),
    ],
)
def test_mail_with_more_to_say_goes_to_a_person(subject: str, text: str) -> None:
    assert read_mail(subject, text, {}).meaning is Meaning.OTHER


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"auto-submitted": "auto-generated; x=y"},
        {"Return-Path": "<>"},
        {"Precedence": "bulk"},
        {"Content-Type": "multipart/report; report-type=delivery-status"},
    ],
)
def test_machine_is_not_a_reply(headers: dict[str, str]) -> None:
    assert read_mail("Out of office", "stop", headers).meaning is Meaning.AUTO_REPLY


def test_person_who_says_so_is_no_machine() -> None:
    headers = {"Auto-Submitted": "no", "Return-Path": "<anna@example.org>"}
    assert read_mail("Re: x", "stop", headers).meaning is Meaning.STOP


def test_signature_and_quote_are_not_new_text() -> None:
    assert new_lines("Hello\n--\nAnna\nSTOP") == ["Hello"]
