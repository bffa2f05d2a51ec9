"""Contacts and test alerts by the command line."""

from __future__ import annotations

import pytest
from cli_terminal import outreach, school

from outreach.config.environment import environment
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock
from outreach.notices.models import Notice
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Role, Sender
from outreach.organisation.senders import add_sender
from outreach.organisation.settings import Changes, set_organisation
from tests.organisation import contact_builders as contacts


@pytest.fixture
def house(db: None, frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SENDGRID_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.setenv(f"OUTREACH_{name}", "entered")
    environment.cache_clear()
    set_organisation(Changes(name="Safe Online Network"), actor=OPERATOR)
    for channel, provider, identity in (
        (Channel.SMS, "twilio", "+447700900999"),
        (Channel.EMAIL, "sendgrid", "hello@outreach.test"),
    ):
        add_sender(channel=channel, provider=provider, identity=identity, actor=OPERATOR)


@pytest.mark.usefixtures("house")
def test_a_contact_becomes_ready_by_the_link_of_the_test_alert() -> None:
    contacts.build_contact("Lea", Role.SAFEGUARDING_LEAD, school("north"), phone="")
    email = "lea@staff.outreach.test"
    assert "No phone number yet" in outreach("readiness", "show").out
    assert outreach("readiness", "test", email).code == 4
    assert outreach("staff", "phone", email, "+44 7700 900500").code == 0
    assert outreach("readiness", "test", email).code == 0
    (text,) = Notice.objects.filter(channel="sms").values_list("text", flat=True)
    assert outreach("readiness", "confirm", text.split()[-1]).out == "Lea is ready.\n"
    shown = outreach("readiness", "show", "--json").json
    assert [(each["school"], each["state"]) for each in shown["contacts"]] == [("north", "ready")]
    assert [each["code"] for each in shown["problems"]] == ["no-duty-contact"]


@pytest.mark.usefixtures("house")
def test_wrong_link_and_stranger_are_refused() -> None:
    assert outreach("readiness", "confirm", "http://x.example/alert/").code != 0
    assert outreach("readiness", "test", "nobody@x.example").code != 0


@pytest.mark.usefixtures("house")
def test_an_address_that_nothing_reaches_is_not_named_as_written_to() -> None:
    contacts.build_contact("Lea", Role.SAFEGUARDING_LEAD, school("north"), phone="+447700900500")
    Sender.objects.filter(channel="sms").update(is_active=False)
    email = "lea@staff.outreach.test"
    answer = outreach("readiness", "test", email)
    first, second = answer.out.splitlines()
    assert answer.code == 0
    assert first == f"A test alert goes to Lea, {email}."
    assert "Nothing can go to +447700900500: no sender of texts writes to GB." in second
    assert "outreach sender add NUMBER --channel sms" in second
    shown = outreach("readiness", "show")
    assert "The last alert has not gone yet." in shown.out
    assert "No sender reaches everybody" in shown.out
    ways = outreach("readiness", "show", "--json").json["ways"]
    assert [each["state"] for each in ways] == ["under_way", "no_sender"]
    Sender.objects.update(is_active=False)
    nothing = outreach("readiness", "test", email)
    assert nothing.code == 4
    assert "no sender of texts" in nothing.err
