"""A restored installation sends nothing twice and to nobody who had stopped meanwhile."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from django.db import connection

from outreach.audience.models import Address
from outreach.campaigns.actions import resume_launch
from outreach.campaigns.models import Launch, LaunchState, StepRun
from outreach.config.environment import environment
from outreach.config.roles import ensure_roles
from outreach.consent.actions import withdraw
from outreach.consent.models import Topic
from outreach.consent.queries import has_consent, is_suppressed
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now, using
from outreach.core.errors import BadInput, NotNow
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.models import Batch, Delivery, DeliveryState
from outreach.delivery.reconcile import reconcile_unknown
from outreach.delivery.sealing.sealer import seal_ledger
from outreach.delivery.sealing.verify import verify_ledger
from outreach.delivery.upkeep import top_up_plans, wake_due_plans
from outreach.notices.models import Notice, NoticeKind
from outreach.notices.sending import send_due_notices
from outreach.operations.backup import backups, make_backup, note_file, read_note
from outreach.operations.restore import Restored, finish_restore, make_safe, restore
from outreach.operations.stop_journal import journal_file, replay_journal, write_journal
from outreach.organisation.address_key_register import recorded_keys
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import School
from outreach.organisation.standstill import standstill
from outreach.replies.catch_up import read_missed_texts
from outreach.sandbox.control import SandboxControl
from outreach.subscriptions.erasing import erase_address
from outreach.subscriptions.opt_out import opt_out
from tests.delivery import delivery_builders as build
from tests.operations.encryption_house import FIRST, SECOND, Begin

AsOwner = Callable[[], AbstractContextManager[None]]
PHONES = [f"+44770090000{n}" for n in range(5)]
MAILS = [f"parent{n}@example.org" for n in range(4)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "backups"
    monkeypatch.setenv("OUTREACH_BACKUP_DIR", str(place))
    environment.cache_clear()
    return place


def put_back(file: Path, *, replace: bool = True) -> Restored:
    def make_roles() -> None:
        ensure_roles(environment())

    return restore(file, replace=replace, make_roles=make_roles, actor=OPERATOR)


def noon_of(clock: FrozenClock, launch: Launch, days: int) -> None:
    """Half an hour into the window of that day, at the school."""
    day = launch.starts_on + timedelta(days=days)
    wanted = datetime(day.year, day.month, day.day, 12, 30, tzinfo=UTC)
    clock.tick(wanted - now())


def send_all() -> None:
    for batch in Batch.objects.filter(is_done=False):
        send_batch(batch.pk)


def carried(control: SandboxControl) -> Counter[str]:
    """How many messages of ours each phone and mailbox has got."""
    phones = {
        each: sum(m["direction"] == "outbound-api" for m in control.messages(Channel.SMS, each))
        for each in PHONES
    }
    return Counter(phones | {each: len(control.messages(Channel.EMAIL, each)) for each in MAILS})


def parents(school: School) -> None:
    for number, phone in enumerate(PHONES):
        build.build_parent(school, phone=phone, name=f"P{number}")
    for number, mail in enumerate(MAILS):
        build.build_parent(school, email=mail, name=f"M{number}")


def meanwhile(control: SandboxControl) -> None:
    """What the installation that was lost did, and what people said to it, after its backup."""
    send_all()
    control.configure(sms_inbound_url="")
    control.reply_from_phone(PHONES[0], "STOP", to="+447700900999")
    control.suppress(MAILS[0], "Unsubscribed Address")
    opt_out("sms", PHONES[1], evidence="link:1/1", actor=OPERATOR)
    erase_address(Address.objects.get(match_key=MAILS[1]))
    topic, school = Topic.objects.get(), School.objects.get()
    address = Address.objects.get(match_key=PHONES[2])
    withdraw(address.pk, topic.pk, school.pk, source="page", wording="", actor=OPERATOR)
    write_journal()


@dataclass(frozen=True)
class Lost:
    """An installation whose database is lost: its last backup, its launch, the sandbox."""

    file: Path
    launch: Launch
    control: SandboxControl
    clock: FrozenClock


@pytest.fixture
def lost(real_day: FrozenClock, providers: SandboxControl, folder: Path) -> Lost:
    """A step was planned, the backup made; then it went out, and people said stop."""
    parents(build.build_school(zone="UTC"))
    launch = build.build_running_launch(starts_on=(now() + timedelta(days=1)).date())
    noon_of(real_day, launch, 0)
    real_day.tick(timedelta(hours=-1))
    plan_step_run(build.first_run(launch).pk)
    seal_ledger()
    file = make_backup()
    noon_of(real_day, launch, 0)
    meanwhile(providers)
    assert carried(providers).total() == 9
    return Lost(file, launch, providers, real_day)


def test_every_stop_of_the_meantime_holds_again(lost: Lost, as_owner: AsOwner) -> None:
    with as_owner():
        done = put_back(lost.file)
    assert done.problems == []
    assert (done.unknown, done.replayed.stops, done.replayed.erasures) == (9, 2, 1)
    assert (done.replayed.withdrawals, done.texts, done.listed) == (1, 1, 1)
    assert is_suppressed("sms", PHONES[0])
    assert is_suppressed("email", MAILS[0])
    assert is_suppressed("sms", PHONES[1])
    assert is_suppressed("email", MAILS[1])
    assert not Address.objects.filter(match_key=MAILS[1]).exists()
    address = Address.objects.get(match_key=PHONES[2])
    assert not has_consent(address.pk, Topic.objects.get().pk, School.objects.get().pk)


def test_nothing_goes_out_twice(lost: Lost, as_owner: AsOwner) -> None:
    with as_owner():
        put_back(lost.file)
    launch = Launch.objects.get(pk=lost.launch.pk)
    assert (launch.state, standstill() is not None) == (LaunchState.PAUSED, True)
    send_all()
    with pytest.raises(NotNow, match="stands still"):
        resume_launch(launch, actor=OPERATOR)

    assert finish_restore(resume=True, actor=OPERATOR) == ["Autumn"]
    lost.clock.tick(timedelta(minutes=15))
    # Of the phone that stopped, the list has two messages: that one is left to a person.
    assert reconcile_unknown() == 4
    send_all()
    while send_due_notices():
        pass
    top_up_plans()
    wake_due_plans()
    send_all()
    assert carried(lost.control).total() == 9


def test_what_comes_afterwards_goes_to_those_who_want_it_and_the_chain_proves_all_of_it(
    lost: Lost, as_owner: AsOwner
) -> None:
    with as_owner():
        put_back(lost.file)
    finish_restore(resume=True, actor=OPERATOR)
    noon_of(lost.clock, lost.launch, 1)
    plan_step_run(StepRun.objects.order_by("position")[1].pk)
    read_missed_texts()  # no webhooks run here: as after every silence of theirs
    send_all()
    twice = {address for address, number in carried(lost.control).items() if number == 2}
    assert twice == {PHONES[3], PHONES[4], MAILS[2], MAILS[3]}
    assert carried(lost.control).total() == 13
    seal_ledger()
    verdict = verify_ledger()
    assert verdict.findings == []
    assert verdict.events >= 9


def test_a_step_that_was_planned_and_sent_after_the_backup_is_not_sent_again(
    real_day: FrozenClock, providers: SandboxControl, folder: Path, as_owner: AsOwner
) -> None:
    parents(build.build_school(zone="UTC"))
    launch = build.build_running_launch(starts_on=(now() + timedelta(days=1)).date())
    file = make_backup()
    noon_of(real_day, launch, 0)
    run = build.first_run(launch)
    plan_step_run(run.pk)
    send_all()
    assert carried(providers).total() == 9

    with as_owner():
        put_back(file)
    finish_restore(resume=True, actor=OPERATOR)
    states = Delivery.objects.filter(step_run_id=run.pk).values_list("state", flat=True)
    assert set(states) == {DeliveryState.UNKNOWN}
    top_up_plans()
    plan_step_run(run.pk)
    send_all()
    assert carried(providers).total() == 9


def test_a_notice_that_was_due_and_a_launch_that_may_have_begun_do_not_go_on(
    real_day: FrozenClock, providers: SandboxControl, folder: Path, as_owner: AsOwner
) -> None:
    build.build_school()
    with using(FrozenClock(now().replace(hour=10))):  # after hours no launch begins today
        launch = build.build_running_launch()
    Launch.objects.update(state=LaunchState.APPROVED)
    StepRun.objects.all().delete()
    for name, due in (("due", now()), ("later", now() + timedelta(days=2))):
        Notice.objects.create(
            kind=NoticeKind.CONSENT_RECEIPT,
            dedupe_key=name,
            channel="sms",
            destination=PHONES[0],
            text="hello",
            created_at=now(),
            expires_at=now() + timedelta(days=9),
            not_before_at=due,
        )
    file = make_backup()
    with as_owner():
        done = put_back(file)
    assert (done.cancelled, done.notices) == ([str(launch.uuid)], 1)
    assert dict(Notice.objects.values_list("dedupe_key", "state")) == {
        "due": "unknown",
        "later": "pending",
    }
    real_day.tick(timedelta(days=3))
    assert send_due_notices() == 0, "in a standstill it waits, and is not lost"
    assert Notice.objects.get(dedupe_key="later").state == "pending"
    assert not [each for each in done.problems if "stops.jsonl" in each or "journal" in each]


def test_a_database_with_something_in_it_is_replaced_only_when_asked(
    real_day: FrozenClock, folder: Path, as_owner: AsOwner
) -> None:
    file = make_backup()
    with as_owner(), pytest.raises(BadInput, match="not empty"):
        put_back(file, replace=False)
    assert School.objects.count() == 0
    assert standstill() is None


def test_another_key_or_a_damaged_file_is_refused_before_anything_changes(
    real_day: FrozenClock, folder: Path, as_owner: AsOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.build_school()
    file = make_backup()
    monkeypatch.setenv("OUTREACH_SUPPRESSION_KEYS", f"1:{'cd' * 32}")
    environment.cache_clear()
    with pytest.raises(BadInput, match="would not be found"):
        put_back(file)
    monkeypatch.undo()
    environment.cache_clear()
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(BadInput, match="damaged"):
        put_back(file)
    assert School.objects.count() == 1


def test_a_newer_address_key_than_the_backups_is_noted_again(
    begin: Begin, folder: Path, as_owner: AsOwner
) -> None:
    begin(FIRST)
    file = make_backup()
    begin(f"{FIRST},{SECOND}")
    with as_owner():
        put_back(file)
    assert recorded_keys().keys() == {1, 2}


def test_old_backups_are_deleted_and_the_note_has_no_key(
    real_day: FrozenClock, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_BACKUPS_KEPT", "1")
    environment.cache_clear()
    first = make_backup()
    while (second := make_backup()) == first:
        pass
    assert backups(folder) == [second]
    assert {each.suffix for each in folder.iterdir()} <= {".dump", ".json", ".jsonl"}
    assert {each.stat().st_mode & 0o77 for each in folder.iterdir()} == {0}
    written = note_file(second).read_text()
    assert environment().secret_key not in written
    assert environment().suppression_keys.partition(":")[2] not in written
    assert read_note(second).suppression_keys.keys() == {"1"}


def test_the_journal_has_every_stop_once_and_names_nobody(
    real_day: FrozenClock, folder: Path
) -> None:
    build.build_parent(build.build_school(), phone=PHONES[0])
    opt_out("sms", PHONES[0], evidence="inbound:1", actor=OPERATOR)
    assert (write_journal(), write_journal()) == (1, 0)
    text = journal_file(folder).read_text()
    assert PHONES[0] not in text
    assert [orjson.loads(line)["what"] for line in text.splitlines()] == ["begun", "stop"]


def test_no_stops_can_be_told_from_a_journal_that_was_lost_or_begun_anew(
    real_day: FrozenClock, folder: Path, as_owner: AsOwner
) -> None:
    file = make_backup()
    journal = journal_file(folder)
    assert replay_journal(folder, read_note(file).made_at).begun == ""
    journal.unlink()
    with as_owner():
        done = put_back(file)
    assert any("no journal of stops" in each for each in done.problems)
    write_journal()
    with as_owner():
        done = make_safe(read_note(file).made_at, folder, actor=OPERATOR)
    assert any("was begun anew at" in each for each in done.problems)


def test_a_torn_line_of_the_journal_takes_no_other_with_it(
    real_day: FrozenClock, folder: Path
) -> None:
    journal = journal_file(folder)
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.write_text('{"at":"2026-')  # the machine ended here
    build.build_parent(build.build_school(), phone=PHONES[0])
    opt_out("sms", PHONES[0], evidence="inbound:1", actor=OPERATOR)
    write_journal()
    assert orjson.loads(journal.read_bytes().splitlines()[-1])["what"] == "stop"
    assert replay_journal(folder, now() - timedelta(days=1)).torn == 1


def test_the_commands_make_and_bring_back(
    real_day: FrozenClock, folder: Path, empty_database: str, tmp_path: Path
) -> None:
    from tests.cli.cli_terminal import installed_outreach

    build.build_school()
    file = make_backup()
    env = {"DATABASE_URL": empty_database, "OUTREACH_DATABASE_ROLE": "", "OUTREACH_BACKUP_DIR": ""}
    connection.close()
    done = installed_outreach("restore", "from", file, "--json", env=env)
    assert done.code == 0, done.err
    assert json.loads(done.out)["unknown"] == 0
    finished = installed_outreach("restore", "finish", env=env)
    assert "Messages may go out again." in finished.out, finished.err
    made = installed_outreach("backup", "--to", tmp_path / "more", env=env)
    assert made.code == 0, made.err
    (copy,) = backups(tmp_path / "more")
    assert str(copy) in made.out
    assert str(note_file(copy)) in made.out
    assert "keys are NOT in it: OUTREACH_SUPPRESSION_KEYS, OUTREACH_SECRET_KEY." in made.out
    again = installed_outreach("backup", "--to", tmp_path / "json", "--json", env=env)
    assert json.loads(again.out)["note"] == str(note_file(backups(tmp_path / "json")[0]))
