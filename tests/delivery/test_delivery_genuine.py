"""Is a message genuine: what the page tells of a text, by our number and its day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from outreach.core.clock import FrozenClock
from outreach.delivery.actions import plan_step_run
from outreach.delivery.genuine import code_of, message_of_code, messages_of_day, subject_of
from outreach.organisation.models import School
from tests.delivery import delivery_builders as build

PHONE = "+447700900123"


@pytest.fixture
def school(db: None, frozen_clock: FrozenClock) -> School:
    """A text of the first step is planned for one parent, for today at noon."""
    build.build_organisation()
    school = build.build_school()
    build.build_parent(school, phone=PHONE)
    plan_step_run(build.first_run(build.build_running_launch()).pk)
    frozen_clock.tick(timedelta(hours=2))
    return school


@pytest.mark.parametrize("number", ["+447700900999", "+44 7700 900999", "+44 (7700) 900-999"])
def test_text_is_found_by_number_and_day_in_the_readers_language(
    school: School, number: str
) -> None:
    (told,) = messages_of_day(number, date(2026, 11, 2), "de")
    assert (told.title, told.school, told.senders) == ("The first message", "", ("+447700900999",))
    assert told.days == (date(2026, 11, 2),)
    (words,) = told.words
    assert words.text.startswith("...: tip. Notruf 999.")
    assert PHONE not in str(told)


@pytest.mark.parametrize(
    ("number", "day"),
    [
        ("+447700900999", date(2026, 11, 3)),
        ("+447700900998", date(2026, 11, 2)),
        ("", date(2026, 11, 2)),
    ],
)
def test_other_number_or_other_day_finds_nothing(school: School, number: str, day: date) -> None:
    assert messages_of_day(number, day, "en") == []


def test_a_step_is_headed_as_its_mails_are_and_by_nothing_in_a_language_it_has_not(
    school: School,
) -> None:
    run = build.StepRun.objects.get(state="planned")
    assert subject_of(run, school, "de") == f"A message from {school.name}"
    assert subject_of(run, school, "tr") == ""


def test_code_of_what_has_not_gone_out_tells_nothing(school: School) -> None:
    run = build.StepRun.objects.get(state="planned")
    assert message_of_code(code_of(run.pk, school.pk), "en") is None
