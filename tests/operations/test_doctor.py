"""The check-up finds what operators get wrong, and says how to mend it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from django.db import connection
from django.db.models.functions import Now

from outreach.clock.leader import Leadership
from outreach.config.database import app_dsn, work_dsn
from outreach.config.environment import environment
from outreach.config.sign_of_life import SignOfLife
from outreach.core import queues
from outreach.core.clock import FrozenClock, now
from outreach.inbox.beat import BEAT_SQL
from outreach.inbox.models import Door, InboundMessage
from outreach.operations.doctor import processes
from outreach.operations.doctor.examine import CHECKS, examine
from outreach.operations.doctor.finding import Finding, Verdict
from outreach.operations.doctor.installation import help_lines, upkeep
from outreach.operations.doctor.machine import no_way_in
from outreach.operations.doctor.mail_dns import Names, look_at_domain, look_at_inbound
from outreach.operations.doctor.processes import web_runs, workers_run
from outreach.operations.models import UpkeepKind, UpkeepRun
from outreach.operations.provider_setup import set_up
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import School, Sender
from outreach.organisation.standstill import begin_standstill
from outreach.providers.port import ProviderName
from outreach.sandbox.control import SandboxControl
from tests.delivery import delivery_builders as build
from tests.operations.dns_server import DnsServer
from tests.servers import Servers

DOMAIN = "outreach.test"
SENDGRID = frozenset({ProviderName.SENDGRID})
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


@pytest.fixture(scope="module")
def workers(servers: Servers) -> Iterator[Celery]:
    """A worker that empties every queue, on the Redis of the tests."""
    app = Celery("workers", broker=servers.redis_url, set_as_current=False)
    app.control.purge()  # what earlier tests woke nobody for
    every = [queues.EMAIL, queues.SMS, queues.PLAN, queues.CONTROL]
    with start_worker(
        app, pool="solo", perform_ping_check=False, loglevel="CRITICAL", queues=every
    ):
        yield app


@dataclass(frozen=True)
class Running:
    """The processes that hold a lock."""

    clock: Leadership
    pages: SignOfLife


# Pages that other tests serve from this database hold the product's own lock.
PAGES_OF_THIS_TEST = 7_349_913


@pytest.fixture
def running(
    installation: FrozenClock, workers: Celery, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Running]:
    """What each process leaves behind while it runs."""
    monkeypatch.setattr(processes, "_WEB", PAGES_OF_THIS_TEST)
    with connection.cursor() as cursor:
        cursor.execute(BEAT_SQL)
    leadership = Leadership(work_dsn(environment()))
    assert leadership.holds()
    pages = SignOfLife(app_dsn(environment()), PAGES_OF_THIS_TEST)
    assert pages.show()
    yield Running(leadership, pages)
    leadership.release()
    pages.end()


@pytest.fixture
def healthy(
    running: Running,
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
    monkeypatch.setenv("OUTREACH_MODE", "trial")  # a demo has no webhooks to set
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


def test_pages_a_clock_a_worker_or_webhooks_of_which_nobody_has_heard_are_missed(
    healthy: SandboxControl, running: Running, workers: Celery
) -> None:
    running.clock.release()
    running.pages.end()
    Door.objects.update(seen_at=Now() - timedelta(minutes=5))
    workers.control.cancel_consumer(queues.SMS, reply=True)
    try:
        found = bad()
    finally:
        workers.control.add_consumer(queues.SMS, reply=True)
    assert set(found) == {"process web", "process clock", "process webhooks", "worker sms"}
    assert "last heard of 5 minutes ago" in found["process webhooks"].words
    assert "email 1, sms 0, plan 1, control 1" in found["worker sms"].words
    assert all(each.remedy for each in found.values())


def test_a_worker_that_no_sender_needs_is_not_missed(
    healthy: SandboxControl, workers: Celery
) -> None:
    Sender.objects.filter(channel="sms").update(is_active=False)
    workers.control.cancel_consumer(queues.SMS, reply=True)
    try:
        assert [each.verdict for each in workers_run()] == [Verdict.GOOD]
    finally:
        workers.control.add_consumer(queues.SMS, reply=True)


def test_the_sandbox_of_the_demo_has_no_webhooks_to_set(
    healthy: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_WEBHOOK_URL", "http://127.0.0.1:10")
    for mode, verdicts in (("demo", {Verdict.GOOD}), ("trial", {Verdict.GOOD, Verdict.BAD})):
        monkeypatch.setenv("OUTREACH_MODE", mode)
        environment.cache_clear()
        found = [each for each in examine() if each.what == "provider twilio"]
        assert {each.verdict for each in found} == verdicts
        assert any("nothing to set" in each.words for each in found) is (mode == "demo")


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
    assert verdicts(look_at_domain(names, DOMAIN, environment(), SENDGRID)) == [Verdict.GOOD] * 3
    dns.records[record] = value
    (found,) = [
        each
        for each in look_at_domain(names, DOMAIN, environment(), SENDGRID)
        if each.verdict is not Verdict.GOOD
    ]
    assert words in found.words
    assert found.remedy


def test_a_domain_below_one_with_dmarc_is_covered_and_a_watching_policy_is_looked_at(
    dns: DnsServer,
) -> None:
    dns.records["news.outreach.test", "TXT"] = ['"v=spf1 -all"']
    dns.records["s2._domainkey.news.outreach.test", "TXT"] = ['"p=abc"']
    found = verdicts(
        look_at_domain(Names(dns.address), "news.outreach.test", environment(), SENDGRID)
    )
    assert found == [Verdict.GOOD] * 3
    dns.records[f"_dmarc.{DOMAIN}", "TXT"] = ['"v=DMARC1; p=none"']
    found = verdicts(look_at_domain(Names(dns.address), DOMAIN, environment(), SENDGRID))
    assert Verdict.LOOK in found


def test_a_mail_server_of_ones_own_is_not_told_the_records_of_sendgrid(dns: DnsServer) -> None:
    dns.records[DOMAIN, "TXT"] = []
    own = frozenset({ProviderName.SMTP})
    found = list(look_at_domain(Names(dns.address), DOMAIN, environment(), own))
    assert [each.verdict for each in found] == [Verdict.BAD, Verdict.GOOD, Verdict.LOOK]
    assert "v=spf1 mx -all" in found[0].remedy
    assert not any("endGrid" in f"{each.words} {each.remedy}" for each in (found[0], found[2]))
    named = environment().model_copy(update={"dkim_selectors": ["s1"]})
    assert verdicts(look_at_domain(Names(dns.address), DOMAIN, named, own))[2] is Verdict.GOOD


@pytest.mark.parametrize(
    ("answer", "words", "remedy"),
    [
        ("connection to server on socket failed: No such file", "does not answer", "Start"),
        ("FATAL:  password authentication failed for user", "does not let us in", "password"),
        ('FATAL:  invalid value for parameter "role": "outreach_app"', "let us in", "migrate"),
    ],
)
def test_a_server_that_is_off_is_not_one_that_refuses(answer: str, words: str, remedy: str) -> None:
    found = no_way_in(f"connection failed: {answer}")
    assert words in found.words
    assert remedy in found.remedy
    assert ("migrate" in found.remedy) is (remedy == "migrate")


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


def test_pages_whose_connection_broke_are_heard_again(running: Running) -> None:
    end_all = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE objid = %s"
    with psycopg.connect(environment().database_url, autocommit=True) as superuser:
        superuser.execute(end_all, [PAGES_OF_THIS_TEST])
    assert [each.verdict for each in web_runs()] == [Verdict.BAD]
    assert not running.pages.show()
    assert running.pages.show()
    assert [each.verdict for each in web_runs()] == [Verdict.GOOD]


def test_help_lines_are_told_in_plain_words(installation: FrozenClock) -> None:
    def told() -> str:
        return list(help_lines())[-1].words

    assert told() == "There is no school yet, so no country to look at."
    build.build_school()
    assert told() == "Looked at the country of your schools: GB."
    school = build.build_school("two")
    School.objects.filter(pk=school.pk).update(country="IE")
    assert told() == "Looked at the 2 countries of your schools: GB, IE."
