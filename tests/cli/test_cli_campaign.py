"""Checking and importing campaigns, and what is said about each kind of mistake."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli_terminal import Answer, outreach

from outreach.campaigns.models import Campaign, CampaignVersion
from outreach.organisation.models import AuditEntry


@pytest.fixture
def pack(repository: Path, tmp_path: Path) -> Path:
    """A copy of the shipped campaign, to break. Its folder; templates stand beside campaigns/."""
    for part in ("campaigns/say-no", "templates/say-no"):
        shutil.copytree(repository / part, tmp_path / part)
    return tmp_path / "campaigns" / "say-no"


def broken(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def template(pack: Path, name: str) -> Path:
    return pack.parent.parent / "templates" / "say-no" / name


def refused(pack: Path) -> Answer:
    """The check and the import both refuse, and nothing is stored."""
    answer = outreach("campaign", "check", pack)
    assert answer.code == 2
    assert outreach("campaign", "import", pack).code == 2
    assert not Campaign.objects.exists()
    return answer


@pytest.mark.django_db
def test_an_unknown_key_is_named_with_file_and_line(pack: Path) -> None:
    broken(pack / "campaign.yaml", "    to: guardians", "    too: guardians")
    line = (pack / "campaign.yaml").read_text().splitlines().index("    too: guardians") + 1
    answer = refused(pack)
    assert (
        f"{pack / 'campaign.yaml'}:{line}:5: `too` is not a key that is known here. "
        "Did you mean `to`?" in answer.out
    )


@pytest.mark.django_db
def test_a_template_with_a_syntax_error_is_named_with_its_line(pack: Path) -> None:
    file = template(pack, "de/launch.email.md")
    file.write_text(file.read_text("utf-8") + "\n{% if recipient.name %}\n", "utf-8")
    assert "say-no/de/launch.email.md:" in refused(pack).out


@pytest.mark.django_db
def test_an_undefined_variable_is_named(pack: Path) -> None:
    file = template(pack, "en/launch.sms.txt")
    file.write_text(file.read_text("utf-8") + "{{ recipient.shoe_size }}", "utf-8")
    answer = refused(pack)
    assert "say-no/en/launch.sms.txt:" in answer.out
    assert "shoe_size" in answer.out


@pytest.mark.django_db
def test_a_language_without_a_template_is_named(pack: Path) -> None:
    template(pack, "es/what-to-do.sms.txt").unlink()
    assert "es/what-to-do.sms.txt" in refused(pack).out


@pytest.mark.django_db
def test_every_mistake_is_shown_at_once_to_a_script_too(pack: Path) -> None:
    template(pack, "es/what-to-do.sms.txt").unlink()
    template(pack, "de/what-to-do.sms.txt").unlink()
    found = outreach("campaign", "check", pack, "--json").json
    assert len([problem for problem in found if problem["blocks"]]) == 2


@pytest.mark.django_db
def test_a_campaign_is_imported_once(pack: Path) -> None:
    first = outreach("campaign", "import", pack)
    again = outreach("campaign", "import", pack / "campaign.yaml")
    assert first.out.startswith("say-no version 1 was imported (sha256 ")
    assert again.out.startswith("say-no version 1 is here already; nothing changed")
    assert CampaignVersion.objects.count() == 1


@pytest.mark.django_db
def test_a_change_makes_a_second_version(pack: Path) -> None:
    outreach("campaign", "import", pack)
    broken(pack / "campaign.yaml", "title: Say No!", "title: Say No again!")
    assert outreach("campaign", "import", pack, "--json").json["version"] == 2
    assert [each["version"] for each in outreach("campaign", "list", "--json").json] == [2, 1]
    assert AuditEntry.objects.filter(action="campaign.import").count() == 2


def test_the_shipped_campaign_can_be_imported(pack: Path) -> None:
    answer = outreach("campaign", "check", pack)
    assert (answer.code, answer.out) == (0, f"{pack} can be imported.\n")


def test_templates_that_are_nowhere_are_asked_for(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(repository / "campaigns" / "say-no" / "campaign.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    answer = outreach("campaign", "check", tmp_path / "campaign.yaml")
    assert answer.code == 2
    assert "Name their folder with --templates." in answer.err
