"""What follows from the reading of a reply: what the provider says first, and the mailbox."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.replies import rules
from outreach.replies.models import CaseKind
from outreach.replies.reading import Decision, Record
from outreach.replies.reading.holds import MAY_TELL_OF_HARM, Hold
from outreach.replies.rules import Meaning, graver, kind_of_case, understand

TWILIO_STOP = ["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"]
FCC_STOP = ["stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe"]
IN_DISTRESS = "Somebody is blackmailing my daughter with her pictures"


def meaning_of(text: str, opt_out_type: str = "") -> Meaning:
    return understand(Record(text), opt_out_type=opt_out_type).meaning


@pytest.mark.parametrize("word", [*TWILIO_STOP, *FCC_STOP, "Stopp", "ABMELDEN", "Baja", "alto"])
@pytest.mark.parametrize("shape", ["{}", " {} ", "{}.", "{}!!", "\n{}\r\n", '"{}"', "{} 🙏"])
def test_stop_word_alone_stops_whatever_its_shape(word: str, shape: str) -> None:
    for written in (word, word.lower(), word.upper(), word.title()):
        assert meaning_of(shape.format(written)) is Meaning.STOP


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("START", Meaning.START),
        ("Unstop.", Meaning.START),
        ("HELP", Meaning.HELP),
        ("Hilfe!", Meaning.HELP),
        ("Stop by the school tomorrow?", Meaning.OTHER),
        ("Thank you!", Meaning.OTHER),
        (IN_DISTRESS, Meaning.CRISIS),
        ("Mi hija está siendo chantajeada con fotos", Meaning.CRISIS),
        ("xqzt vvrk", Meaning.UNCLEAR),
        ("Liked “Tell your child: say no”", Meaning.AUTO_REPLY),
    ],
)
def test_each_reading_has_its_meaning(text: str, meaning: Meaning) -> None:
    assert meaning_of(text) is meaning


def test_what_the_provider_has_read_is_obeyed_first() -> None:
    found = understand(Record("whatever"), opt_out_type="STOP")
    assert (found.meaning, found.by_provider) == (Meaning.STOP, True)


def test_words_of_distress_are_no_stop_even_where_the_provider_or_the_mailbox_says_so() -> None:
    by_provider = understand(Record(IN_DISTRESS), opt_out_type="STOP")
    by_mailbox = understand(Record(IN_DISTRESS, channel="email"), is_unsubscribing=True)
    for found in (by_provider, by_mailbox):
        assert (found.meaning, found.stop_requested) == (Meaning.CRISIS, True)


def test_anything_to_the_unsubscribe_mailbox_is_a_stop() -> None:
    record = Record("", channel="email", headers={"Auto-Submitted": "auto-replied"})
    assert understand(record, is_unsubscribing=True).meaning is Meaning.STOP


@pytest.mark.parametrize(
    "text",
    [
        "mon fils se fait racketter sur snap avec une video de lui",
        "somebody please",
        "bana yazmayı bırakın, amcam beni rahatsız ediyor ve bu telefonu o da kullanıyor",
        "no more texts. the oplice came yesterday",
        "moi jveu plus vos sms jveu juste kil me lache lui. il ecrit jour et nuit",
        "na bhejo hun. Jiss kudi layi bhejde si oh kal di hospital aa, tablets kha layian",
        "please ring me and take me off this",
    ],
)
def test_a_mail_to_the_unsubscribe_mailbox_that_may_tell_of_harm_is_held_for_a_person(
    text: str,
) -> None:
    found = understand(Record(text, channel="email"), is_unsubscribing=True)
    assert (found.meaning, found.stop_requested) == (Meaning.UNCLEAR, True)
    assert found.why in MAY_TELL_OF_HARM


def test_a_reason_in_the_unsubscribe_mailbox_is_a_stop() -> None:
    record = Record("we live in Spain now, thank you", channel="email")
    assert understand(record, is_unsubscribing=True).meaning is Meaning.STOP


def test_why_never_holds_the_message() -> None:
    found = understand(Record("Dear school, somebody wrote strange things to Anna"))
    assert "Anna" not in found.why


def test_a_case_is_as_grave_as_its_gravest_reply() -> None:
    assert graver(CaseKind.QUESTION, CaseKind.CRISIS) is CaseKind.CRISIS
    assert graver(CaseKind.HOLD, kind_of_case(Meaning.OTHER)) is CaseKind.HOLD


@given(st.text(max_size=200), st.sampled_from(["", "STOP", "START", "HELP"]))
def test_any_text_has_a_meaning(text: str, opt_out_type: str) -> None:
    assert isinstance(meaning_of(text, opt_out_type), Meaning)


@pytest.mark.parametrize("is_unsubscribing", [False, True])
def test_a_reply_on_which_the_reader_fails_is_held_for_a_person(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, is_unsubscribing: bool
) -> None:
    def fails(record: Record) -> Decision:
        raise ValueError(record.text)

    monkeypatch.setattr(rules, "classify", fails)
    found = understand(Record("Anna's own words"), is_unsubscribing=is_unsubscribing)
    assert (found.meaning, found.why) == (Meaning.UNCLEAR, Hold.NOT_READ)
    assert "ValueError" in caplog.text
    assert "Anna" not in caplog.text
    by_provider = understand(Record("whatever"), opt_out_type="STOP")
    assert by_provider.meaning is Meaning.STOP
