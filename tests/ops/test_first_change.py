"""The worked examples of docs/first-change.md, with the very text that stands there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from outreach.campaigns.definition import check_path
from outreach.replies.reading import packs

_BLOCK = re.compile(r"^ {4}```(\w+)\n(.*?)^ {4}```", re.MULTILINE | re.DOTALL)
_INDENT = re.compile(r"^ {4}", re.MULTILINE)  # of a block inside a list
_CAMPAIGN = "safer-internet-day"


def _blocks(repository: Path, heading: str) -> dict[str, str]:
    """The fenced examples below a heading, by their language."""
    page = (repository / "docs/first-change.md").read_text("utf-8")
    part = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return {name: _INDENT.sub("", text) for name, text in _BLOCK.findall(part)}


@pytest.fixture
def campaign_with_a_step_more(repository: Path, tmp_path: Path) -> Path:
    """The folder of a copy; its templates lie beside `campaigns`."""
    blocks = _blocks(repository, "A step in a campaign")
    for room in ("campaigns", "templates"):
        shutil.copytree(repository / room / _CAMPAIGN, tmp_path / room / _CAMPAIGN)
    definition = tmp_path / "campaigns" / _CAMPAIGN / "campaign.yaml"
    with definition.open("a", encoding="utf-8") as out:
        out.write("\n" + blocks["yaml"])
    for language in (tmp_path / "templates" / _CAMPAIGN).iterdir():
        (language / "one-week-later.email.md").write_text(blocks["markdown"], "utf-8")
    return definition.parent


def _findings(campaign: Path) -> list[str]:
    templates = campaign.parent.parent / "templates"
    return [str(each) for each in check_path(campaign, templates) if each.blocks]


def test_the_new_step_is_sound(campaign_with_a_step_more: Path) -> None:
    assert _findings(campaign_with_a_step_more) == []


def test_a_language_left_out_is_named(campaign_with_a_step_more: Path) -> None:
    templates = campaign_with_a_step_more.parent.parent / "templates" / _CAMPAIGN
    (templates / "es" / "one-week-later.email.md").unlink()
    assert any(
        "es/one-week-later.email.md" in each for each in _findings(campaign_with_a_step_more)
    )


def test_the_new_word_is_a_field_of_a_pack_and_reads_as_a_phrase(repository: Path) -> None:
    example = _blocks(repository, "A word in a language pack")["yaml"]
    parsed = packs.parse("de.yaml", example)
    (field,) = parsed
    assert field in set(packs.Field)
    assert list(packs.expanded(str(parsed[field]))) == ["feierabend mit euren nachrichten"]


def test_every_place_of_a_language_is_there(repository: Path) -> None:
    page = (repository / "docs/first-change.md").read_text("utf-8")
    table = page.partition("## A language\n")[2].partition("\n1. ")[0]
    places = re.findall(r"`([\w/.-]+/)`", table)
    assert len(places) == len(set(places)) == 7
    for place in places:
        names = {
            path.stem if path.is_file() else path.name for path in (repository / place).iterdir()
        }
        assert "en" in names, place
