"""The question of a message: who answers, what counts, what is shown of it."""

from __future__ import annotations

import re
from datetime import timedelta

import delivery_builders as build
import pytest

from outreach.campaigns.models import Launch
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock
from outreach.core.errors import BadInput, BadToken
from outreach.core.tokens import ANSWER_LINK, STOP_LINK
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.answers import (
    OPEN_FOR,
    answer_by_link,
    answers_of,
    asked_by_link,
    open_question_to,
)
from outreach.delivery.models import Answer, Batch, Delivery, Tally
from outreach.delivery.shares import share_of
from outreach.organisation.lanes import sealer
from outreach.sandbox.control import SandboxControl

QUESTION = """
    question:
      answers: [talked, not-yet]
      texts:
        en: {ask: Have you talked?, says: ["Yes", Not yet]}
        de: {ask: Schon gesprochen?, says: [Ja, Noch nicht]}
"""
ASKING = build.DEFINITION.replace(
    """when: {day: 0, at: "12:00", within: 3h}
""",
    """when: {day: 0, at: "12:00", within: 3h}""" + QUESTION,
)
AGAIN = """
  - key: again
    title: Once more
    to: guardians
    channels: [email, sms]
    when: {day: 3, at: "12:00"}
    only: {FILTER: first}
"""

pytestmark = pytest.mark.usefixtures("ledger")


def sent(people: int, definition: str = ASKING) -> tuple[Launch, list[Delivery]]:
    """The first step went out to so many, and every one of them got it."""
    build.build_parents(build.build_school(), people, "email")
    launch = build.build_running_launch(definition=definition)
    run = build.first_run(launch)
    plan_step_run(run.pk)
    Delivery.objects.filter(step_run_id=run.pk).update(state="delivered")
    Tally.objects.filter(step_run=run).update(state="delivered")
    return launch, list(Delivery.objects.filter(step_run_id=run.pk).order_by("id"))


def link(delivery: Delivery) -> str:
    return sealer().seal(ANSWER_LINK, delivery.step_run_id, delivery.id)


def test_a_later_answer_takes_the_place_of_an_earlier_one() -> None:
    _, (delivery,) = sent(1)
    assert asked_by_link(link(delivery)).choice is None
    assert answer_by_link(link(delivery), 1).choice == 1
    assert answer_by_link(link(delivery), 2).choice == 2
    assert Answer.objects.count() == 1


@pytest.mark.parametrize("choice", [0, 3, 9])
def test_what_is_no_answer_is_not_counted(choice: int) -> None:
    _, (delivery,) = sent(1)
    with pytest.raises(BadInput):
        answer_by_link(link(delivery), choice)
    assert not Answer.objects.exists()


def test_a_link_made_for_something_else_opens_no_question() -> None:
    _, (delivery,) = sent(1)
    with pytest.raises(BadToken):
        asked_by_link(sealer().seal(STOP_LINK, delivery.step_run_id, delivery.id))


def test_the_link_in_a_mail_opens_the_page_of_that_message(
    providers: SandboxControl, ledger: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.build_parents(build.build_school(), 2, "email")
    files = build._files()
    files["en/first.email.md"] += "\n[Answer here]({{ links.answer }})\n"
    monkeypatch.setattr(build, "_files", lambda: files)
    launch = build.build_running_launch(definition=ASKING)
    run = build.first_run(launch)
    plan_step_run(run.pk)
    ledger.tick(timedelta(hours=2))
    for batch in Batch.objects.filter(step_run=run):
        send_batch(batch.pk)
    found = {}
    for number in range(2):
        (mail,) = providers.messages(Channel.EMAIL, f"parent{number}@example.org")
        (token,) = set(re.findall(r"/a/([a-z2-7]+)", mail["text"]))
        found[asked_by_link(token).delivery.id] = token
    assert len(found) == 2


def test_a_question_is_over_a_month_after_its_window(ledger: FrozenClock) -> None:
    _, (delivery,) = sent(1)
    assert delivery.address_id is not None
    assert open_question_to(delivery.address_id) is not None
    ledger.tick(OPEN_FOR * 2)
    assert open_question_to(delivery.address_id) is None
    with pytest.raises(BadInput):
        answer_by_link(link(delivery), 1)


def test_a_message_without_a_question_is_confirmed_by_its_one_button() -> None:
    launch, deliveries = sent(12, build.DEFINITION)
    for delivery in deliveries[:11]:
        answer_by_link(link(delivery), 0)
    with pytest.raises(BadInput):
        answer_by_link(link(deliveries[11]), 1)
    (result,) = answers_of(launch)
    assert [(each.key, each.number) for each in result.counts] == [("read", 11)]
    assert open_question_to(deliveries[0].address_id or 0) is None


def test_nine_answers_are_not_shown_and_ten_are_with_their_uncertainty() -> None:
    launch, deliveries = sent(20)
    for place, delivery in enumerate(deliveries[:9]):
        answer_by_link(link(delivery), 1 + (place == 0))
    (hidden,) = answers_of(launch)
    assert (hidden.answered, hidden.share, hidden.counts) == (None, None, ())
    answer_by_link(link(deliveries[9]), 1)
    (shown,) = answers_of(launch)
    assert (shown.went_out, shown.answered) == (20, 10)
    assert [(each.key, each.words, each.number) for each in shown.counts] == [
        ("talked", "Yes", 9),
        ("not-yet", "Not yet", 1),
    ]
    assert shown.counts[0].share.low < 0.9 < shown.counts[0].share.high


@pytest.mark.parametrize(
    ("number", "of", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998), table I: score method without correction.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_that_of_the_literature(
    number: int, of: int, low: float, high: float
) -> None:
    share = share_of(number, of)
    assert (round(share.low, 4), round(share.high, 4)) == (low, high)


@pytest.mark.parametrize(("said", "expected"), [("confirmed", {0, 1}), ("not_confirmed", {2})])
def test_a_later_step_goes_to_who_confirmed_or_who_did_not(said: str, expected: set[int]) -> None:
    definition = ASKING + AGAIN.replace("FILTER", said)
    launch, deliveries = sent(4, definition)
    answer_by_link(link(deliveries[0]), 1)
    answer_by_link(link(deliveries[1]), 2)
    bounced = Delivery.objects.filter(step_run_id=deliveries[3].step_run_id, id=deliveries[3].id)
    bounced.update(state="bounced")
    run = launch.step_runs.get(step_key="again")
    plan_step_run(run.pk)
    found = Delivery.objects.filter(step_run_id=run.pk).values_list("person_id", flat=True)
    assert set(found) == {deliveries[place].person_id for place in expected}
