"""The days of a launch at the terminal, and what is not planned where."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_terminal import colleague, outreach, school

from outreach.core.clock import FrozenClock
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Role
from outreach.organisation.settings import Changes, set_organisation

YAML = """\
schema: 1
campaign: tiny
title: Tiny
topic: online-safety
languages: [en]
default_language: en
steps:
  - key: start
    title: Start
    to: staff
    channels: [email]
    when: {day: 1, at: "12:00"}
  - key: reminder
    title: Before the holidays
    to: staff
    channels: [email]
    when: {before: holiday, days: 3, at: "12:00"}
"""
EMAIL = "---\nsubject: From {{ school.name }}\npreheader: Short\nreviewed_by: null\n---\nHello.\n"


@pytest.fixture
def launch(db: None, frozen_clock: FrozenClock, tmp_path: Path) -> str:
    set_organisation(Changes(name="Safe Online Network"), actor=OPERATOR)
    for slug in ("north", "south"):
        school(slug)
    colleague("manager@demo.example", Role.MANAGER)
    folder = tmp_path / "campaigns" / "tiny"
    texts = tmp_path / "templates" / "tiny" / "en"
    folder.mkdir(parents=True)
    texts.mkdir(parents=True)
    (folder / "campaign.yaml").write_text(YAML, encoding="utf-8")
    for step in ("start", "reminder"):
        (texts / f"{step}.email.md").write_text(EMAIL, encoding="utf-8")
    assert outreach("campaign", "import", folder).code == 0
    words = ("--campaign", "tiny", "--name", "Autumn", "--starts-on", "2026-11-02")
    assert outreach("launch", "create", *words, "--as", "manager@demo.example").code == 0
    return "Autumn"


def test_a_step_without_term_dates_is_listed_with_its_schools_and_why(launch: str) -> None:
    outreach("calendar", "add", "holiday", "2026-12-21", "2027-01-03", "--school", "north")
    shown = outreach("launch", "calendar", launch, "--json").json
    assert [(each["day"], each["step"], each["schools"]) for each in shown["days"]] == [
        ("2026-11-03", "start", None),
        ("2026-12-18", "reminder", 1),
    ]
    assert shown["not_planned"] == [
        {"step": "reminder", "why": "its term dates are not entered", "schools": ["south"]}
    ]
    assert "its term dates are not entered." in outreach("launch", "calendar", launch).out
