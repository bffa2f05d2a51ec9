"""A step with two wordings: who gets which, and how they are compared."""

from __future__ import annotations

import delivery_builders as build
import pytest

from outreach.campaigns.models import Launch
from outreach.core.tokens import ANSWER_LINK
from outreach.delivery.actions import plan_step_run
from outreach.delivery.answers import answer_by_link, comparisons_of
from outreach.delivery.models import Delivery, Tally
from outreach.delivery.rehearsal import Plan, rehearse
from outreach.delivery.shares import difference_of, share_of
from outreach.organisation.lanes import sealer

STORY = """
  - key: story
    title: Told as a story
    to: guardians
    channels: [email, sms]
    when: {day: 0, at: "12:00", within: 3h}
    variant_of: {step: first, share: 50%}
"""
DEFINITION = build.DEFINITION.replace("  - key: second", f"{STORY[1:]}  - key: second") + (
    "    only: {got: first}\n"
)

pytestmark = pytest.mark.usefixtures("ledger")


def launched() -> Launch:
    launch = build.build_running_launch(definition=DEFINITION)
    for key in ("first", "story"):
        plan_step_run(launch.step_runs.get(step_key=key).pk)
    return launch


def deliveries(launch: Launch, key: str) -> list[Delivery]:
    return list(Delivery.objects.filter(step_run__launch=launch, step_run__step_key=key))


def test_each_person_gets_one_wording_and_the_rest_of_the_campaign() -> None:
    build.build_parents(build.build_school(), 60, "email")
    launch = launched()
    first, story = deliveries(launch, "first"), deliveries(launch, "story")
    assert len(first) + len(story) == 60
    assert not {each.person_id for each in first} & {each.person_id for each in story}
    assert 15 <= len(story) <= 45
    Delivery.objects.filter(step_run__launch=launch).update(state="delivered")
    plan_step_run(launch.step_runs.get(step_key="second").pk)
    assert len(deliveries(launch, "second")) == 60


def test_two_people_on_one_phone_get_one_wording() -> None:
    school = build.build_school()
    for number in range(12):
        shared = build.build_parent(school, phone=f"+44770090{number:04d}")
        build.build_parent(school, phone=shared.phone)
    launch = launched()
    waiting = [
        each.address_id
        for key in ("first", "story")
        for each in deliveries(launch, key)
        if each.state == "pending"
    ]
    assert len(waiting) == len(set(waiting)) == 12


def test_wordings_are_compared_by_what_their_readers_did() -> None:
    build.build_parents(build.build_school(), 80, "email")
    launch = launched()
    Delivery.objects.filter(step_run__launch=launch).update(state="delivered")
    Tally.objects.filter(step_run__launch=launch).update(state="delivered")
    first, story = deliveries(launch, "first"), deliveries(launch, "story")
    for each in [*first[:9], *story]:
        answer_by_link(sealer().seal(ANSWER_LINK, each.step_run_id, each.id), 0)
    assert comparisons_of(launch) == []
    answer_by_link(sealer().seal(ANSWER_LINK, first[9].step_run_id, first[9].id), 0)
    (found,) = comparisons_of(launch)
    assert (found.variant_key, found.step_key) == ("story", "first")
    assert found.answered.is_clear
    assert found.answered.value == pytest.approx(1 - 10 / len(first))


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998), table II, method 10.
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090)],
)
def test_the_interval_of_a_difference_is_that_of_the_literature(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    found = difference_of(share_of(*one), share_of(*other))
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_a_rehearsal_shows_both_wordings_as_they_go_out(monkeypatch: pytest.MonkeyPatch) -> None:
    files = build._files()
    files |= {name.replace("first", "story"): text for name, text in files.items()}
    monkeypatch.setattr(build, "_files", lambda: files)
    build.build_parents(build.build_school(), 40, "email")
    launch = build.build_running_launch(definition=DEFINITION)
    rehearsed = rehearse(Plan(launch.version, launch.starts_on))
    for key in ("first", "story"):
        plan_step_run(launch.step_runs.get(step_key=key).pk)
    found = {step.step_key: step.amount.messages for step in rehearsed.steps}
    assert found == {
        "first": len(deliveries(launch, "first")),
        "story": len(deliveries(launch, "story")),
        "second": 40,
    }
