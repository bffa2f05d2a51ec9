"""Faults in what a definition says about calendars, people, gates and discretion."""

from __future__ import annotations

import re
from datetime import date

import jsonschema
import pytest
from ruamel.yaml import YAML

from outreach.campaigns.definition import json_schema, plan_school, read_definition
from outreach.campaigns.definition.discretion import telling_word
from outreach.campaigns.definition.pack import check_pack, make_pack
from outreach.campaigns.definition.reading import examine
from outreach.campaigns.definition.reference import reference_page
from outreach.core.errors import BadFile
from tests.campaigns.calendar_builders import BAVARIA

WHEN = 'when: {after: hello, days: 7, at: "17:00"}'
# The `when` that is written, and the finding.
FAULTS = [
    (
        'when: {before: holidays, days: 3, at: "17:00"}',
        "17:20: `holidays` is not one of holiday, term-start, term-end. Did you mean `holiday`?",
    ),
    (
        'when: {before: holiday, days: 3, at: "17:00", every: term}',
        "17:11: A step that counts from a holiday cannot come every term. Write `every: holiday`.",
    ),
    (
        'when: {day_named: safer-internet-day, days_before: 1, days_after: 1, at: "17:00"}',
        "17:11: A step is before or after its day, not both. "
        "Keep one of `days_before` and `days_after`.",
    ),
    (
        'when: {after: hello, next: someday, at: "17:00"}',
        "17:32: `someday` is not one of weekday, mon, tue, wed, thu, fri, sat, sun. "
        "Choose one of these.",
    ),
    (
        'when: {after_opt_in: {days: 0}, at: "17:00"}',
        "17:33: `days` must be at least 1, not `0`.",
    ),
    (
        'when: {after_opt_in: {days: 1, day: 1}, at: "17:00"}',
        "17:36: `day` is not a key that is known here. Did you mean `days`?",
    ),
    (
        'when: {day: 9, at: "17:00", every: term}',
        "17:40: `term` is not one of week, month, year. Choose one of these.",
    ),
    (
        'when: {day: 9, at: "17:00", until: 2027-07-01}',
        "17:33: `later` goes out once, so `until` says nothing. "
        "Leave it out, or say how often with `every`.",
    ),
    (
        'when: {day: 9, at: "17:00", spread: 4h}',
        "17:41: `later` is spread over 4h, and its window closes after 3h. "
        "Spread it over less, or let `within` be longer.",
    ),
    (
        'when: {day: 9, at: "17:00", spread: 5m}',
        "17:41: 5m is no time to spread a step over. At least 10m.",
    ),
    (
        f"{WHEN}\n    not_on: [holidays]",
        "18:14: `holidays` is not one of public-holidays, school-holidays. "
        "Did you mean `school-holidays`?",
    ),
    (
        f"{WHEN}\n    otherwise: expires",
        "18:5: Every day is a good day for `later`, so `otherwise` says nothing. "
        "Leave it out, or say when not with `weekdays` or `not_on`.",
    ),
    (
        f"{WHEN}\n    only: {{}}",
        "18:11: This chooses nobody. Name schools, countries, got, share …",
    ),
    (
        f"{WHEN}\n    only: {{school: [greenhill]}}",
        "18:12: `school` is not a key that is known here. Did you mean `schools`?",
    ),
    (
        f"{WHEN}\n    only: {{countries: [Germany]}}",
        "18:24: `Germany` is not a country. Write its two letters, like GB, DE or ES.",
    ),
    (
        f"{WHEN}\n    only: {{languages: [fr]}}",
        "18:23: The campaign is not written in `fr`, so nobody reads it in that. "
        "Choose from en, de.",
    ),
    (
        f"{WHEN}\n    only: {{share: 120%}}",
        "18:19: `120%` is not a share. Write it like 20% or 0.2.",
    ),
    (
        f"{WHEN}\n    only: {{got: helo}}",
        "18:17: There is no step `helo`. Did you mean `hello`?",
    ),
    (
        f"{WHEN}\n    only: {{got: later}}",
        "18:17: `later` does not stand above `later`, so nobody has got it by then. "
        "Move `later` below `later`.",
    ),
    (
        f"{WHEN}\n    only: {{got: hello, not_got: hello}}",
        "18:33: `got` and `not_got` both name `hello`, so nobody is left. "
        "Keep one of `got` and `not_got`.",
    ),
    (
        f"{WHEN}\n    only: {{joined_after: 2027-01-02, joined_before: 2027-01-01}}",
        "18:53: Nobody joined on 2027-01-02 or later and before 2027-01-01. "
        "Let `joined_before` be the later day.",
    ),
    (
        f"{WHEN}\n    only: {{share: 20%}}\n    except: {{share: 20%}}",
        "19:5: `only` and `except` of `later` name the same people, so nobody is left. "
        "Leave one of them out.",
    ),
    (
        f"{WHEN}\n    waits_for: hello",
        "18:16: `hello` goes to guardians; a step waits for what the staff got. "
        "Name a step that goes to staff, contacts or safeguarding-leads.",
    ),
    (
        f"{WHEN}\n    corrects: hello\n    only: {{share: 20%}}",
        "18:5: `later` goes to exactly those who got `hello`, so it takes no other choice of "
        "people. Leave out `only`, `except`, `age_groups` and `waits_for`.",
    ),
]


