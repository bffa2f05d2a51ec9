"""Checking and importing campaigns, and what is said about each kind of mistake."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from cli_terminal import Answer, outreach, school

from outreach.campaigns.models import Campaign, CampaignVersion
from outreach.core.clock import FrozenClock, now
from outreach.organisation.models import AuditEntry, School, SmsPrice


@pytest.fixture
def pack(repository: Path, tmp_path: Path) -> Path:
    """The shipped campaign in three of its languages, to break. Its folder; templates stand beside
    campaigns/."""
    folder = shutil.copytree(repository / "campaigns/say-no", tmp_path / "campaigns/say-no")
    definition = (folder / "campaign.yaml").read_text("utf-8")
    fewer = re.sub(r"(?m)^languages: .*$", "languages: [en, de, es]", definition)
    # The words of its question in the other languages.
    fewer = re.sub(r"(?m)^        (?!(?:en|de|es):)[a-z]{2}: .*\n", "", fewer)
    (folder / "campaign.yaml").write_text(fewer, "utf-8")
    for language in ("en", "de", "es"):
        texts = Path("templates/say-no", language)
        shutil.copytree(repository / texts, tmp_path / texts)
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """One step in two languages; a letter of the Spanish text is outside the GSM alphabet."""
    folder = tmp_path / "campaigns" / "small"
    folder.mkdir(parents=True)
    (folder / "campaign.yaml").write_text(
        "schema: 1\ncampaign: small\ntitle: Small\ntopic: online-safety\nlanguages: [en, es]\n"
        "default_language: en\nsteps:\n  - key: hello\n    title: Hello\n    to: guardians\n"
        '    channels: [email, sms]\n    when: {day: 0, at: "16:30"}\n',
        "utf-8",
    )
    for language, word in (("en", "Talk"), ("es", "Hablará")):
        texts = tmp_path / "templates" / "small" / language
        texts.mkdir(parents=True)
        head = "---\nsubject: Hello\npreheader: Short\nreviewed_by: A Reader\n---\n"
        (texts / "hello.email.md").write_text(f"{head}{word} to me.\n", "utf-8")
        (texts / "hello.sms.txt").write_text(
            "---\nreviewed_by: A Reader\n---\n"
            f"{{{{ school.name }}}}: {word}. {{{{ help.sms_line }}}}. {{{{ sms.stop_line }}}}\n",
            "utf-8",
        )
    return folder


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
    found = outreach("campaign", "check", pack, "--json").json["findings"]
    errors = [each for each in found if each["severity"] == "error"]
    assert {each["code"] for each in errors} == {"missing-template"}
    assert {each["page"] for each in errors} == {"docs/findings.md#missing-template"}
    assert len(errors) == 2


@pytest.mark.django_db
def test_a_campaign_is_imported_once(pack: Path) -> None:
    first = outreach("campaign", "import", pack)
    again = outreach("campaign", "import", pack / "campaign.yaml")
    assert first.out.startswith("say-no version 1 was imported (sha256 ")
    assert again.out.startswith("say-no version 1 is here already; nothing changed")
    assert CampaignVersion.objects.count() == 1


@pytest.mark.django_db
def test_languages_that_nobody_reviewed_are_one_line_of_an_import(repository: Path) -> None:
    pack = repository / "campaigns" / "say-no"
    answer = outreach("campaign", "import", pack)
    (line,) = answer.err.splitlines()
    assert "No native speaker has reviewed texts in 17 languages." in line
    assert line.endswith(f"See each with: outreach campaign check {pack}")


@pytest.mark.django_db
def test_a_change_makes_a_second_version(pack: Path) -> None:
    outreach("campaign", "import", pack)
    broken(pack / "campaign.yaml", "title: Say No!", "title: Say No again!")
    assert outreach("campaign", "import", pack, "--json").json["version"] == 2
    assert [each["version"] for each in outreach("campaign", "list", "--json").json] == [2, 1]
    assert AuditEntry.objects.filter(action="campaign.import").count() == 2


@pytest.mark.django_db
def test_the_shipped_campaign_passes_its_own_check(repository: Path) -> None:
    """What is left is true: nobody has reviewed the texts."""
    answer = outreach("campaign", "check", repository / "campaigns" / "say-no", "--json")
    assert answer.code == 0
    assert {each["code"] for each in answer.json["findings"]} == {"unreviewed-language"}
    assert len(answer.json["findings"]) == 17


@pytest.mark.django_db
def test_the_second_campaign_passes_too(repository: Path) -> None:
    answer = outreach("campaign", "check", repository / "campaigns" / "safer-internet-day")
    assert answer.code == 0
    assert "can be imported, 10 to look at." in answer.out


@pytest.mark.django_db
def test_the_check_says_what_a_text_costs_here_and_which_letters_make_it_dear(
    small: Path, frozen_clock: FrozenClock
) -> None:
    SmsPrice.objects.create(country="GB", micros=40_000, set_at=now())
    found = outreach("campaign", "check", small, "--json", "--country", "gb").json
    (text,) = [each for each in found["texts"] if each["language"] == "es"]
    assert (text["encoding"], text["segments"], text["outside_gsm"]) == ("UCS-2", 2, ["á"])
    assert text["micros"] == 80_000
    printed = outreach("campaign", "check", small, "--country", "GB").out
    assert "`á` (U+00E1) turns the text into UCS-2" in printed
    assert "0.0800" in printed


@pytest.mark.django_db
def test_the_check_asks_for_help_lines_where_the_schools_are(
    small: Path, frozen_clock: FrozenClock
) -> None:
    school("rio")
    School.objects.filter(slug="rio").update(country="BR")
    found = outreach("campaign", "check", small, "--json")
    assert found.code == 2
    assert "no-help-for-country" in {each["code"] for each in found.json["findings"]}


@pytest.mark.django_db
def test_emails_are_scored_where_spamassassin_is_installed(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "emails were not scored" in outreach("campaign", "check", small).err
    program = tmp_path / "bin" / "spamassassin"
    program.parent.mkdir()
    program.write_text(_SCORES_IT)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    answer = outreach("campaign", "check", small)
    assert answer.code == 0
    assert "SpamAssassin gives 4.6 points, for GAPPY_SUBJECT, HTML_MESSAGE" in answer.out


# Prints what the program prints with --test-mode (its manual page), and takes only a whole mail.
_SCORES_IT = """\
#!/bin/sh
grep -q '^List-Unsubscribe-Post: List-Unsubscribe=One-Click' || exit 1
cat <<'END'
X-Spam-Flag: NO
X-Spam-Level: ****
X-Spam-Status: No, score=4.6 required=5.0 tests=GAPPY_SUBJECT,
\tHTML_MESSAGE autolearn=no autolearn_force=no version=4.0.0

END
"""


@pytest.mark.django_db
def test_templates_that_are_nowhere_are_asked_for(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(repository / "campaigns" / "say-no" / "campaign.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    answer = outreach("campaign", "check", tmp_path / "campaign.yaml")
    assert answer.code == 2
    assert "Name their folder with --templates." in answer.err
