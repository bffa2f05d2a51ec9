"""How alerts go, by channel: whether the last one went, why not, and what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outreach.config.environment import environment
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock
from outreach.core.errors import NotNow
from outreach.notices.models import Notice, NoticeState
from outreach.notices.sending import expire_notices, send_due_notices
from outreach.organisation.alert_tests import acknowledge
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AlertTest, Role, Sender, Staff
from outreach.organisation.staff import verify_address
from outreach.replies.alert_ways import OUR_REASONS, WAY_REMEDIES, WAY_WORDS, Way, alert_ways
from outreach.replies.alerts import SentTest, send_test_alert
from tests.delivery import delivery_builders as build
from tests.organisation import contact_builders as contacts
from tests.providers.mail_peer import mail_peer


@pytest.fixture
def dora(as_work: None, frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> Staff:
    """The duty contact of an organisation whose senders have their accounts."""
    for name in ("SENDGRID_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.setenv(f"OUTREACH_{name}", "entered")
    environment.cache_clear()
    build.build_organisation()
    return contacts.build_contact("Dora", Role.DUTY_CONTACT, phone="+447700900501")


def ways() -> tuple[Way, Way]:
    by_mail, by_text = alert_ways()
    assert (by_mail.channel, by_text.channel) == (Channel.EMAIL, Channel.SMS)
    return by_mail.way, by_text.way


def sent(staff: Staff) -> SentTest:
    return send_test_alert(staff, actor=OPERATOR)


def move(channel: Channel, state: NoticeState, reason: str = "") -> None:
    Notice.objects.filter(channel=channel).update(state=state, reason=reason)


def test_each_channel_says_how_its_last_alert_fared(dora: Staff) -> None:
    assert ways() == (Way.NEVER, Way.NEVER)
    sent(dora)
    assert ways() == (Way.UNDER_WAY, Way.UNDER_WAY)
    move(Channel.EMAIL, NoticeState.ACCEPTED)
    move(Channel.SMS, NoticeState.UNKNOWN)
    assert ways() == (Way.TAKEN, Way.UNKNOWN)
    acknowledge(AlertTest.objects.get(), Channel.SMS, actor=OPERATOR)  # by the link in the text
    assert ways() == (Way.TAKEN, Way.ARRIVED)
    move(Channel.EMAIL, NoticeState.DELIVERED)
    assert ways() == (Way.ARRIVED, Way.ARRIVED)


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        (NoticeState.FAILED, "bad_address 21211", "21211"),
        (NoticeState.FAILED, "30006", "30006"),
        (NoticeState.SKIPPED, "trial", "only verified staff addresses"),
        (NoticeState.SKIPPED, "mode", "forbids it"),
        (NoticeState.EXPIRED, "too late", "worker-control"),
    ],
)
def test_an_alert_that_did_not_go_says_why_and_what_to_do(
    dora: Staff, state: NoticeState, reason: str, words: str
) -> None:
    sent(dora)
    move(Channel.SMS, state, reason)
    by_text = alert_ways()[1]
    assert by_text.way is Way.FAILED
    assert words in by_text.why
    assert "bad_address" not in by_text.why
    assert "test alert" in by_text.remedy


def test_a_mail_server_that_refuses_the_sign_in_is_no_silence(
    dora: Staff, frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sender.objects.filter(channel="email").update(provider="smtp")
    with mail_peer(extensions=("AUTH PLAIN",), replies={"AUTH": "535 5.7.8 no"}) as peer:
        monkeypatch.setenv("OUTREACH_SMTP_URL", f"smtp://maya:secret@127.0.0.1:{peer.port}")
        monkeypatch.setenv("OUTREACH_TWILIO_ACCOUNT_SID", "")
        environment.cache_clear()
        sent(dora)
        send_due_notices()
    by_mail = alert_ways()[0]
    assert by_mail.way is Way.UNDER_WAY
    assert "does not accept user and password" in by_mail.why
    frozen_clock.tick(timedelta(hours=3))
    expire_notices()
    by_mail = alert_ways()[0]
    assert by_mail.way is Way.FAILED
    assert "does not accept user and password" in by_mail.why


def test_a_number_that_no_sender_reaches_is_named_before_anything_is_sent(dora: Staff) -> None:
    Sender.objects.filter(channel="sms").update(countries=["DE"])
    by_text = alert_ways()[1]
    assert (by_text.way, by_text.why) == (Way.NO_SENDER, "Without one: GB.")
    found = sent(dora)
    assert found.channels == (Channel.EMAIL,)
    problem = found.problems[Channel.SMS]
    assert "+447700900501" in problem.message
    assert "no sender of texts writes to GB" in problem.message
    assert "outreach sender add" in problem.remedy
    assert [each.channel for each in Notice.objects.all()] == ["email"]


def test_a_test_that_can_go_nowhere_is_refused_and_leaves_nothing(dora: Staff) -> None:
    Sender.objects.update(is_active=False)
    with pytest.raises(NotNow, match="no sender of texts"):
        sent(dora)
    assert not AlertTest.objects.exists()
    assert ways() == (Way.NO_SENDER, Way.NO_SENDER)
    assert {each.why for each in alert_ways()} == {"None is in use."}


def test_an_account_that_is_missing_and_a_trial_are_said(
    dora: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_TWILIO_ACCOUNT_SID", "")
    monkeypatch.setenv("OUTREACH_MODE", "trial")
    environment.cache_clear()
    found = sent(dora)
    assert found.channels == ()
    assert "account of twilio is not set up" in found.problems[Channel.SMS].message
    assert f"outreach staff verify {dora.email}." in found.problems[Channel.EMAIL].remedy
    verify_address(dora, Channel.EMAIL, actor=OPERATOR)
    assert sent(dora).channels == (Channel.EMAIL,)


def test_every_state_and_reason_has_words() -> None:
    assert set(WAY_WORDS) == set(WAY_REMEDIES) == set(Way)
    assert all(OUR_REASONS.values())
