"""The page of a message's question: GET shows, a pressed button counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
import web_builders as build
from web_client import AppClient

from outreach.core.clock import FrozenClock
from outreach.core.tokens import ANSWER_LINK, STOP_LINK
from outreach.delivery.answer_models import Answer
from outreach.organisation.lanes import sealer
from outreach.organisation.models import School, Staff

QUESTION = """
    question:
      answers: [talked, not-yet]
      texts:
        en: {ask: Have you talked?, says: [Yes we did, Not yet]}
"""
WINDOW = """when: {day: 0, at: "16:30", within: 3h}
"""


def link_of(school: School, manager: Staff, approver: Staff, definition: str) -> str:
    build.build_version(definition)
    launch = build.build_running(manager, approver)
    delivery = build.build_delivery(launch, build.build_address(school), school)
    return f"/a/{sealer().seal(ANSWER_LINK, delivery.step_run_id, delivery.id)}"


@pytest.fixture
def asking(school: School, manager: Staff, approver: Staff, frozen_clock: FrozenClock) -> str:
    definition = build.DEFINITION.replace(WINDOW, WINDOW.rstrip() + QUESTION)
    return link_of(school, manager, approver, definition)


@pytest.fixture
def telling(school: School, manager: Staff, approver: Staff, frozen_clock: FrozenClock) -> str:
    """The page of a message that asks nothing."""
    return link_of(school, manager, approver, build.DEFINITION)


def visitor() -> AppClient:
    """No cookie, no CSRF token."""
    return AppClient(enforce_csrf_checks=True)


def test_opening_the_page_counts_nothing(asking: str) -> None:
    shown = visitor().get(asking).content.decode()
    visitor().head(asking)
    assert "Have you talked?" in shown
    assert shown.index("Yes we did</button>") < shown.index("Not yet</button>")
    assert not Answer.objects.exists()


def test_a_pressed_button_counts_and_another_takes_its_place(asking: str) -> None:
    for choice in ("1", "2"):
        answer = visitor().post(asking, {"choice": choice})
        assert answer.status_code == 200
        assert "✓" in answer.content.decode()
    assert list(Answer.objects.values_list("choice", "way")) == [(2, "page")]


def test_a_message_without_a_question_has_one_button(telling: str) -> None:
    assert visitor().get(telling).content.decode().count("</button>") == 1
    assert visitor().post(telling, {"choice": "0"}).status_code == 200
    assert list(Answer.objects.values_list("choice", flat=True)) == [0]


@pytest.mark.parametrize("choice", ["", "0", "3", "x", "-1", "²"])
def test_what_is_no_answer_is_refused(asking: str, choice: str) -> None:
    assert visitor().post(asking, {"choice": choice}).status_code == 404
    assert not Answer.objects.exists()


def test_a_link_for_something_else_opens_nothing(asking: str) -> None:
    other = sealer().seal(STOP_LINK, *sealer().open(ANSWER_LINK, asking.removeprefix("/a/")))
    assert visitor().get(f"/a/{other}").status_code == 404


def test_a_question_that_is_over_says_so(asking: str, frozen_clock: FrozenClock) -> None:
    frozen_clock.tick(timedelta(days=90))
    assert "ist vorbei" in visitor().post(asking, {"choice": "1"}).content.decode()
    assert not Answer.objects.exists()
