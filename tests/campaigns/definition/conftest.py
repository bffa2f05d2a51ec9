"""A small campaign that is right, to be broken in one place by each test."""

from __future__ import annotations

from pathlib import Path

import pytest

SOUND = """\
schema: 1
campaign: first-phone
title: The first phone
topic: online-safety
languages: [en, de]
default_language: en
steps:
  - key: hello
    title: Before you hand it over
    to: guardians
    channels: [email, sms]
    when: {day: 0, at: "16:30", within: 3h}
  - key: later
    title: Three questions
    to: guardians
    channels: [email]
    when: {after: hello, days: 7, at: "17:00"}
"""

EMAIL = """\
---
subject: The first phone
preheader: Three rules that help
reviewed_by: A Native Speaker
---
Hello from {{ school.name }}.
"""

TEXT = """\
---
reviewed_by: A Native Speaker
---
{{ school.name }}: three rules. {{ help.sms_line }}. {{ sms.stop_line }}
"""


@pytest.fixture
def sound() -> str:
    return SOUND


@pytest.fixture
def sound_files() -> dict[str, str]:
    """Every template that the small campaign needs."""
    files = {f"{tag}/{step}.email.md": EMAIL for tag in ("en", "de") for step in ("hello", "later")}
    texts = {f"{tag}/hello.sms.txt": TEXT for tag in ("en", "de")}
    return files | texts


@pytest.fixture
def campaign_on_disk(tmp_path: Path, sound: str, sound_files: dict[str, str]) -> tuple[Path, Path]:
    """The folder of the campaign and the folder of all templates."""
    folder = tmp_path / "campaigns" / "first-phone"
    folder.mkdir(parents=True)
    (folder / "campaign.yaml").write_text(sound, encoding="utf-8")
    templates = tmp_path / "templates"
    for name, text in sound_files.items():
        file = templates / "first-phone" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder, templates


@pytest.fixture
def repository() -> Path:
    return Path(__file__).parents[3]
