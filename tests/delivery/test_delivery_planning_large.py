"""Large step runs have a partition of their own, with all that the ledger promises."""

from __future__ import annotations

import delivery_builders as build
import pytest
from django.db import IntegrityError, connection, transaction

from outreach.audience.models import Person
from outreach.campaigns.models import Launch, StepRun
from outreach.delivery import planning
from outreach.delivery.actions import plan_step_run
from outreach.delivery.models import Batch, Delivery

pytestmark = pytest.mark.usefixtures("ledger", "fresh_range")


@pytest.fixture
def fresh_range(ledger: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next step runs have no partition yet, and three people are many."""
    monkeypatch.setattr(planning, "LARGE", 3)
    build.next_range_of_runs()


def parts(run: StepRun) -> tuple[str, int]:
    """The partition that holds `run`, and for how many step runs it is."""
    with build.owner() as admin:
        row = admin.execute(
            "SELECT part, high - low FROM outreach_ledger_parts('delivery_delivery') "
            "WHERE %s >= low AND %s < high",
            [run.pk, run.pk],
        ).fetchone()
    assert row is not None
    return str(row[0]), int(str(row[1]))


def two_runs(people: int) -> tuple[Launch, StepRun, StepRun]:
    build.build_parents(build.build_school(), people)
    launch = build.build_running_launch()
    first, second = StepRun.objects.filter(launch=launch).order_by("pk")
    return launch, first, second


def test_a_large_run_has_a_partition_of_its_own_built_like_all_others() -> None:
    _, run, _ = two_runs(4)

    assert plan_step_run(run.pk).people == 4

    part, width = parts(run)
    assert width == 1
    with build.owner() as admin:
        indexes = admin.execute(
            "SELECT array_agg(pg_get_constraintdef(oid) ORDER BY pg_get_constraintdef(oid)) "
            "FROM pg_constraint WHERE contype IN ('p', 'u', 'c') AND conrelid IN (%s::regclass, "
            "'delivery_delivery'::regclass) GROUP BY conrelid",
            [part],
        ).fetchall()
        rights = admin.execute(
            "SELECT has_table_privilege(role, %s, 'INSERT, SELECT, UPDATE, DELETE') "
            "FROM unnest('{outreach_app,outreach_work}'::text[]) AS role",
            [part],
        ).fetchall()
    assert len(indexes) == 2
    assert indexes[0] == indexes[1]
    assert rights == [(False,), (False,)]


def test_a_small_run_takes_what_is_left_of_the_range_beside_a_large_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    launch, first, second = two_runs(4)
    plan_step_run(first.pk)
    monkeypatch.setattr(planning, "LARGE", 100)
    plan_step_run(second.pk)

    part, width = parts(second)
    assert part != parts(first)[0]
    assert 1 <= width < 32
    assert Delivery.objects.filter(step_run__launch=launch).count() == 8


def test_newcomers_of_a_large_run_join_it_and_nobody_is_there_twice() -> None:
    _, run, _ = two_runs(4)
    plan_step_run(run.pk)
    school = Delivery.objects.filter(step_run=run).first()
    assert school is not None
    for number in range(5):
        person = Person.objects.create(created_at=school.state_at)
        build.enrol(person, school.school)
        build.give_address(person, school.school, "sms", f"+4477009005{number:02}")

    assert plan_step_run(run.pk).people == 5

    assert Delivery.objects.filter(step_run=run).count() == 9
    first = Delivery.objects.filter(step_run=run).first()
    assert first is not None
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO delivery_delivery (step_run_id, id, person_id, school_id, language, "
            "state, attempt, state_at) VALUES (%s, 999, %s, %s, 'en', 'pending', 0, now())",
            [run.pk, first.person_id, first.school_id],
        )


def test_a_large_run_that_was_covered_meanwhile_moves_over() -> None:
    _, run, _ = two_runs(4)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT outreach_ledger_open(%s)", [run.pk])
        (own,) = cursor.fetchone()
        cursor.execute(
            f"INSERT INTO {own} (step_run_id, id, person_id, school_id, language, "
            "state, attempt, state_at) SELECT %s, 1, 1, 1, 'en', 'pending', 0, now()",
            [run.pk],
        )
        with build.owner() as admin:
            admin.execute("SELECT outreach_ledger_partition(%s)", [run.pk])
        cursor.execute("SELECT outreach_ledger_close(%s)", [run.pk])

    assert parts(run)[1] > 1
    assert Delivery.objects.filter(step_run=run).count() == 1


def test_a_planner_that_breaks_off_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    _, run, _ = two_runs(4)

    def break_off(*_: object) -> None:
        raise ConnectionAbortedError

    with monkeypatch.context() as patch:
        patch.setattr(planning, "_mark", break_off)
        with pytest.raises(ConnectionAbortedError):
            plan_step_run(run.pk)

    assert (Delivery.objects.count(), Batch.objects.count()) == (0, 0)
    assert plan_step_run(run.pk).people == 4
    assert parts(run)[1] == 1
