"""A text that names a topic ends that topic, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outreach.consent.models import Hold, Suppression, Topic
from outreach.consent.queries import active_suppressions, is_suppressed
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.models import Batch
from outreach.inbox.models import InboundMessage
from outreach.notices.models import Notice, NoticeKind
from outreach.replies.topics import stopped_topic
from tests.delivery import delivery_builders as build
from tests.replies.replies_house import House, deliver_first_step, meanings

PHONE = "+447700900123"
ANNA = "anna@example.org"


def text_the_first_step(clock: FrozenClock) -> None:
    """To the phone of somebody who has a mail address too."""
    definition = build.DEFINITION.replace("[email, sms]", "[sms, email]")
    run = build.first_run(build.build_running_launch(definition=definition))
    plan_step_run(run.pk)
    clock.tick(timedelta(hours=2))
    for batch in Batch.objects.all():
        send_batch(batch.pk)


def test_it_ends_texts_and_mails_about_that_topic_alone(
    house: House, frozen_clock: FrozenClock
) -> None:
    build.build_parent(build.build_school(), phone=PHONE, email=ANNA)
    other = Topic.objects.create(slug="school-news", name="School news")
    safety = Topic.objects.get(slug="online-safety")
    text_the_first_step(frozen_clock)
    house.text("Stop safety")
    for channel, key in (("sms", PHONE), ("email", ANNA)):
        assert is_suppressed(channel, key, safety.pk)
        assert not is_suppressed(channel, key, other.pk)
    assert meanings() == ["stop"]
    confirmed = Notice.objects.get(kind=NoticeKind.STOP_CONFIRMATION)
    assert "no more texts from us about online safety" in confirmed.text


def test_stop_alone_ends_every_text_and_mails_about_what_was_last_sent(
    house: House, frozen_clock: FrozenClock
) -> None:
    build.build_parent(build.build_school(), phone=PHONE, email=ANNA)
    other = Topic.objects.create(slug="school-news", name="School news")
    text_the_first_step(frozen_clock)
    house.text("STOP")
    assert active_suppressions("sms", PHONE).get().topic is None
    assert is_suppressed("email", ANNA, Topic.objects.get(slug="online-safety").pk)
    assert not is_suppressed("email", ANNA, other.pk)


def message(text: str, channel: Channel = Channel.SMS) -> InboundMessage:
    return InboundMessage(channel=channel, text=text)


@pytest.mark.parametrize(
    "text",
    [
        "STOP SAFETY",
        "stop online-safety!",
        "Safety stop",
        "STOPP Sicherheit",
        "unsubscribe online safety",
        "ЗУПИНІТЬ безпека",
        "baja seguridad",
    ],
)
@pytest.mark.django_db
def test_topic_is_known_by_its_words_in_any_language(text: str) -> None:
    topic = Topic.objects.create(slug="online-safety", name="Online safety")
    assert stopped_topic(message(text)) == topic


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "safety",
        "safety first, can we stop by school tomorrow?",
        "stop him, this is about her safety, he threatens her",
        "please don't stop the safety messages",
        "STOP NEWS",
        "Thank you for caring about safety and for the stop sign in front of the school gate today",
    ],
)
@pytest.mark.django_db
def test_what_is_no_stop_of_a_topic_names_none(text: str) -> None:
    Topic.objects.create(slug="online-safety", name="Online safety")
    assert stopped_topic(message(text)) is None


@pytest.mark.django_db
def test_mail_is_about_the_topic_of_the_mail_that_it_answers() -> None:
    Topic.objects.create(slug="online-safety", name="Online safety")
    assert stopped_topic(message("stop safety", Channel.EMAIL)) is None


def test_cry_for_help_that_names_the_topic_is_no_stop(house: House) -> None:
    build.build_parent(build.build_school(), phone=PHONE)
    deliver_first_step()
    house.text("stop him, he blackmails my daughter with photos, safety!")
    assert not Suppression.objects.exists()
    assert Hold.objects.count() == 1
    assert meanings() == ["crisis"]
