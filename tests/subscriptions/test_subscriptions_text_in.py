"""Signing up by text: the school's word, the wording back, and YES."""

from __future__ import annotations

import pytest
from join_house import PHONE, build_house, notices

from outreach.consent.models import Consent
from outreach.core.clock import FrozenClock
from outreach.core.errors import BadInput, NotNow
from outreach.notices.models import NoticeKind
from outreach.organisation.audit import OPERATOR, RECIPIENT
from outreach.organisation.models import Channel, OptOutHandler, School, Sender, SmsPrice
from outreach.subscriptions.opt_in import confirm_by_reply
from outreach.subscriptions.opt_out import opt_out
from outreach.subscriptions.text_in import (
    TextInAnswer,
    ask_by_text,
    join_word,
    read,
    set_join_word,
)
from tests.delivery import delivery_builders as build


@pytest.fixture
def school(db: None, frozen_clock: FrozenClock) -> School:
    build_house()
    return build.build_school("oak-lane")


def sender() -> Sender:
    return Sender.objects.get(channel=Channel.SMS, identity="+447700900999")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("JOIN OAKLANE", "en"),
        ("join oak lane", "en"),
        ("Join Oak-Lane!", "en"),
        ("Anmelden Oaklane", "de"),
        ("alta oaklane", "es"),
        ("Sign up Oaklane.", "en"),
    ],
)
def test_word_of_the_school_is_read_however_it_is_typed(
    school: School, text: str, language: str
) -> None:
    found = read(text, sender())
    assert found is not None
    assert (found.school, found.language) == (school, language)


@pytest.mark.parametrize(
    "text",
    ["JOIN", "JOIN NOWHERE", "I will not join oaklane", "OAKLANE", "joinoaklane", "join oak " * 30],
)
def test_any_other_text_is_no_sign_up(school: School, text: str) -> None:
    assert read(text, sender()) is None


def test_wording_goes_back_and_counts_after_yes(school: School) -> None:
    found = read("Anmelden Oaklane", sender())
    assert found is not None
    assert ask_by_text(found, PHONE, sender(), evidence="inbound:7") is TextInAnswer.ASKED
    (question,) = notices(NoticeKind.JOIN_CONFIRMATION)
    assert "Ich bin einverstanden" in question.text
    assert question.sender == sender()
    assert not Consent.objects.exists()
    joined = confirm_by_reply(PHONE, evidence="inbound:8")
    assert joined is not None
    consent = Consent.objects.get()
    assert consent.wording in question.text
    assert "inbound:7" in consent.source
    assert "inbound:8" in consent.source


def test_stopped_number_has_to_say_start_first(school: School) -> None:
    opt_out("sms", PHONE, evidence="x", actor=RECIPIENT)
    found = read("JOIN OAKLANE", sender())
    assert found is not None
    assert ask_by_text(found, PHONE, sender(), evidence="inbound:7") is TextInAnswer.STOPPED
    assert notices(NoticeKind.JOIN_CONFIRMATION) == []


def test_number_that_may_not_be_signed_up_is_not_texted(school: School) -> None:
    found = read("JOIN OAKLANE", sender())
    assert found is not None
    for message in (7, 7, 8, 9, 10, 11):  # 7 is read twice: its reader was killed
        ask_by_text(found, PHONE, sender(), evidence=f"inbound:{message}")
    assert len(notices(NoticeKind.JOIN_CONFIRMATION)) == 3
    SmsPrice.objects.all().delete()
    for number in ("+447700900124", "+4915123456789", "12345"):
        answer = ask_by_text(found, number, sender(), evidence=f"inbound:{number}")
        assert answer is TextInAnswer.HELD_BACK


def test_chosen_word_is_unique_at_each_sender(school: School) -> None:
    other = School.objects.get(slug="greenhill")
    assert join_word(school, sender()) == "OAKLANE"
    set_join_word(school, sender(), "Oak", actor=OPERATOR)
    assert join_word(school, sender()) == "OAK"
    found = read("join oak", sender())
    assert found is not None
    assert found.school == school
    for word in ("oak", "OakLane"):
        with pytest.raises(NotNow):
            set_join_word(other, sender(), word, actor=OPERATOR)
    with pytest.raises(BadInput):
        set_join_word(other, sender(), "x", actor=OPERATOR)
    second = Sender.objects.create(
        channel=Channel.SMS,
        provider="twilio",
        identity="+447700900998",
        can_receive=True,
        opt_out_handled_by=OptOutHandler.US,
        rate_per_second=1,
    )
    set_join_word(other, second, "oak", actor=OPERATOR)
    assert read("join oak", second) is not None
