"""Who is named where: only what was checked, and none of the known wrong numbers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from content_builders import TEMPLATES

from outreach.content import HelpDirectory, HelpLine, HelpLines, count_segments, help_directory
from outreach.content.phrases import help_in, known_languages, phrases

COUNTRIES = help_directory().countries()


def lines_of(country: HelpLines) -> list[HelpLine]:
    groups = (
        country.emergencies,
        country.helplines,
        country.report,
        country.removal,
        country.staff,
    )
    return [line for group in groups for line in group]


def phones(country: str) -> set[str | None]:
    return {line.phone for line in lines_of(help_directory().for_country(country))}


def test_only_what_its_own_flag_verifies_is_shown() -> None:
    entry = next(e for e in help_directory().entries if e.name == "Childline" and e.country == "GB")

    def shown(**flags: bool) -> HelpLine:
        return HelpDirectory([replace(entry, **flags)]).for_country("GB").helplines[0]

    assert shown().phone == "0800 1111"
    assert shown(phone_verified=False).phone is None
    assert shown(url_verified=False).url is None
    assert shown(hours_verified=False).hours is None
    assert HelpDirectory([replace(entry, verified=False)]).for_country("GB").helplines == ()


def test_a_service_for_adults_is_never_shown() -> None:
    for country in [*COUNTRIES, "XX"]:
        for line in lines_of(help_directory().for_country(country)):
            assert "adults" not in line.audience
            assert "stopncii" not in (line.url or "").lower()


@pytest.mark.parametrize(
    ("country", "right", "wrong"),
    [
        ("SI", "116 111", "111 116"),
        ("FR", "3018", "0800 200 000"),
        ("CY", "1480", "7000 0116"),
        ("ES", "900 20 20 10", "717003717"),
        ("NL", "0800 0432", "0800 0450"),
        ("PT", "800 21 90 90", "821 90 90"),
        ("AT", "147", "116 111"),
        ("RS", "19833", "112"),
        ("UA", "102", None),
    ],
)
def test_numbers_that_public_lists_get_wrong(country: str, right: str, wrong: str | None) -> None:
    assert right in phones(country)
    assert wrong is None or wrong not in phones(country)


def test_childline_is_not_the_internet_watch_foundation() -> None:
    report = help_directory().for_country("GB").report
    [watch] = [line for line in report if "Internet Watch" in line.name]
    assert watch.phone is None


def test_a_french_family_is_first_sent_to_3018() -> None:
    lines = help_directory().for_country("FR")
    assert lines.helpline is not None
    assert lines.helpline.phone == "3018"


def test_unconfirmed_numbers_stay_hidden() -> None:
    assert "800 333 21" not in phones("NO")
    assert "35 55 55 57" not in phones("DK")
    assert "01 522 4300" not in phones("IE")


def test_image_removal_and_a_way_to_report_exist_everywhere() -> None:
    for country in [*COUNTRIES, "XX"]:
        lines = help_directory().for_country(country)
        assert "https://takeitdown.ncmec.org/" in {line.url for line in lines.removal}
        assert lines.report, country
    assert "https://www.inhope.org/EN/our-members" in {
        line.url for line in help_directory().for_country("XX").report
    }


def test_countries_that_cannot_be_sent_to_say_what_is_missing() -> None:
    lacking = {c for c in COUNTRIES if help_directory().for_country(c).missing()}
    assert lacking == {"BR", "JP", "MA", "MX", "NG", "PH", "ZA"}
    assert help_directory().for_country("BR").missing() == [
        "a verified help line with a phone number"
    ]
    assert len(help_directory().for_country("XX").missing()) == 2


def test_lines_for_school_staff_are_not_given_to_families() -> None:
    lines = help_directory().for_country("GB")
    assert [line.phone for line in lines.staff] == ["0344 381 4772"]
    assert "0344 381 4772" not in {line.phone for line in lines.helplines}


def test_every_entry_has_a_source() -> None:
    assert all(entry.sources and all(entry.sources) for entry in help_directory().entries)


@pytest.mark.parametrize("language", sorted(known_languages()))
def test_every_checked_opening_time_can_be_said(language: str) -> None:
    for country in COUNTRIES:
        for line in lines_of(help_directory().for_country(country)):
            assert line.hours is None or line.hours in phrases(language).hours or not line.phone


@pytest.mark.parametrize("language", sorted(known_languages()))
def test_the_short_line_is_short_and_cheap_in_every_country(language: str) -> None:
    for country in COUNTRIES:
        lines = help_directory().for_country(country)
        said = help_in(language, lines).sms_line
        assert (said is None) == bool(lines.missing())
        if said:
            assert lines.emergency is not None
            assert lines.emergency.phone is not None
            assert lines.emergency.phone in said
            assert len(said) <= 70
            own = count_segments(phrases(language).sms_line).outside_gsm
            assert set(count_segments(said).outside_gsm) <= set(own)


def test_no_template_names_a_number_by_hand() -> None:
    numbers = {
        re.sub(r"\D", "", entry.phone)
        for entry in help_directory().entries
        if entry.phone and len(re.sub(r"\D", "", entry.phone)) > 2
    }
    for path in TEMPLATES.glob("*/*/*.*"):
        written = re.sub(r"(?<=\d)[ -](?=\d)", "", path.read_text("utf-8"))
        assert not numbers & set(re.findall(r"\d+", written)), path


def test_the_directory_keeps_the_flags_of_the_research(shared: Path) -> None:
    research = json.loads((shared / "facts" / "reporting.json").read_text("utf-8"))
    flags = ("country", "organisation", "phone", "url", "as_of", "verified",
             "phone_verified", "url_verified", "hours_verified")  # fmt: skip
    ours = {tuple(getattr(entry, flag) for flag in flags) for entry in help_directory().entries}
    assert ours == {tuple(row[flag] for flag in flags) for row in research}


def test_the_page_about_the_directory_lists_all_that_is_unconfirmed(repository: Path) -> None:
    page = (repository / "docs" / "help-directory.md").read_text("utf-8")
    for entry in help_directory().unverified():
        assert f"| {entry.country} | {entry.purpose} | {entry.organisation} |" in page
