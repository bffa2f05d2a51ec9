"""The sealed ledger: no event can be changed, taken away or slipped in unseen."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import delivery_builders as build
import psycopg
import pytest
from django.db import connection, connections

from outreach.campaigns.actions import cancel_launch
from outreach.campaigns.models import StepRun
from outreach.cli.program import program
from outreach.config.environment import environment
from outreach.core.clock import FrozenClock
from outreach.core.errors import NotNow
from outreach.delivery.actions import plan_step_run
from outreach.delivery.ledger_export import write_csv, write_jsonl
from outreach.delivery.models import DeliveryEvent, LedgerBlock
from outreach.delivery.sealing import sealer
from outreach.delivery.sealing.sealer import begin_era, seal_dropped, seal_ledger
from outreach.delivery.sealing.verify import Fault, verify_ledger
from outreach.delivery.upkeep import close_batches
from outreach.organisation.audit import OPERATOR
from tests.servers import Servers

Owner = Callable[..., object]
COPY = """
INSERT INTO delivery_deliveryevent
  (step_run_id, delivery_id, at, attempt, event, from_state, to_state, actor, tx)
SELECT step_run_id, delivery_id, at, attempt, event, from_state, to_state, actor,
  coalesce(%s, pg_current_xact_id()::text::bigint)
