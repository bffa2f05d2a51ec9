"""Mails from a mailbox, over Inbound Parse, to what they change."""

from __future__ import annotations

import re

import pytest
from replies_house import House, cases, deliver_first_step, meanings

from outreach.consent.models import Suppression, Topic
from outreach.consent.queries import active_suppressions, is_suppressed
from outreach.core.channels import Channel
from outreach.inbox.models import InboundMessage
from outreach.replies.models import Case
from tests.delivery import delivery_builders as build
from tests.webhooks.webhook_door import mail_to_us

ANNA = "anna@example.org"


@pytest.fixture
def mailed(house: House) -> House:
    """Anna has the first step in her mailbox."""
    build.build_parent(build.build_school(), email=ANNA)
    deliver_first_step()
    house.sandbox.wait_until_quiet()
    return house


def test_stop_by_mail_ends_the_mails_about_its_topic(mailed: House) -> None:
    mailed.sandbox.reply_from_mailbox(ANNA, "Stop\n\nSent from my iPhone")
    mailed.work()
    assert active_suppressions("email", ANNA).get().topic == Topic.objects.get()
    assert meanings() == ["stop"]
    assert cases() == 0


def test_stop_by_mail_is_confirmed_once_naming_the_topic_and_the_way_back(mailed: House) -> None:
    for _ in range(2):
        mailed.sandbox.reply_from_mailbox(ANNA, "Please stop these mails")
        mailed.work()
    _, confirmed = mailed.sandbox.messages(Channel.EMAIL, ANNA)
    text = str(confirmed["text"])
    assert "no more emails about online safety to this address" in text
    assert "/p/" in text


def test_question_by_mail_opens_a_case_of_the_school(mailed: House) -> None:
    mailed.sandbox.reply_from_mailbox(ANNA, "Can we stop by the school tomorrow?")
    mailed.work()
    assert not Suppression.objects.exists()
    case = Case.objects.select_related("reply__address", "reply__school").get()
    assert case.reply.address is not None
    assert case.reply.address.value == ANNA
    assert case.reply.school is not None


def test_files_of_a_mail_are_nowhere_but_counted(mailed: House) -> None:
    asked = mail_to_us("please look", files={"photo.jpg": b"\xff\xd8PRIVATE"})
    assert mailed.door.post(asked) == 204
    mailed.work()
    row = InboundMessage.objects.values().get()
    assert row["files_dropped"] == 1
    assert "PRIVATE" not in str(row)
    assert cases() == 1


def test_unsubscribe_mail_of_a_mail_program_stops_although_it_says_auto_submitted(
    mailed: House,
) -> None:
    (mail,) = mailed.sandbox.messages(Channel.EMAIL, ANNA)
    found = re.search(r"mailto:([^>?]+)", str(mail["headers"]["List-Unsubscribe"]))
    assert found is not None
    mailbox = found[1]
    asked = mail_to_us(
        "",
        subject="unsubscribe",
        to=mailbox,
        sender=ANNA,
        headers="Message-ID: <apple@example.org>\nAuto-Submitted: auto-replied",
    )
    assert mailed.door.post(asked) == 204
    mailed.work()
    assert active_suppressions("email", ANNA).get().reason == "asked"
    assert len(mailed.sandbox.messages(Channel.EMAIL, ANNA)) == 1


def test_out_of_office_answer_changes_nothing_and_asks_nobody(mailed: House) -> None:
    mailed.sandbox.reply_from_mailbox(
        ANNA, "I am away. To stop these replies …", headers={"Auto-Submitted": "auto-replied"}
    )
    mailed.work()
    assert meanings() == ["auto_reply"]
    assert cases() == 0
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("mailbox", ["hello", "reply+abcdefgh234567", "unsubscribe+abcdefgh234567"])
def test_stop_in_anothers_name_stops_nobody_and_asks_a_person(mailed: House, mailbox: str) -> None:
    asked = mail_to_us("stop", to=f"{mailbox}@reply.outreach.test", sender=ANNA)
    assert mailed.door.post(asked) == 204
    mailed.work()
    assert not is_suppressed("email", ANNA, Topic.objects.get().pk)
    assert cases() == 1


def test_token_of_another_domain_proves_nothing(mailed: House) -> None:
    (mail,) = mailed.sandbox.messages(Channel.EMAIL, ANNA)
    mailbox = str(mail["reply_to"]).replace("@reply.outreach.test", "@elsewhere.example")
    assert mailbox.startswith("reply+")
    asked = mail_to_us("stop", to=mailbox, sender=ANNA)
    assert mailed.door.post(asked) == 204
    mailed.work()
    assert not Suppression.objects.exists()
