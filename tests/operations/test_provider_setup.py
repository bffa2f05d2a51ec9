"""Setting up a provider by command, against the sandbox and the webhooks as they run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from outreach.config.environment import environment
from outreach.core.clock import FrozenClock, now
from outreach.core.errors import BadInput
from outreach.notices.models import Notice
from outreach.operations.provider_setup import look, prove_signatures, send_test, set_up
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AuditEntry, Sender, Staff
from outreach.providers.port import ProviderName
from outreach.providers.registry import SETUP
from outreach.sandbox.control import SandboxControl
from tests.e2e.e2e_house import free_port

ORIGIN = "http://127.0.0.1:9"


@pytest.fixture
def console(
    installation: FrozenClock, providers: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> SandboxControl:
    """Two empty consoles, and settings that say where we are."""
    monkeypatch.setenv("OUTREACH_WEBHOOK_URL", ORIGIN)
    monkeypatch.setenv("OUTREACH_INBOUND_DOMAIN", "reply.outreach.test")
    monkeypatch.setenv("OUTREACH_INBOUND_SECRET", "s3cret-part")
    monkeypatch.setenv("OUTREACH_SENDGRID_WEBHOOK_PUBLIC_KEYS", providers.event_public_key())
    environment.cache_clear()
    return providers


@pytest.fixture
def webhooks(
    console: SandboxControl, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> Iterator[None]:
    """The very process that takes callbacks, on this test's database."""
    import os

    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("OUTREACH_WEBHOOK_URL", origin)
    environment.cache_clear()
    argv = [sys.executable, "-m", "outreach.webhooks", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        argv, cwd=repository, env={**os.environ, "OUTREACH_DATABASE_ROLE": "work"}
    )
    try:
        _wait_for(origin, process)
        yield
    finally:
        process.terminate()
        process.wait(15)


def _wait_for(origin: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the webhooks ended"
        try:
            with urlopen(f"{origin}/healthz") as answer:  # noqa: S310  # loopback
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the webhooks did not come up")


@pytest.mark.parametrize("name", [ProviderName.TWILIO, ProviderName.SENDGRID, ProviderName.VONAGE])
def test_what_is_not_set_is_shown_and_one_command_sets_all_of_it(
    console: SandboxControl, name: ProviderName
) -> None:
    before = look(name)
    assert before.state.is_good
    assert before.hooks
    assert not any(hook.is_right for hook in before.hooks)

    after = set_up(name, actor=OPERATOR)
    assert [hook.name for hook in after.hooks] == [hook.name for hook in before.hooks]
    assert all(hook.is_right for hook in after.hooks)
    assert look(name) == after, "and a second look finds the same"
    assert AuditEntry.objects.filter(action="provider.webhooks-set").count() == 1


def test_every_address_is_one_that_the_webhooks_know(console: SandboxControl) -> None:
    set_up(ProviderName.SES, actor=OPERATOR)
    wanted = {
        hook.wanted.partition("#")[0].removeprefix(ORIGIN)
        for name in SETUP
        for hook in look(name).hooks
    }
    assert wanted == {
        "/webhooks/twilio/inbound",
        "/webhooks/twilio/voice",
        "/webhooks/sendgrid/events",
        "/webhooks/sendgrid/inbound/s3cret-part",
        "/webhooks/vonage/inbound",
        "/webhooks/vonage/status/none",
        "/webhooks/ses/events",
        environment().ses_topic_arns[0],
    }


def test_an_address_that_somebody_changed_is_found_and_set_again(console: SandboxControl) -> None:
    set_up(ProviderName.SENDGRID, actor=OPERATOR)
    environment().webhook_url = "http://127.0.0.1:10"
    assert not any(hook.is_right for hook in look(ProviderName.SENDGRID).hooks)
    again = set_up(ProviderName.SENDGRID, actor=OPERATOR)
    assert all(hook.is_right for hook in again.hooks)
    assert len(again.hooks) == 2, "changed, not added beside the old one"


def test_a_signing_key_that_we_do_not_have_is_said_with_the_setting(
    console: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_SENDGRID_WEBHOOK_PUBLIC_KEYS", "")
    environment.cache_clear()
    signing = set_up(ProviderName.SENDGRID, actor=OPERATOR).signing
    assert signing is not None
    assert not signing.is_good
    assert console.event_public_key() in signing.remedy


def test_wrong_credentials_are_named(
    console: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_TWILIO_AUTH_TOKEN", "f" * 32)
    monkeypatch.setenv("OUTREACH_SENDGRID_API_KEY", "SG.wrong")
    environment.cache_clear()
    monkeypatch.setenv("OUTREACH_VONAGE_API_SECRET", "wrong")
    monkeypatch.setenv("OUTREACH_SES_SECRET_ACCESS_KEY", "wrong")
    environment.cache_clear()
    assert "OUTREACH_VONAGE_API_SECRET" in look(ProviderName.VONAGE).state.remedy
    assert "OUTREACH_SES_ACCESS_KEY_ID" in look(ProviderName.SES).state.remedy
    assert "OUTREACH_TWILIO_AUTH_TOKEN" in look(ProviderName.TWILIO).state.remedy
    assert "OUTREACH_SENDGRID_API_KEY" in look(ProviderName.SENDGRID).state.remedy
    with pytest.raises(BadInput, match="not set up"):
        look(ProviderName.SMTP)


def test_a_messaging_service_is_left_to_a_person(console: SandboxControl) -> None:
    Sender.objects.filter(provider="twilio").update(identity="MG" + "a" * 32)
    (hook,) = look(ProviderName.TWILIO).hooks
    assert not hook.is_right
    assert "Integration" in hook.by_hand


@pytest.mark.e2e
def test_signatures_are_proved_end_to_end(webhooks: None, console: SandboxControl) -> None:
    set_up(ProviderName.SENDGRID, actor=OPERATOR)
    set_up(ProviderName.SES, actor=OPERATOR)
    console.wait_until_quiet()
    assert all(hook.is_right for hook in look(ProviderName.SES).hooks), "the webhooks said yes"
    for name in SETUP:
        proofs = prove_signatures(name)
        assert len(proofs) == 2
        assert all(proof.is_good for proof in proofs), proofs


def test_webhooks_that_do_not_answer_are_no_proof(console: SandboxControl) -> None:
    proofs = prove_signatures(ProviderName.TWILIO)
    assert not any(proof.is_good for proof in proofs)
    assert "OUTREACH_WEBHOOK_URL" in proofs[0].remedy


def test_a_test_goes_only_to_a_confirmed_address_of_staff(console: SandboxControl) -> None:
    staff = Staff.objects.create(email="dora@example.org", name="Dora", created_at=now())
    with pytest.raises(BadInput, match="not confirmed"):
        send_test(ProviderName.SENDGRID, staff, actor=OPERATOR)
    staff.email_verified_at = now()
    staff.save()
    send_test(ProviderName.SENDGRID, staff, actor=OPERATOR)
    assert Notice.objects.get().destination == "dora@example.org"


def test_the_command_ends_with_one_until_all_is_right(console: SandboxControl) -> None:
    from tests.cli.cli_terminal import outreach

    bad = outreach("providers", "setup", "twilio")
    assert bad.code == 1
    assert "NOT RIGHT" in bad.out
    good = outreach("providers", "setup", "twilio", "--set", "--json")
    assert good.code == 0, good.err
    assert all(hook["is_right"] for hook in json.loads(good.out)["hooks"])
