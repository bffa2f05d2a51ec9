"""Promise 13: what each mode lets out, decided before an adapter exists."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from outreach.config.environment import environment
from outreach.core.errors import BadInput, NotAllowed
from outreach.organisation import lanes
from outreach.organisation.models import Organisation, Sender
from outreach.organisation.modes import LIVE_SENTENCE, check_mode
from outreach.providers.sendgrid.client import SendGridEmail
from outreach.providers.ses.client import SesEmail
from outreach.providers.smtp.client import SmtpEmail
from outreach.providers.transport import is_loopback
from outreach.providers.twilio.client import TwilioSms
from outreach.providers.vonage.client import VonageSms
from tests.organisation.contact_builders import build_duty_contact

SANDBOX = "http://127.0.0.1:9"
KEYS = {
    "OUTREACH_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "OUTREACH_TWILIO_AUTH_TOKEN": "f" * 32,
    "OUTREACH_SENDGRID_API_KEY": "SG.looks-real.looks-real",
}
TWILIO = Sender(channel="sms", provider="twilio", identity="+447700900999")
SENDGRID = Sender(channel="email", provider="sendgrid", identity="hello@example.org")
SMTP = Sender(channel="email", provider="smtp", identity="hello@example.org")

SetUp = Callable[..., None]


@pytest.fixture
def set_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[SetUp]:
    """Sets the environment of this test: the real-looking keys, and what is named."""

    def change(**values: str) -> None:
        for name, value in {**KEYS, **values}.items():
            monkeypatch.setenv(name, value)
        environment.cache_clear()

    monkeypatch.setattr("outreach.organisation.lanes._Current.process", None)
    yield change
    monkeypatch.undo()
    environment.cache_clear()


ELSEWHERE = [
    "https://api.twilio.com",
    "http://127.0.0.1.example.org",
    "http://127.0.0.1@example.org",
    "http://example.org#127.0.0.1",
    "http://localhost.example.org",
    "http://0.0.0.0:8000",
    "http://192.168.1.4",
    "http://[2001:db8::1]",
    "http://127.1",
    "http://2130706433",
    "http://127.0.0.1\\@example.org",
    "not a url",
    "",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_address_elsewhere_is_not_this_machine(url: str) -> None:
    assert not is_loopback(url)


@pytest.mark.parametrize(
    "url", [SANDBOX, "http://localhost:1", "https://127.8.8.8", "http://[::1]:80"]
)
def test_address_of_this_machine_is_recognised(url: str) -> None:
    assert is_loopback(url)


@pytest.mark.parametrize("url", [*ELSEWHERE[:-1]])
def test_demo_refuses_real_keys_before_an_adapter_is_built(set_up: SetUp, url: str) -> None:
    set_up(OUTREACH_TWILIO_BASE_URL=url, OUTREACH_SENDGRID_BASE_URL=url, OUTREACH_SMTP_URL=url)
    for sender, ask in (
        (TWILIO, lanes.sms_provider),
        (SENDGRID, lanes.email_provider),
        (SMTP, lanes.email_provider),
    ):
        with pytest.raises(NotAllowed):
            ask(sender)
    assert lanes._Current.process is None  # not even the loop that would carry a call
    assert [problem.code for problem in check_mode()] == ["demo-not-loopback"] * 3


def test_demo_with_the_default_addresses_and_real_keys_reaches_nobody(set_up: SetUp) -> None:
    set_up()
    with pytest.raises(NotAllowed, match="this machine"):
        lanes.sms_provider(TWILIO)
    with pytest.raises(NotAllowed, match="OUTREACH_SENDGRID_BASE_URL"):
        lanes.email_provider(SENDGRID)


VONAGE = Sender(channel="sms", provider="vonage", identity="+447700900888")
SES = Sender(channel="email", provider="ses", identity="hello@example.com")
MORE_KEYS = {
    "OUTREACH_VONAGE_API_KEY": "abcd1234",
    "OUTREACH_VONAGE_API_SECRET": "looks-real",
    "OUTREACH_VONAGE_APPLICATION_ID": "78d335fa-323d-0114-9c3d-d6f0d48968cf",
    "OUTREACH_VONAGE_PRIVATE_KEY": "-----BEGIN PRIVATE KEY-----\\nlooks-real",
    "OUTREACH_SES_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "OUTREACH_SES_SECRET_ACCESS_KEY": "looks-real",
    "OUTREACH_SES_REGION": "eu-central-1",
}


@pytest.mark.parametrize("url", [None, *ELSEWHERE[:-2]])
def test_demo_refuses_real_keys_of_vonage_and_amazon(set_up: SetUp, url: str | None) -> None:
    """None: the addresses that stand in the settings by themselves."""
    there = {"OUTREACH_VONAGE_BASE_URL": url, "OUTREACH_SES_BASE_URL": url} if url else {}
    set_up(**MORE_KEYS, **there)
    for sender, ask in ((VONAGE, lanes.sms_provider), (SES, lanes.email_provider)):
        with pytest.raises(NotAllowed, match="this machine"):
            ask(sender)
    assert lanes._Current.process is None


def test_demo_builds_vonage_and_amazon_for_the_sandbox(set_up: SetUp) -> None:
    set_up(
        **MORE_KEYS,
        OUTREACH_TWILIO_BASE_URL=SANDBOX,
        OUTREACH_SENDGRID_BASE_URL=SANDBOX,
        OUTREACH_VONAGE_BASE_URL=SANDBOX,
        OUTREACH_SES_BASE_URL=SANDBOX,
    )
    assert check_mode() == []
    assert isinstance(lanes.sms_provider(VONAGE), VonageSms)
    assert isinstance(lanes.email_provider(SES), SesEmail)


@pytest.mark.parametrize(
    ("missing", "sender"),
    [
        ("OUTREACH_VONAGE_APPLICATION_ID", VONAGE),
        ("OUTREACH_VONAGE_API_SECRET", VONAGE),
        ("OUTREACH_SES_REGION", SES),
    ],
)
def test_account_that_is_not_complete_names_what_is_missing(
    set_up: SetUp, missing: str, sender: Sender
) -> None:
    here = {"OUTREACH_VONAGE_BASE_URL": SANDBOX, "OUTREACH_SES_BASE_URL": SANDBOX}
    set_up(**{**MORE_KEYS, **here, missing: ""})
    ask = lanes.sms_provider if sender is VONAGE else lanes.email_provider
    with pytest.raises(BadInput) as caught:
        ask(sender)
    assert missing in caught.value.remedy


def test_stand_in_for_amazon_on_another_machine_is_refused_in_every_mode(set_up: SetUp) -> None:
    set_up(**MORE_KEYS, OUTREACH_MODE="trial", OUTREACH_SES_BASE_URL="https://evil.example")
    with pytest.raises(BadInput, match="not on this machine"):
        lanes.email_provider(SES)


def test_demo_builds_the_real_adapters_for_the_sandbox(set_up: SetUp) -> None:
    set_up(
        OUTREACH_TWILIO_BASE_URL=SANDBOX,
        OUTREACH_SENDGRID_BASE_URL=SANDBOX,
        OUTREACH_SMTP_URL="smtp://127.0.0.1:9",
    )
    assert check_mode() == []
    assert isinstance(lanes.sms_provider(TWILIO), TwilioSms)
    assert isinstance(lanes.email_provider(SENDGRID), SendGridEmail)
    assert isinstance(lanes.email_provider(SMTP), SmtpEmail)


def test_adapter_is_kept_for_the_next_call(set_up: SetUp) -> None:
    set_up(OUTREACH_TWILIO_BASE_URL=SANDBOX)
    assert lanes.sms_provider(TWILIO) is lanes.sms_provider(TWILIO)


@pytest.mark.parametrize(
    ("sender", "ask"),
    [
        (TWILIO, lanes.email_provider),
        (SENDGRID, lanes.sms_provider),
        (SMTP, lanes.email_provider),
        (Sender(channel="sms", provider="pigeon", identity="x"), lanes.sms_provider),
    ],
)
def test_provider_that_is_not_set_up_says_so(
    set_up: SetUp, sender: Sender, ask: Callable[[Sender], object]
) -> None:
    set_up(OUTREACH_TWILIO_BASE_URL=SANDBOX, OUTREACH_SENDGRID_BASE_URL=SANDBOX)
    with pytest.raises(BadInput, match="not set up"):
        ask(sender)


@pytest.mark.django_db
def test_live_waits_for_its_checks(set_up: SetUp) -> None:
    set_up(OUTREACH_MODE="live")
    Organisation.objects.create(name="Safe Online Network")
    codes = {problem.code for problem in check_mode()}
    assert codes == {"live-not-confirmed", "no-duty-contact", "caps-not-confirmed"}
    with pytest.raises(NotAllowed):
        lanes.sms_provider(TWILIO)


@pytest.mark.django_db
def test_live_with_green_checks_may_send(set_up: SetUp) -> None:
    set_up(OUTREACH_MODE="live", OUTREACH_LIVE_CONFIRMED=LIVE_SENTENCE)
    Organisation.objects.create(
        name="Safe Online Network",
        caps_confirmed_at=datetime(2026, 11, 2, tzinfo=UTC),
    )
    build_duty_contact()
    assert check_mode() == []
    assert isinstance(lanes.sms_provider(TWILIO), TwilioSms)


@pytest.mark.django_db
def test_live_without_an_organisation_may_not_send(set_up: SetUp) -> None:
    set_up(OUTREACH_MODE="live", OUTREACH_LIVE_CONFIRMED=LIVE_SENTENCE)
    assert {problem.code for problem in check_mode()} == {"no-duty-contact", "caps-not-confirmed"}


def test_everything_of_a_process_runs_on_one_loop() -> None:
    async def where() -> tuple[int, int]:
        return id(asyncio.get_running_loop()), threading.get_ident()

    places = {lanes.run_async(where()) for _ in range(3)}
    assert len(places) == 1
    assert places.pop()[1] != threading.get_ident()


def test_error_of_a_call_comes_out_of_the_loop() -> None:
    async def fail() -> None:
        raise NotAllowed("no")

    with pytest.raises(NotAllowed):
        lanes.run_async(fail())


def test_forked_worker_has_a_loop_of_its_own() -> None:
    async def nothing() -> int:
        return 0

    lanes.run_async(nothing())
    child = os.fork()
    if child == 0:
        os._exit(lanes.run_async(nothing()))
    assert os.waitpid(child, 0)[1] == 0


def test_status_address_asks_twilio_to_come_back(set_up: SetUp) -> None:
    set_up(OUTREACH_WEBHOOK_URL="https://hooks.example.org/")
    assert lanes.status_urls("twilio")("abc") == (
        "https://hooks.example.org/webhooks/twilio/status/abc#rc=5&rp=all"
    )
    assert lanes.status_urls("vonage")("abc") == (
        "https://hooks.example.org/webhooks/vonage/status/abc"
    )
    assert lanes.status_urls("sendgrid")("abc") == ""


def _use(channel: str, provider: str) -> None:
    identity = "+447700900999" if channel == "sms" else "hello@outreach.test"
    Sender.objects.create(
        channel=channel,
        provider=provider,
        identity=identity,
        can_receive=True,
        opt_out_handled_by="us",
        rate_per_second=1,
    )


PUBLIC = {"OUTREACH_WEBHOOK_URL": "https://hooks.example.org"}
ANSWERS = {"OUTREACH_INBOUND_DOMAIN": "reply.example.org"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("channel", "provider", "settings", "missing"),
    [
        ("sms", "twilio", {}, "OUTREACH_WEBHOOK_URL"),
        ("sms", "twilio", PUBLIC, None),
        ("email", "sendgrid", PUBLIC, "OUTREACH_INBOUND_DOMAIN"),
        ("email", "sendgrid", PUBLIC | ANSWERS, "OUTREACH_INBOUND_SECRET"),
        (
            "email",
            "sendgrid",
            PUBLIC | ANSWERS | {"OUTREACH_INBOUND_SECRET": "s"},
            "OUTREACH_SENDGRID_WEBHOOK_PUBLIC_KEYS",
        ),
        (
            "email",
            "sendgrid",
            PUBLIC
            | ANSWERS
            | {"OUTREACH_INBOUND_SECRET": "s", "OUTREACH_SENDGRID_WEBHOOK_PUBLIC_KEYS": "k"},
            None,
        ),
        ("sms", "vonage", PUBLIC, "OUTREACH_VONAGE_SIGNATURE_SECRETS"),
        ("sms", "vonage", PUBLIC | {"OUTREACH_VONAGE_SIGNATURE_SECRETS": "s"}, None),
        ("email", "ses", PUBLIC | ANSWERS, "OUTREACH_INBOUND_SECRET"),
        (
            "email",
            "ses",
            PUBLIC | ANSWERS | {"OUTREACH_IMAP_URL": "imaps://u:p@h"},
            "OUTREACH_SES_TOPIC_ARNS",
        ),
        (
            "email",
            "ses",
            PUBLIC
            | ANSWERS
            | {"OUTREACH_IMAP_URL": "imaps://u:p@h", "OUTREACH_SES_TOPIC_ARNS": "arn:x"},
            None,
        ),
        ("email", "smtp", {}, "OUTREACH_INBOUND_DOMAIN"),
        ("email", "smtp", ANSWERS, "OUTREACH_IMAP_URL"),
        ("email", "smtp", ANSWERS | {"OUTREACH_IMAP_URL": "imaps://u:p@h"}, None),
    ],
)
def test_live_is_refused_without_a_way_back_for_each_channel(
    set_up: SetUp, channel: str, provider: str, settings: dict[str, str], missing: str | None
) -> None:
    set_up(OUTREACH_MODE="live", **settings)
    _use(channel, provider)
    found = [problem.where for problem in check_mode() if problem.code == "no-way-back"]
    assert found == ([missing] if missing else [])
