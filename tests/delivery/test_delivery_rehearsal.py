"""Before sending: what is rehearsed is what is then sent, and nothing is left behind."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import delivery_builders as build
import pytest
import rehearsal_builders as rehearsal

from outreach.audience.models import Address, AddressHash, Membership
from outreach.campaigns.actions import (
    approve_launch,
    create_launch,
    import_version,
    request_review,
    start_launch,
)
from outreach.campaigns.models import Campaign, CampaignVersion, Launch, StepRun
from outreach.config.environment import environment
from outreach.consent.models import ConsentState
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.core.errors import BadInput
from outreach.delivery.actions import plan_step_run, send_batch, stop_school
from outreach.delivery.models import Batch, Delivery, Spend, Tally
from outreach.delivery.rehearsal import Plan, Rehearsal, rehearse
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Organisation, School, Sender, SmsPrice
from outreach.sandbox.control import SandboxControl
from tests.organisation.contact_builders import make_ready

TODAY = build.MONDAY.date()
pytestmark = pytest.mark.usefixtures("ledger")


def really_launch(folder: Path) -> Launch:
    maker, approver = build.build_staff("maker"), build.build_staff("approver")
    version = import_version(folder, folder.parent.parent / "templates", actor=OPERATOR)
    launch = create_launch(version, name="Real", starts_on=TODAY, schools=[], actor=maker)
    request_review(launch, actor=maker, accepts_unreviewed=True)
    approve_launch(launch, actor=approver)
    return start_launch(launch, actor=maker)


def send_everything(launch: Launch, clock: FrozenClock) -> None:
    """Each step planned at its time, each batch sent when its window is open."""
    for run in launch.step_runs.order_by("position"):
        clock.tick(run.plan_at - now())
        plan_step_run(run.pk)
        while waiting := Batch.objects.filter(is_done=False).order_by("opens_at").first():
            clock.tick(max(waiting.opens_at - now(), timedelta(minutes=1)))
            send_batch(waiting.pk)


def what_was_sent(launch: Launch) -> dict[str, dict[str, Any]]:
    """The same numbers as a rehearsal has, counted from the ledger."""
    prices = dict(SmsPrice.objects.values_list("country", "micros"))
    found: dict[str, dict[str, Any]] = {}
    for run in launch.step_runs.all():
        rows = list(Delivery.objects.filter(step_run=run))
        sent = [row for row in rows if row.state == "accepted"]
        batches = {each.pk: each for each in Batch.objects.filter(step_run=run)}
        texts = [row for row in sent if batches[row.batch_id or 0].channel == "sms"]
        schools = dict(School.objects.values_list("pk", "slug"))
        phones = {row.id: country_of(row.address_id) for row in texts}
        found[run.step_key] = {
            "people": len(rows),
            "messages": len(sent),
            "segments": sum(row.segments or 0 for row in texts),
            "micros": sum((row.segments or 0) * prices[phones[row.id]] for row in texts),
            "channels": Counter(batches[row.batch_id or 0].channel for row in sent),
            "languages": Counter(row.language for row in sent),
            "schools": Counter(schools[row.school_id] for row in sent),
            "left_out": Counter(row.reason for row in rows if row.state == "skipped"),
            "windows": {
                (each.zone, each.opens_at, each.closes_at, each.expires_at)
                for each in batches.values()
            },
        }
    return found


def country_of(address_id: int | None) -> str:
    return Address.objects.get(pk=address_id or 0).country


def what_was_rehearsed(found: Rehearsal) -> dict[str, dict[str, Any]]:
    return {
        step.step_key: {
            "people": step.people,
            "messages": step.amount.messages,
            "segments": step.amount.segments,
            "micros": step.amount.micros,
            "channels": {name: each.messages for name, each in step.channels.items()},
            "languages": {name: each.messages for name, each in step.languages.items()},
            "schools": dict(step.schools),
            "left_out": dict(step.left_out),
            "windows": {
                (each.zone, each.opens_at, each.closes_at, each.expires_at)
                for each in step.windows
                if each.messages
            },
        }
        for step in found.steps
    }


def test_what_is_then_sent_equals_what_was_rehearsed(
    providers: SandboxControl, ledger: FrozenClock, tmp_path: Path
) -> None:
    rehearsal.build_audience()
    make_ready()
    folder = rehearsal.write_pack(tmp_path)
    # One whose consent ends after planning and before the window, one who lost the newest hash.
    ending = ConsentState.objects.filter(address__value="+447700900001")
    ending.update(ends_at=datetime(2026, 11, 3, 11, 58, tzinfo=UTC))
    AddressHash.objects.filter(address__value="+447700900002").delete()

    promised = rehearse(Plan(rehearsal.pack_at(folder), TODAY))
    launch = really_launch(folder)
    send_everything(launch, ledger)

    assert what_was_rehearsed(promised) == what_was_sent(launch)
    assert promised.money.micros == Spend.objects.get(key=f"launch:{launch.pk}").micros > 0
    step = promised.steps[1]
    assert set(step.channels) == {"email", "sms"}
    assert set(step.languages) == {"en", "de", "bg"}
    assert set(step.left_out) == {
        *("no_address", "no_consent", "suppressed", "held", "shared_address", "not_textable"),
        "no_price",
    }
    assert step.texts["en"].most_segments < promised.steps[2].texts["bg"].most_segments


def test_a_rehearsal_leaves_nothing_behind_and_calls_nobody(
    providers: SandboxControl, tmp_path: Path
) -> None:
    rehearsal.build_audience()
    found = rehearse(Plan(rehearsal.pack_at(rehearsal.write_pack(tmp_path)), TODAY))

    assert found.steps
    for table in (Campaign, CampaignVersion, Launch, StepRun, Delivery, Batch, Tally, Spend):
        assert not table.objects.exists()
    assert providers.accepted(Channel.SMS).requests == 0
    assert providers.accepted(Channel.EMAIL).requests == 0


def test_a_school_without_alerts_is_left_out_with_the_reason(tmp_path: Path) -> None:
    rehearsal.build_audience()
    found = rehearse(Plan(rehearsal.pack_at(rehearsal.write_pack(tmp_path)), TODAY))

    launch = found.steps[1]
    assert launch.left_out == {"not_ready": launch.people}
    assert found.steps[0].amount.messages == 1  # staff are written to all the same


def test_a_stopped_school_is_left_out_of_a_rehearsal(tmp_path: Path) -> None:
    green, berg = rehearsal.build_audience()
    make_ready()
    stop_school(berg, launch=None, why="a complaint", actor=OPERATOR)

    found = rehearse(Plan(rehearsal.pack_at(rehearsal.write_pack(tmp_path)), TODAY))

    assert found.steps[1].left_out["school_stopped"] == 6
    assert set(found.steps[1].schools) == {green.slug}


def test_windows_follow_the_clocks_across_the_end_of_summer_time(
    ledger: FrozenClock, tmp_path: Path
) -> None:
    rehearsal.build_audience()
    make_ready()
    saturday = date(2027, 3, 27)

    found = rehearse(Plan(rehearsal.pack_at(rehearsal.write_pack(tmp_path)), saturday))

    before, after = found.steps[0].windows, found.steps[1].windows
    assert [each.opens_local[-5:] for each in (*before, *after)] == ["12:00"] * 4
    berlin = {each.zone: each for each in (*before,)}["Europe/Berlin"]
    assert berlin.opens_at == datetime(2027, 3, 27, 11, tzinfo=UTC)
    berlin = {each.zone: each for each in (*after,)}["Europe/Berlin"]
    assert berlin.opens_at == datetime(2027, 3, 28, 10, tzinfo=UTC)


def test_a_consent_that_ends_in_the_course_of_the_launch_counts_until_then(
    tmp_path: Path,
) -> None:
    rehearsal.build_audience()
    make_ready()
    folder = rehearsal.write_pack(tmp_path)
    everybody = rehearse(Plan(rehearsal.pack_at(folder), TODAY)).steps
    ConsentState.objects.filter(address__value="+447700900003").update(
        ends_at=datetime(2026, 11, 5, tzinfo=UTC)
    )

    found = rehearse(Plan(rehearsal.pack_at(folder), TODAY)).steps

    assert found[1].amount == everybody[1].amount
    assert found[2].amount.messages == everybody[2].amount.messages - 1


def test_a_text_that_names_its_reader_is_priced_by_the_longest_name(tmp_path: Path) -> None:
    school, _ = rehearsal.build_audience()
    make_ready()
    Membership.objects.filter(school=school, name="Parent 3").update(name="Ж" * 60)
    texts = {**rehearsal.TEXTS, "en": "{% if recipient.name %}{{ recipient.name }}, {% endif %}"}
    texts["en"] += rehearsal.TEXTS["en"]

    found = rehearse(Plan(rehearsal.pack_at(rehearsal.write_pack(tmp_path, texts=texts)), TODAY))

    step = found.steps[1]
    assert step.priced_by == "longest name"
    assert step.texts["en"].most_segments >= 3
    assert step.sample_micros < step.amount.micros
    assert found.steps[0].priced_by == "text"


def test_what_does_not_fit_a_day_expires_or_waits(tmp_path: Path) -> None:
    rehearsal.build_audience()
    make_ready()
    Sender.objects.filter(channel="sms").update(most_a_day=4)
    definition = rehearsal.DEFINITION + "    expires_after: 2d\n"

    found = rehearse(Plan(rehearsal.pack_at(rehearsal.write_pack(tmp_path, definition)), TODAY))

    launch, *tip = found.fits
    assert (launch.day, launch.goes, launch.waits) == (date(2026, 11, 3), 4, 0)
    assert launch.expires == launch.wanted - 4 > 0
    assert [each.day for each in tip] == [date(2026, 11, 6), date(2026, 11, 7)]
    assert [each.goes for each in tip] == [4, 4]
    assert tip[0].waits == tip[1].wanted
    assert tip[1].expires == tip[1].wanted - 4


def test_the_step_in_which_a_ceiling_stops_the_launch_is_named(tmp_path: Path) -> None:
    rehearsal.build_audience()
    make_ready()
    folder = rehearsal.write_pack(tmp_path)
    whole = rehearse(Plan(rehearsal.pack_at(folder), TODAY))
    Organisation.objects.update(launch_cap_micros=whole.money.micros - 1)

    money = rehearse(Plan(rehearsal.pack_at(folder), TODAY)).money

    assert (money.reached_in, money.reached_on) == ("tip", date(2026, 11, 6))
    assert money.ceiling == "launch"


def test_in_trial_mode_only_verified_staff_are_reached(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rehearsal.build_audience()
    make_ready()
    monkeypatch.setenv("OUTREACH_MODE", "trial")
    environment.cache_clear()

    found = rehearse(Plan(rehearsal.pack_at(rehearsal.write_pack(tmp_path)), TODAY))

    assert found.amount.messages == 0
    assert found.steps[0].left_out == {"trial": 1}


def test_the_days_after_the_last_are_not_looked_at(tmp_path: Path) -> None:
    rehearsal.build_audience()
    plan = Plan(rehearsal.pack_at(rehearsal.write_pack(tmp_path)), TODAY)

    assert len(rehearse(plan, until=TODAY + timedelta(days=1)).steps) == 2


def test_who_is_left_out_is_named_only_when_asked(tmp_path: Path) -> None:
    rehearsal.build_audience()
    make_ready()
    plan = Plan(rehearsal.pack_at(rehearsal.write_pack(tmp_path)), TODAY)

    assert not rehearse(plan).persons
    named = rehearse(plan, persons=50).persons
    assert ("launch", "Jörg", "shared_address") in {
        (each.step_key, each.name, each.reason) for each in named
    }
    assert Counter(each.reason for each in named if each.step_key == "launch") == Counter(
        rehearse(plan).steps[1].left_out
    )


def test_without_a_school_there_is_nothing_to_rehearse(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        rehearse(Plan(rehearsal.pack_at(rehearsal.write_pack(tmp_path)), TODAY))


def test_a_step_for_those_who_got_another_is_rehearsed_as_if_it_had_gone_out(
    providers: SandboxControl, ledger: FrozenClock, tmp_path: Path
) -> None:
    rehearsal.build_audience()
    make_ready()
    definition = rehearsal.DEFINITION.replace(
        "    when: {after: launch",
        "    only: {got: launch, languages: [en, bg]}\n    when: {after: launch",
    ).replace("steps:", "at_most: 1 per week\nsteps:")
    folder = rehearsal.write_pack(tmp_path, definition)

    promised = rehearse(Plan(rehearsal.pack_at(folder), TODAY))
    launch = really_launch(folder)
    send_everything(launch, ledger)

    assert what_was_rehearsed(promised) == what_was_sent(launch)
    assert set(promised.steps[2].left_out) == {"too_often"}
    assert promised.steps[2].people == 11


def test_a_school_whose_staff_got_no_brief_is_left_out_of_what_waits_for_it(
    tmp_path: Path,
) -> None:
    rehearsal.build_audience()
    make_ready()
    definition = rehearsal.DEFINITION.replace(
        "    when: {day: 1", "    waits_for: brief\n    when: {day: 1"
    )

    found = rehearse(Plan(rehearsal.pack_at(rehearsal.write_pack(tmp_path, definition)), TODAY))

    assert set(found.steps[1].schools) == {"greenhill"}
    assert found.steps[1].left_out["not_briefed"] == 6
