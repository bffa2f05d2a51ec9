"""The check-up tries the mail server without a mail, and says whether alerts to staff went."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from outreach.config.environment import environment
from outreach.core.clock import FrozenClock
from outreach.notices.models import Notice
from outreach.operations.doctor.alerts import last_ones
from outreach.operations.doctor.examine import examine
from outreach.operations.doctor.finding import Finding, Verdict
from outreach.operations.doctor.mail_server import lets_us_in
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Role, Sender
from outreach.replies.alerts import send_test_alert
from tests.organisation import contact_builders as contacts
from tests.providers.mail_peer import mail_peer


def verdicts(found: Iterator[Finding]) -> list[Verdict]:
    return [each.verdict for each in found]


def test_the_mail_server_is_tried_without_a_mail(
    installation: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_MODE", "trial")
    Sender.objects.filter(channel="email").update(provider="smtp")
    for reply, verdict, words in (
        ("235 2.7.0 ok", Verdict.GOOD, "signed in as maya"),
        ("535 5.7.8 no", Verdict.BAD, "does not accept user and password"),
    ):
        with mail_peer(extensions=("AUTH PLAIN",), replies={"AUTH": reply}) as peer:
            monkeypatch.setenv("OUTREACH_SMTP_URL", f"smtp://maya:secret@127.0.0.1:{peer.port}")
            environment.cache_clear()
            (found,) = lets_us_in()
        assert found.verdict is verdict
        assert words in found.words
        assert "secret" not in found.words
        assert peer.messages == []
    (found,) = lets_us_in()
    assert "could not be reached" in found.words
    assert "OUTREACH_SMTP_URL" in found.remedy
    assert found in examine()


def test_a_mail_server_is_asked_of_who_uses_one_and_never_in_a_demo(
    installation: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(lets_us_in()) == []
    mails = Sender.objects.filter(channel="email")
    with mail_peer() as peer:
        monkeypatch.setenv("OUTREACH_SMTP_URL", f"smtp://127.0.0.1:{peer.port}")
        mails.update(provider="smtp")
        environment.cache_clear()
        assert verdicts(lets_us_in()) == [Verdict.SKIPPED]
    assert peer.commands == []
    monkeypatch.setenv("OUTREACH_MODE", "trial")
    environment.cache_clear()
    assert verdicts(lets_us_in()) == [Verdict.BAD]
    mails.update(provider="sendgrid")
    assert verdicts(lets_us_in()) == [Verdict.LOOK]  # set, and used by nobody
    mails.update(provider="smtp")
    monkeypatch.delenv("OUTREACH_SMTP_URL")
    environment.cache_clear()
    assert "none can go" in next(lets_us_in()).words


def test_an_alert_that_did_not_go_is_bad_and_one_that_was_never_sent_is_looked_at(
    installation: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = contacts.build_contact("Dora", Role.DUTY_CONTACT)
    assert verdicts(last_ones()) == [Verdict.SKIPPED] * 2  # a demo alerts nobody
    monkeypatch.setenv("OUTREACH_MODE", "live")
    environment.cache_clear()
    assert verdicts(last_ones()) == [Verdict.LOOK] * 2
    send_test_alert(staff, actor=OPERATOR)
    Notice.objects.filter(channel="email").update(state="failed", reason="bad_address 550")
    Notice.objects.filter(channel="sms").update(state="delivered")
    by_mail, by_text = last_ones()
    assert (by_mail.verdict, by_text.verdict) == (Verdict.BAD, Verdict.GOOD)
    assert by_mail.what == "alerts by email"
    assert "did not go" in by_mail.words
    assert "550" in by_mail.words
    assert "test alert" in by_mail.remedy
