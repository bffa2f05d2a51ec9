"""What is kept no longer goes, and nothing else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.utils import timezone

from outreach.audience.models import Address, AddressHash, Membership
from outreach.audience.models import MembershipState as M
from outreach.campaigns.actions import cancel_launch
from outreach.campaigns.models import StepRun
from outreach.cli.program import program
from outreach.cli.retention_page import retention_page
from outreach.consent.actions import suppress, withdraw
from outreach.consent.models import Suppression, SuppressionReason
from outreach.consent.queries import is_suppressed
from outreach.core.clock import FrozenClock, now
from outreach.delivery.actions import plan_step_run
from outreach.delivery.models import Delivery, DeliveryEvent
from outreach.delivery.sealing.verify import verify_ledger
from outreach.delivery.upkeep import close_batches
from outreach.inbox.models import InboundMessage, ProviderEvent
from outreach.notices.models import Notice, NoticeKind
from outreach.operations.kept import KEPT
from outreach.operations.models import UpkeepKind
from outreach.operations.retention import forget_what_is_old, retention_lines
from outreach.operations.runs import latest
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AuditEntry
from outreach.outbound.models import Hook, HookMessage
from outreach.replies.models import Case, CaseState, Reply
from tests.delivery import delivery_builders as build

LONG_AGO = timedelta(days=4_000)


def inbound(days: int, *, case: str | None = None) -> InboundMessage:
    at = now() - timedelta(days=days)
    message = InboundMessage.objects.create(
        provider="twilio",
        message_id=f"SM{days}{case}",
        channel="sms",
        from_address="+447700900111",
        to_address="+447700900999",
        text="please call me",
        received_at=at,
        processed_at=at,
    )
    reply = Reply.objects.create(inbound=message, meaning="question", why="-", at=at)
    if case:
        opened = Case.objects.create(reply=reply, state=case, opened_at=at, closed_at=at)
        Reply.objects.filter(pk=reply.pk).update(case=opened)
    return message


def texts() -> set[str]:
    return set(InboundMessage.objects.exclude(text="").values_list("message_id", flat=True))


def due(key: str) -> int:
    return next(line.due for line in retention_lines() if line.kept.key == key)


def test_words_of_old_replies_go_and_those_under_an_open_case_stay(
    installation: FrozenClock,
) -> None:
    for days in (89, 91):
        inbound(days)
        inbound(days, case=CaseState.OPEN)
    assert due("replies") == 1
    forget_what_is_old()
    assert texts() == {"SM89None", "SM89open", "SM91open"}
    assert InboundMessage.objects.get(message_id="SM91None").from_address == ""


def test_words_of_a_closed_case_go_by_the_time_of_cases_and_then_the_writer_too(
    installation: FrozenClock,
) -> None:
    inbound(31, case=CaseState.CLOSED)
    inbound(29, case=CaseState.CLOSED)
    assert due("case_texts") == 1
    forget_what_is_old()
    assert texts() == {"SM29closed"}
    installation.tick(timedelta(days=70))
    forget_what_is_old()
    assert not InboundMessage.objects.exclude(from_address="").exists()


def test_old_notices_and_events_of_providers_go(installation: FrozenClock) -> None:
    for days in (29, 31, 181):
        at = now() - timedelta(days=days)
        ProviderEvent.objects.create(
            provider="twilio", event_key=str(days), received_at=at, processed_at=at
        )
        Notice.objects.create(
            kind=NoticeKind.CONSENT_RECEIPT,
            dedupe_key=str(days),
            channel="sms",
            destination="+447700900111",
            text="hello",
            state="delivered",
            created_at=at,
            expires_at=at,
            not_before_at=at,
        )
    forget_what_is_old()
    assert set(ProviderEvent.objects.values_list("event_key", flat=True)) == {"29"}
    blank = Notice.objects.filter(text="", destination="")
    assert set(blank.values_list("dedupe_key", flat=True)) == {"181"}


def test_messages_that_another_system_did_not_take_go_and_those_that_wait_stay(
    installation: FrozenClock,
) -> None:
    hook = Hook.objects.create(
        url="https://hub.example.org", events=[], secret=b"-", created_at=now()
    )
    for days, state in ((29, "dead"), (31, "dead"), (31, "waiting")):
        at = timezone.now() - timedelta(days=days)
        HookMessage.objects.create(
            hook=hook, body=f"{state} {days}", state=state, made_at=at, due_at=at, give_up_at=at
        )
    assert due("dead_letters") == 1
    forget_what_is_old()
    kept = HookMessage.objects.order_by("pk").values_list("body", flat=True)
    assert list(kept) == ["dead 29", "waiting 31"]


def test_who_left_and_agrees_to_nothing_is_forgotten_but_for_the_keyed_stop(
    installation: FrozenClock,
) -> None:
    school = build.build_school()
    gone = build.build_parent(school, phone="+447700900001", consent=False)
    agrees = build.build_parent(school, phone="+447700900002")
    here = build.build_parent(school, phone="+447700900003", consent=False)
    suppress(
        "sms",
        "+447700900001",
        reason=SuppressionReason.ASKED,
        evidence="inbound:1",
        actor=OPERATOR,
    )
    left = Membership.objects.filter(person__in=[gone.person, agrees.person])
    left.update(state=M.ENDED, ended_at=now())
    installation.tick(timedelta(days=179))
    assert due("people") == 0
    installation.tick(timedelta(days=2))
    assert due("people") == 1
    forget_what_is_old()
    kept = set(Address.objects.exclude(value="").values_list("pk", flat=True))
    assert kept == {agrees.phone.pk, here.phone.pk}
    assert not AddressHash.objects.filter(address=gone.phone).exists()
    assert Membership.objects.get(person=gone.person).name == ""
    assert Suppression.objects.count() == 1
    assert is_suppressed("sms", "+447700900001")
    withdraw(agrees.phone.pk, None, None, source="x", wording="", actor=OPERATOR)
    assert due("people") == 1


@pytest.fixture
def old_run(installation: FrozenClock) -> StepRun:
    """A step run that finished, by the calendar, long ago."""
    build.next_range_of_runs()  # all step runs of the launch share a partition
    build.build_parents(build.build_school(), 3)
    launch = build.build_running_launch()
    run = build.first_run(launch)
    plan_step_run(run.pk)
    cancel_launch(launch, actor=OPERATOR, why="a test")
    close_batches()
    # Others of its partition as well: what still waits keeps the whole of it.
    StepRun.objects.update(finished_at=timezone.now() - LONG_AGO)
    return run


def test_old_partitions_are_dropped_and_the_chain_says_so(old_run: StepRun) -> None:
    forget_what_is_old()
    assert not Delivery.objects.filter(step_run=old_run).exists()
    assert not DeliveryEvent.objects.filter(step_run=old_run).exists()
    verdict = verify_ledger()
    assert verdict.findings == []
    assert verdict.events == 3, "they were sealed before they went"


def test_a_partition_in_which_one_step_still_waits_stays(old_run: StepRun) -> None:
    StepRun.objects.exclude(pk=old_run.pk).update(finished_at=None)
    forget_what_is_old()
    assert Delivery.objects.filter(step_run=old_run).count() == 3


def test_the_database_itself_keeps_what_is_young_whatever_it_is_asked(old_run: StepRun) -> None:
    from django.db import connection

    StepRun.objects.update(finished_at=timezone.now() - timedelta(days=29))
    with connection.cursor() as cursor:
        cursor.execute("SELECT part FROM outreach_ledger_old(%s)", [timezone.now()])
        assert cursor.fetchall() == []
        cursor.execute("SELECT outreach_forget_audit(%s, 100)", [timezone.now()])
    assert AuditEntry.objects.exists()


def test_the_audit_log_forgets_what_is_older_than_its_time(installation: FrozenClock) -> None:
    for days in (2_500, 2_600):
        AuditEntry.objects.create(
            at=now() - timedelta(days=days), actor="x", action=str(days), subject="y"
        )
    forget_what_is_old()
    assert set(AuditEntry.objects.filter(actor="x").values_list("action", flat=True)) == {"2500"}


def test_a_second_run_finds_nothing_and_each_is_noted(installation: FrozenClock) -> None:
    inbound(91)
    assert forget_what_is_old()["replies"] == 1
    assert set(forget_what_is_old().values()) == {0}
    run = latest(UpkeepKind.RETENTION)
    assert run is not None
    assert run.ended_at is not None
    assert set(run.result) == {each.key for each in KEPT}


def test_the_command_shows_what_would_go_and_changes_nothing(installation: FrozenClock) -> None:
    inbound(91)
    terminal = CliRunner(env={"COLUMNS": "300"})
    shown = terminal.invoke(program, ["retention", "show"])
    assert shown.exit_code == 0, shown.output
    assert "The job has not run yet." in shown.output
    assert texts() == {"SM91None"}
    assert "replies: 1" in terminal.invoke(program, ["retention", "run"]).output
    assert ", done." in terminal.invoke(program, ["retention", "show"]).output
    assert '"due": 0' in terminal.invoke(program, ["retention", "show", "--json"]).output


def test_the_page_of_the_documents_has_every_line_with_its_days() -> None:
    page = retention_page()
    assert all(each.what in page for each in KEPT)
    assert "90 days (`OUTREACH_KEEP_REPLIES_DAYS`)" in page
