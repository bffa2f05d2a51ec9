"""An edit of a definition or a template changes what it says it changes, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.campaigns.definition import read_definition
from outreach.campaigns.definition.editing import with_body, with_head, with_step
from outreach.core.errors import BadInput, NotFound

CAMPAIGNS = sorted((Path(__file__).parents[2] / "campaigns").glob("*/campaign.yaml"))
SHIPPED = CAMPAIGNS[0].read_text()
DEFINITION = """\
# What it is for.
schema: 1
campaign: tiny
title: Tiny
topic: online-safety
languages: [en]   # more to come
default_language: en
steps:
  # The first of all.
  - key: hello
    title: "Hello: and welcome"
    to: guardians
    channels: [email, sms]
    when: {day: 0, at: "16:30", within: 3h}  # after school
  - key: bye
    title: Bye
    to: guardians
    channels: [email]
    when: {after: hello, days: 3, at: "17:00"}
"""


def lines_changed(before: str, after: str) -> list[tuple[str, str]]:
    pairs = zip(before.splitlines(), after.splitlines(), strict=True)
    return [(old, new) for old, new in pairs if old != new]


@pytest.mark.parametrize("path", CAMPAIGNS, ids=lambda path: path.parent.name)
def test_an_edit_of_nothing_gives_the_shipped_file_back_byte_for_byte(path: Path) -> None:
    source = path.read_text()
    key = read_definition(source, filename="x").steps[0].key
    assert with_step(source, key, {}) == source
    assert with_step(source, key, {"when": {}}) == source


def test_an_hour_is_changed_in_its_line_alone_and_comments_stay() -> None:
    after = with_step(DEFINITION, "hello", {"when": {"at": "18:00", "day": 2}})
    assert lines_changed(DEFINITION, after) == [
        (
            '    when: {day: 0, at: "16:30", within: 3h}  # after school',
            '    when: {day: 2, at: "18:00", within: 3h}  # after school',
        )
    ]
    step = read_definition(after, filename="x").step("hello")
    assert f"{step.when.at:%H:%M}" == "18:00"


def test_a_new_key_stands_in_its_step_and_can_be_taken_away_again() -> None:
    after = with_step(DEFINITION, "bye", {"age_groups": ["11-13", "14-17"], "expires_after": "2d"})
    step = read_definition(after, filename="x").step("bye")
    assert step.age_groups == ("11-13", "14-17")
    assert with_step(after, "bye", {"age_groups": None, "expires_after": None}) == DEFINITION


def test_a_title_with_a_colon_stays_a_title() -> None:
    after = with_step(DEFINITION, "bye", {"title": "Bye: and take care, #1"})
    assert read_definition(after, filename="x").step("bye").title == "Bye: and take care, #1"


@pytest.mark.parametrize(
    "title", ["No", "null", "2026-01-01", "16:30", "12", "true", "'", '"', "é"]
)
def test_a_title_that_looks_like_another_value_stays_a_text(title: str) -> None:
    after = with_step(DEFINITION, "bye", {"title": title})
    assert read_definition(after, filename="x").step("bye").title == title


def test_a_step_that_is_not_there_is_not_made() -> None:
    with pytest.raises(NotFound):
        with_step(DEFINITION, "other", {"title": "X"})
    with pytest.raises(BadInput):
        with_step("- just\n- a list\n", "other", {"title": "X"})
    with pytest.raises(BadInput):
        with_step("a: [", "other", {"title": "X"})


def test_the_head_of_a_text_keeps_its_order_comments_and_null() -> None:
    text = "---\n# about\nsubject: A film\npreheader: B\nreviewed_by: null\n---\nHello.\n"
    assert with_head(text, {}) == text
    after = with_head(text, {"subject": "Say: no"})
    assert lines_changed(text, after) == [("subject: A film", 'subject: "Say: no"')]
    assert with_head(after, {"reviewed_by": "Zoë"}).splitlines()[4] == 'reviewed_by: "Zoë"'


def test_a_head_is_made_where_there_is_none() -> None:
    assert with_head("Hello.\n", {"reviewed_by": None}) == "---\nreviewed_by: null\n---\nHello.\n"


def test_a_body_is_changed_under_its_head() -> None:
    text = "---\nsubject: A\n---\nHello.\n"
    assert with_body(text, "Good day.") == "---\nsubject: A\n---\nGood day.\n"
    assert with_body("Hello.\n", "Good day.\n\n") == "Good day.\n"