@pytest.mark.parametrize(("written", "sentence"), FAULTS)
def test_a_fault_is_named_at_its_line(sound: str, written: str, sentence: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_definition(sound.replace(WHEN, written), filename="campaign.yaml")
    assert [str(each) for each in refused.value.problems] == [f"campaign.yaml:{sentence}"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "at_most: twice a week",
            "1:10: `twice a week` does not say how often. "
            "Write it like `2 per week`; day, week or month.",
        ),
        (
            "spend_cap: 20 EUR",
            "1:12: `20 EUR` is not an amount of money. "
            "Write it like 20 or 12.50, in the currency of the organisation.",
        ),
        (
            "stop_if: {complaint: 1%}",
            "1:11: `complaint` is not a key that is known here. Did you mean `complaints`?",
        ),
        (
            "named_days: {open-day: [tomorrow]}",
            "1:25: `tomorrow` is not a date. "
            "Write it as year-month-day like 2027-02-09, between 2020 and 2100.",
        ),
    ],
)
def test_a_fault_of_the_whole_campaign_is_named(sound: str, line: str, sentence: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_definition(f"{line}\n{sound}", filename="campaign.yaml")
    assert [str(each) for each in refused.value.problems] == [f"campaign.yaml:{sentence}"]


def test_nothing_counts_from_what_comes_again_or_differs_for_each_person(sound: str) -> None:
    for when in ('{day: 0, at: "16:30", every: week}', '{after_opt_in: {days: 1}, at: "16:30"}'):
        source = sound.replace('{day: 0, at: "16:30", within: 3h}', when)
        with pytest.raises(BadFile) as refused:
            read_definition(source, filename="campaign.yaml")
        assert [each.code for each in refused.value.problems] == ["step-base"]


def test_a_word_of_the_calendar_is_no_step(sound: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_definition(sound.replace("key: later", "key: holiday"), filename="campaign.yaml")
    assert [each.code for each in refused.value.problems] == ["reserved-key"]


def test_a_day_that_nobody_knows_yet_is_worth_a_look(sound: str) -> None:
    source = sound.replace(WHEN, 'when: {day_named: sports-day, at: "17:00"}')
    (found,) = examine(source, filename="campaign.yaml").problems
    assert (found.code, found.blocks) == ("named-day", False)
    known = f"named_days: {{sports-day: [2027-06-12]}}\n{source}"
    assert examine(known, filename="campaign.yaml").problems == []


def test_the_school_year_of_the_page_is_a_campaign_and_plans() -> None:
    *_, year = re.findall(r"```yaml\n(.*?)```", reference_page(), re.DOTALL)
    definition = read_definition(year, filename="campaign.yaml")
    assert examine(year, filename="campaign.yaml").problems == []
    tree = YAML(typ="safe", pure=True).load(year)
    jsonschema.validate(_plain(tree), json_schema())
    plan = plan_school(definition, date(2026, 9, 21), BAVARIA)
    assert [one.day for one in plan.occurrences if one.step_key == "safer-internet-day"] == [
        date(2027, 2, 13)
    ]


def _plain(part: object) -> object:
    if isinstance(part, dict):
        return {key: _plain(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_plain(each) for each in part]
    return part if isinstance(part, int | float | bool | str) else str(part)


@pytest.mark.parametrize(
    ("text", "language", "word"),
    [
        ("Online blackmail: what to do", "en", "blackmail"),
        ("Erpressung im Netz", "de", "Erpressung"),
        ("Une bonne nuit", "fr", ""),
        ("Photos nues en ligne", "fr", "nues"),
        ("Essex schools write to you", "en", ""),
        ("SEX education", "it", "SEX"),
    ],
)
def test_a_telling_word_is_found_where_it_begins(text: str, language: str, word: str) -> None:
    assert telling_word(text, language) == word


def test_a_discreet_campaign_names_its_subject_further_down(
    sound: str, sound_files: dict[str, str]
) -> None:
    late = "{{ school.name }}: something for parents to read. Online blackmail."
    files = sound_files | {
        "en/hello.sms.txt": "{{ school.name }}: Online blackmail.",
        "de/hello.sms.txt": late,
    }
    found = check_pack(make_pack(f"discreet: true\n{sound}", files))
    telling = [each for each in found if each.code == "not-discreet"]
    assert [each.where for each in telling] == ["templates/first-phone/en/hello.sms.txt:1"]
    assert not [each for each in check_pack(make_pack(sound, files)) if each.code == "not-discreet"]
