"""A digit to the question of a message: counted, answered with nothing, and no case."""

from __future__ import annotations

import pytest
from replies_house import PARENT, House, cases, deliver_first_step, meanings

from outreach.consent.queries import is_suppressed
from outreach.delivery.answer_models import Answer
from outreach.replies.asked import bare_digit
from outreach.replies.models import Case
from tests.delivery import delivery_builders as build

QUESTION = """
    question:
      answers: [talked, not-yet]
      texts:
        en: {ask: Have you talked?, says: ["Yes", Not yet]}
        de: {ask: Schon gesprochen?, says: [Ja, Noch nicht]}
"""
WINDOW = """when: {day: 0, at: "12:00", within: 3h}
"""
ASKING = build.DEFINITION.replace(WINDOW, WINDOW.rstrip() + QUESTION)


@pytest.fixture
def asked(house: House) -> House:
    """A parent got the question by text."""
    build.build_parent(build.build_school(), phone=PARENT)
    deliver_first_step(ASKING)
    return house


def choices() -> list[tuple[int, str]]:
    return list(Answer.objects.values_list("choice", "way"))


def test_a_digit_is_counted_and_nobody_is_bothered(asked: House) -> None:
    before = len(asked.answers())
    asked.text("2")
    assert choices() == [(2, "sms")]
    assert meanings() == ["answer"]
    assert not Case.objects.exists()
    assert len(asked.answers()) == before


def test_a_later_digit_takes_the_place_of_an_earlier_one(asked: House) -> None:
    asked.text("2")
    asked.text(" 1. ")
    assert choices() == [(1, "sms")]
    assert meanings() == ["answer", "answer"]


def test_a_digit_that_is_no_answer_and_words_beside_one_go_to_a_person(asked: House) -> None:
    asked.text("3")
    asked.text("2 children at your school, who do I call?")
    assert choices() == []
    assert "answer" not in meanings()
    assert cases() == 1


def test_a_stop_and_a_call_for_help_come_before_any_answer(asked: House) -> None:
    asked.text("1")
    asked.text("STOP 1")
    asked.text("2 he wants to kill himself")
    assert choices() == [(1, "sms")]
    assert meanings()[1:] == ["stop", "crisis"]
    assert is_suppressed("sms", PARENT)


def test_a_digit_without_a_question_goes_to_a_person(house: House) -> None:
    build.build_parent(build.build_school(), phone=PARENT)
    deliver_first_step()
    house.text("1")
    assert choices() == []
    assert cases() == 1


@pytest.mark.parametrize(
    ("text", "digit"),
    [("1", 1), (" 2. ", 2), ("(3)", 3), ("٢", 2), ("２", 2), ("1\ufe0f\u20e3", 1), ("12", None),
     ("1 yes", None), ("", None), ("...", None), ("one", None), ("1 2", None)],
)  # fmt: skip
def test_a_bare_digit_is_one_in_any_script(text: str, digit: int | None) -> None:
    assert bare_digit(text) == digit
