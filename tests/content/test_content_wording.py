"""The wording rules find what they are there for, and leave good texts alone."""

from __future__ import annotations

import pytest
from content_builders import email_source, pack_of

from outreach.content import TemplateSet
from outreach.content.wording import check_wording


def codes(**files: str) -> list[tuple[str, str, bool]]:
    return [(p.code, p.where, p.blocks) for p in check_wording(pack_of(**files))]


def test_a_text_without_help_or_stop_is_blocked() -> None:
    assert codes(text_x="Stay safe online.") == [
        ("no-opt-out", "en/x.sms.txt:1", True),
        ("no-help", "en/x.sms.txt:1", True),
    ]
    assert codes(text_x="Stay safe. {{ help.sms_line }} {{ sms.stop_line }}") == []


def test_a_notice_that_may_go_without_help_is_not_asked_for_it() -> None:
    assert codes(text_x="---\nhelp: optional\n---\nYou have stopped.") == []


@pytest.mark.parametrize(
    ("language", "sentence", "found"),
    [
        ("en", "You should not have sent it.", True),
        ("en", "It is your fault.", True),
        ("en", "It is never your fault.", False),
        ("en", "It is not the child's fault.", False),
        ("de", "Das Kind ist selbst schuld.", True),
        ("de", "Du bist nicht schuld.", False),
        ("es", "Es culpa tuya.", True),
        ("es", "No es culpa tuya.", False),
    ],
)
def test_words_that_blame_are_a_warning(language: str, sentence: str, found: bool) -> None:
    pack = TemplateSet({f"{language}/a.email.md": email_source(f"Hi\n\n{sentence}\n")})
    problems = check_wording(pack)
    assert [(p.code, p.where, p.blocks) for p in problems] == (
        [("blaming-words", f"{language}/a.email.md:8", False)] if found else []
    )


def test_a_figure_needs_its_source_and_year_in_the_paragraph() -> None:
    bare = "There were 26,718 reports.\n\nSource: NCMEC, 2024\n"
    assert codes(letter=email_source(bare)) == [
        ("figure-without-source", "en/letter.email.md:6", True)
    ]
    assert codes(letter=email_source("In 2023 there were 26,718 reports (source: NCMEC).")) == []


def test_a_second_figure_is_a_warning() -> None:
    body = "In 2023: 90 % of 812 cases (source: NCMEC)."
    assert codes(letter=email_source(body)) == [
        ("more-than-one-figure", "en/letter.email.md:6", False)
    ]


def test_years_steps_and_variables_are_no_figures() -> None:
    body = "1. In 2024 we began, {{ step.number }} of {{ step.total }}, open 24/7, under 18.\n"
    assert codes(letter=email_source(body)) == []