FROM delivery_deliveryevent WHERE id = %s
"""
SPOIL = "UPDATE delivery_deliveryevent SET detail = 'x' WHERE id = %s"


@pytest.fixture
def owner(ledger: FrozenClock, servers: Servers) -> Iterator[Owner]:
    """Runs a statement with the rights of the owner: what an intruder would need."""
    url = servers.database_url(str(connection.settings_dict["NAME"]))
    with psycopg.connect(url, autocommit=True, options="-c role=outreach_owner") as own:
        yield lambda statement, *values: own.execute(statement, values or None)


@pytest.fixture
def run(ledger: FrozenClock) -> StepRun:
    """A step run with nine events, not sealed yet."""
    build.build_parents(build.build_school(), 9)
    launch = build.build_running_launch()
    found = build.first_run(launch)
    plan_step_run(found.pk)
    cancel_launch(launch, actor=OPERATOR, why="a test")
    ledger.tick(timedelta(hours=1))
    close_batches()
    assert DeliveryEvent.objects.count() == 9
    return found


def faults() -> list[tuple[Fault, int]]:
    return [(each.fault, each.how_many) for each in verify_ledger().findings]


def an_event(place: int = 4) -> int:
    return DeliveryEvent.objects.order_by("id").values_list("id", flat=True)[place]


def test_what_is_untouched_verifies_and_nothing_is_sealed_twice(run: StepRun) -> None:
    first, second = seal_ledger(), seal_ledger()
    assert (first.events, second.events) == (9, 0)
    verdict = verify_ledger()
    assert (verdict.events, verdict.findings, verdict.head) == (9, [], first.head.hex())


def test_a_changed_event_is_named_with_its_block(run: StepRun, owner: Owner) -> None:
    seal_ledger()
    owner(SPOIL, an_event())
    (finding,) = verify_ledger().findings
    assert (finding.fault, finding.block) == (Fault.CHANGED, 1)
    assert (finding.step_run_id, finding.events) == (run.pk, (an_event(),))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "at + interval '1 microsecond'"),
        ("attempt", "attempt + 1"),
        ("from_state", "'sending'"),
        ("to_state", "'delivered'"),
        ("event", "'claim'"),
        ("actor", "'system:worker'"),
        ("delivery_id", "delivery_id + 1"),
        ("tx", "tx + 100000"),
    ],
)
def test_no_column_can_be_changed(run: StepRun, owner: Owner, column: str, value: str) -> None:
    seal_ledger()
    changed = f"UPDATE delivery_deliveryevent SET {column} = {value} WHERE id = %s"  # noqa: S608
    owner(changed, an_event())
    assert faults() == [(Fault.CHANGED, 1)]


def test_a_deleted_event_is_found(run: StepRun, owner: Owner) -> None:
    seal_ledger()
    gone = an_event()
    owner("DELETE FROM delivery_deliveryevent WHERE id = %s", gone)
    (finding,) = verify_ledger().findings
    assert (finding.fault, finding.block, finding.events) == (Fault.DELETED, 1, (gone,))


def test_an_event_slipped_in_behind_the_seal_is_found(run: StepRun, owner: Owner) -> None:
    seal_ledger()
    owner(COPY, 3, an_event())
    (finding,) = verify_ledger().findings
    assert (finding.fault, finding.events) == (Fault.INSERTED, (an_event(9),))


def test_one_taken_away_and_one_slipped_in_do_not_cancel_out(run: StepRun, owner: Owner) -> None:
    seal_ledger()
    owner(COPY, 3, an_event())
    owner("DELETE FROM delivery_deliveryevent WHERE id = %s", an_event())
    assert faults() == [(Fault.DELETED, 1), (Fault.INSERTED, 1)]


def test_a_block_can_neither_be_changed_nor_taken_out(
    run: StepRun, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealer, "_MOST_IN_A_BLOCK", 3)
    seal_ledger()
    assert LedgerBlock.objects.count() == 3
    owner("UPDATE delivery_ledgerblock SET below_tx = below_tx + 1 WHERE number = 2")
    assert faults() == [(Fault.BLOCK_CHANGED, 0)]
    owner("DELETE FROM delivery_ledgerblock WHERE number = 2")
    assert {each.fault for each in verify_ledger().findings} == {
        Fault.BLOCK_MISSING,
        Fault.BLOCK_CHANGED,  # the next one was chained to it
        Fault.INSERTED,  # its events stand in no block now
    }


def test_a_chain_cut_short_and_sealed_again_misses_the_head_that_was_noted(
    run: StepRun, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = seal_ledger().head.hex()
    assert verify_ledger(head).findings == []
    owner("DELETE FROM delivery_ledgerblock")
    owner(SPOIL, an_event())
    seal_ledger()
    assert [each.fault for each in verify_ledger(head).findings] == [Fault.HEAD_MISSING]


def test_what_a_transaction_under_way_has_written_is_sealed_after_its_end(
    run: StepRun, owner: Owner, servers: Servers
) -> None:
    """Its event has a lower number than others that were committed before it."""
    url = servers.database_url(str(connection.settings_dict["NAME"]))
    with psycopg.connect(url, options="-c role=outreach_work") as late:
        late.execute(COPY, [None, an_event(0)])
        owner(COPY, None, an_event(0))
        assert seal_ledger().events == 9, "neither: the second is younger than the first's end"
        late.commit()
    assert seal_ledger().events == 2
    assert verify_ledger().findings == []


def test_nobody_who_serves_or_sends_can_change_the_chain(run: StepRun) -> None:
    seal_ledger()
    for statement in (
        "UPDATE delivery_ledgerblock SET events = 1",
        "DELETE FROM delivery_ledgerblock",
    ):
        with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_key_that_is_replaced_still_proves_and_one_that_is_lost_is_named(
    run: StepRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal_ledger()
    old = environment().secret_key
    monkeypatch.setenv("OUTREACH_SECRET_KEY", "n" * 40)
    monkeypatch.setenv("OUTREACH_SECRET_KEY_OLD", old)
    environment.cache_clear()
    assert faults() == []
    monkeypatch.delenv("OUTREACH_SECRET_KEY_OLD")
    environment.cache_clear()
    assert faults() == [(Fault.KEY_UNKNOWN, 0)]


def test_a_staff_address_may_be_erased_and_the_chain_still_holds(
    run: StepRun, owner: Owner
) -> None:
    owner("UPDATE delivery_deliveryevent SET actor = 'maya@example.org'")
    seal_ledger()
    owner("UPDATE delivery_deliveryevent SET actor = 'erased@erased.invalid'")
    assert faults() == []


def test_a_restored_database_begins_a_new_era_and_proves_both(run: StepRun, owner: Owner) -> None:
    seal_ledger()
    # As in a new server, whose transactions are counted from the beginning.
    owner("UPDATE delivery_ledgerblock SET below_tx = below_tx + 1000000")
    with pytest.raises(NotNow, match="put back from a copy"):
        seal_ledger()


def test_events_of_a_new_era_are_sealed_however_low_their_transactions(
    run: StepRun, owner: Owner
) -> None:
    connections["default"].close()
    options = connection.settings_dict["OPTIONS"]
    options["options"] = "-c role=outreach_owner"
    era = begin_era()
    assert seal_ledger().events == 0, "before the first event of an era, too"
    assert begin_era() == era + 1
    options["options"] = "-c role=outreach_work"
    connections["default"].close()
    owner(COPY, 7, an_event(0))
    assert seal_ledger().events == 1
    verdict = verify_ledger()
    assert (verdict.events, verdict.findings) == (10, [])


def test_events_that_are_kept_no_longer_are_noted_in_the_chain(run: StepRun, owner: Owner) -> None:
    seal_ledger()
    seal_dropped(run.pk)
    owner("DELETE FROM delivery_deliveryevent WHERE step_run_id = %s", run.pk)
    assert faults() == []


def test_the_command_says_what_it_found_and_ends_with_one(run: StepRun, owner: Owner) -> None:
    from click.testing import CliRunner

    terminal = CliRunner()
    assert "9 events sealed" in terminal.invoke(program, ["ledger", "seal"]).output
    good = terminal.invoke(program, ["ledger", "verify"])
    assert (good.exit_code, "Untouched: 9 events" in good.output) == (0, True)
    owner(SPOIL, an_event())
    bad = terminal.invoke(program, ["ledger", "verify"])
    assert bad.exit_code == 1
    assert f"changed: block 1, step run {run.pk}, events {an_event()}" in bad.output
    found = json.loads(terminal.invoke(program, ["ledger", "verify", "--json"]).output)
    assert found["findings"][0]["events"] == [an_event()]


def test_the_export_has_every_event_once_as_csv_and_as_json_lines(
    run: StepRun, owner: Owner
) -> None:
    owner("UPDATE delivery_deliveryevent SET detail = '=1+1' WHERE id = %s", an_event())
    table, lines = io.StringIO(), io.StringIO()
    assert (write_csv(table), write_jsonl(lines)) == (9, 9)
    rows = list(csv.DictReader(io.StringIO(table.getvalue())))
    objects = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [int(row["event_id"]) for row in rows] == [each["event_id"] for each in objects]
    assert {row["detail"] for row in rows} == {"", "'=1+1"}
    assert write_csv(io.StringIO(), "01890000-0000-7000-8000-000000000000") == 0
