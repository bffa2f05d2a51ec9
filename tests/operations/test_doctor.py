"""The check-up finds what operators get wrong, and says how to mend it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models.functions import Now

from outreach.config.environment import environment
from outreach.core.clock import FrozenClock, now
from outreach.inbox.models import InboundMessage
from outreach.operations.doctor.examine import CHECKS, examine
from outreach.operations.doctor.finding import Finding, Verdict
from outreach.operations.doctor.installation import upkeep
from outreach.operations.doctor.mail_dns import Names, look_at_domain, look_at_inbound
from outreach.operations.models import UpkeepKind, UpkeepRun
from outreach.operations.provider_setup import set_up
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import School
from outreach.organisation.standstill import begin_standstill
from outreach.providers.port import ProviderName
from outreach.sandbox.control import SandboxControl
from tests.delivery import delivery_builders as build
from tests.operations.dns_server import DnsServer

DOMAIN = "outreach.test"
GOOD = {
    (DOMAIN, "TXT"): ['"v=spf1 include:sendgrid.net -all"', '"something else"'],
    (f"_dmarc.{DOMAIN}", "TXT"): ['"v=DMARC1; p=reject; rua=mailto:d@outreach.test"'],
    (f"s1._domainkey.{DOMAIN}", "TXT"): ['"k=rsa; t=s; " "p=MIGfMA0GCSq"'],
    ("reply.outreach.test", "MX"): ["10 mx.sendgrid.net."],
}


@pytest.fixture
def dns() -> Iterator[DnsServer]:
    with DnsServer(GOOD) as server:
        yield server


@pytest.fixture
def healthy(
    installation: FrozenClock,
    providers: SandboxControl,
    dns: DnsServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> SandboxControl:
    """An installation of which everything that can be checked is right."""
    monkeypatch.setenv("OUTREACH_WEBHOOK_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("OUTREACH_INBOUND_DOMAIN", "reply.outreach.test")
    monkeypatch.setenv("OUTREACH_INBOUND_SECRET", "s3cret-part")
    monkeypatch.setenv("OUTREACH_SENDGRID_WEBHOOK_PUBLIC_KEYS", providers.event_public_key())
    monkeypatch.setenv("OUTREACH_DNS_SERVER", dns.address)
    monkeypatch.setenv("OUTREACH_BACKUP_DIR", str(tmp_path))
    environment.cache_clear()
    build.build_parent(build.build_school(), phone="+447700900001")
    for name in (ProviderName.TWILIO, ProviderName.SENDGRID):
        set_up(name, actor=OPERATOR)
    for kind in (UpkeepKind.BACKUP, UpkeepKind.RETENTION):
        UpkeepRun.objects.create(kind=kind, began_at=Now(), ended_at=Now())
    return providers


def bad() -> dict[str, Finding]:
    return {each.what: each for each in examine() if each.verdict is Verdict.BAD}


def verdicts(found: Iterator[Finding]) -> list[Verdict]:
    return [each.verdict for each in found]


def test_a_healthy_installation_has_nothing_to_mend(healthy: SandboxControl) -> None:
    assert bad() == {}
    assert len(examine()) >= len(CHECKS)


def test_everything_bad_says_how_to_mend_it(
    healthy: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    School.objects.update(zone="Europe/Nowhere")
    begin_standstill("a test", actor=OPERATOR)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    monkeypatch.setenv("OUTREACH_BACKUP_DIR", "/nowhere/at/all")
    monkeypatch.setenv("OUTREACH_TWILIO_AUTH_TOKEN", "f" * 32)
    monkeypatch.setenv("OUTREACH_WEBHOOK_URL", "http://127.0.0.1:10")
    environment.cache_clear()
    UpkeepRun.objects.create(
        kind=UpkeepKind.BACKUP, began_at=Now(), ended_at=Now(), failure="no room"
    )
    InboundMessage.objects.create(
        provider="twilio",
        message_id="SM1",
        channel="sms",
        from_address="+447700900001",
        to_address="+447700900999",
        text="STOP",
        received_at=now() - timedelta(minutes=6),
    )
    found = bad()
    assert set(found) == {
        "time zones",
        "standstill",
        "redis",
        "disk: backups",
        "backup",
        "provider twilio",
        "provider sendgrid",
        "queue replies",
    }
    assert all(each.remedy for each in found.values())


def test_a_key_that_is_gone_or_another_one_is_found(
    healthy: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    from outreach.consent.hashing import hasher

    for keys, words in ((f"1:{'cd' * 32}", "another key"), (f"2:{'cd' * 32}", "is gone")):
        monkeypatch.setenv("OUTREACH_SUPPRESSION_KEYS", keys)
        environment.cache_clear()
        hasher.cache_clear()
        found = [each.words for each in examine() if each.what == "keys"]
        assert any(words in each for each in found), found
    monkeypatch.undo()
    environment.cache_clear()
    hasher.cache_clear()


def test_backups_that_anybody_can_read_are_looked_at_in_mode_live(
    healthy: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_MODE", "live")
    for recipients, said in (("", True), ("age1x", False)):
        monkeypatch.setenv("OUTREACH_BACKUP_RECIPIENTS", recipients)
        environment.cache_clear()
        assert any("not encrypted" in each.words for each in upkeep()) is said


@pytest.mark.parametrize(
    ("record", "value", "words"),
    [
        ((DOMAIN, "TXT"), [], "no SPF"),
        ((DOMAIN, "TXT"), ['"v=spf1 -all"', '"v=spf1 a -all"'], "2 SPF records"),
        ((DOMAIN, "TXT"), ['"v=spf1 +all"'], "everybody"),
        ((f"_dmarc.{DOMAIN}", "TXT"), [], "no DMARC"),
        ((f"_dmarc.{DOMAIN}", "TXT"), ['"v=DMARC1; rua=mailto:x@y.test"'], "no policy"),
        ((f"s1._domainkey.{DOMAIN}", "TXT"), [], "No DKIM key"),
        ((f"s1._domainkey.{DOMAIN}", "TXT"), ['"k=rsa; p="'], "No DKIM key"),
    ],
)
def test_each_name_that_mail_needs_is_missed(
    dns: DnsServer, record: tuple[str, str], value: list[str], words: str
) -> None:
    names = Names(dns.address)
    assert verdicts(look_at_domain(names, DOMAIN, environment())) == [Verdict.GOOD] * 3
    dns.records[record] = value
    (found,) = [
        each
        for each in look_at_domain(names, DOMAIN, environment())
        if each.verdict is not Verdict.GOOD
    ]
    assert words in found.words
    assert found.remedy


def test_a_domain_below_one_with_dmarc_is_covered_and_a_watching_policy_is_looked_at(
    dns: DnsServer,
) -> None:
    dns.records["news.outreach.test", "TXT"] = ['"v=spf1 -all"']
    dns.records["s2._domainkey.news.outreach.test", "TXT"] = ['"p=abc"']
    found = verdicts(look_at_domain(Names(dns.address), "news.outreach.test", environment()))
    assert found == [Verdict.GOOD] * 3
    dns.records[f"_dmarc.{DOMAIN}", "TXT"] = ['"v=DMARC1; p=none"']
    found = verdicts(look_at_domain(Names(dns.address), DOMAIN, environment()))
    assert Verdict.LOOK in found


def test_answers_need_an_mx(dns: DnsServer) -> None:
    names = Names(dns.address)
    assert look_at_inbound(names, "reply.outreach.test").verdict is Verdict.GOOD
    assert look_at_inbound(names, "elsewhere.outreach.test").verdict is Verdict.BAD
    dns.records["null.outreach.test", "MX"] = ["0 ."]
    assert look_at_inbound(names, "null.outreach.test").verdict is Verdict.BAD


def test_the_command_prints_json_and_ends_with_one_when_ill(healthy: SandboxControl) -> None:
    from tests.cli.cli_terminal import outreach

    well = outreach("doctor", "--json")
    assert well.code == 0, well.out
    assert {each["verdict"] for each in well.json} <= {"good", "look", "skipped"}
    begin_standstill("a test", actor=OPERATOR)
    ill = outreach("doctor")
    assert ill.code == 1
    assert "outreach restore finish" in " ".join(ill.out.split())
    assert json.loads(outreach("doctor", "--json").out)
