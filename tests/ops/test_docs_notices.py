"""The notices for parents say the same in every language, and claim no review."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from outreach.config.environment import Environment

_LANGUAGES = ["ar", "de", "en", "es", "fr", "tr", "uk"]
_LEAD = re.compile(r"^\*\*[^*]+\*\*", re.MULTILINE)
_PLACE = re.compile(r"\[[^\]\n]*(?:\n[^\]\n]*)?\](?!\()")


def _notice(repository: Path, language: str) -> tuple[dict[str, object], str]:
    path = repository / "docs/data-protection/notices" / f"{language}.md"
    _, head, body = path.read_text("utf-8").split("---\n", 2)
    return YAML(typ="safe").load(head), body


def test_each_language_that_is_promised_is_there(repository: Path) -> None:
    folder = repository / "docs/data-protection/notices"
    assert sorted(path.stem for path in folder.glob("*.md")) == ["README", *_LANGUAGES]


@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_notice_says_what_the_english_one_says(repository: Path, language: str) -> None:
    head, body = _notice(repository, language)
    _, english = _notice(repository, "en")
    assert head["reviewed_by"] is None
    assert len(_LEAD.findall(body)) == len(_LEAD.findall(english))
    assert len(_PLACE.findall(body)) == len(_PLACE.findall(english))
    assert all(each in body for each in ("STOP", "/about-me", "/genuine"))


@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_notice_has_the_times_of_the_code(repository: Path, language: str) -> None:
    _, body = _notice(repository, language)
    for setting in ("keep_former_people_days", "keep_replies_days"):
        assert str(Environment.model_fields[setting].default) in body
