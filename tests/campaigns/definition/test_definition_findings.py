"""Broken definitions: each test reads the sentences that the author gets."""

from __future__ import annotations

import pytest

from outreach.campaigns.definition import read_definition
from outreach.campaigns.definition.reading import examine
from outreach.core.errors import BadFile


def findings(source: str) -> list[str]:
    with pytest.raises(BadFile) as refused:
        read_definition(source, filename="campaign.yaml")
    return [str(problem) for problem in refused.value.problems]


# What is written instead of what, and the one sentence for it.
BROKEN_KEYS_AND_VALUES = [
    (
        "channels: [email]",
        "chanels: [email]\n    channels: [email]",
        "campaign.yaml:16:5: `chanels` is not a key that is known here. Did you mean `channels`?",
    ),
    (
        "topic: online-safety",
        "topics: online-safety\ntopic: online-safety",
        "campaign.yaml:4:1: `topics` is not a key that is known here. Did you mean `topic`?",
    ),
    (
        "title: The first phone\n",
        "",
        'campaign.yaml:1:1: `title` is missing. Add it, for instance `title: "Say No!"`.',
    ),
    (
        "    title: Three questions\n",
        "",
        "campaign.yaml:13:5: `title` is missing. "
        'Add it, for instance `title: "The film, and one rule"`.',
    ),
    (
        "    channels: [email]\n    when",
        "    when",
        "campaign.yaml:13:5: `channels` is missing. Add it, for instance `channels: [email, sms]`.",
    ),
    (
        "schema: 1",
        "schema: 2",
        "campaign.yaml:1:9: `2` is not a version of this format that is known here. "
        "Write `schema: 1`.",
    ),
    (
        "campaign: first-phone",
        "campaign: First Phone",
        "campaign.yaml:2:11: `First Phone` cannot be a short name. "
        "Use small letters, digits and hyphens, at most 40, like warning-signs.",
    ),
    (
        "title: The first phone",
        "title: 2027",
        'campaign.yaml:3:8: `title` must be a text, not `2027`. Put it into quotes: "2027".',
    ),
    (
        "title: The first phone",
        'title: ""',
        "campaign.yaml:3:8: `title` is empty. Write something, or leave the key out.",
    ),
    (
        "title: The first phone",
        f"title: {'x' * 121}",
        "campaign.yaml:3:8: `title` has more than 120 characters. Shorten it.",
    ),
    (
        "languages: [en, de]",
        "languages: en",
        "campaign.yaml:5:12: `languages` must be a list, not `en`. Write it like [en].",
    ),
    (
        "languages: [en, de]",
        "languages: [en, ger]",
        "campaign.yaml:5:17: `ger` is not a language code. Write it as de.",
    ),
    (
        "languages: [en, de]",
        "languages: [en, klingon]",
        "campaign.yaml:5:17: `klingon` is not a language code. "
        "Write it like en, de, pt-BR or zh-Hant.",
    ),
    (
        "languages: [en, de]",
        "languages: [en, de, en]",
        "campaign.yaml:5:12: `en` stands in the list twice. Keep one of them.",
    ),
    (
        "default_language: en",
        "default_language: es",
        "campaign.yaml:6:19: The default language `es` is not among the languages. "
        "Choose one of en, de, or add it to `languages`.",
    ),
    (
        "to: guardians\n    channels: [email, sms]",
        "to: guardian\n    channels: [email, sms]",
        "campaign.yaml:10:9: `guardian` is not one of guardians, contacts, safeguarding-leads, "
        "staff. Did you mean `guardians`?",
    ),
    (
        "channels: [email, sms]",
        "channels: [email, text]",
        "campaign.yaml:11:23: `text` is not one of email, sms. Choose one of these.",
    ),
    (
        "channels: [email, sms]",
        "channels: []",
        "campaign.yaml:11:15: `channels` is empty. Write something, or leave the key out.",
    ),
    (
        "default_language: en",
        "default_language: en\nclock: recipent",
        "campaign.yaml:7:8: `recipent` is not one of recipient, school. Did you mean `recipient`?",
    ),
    (
        "default_language: en",
        'default_language: en\nquiet_hours: {from: "24:00", to: "08:00"}',
        'campaign.yaml:7:21: `24:00` is not a time of day. Write it like "16:30", 24 hours.',
    ),
    (
        "default_language: en",
        'default_language: en\nquiet_hours: {from: "20:00"}',
        'campaign.yaml:7:14: `to` is missing. Add it, for instance `to: "08:00"`.',
    ),
    (
        "default_language: en",
        'default_language: en\nquiet_hours: {from: "08:30", to: "08:00"}',
        "campaign.yaml:7:14: These quiet hours leave only 30m of a day. Leave at least 2h.",
    ),
    (
        "day: 0,",
        "day: one,",
        "campaign.yaml:12:17: `day` must be a whole number, not `one`. "
        "Write it without quotes, like 3.",
    ),
    ("day: 0,", "day: -1,", "campaign.yaml:12:17: `day` must be at least 0, not `-1`."),
    (
        "day: 0,",
        "dy: 0,",
        "campaign.yaml:12:11: `when` has none of the keys `day`, `after`, `date`, `day_named`, "
        "`before`, `after_opt_in`. Did you mean `day`?",
    ),
    (
        "day: 0,",
        "day: 0, date: 2027-02-09,",
        "campaign.yaml:12:20: `date` cannot stand beside `day`: a step has one `when`. "
        "Keep one of them.",
    ),
    (
        'at: "16:30"',
        'at: "4:30 pm"',
        'campaign.yaml:12:24: `4:30 pm` is not a time of day. Write it like "16:30", 24 hours.',
    ),
    (
        "within: 3h",
        "within: 3 hours",
        "campaign.yaml:12:41: `3 hours` is not a span of time. Write it like 90m, 3h, 2d or 1d12h.",
    ),
    (
        "within: 3h",
        "within: 0h",
        "campaign.yaml:12:41: `0h` is no time at all. Write it like 90m or 3h; the longest is 24h.",
    ),
    (
        "within: 3h",
        "within: 25h",
        "campaign.yaml:12:41: `25h` is too long. Write it like 90m or 3h; the longest is 24h.",
    ),
    (
        "day: 0,",
        "date: 2027-02-30,",
        "campaign.yaml:12:18: `2027-02-30` is not a date. "
        "Write it as year-month-day like 2027-02-09, between 2020 and 2100.",
    ),
    (
        "days: 7, ",
        "",
        "campaign.yaml:17:11: `days` is missing. Add it, for instance `days: 3`.",
    ),
    (
        "channels: [email]",
        "channels: [email]\n    weekdays: [mon, tu]",
        "campaign.yaml:17:21: `tu` is not one of mon, tue, wed, thu, fri, sat, sun. "
        "Did you mean `tue`?",
    ),
    (
        "channels: [email]",
        "channels: [email]\n    age_groups: [teens]",
        'campaign.yaml:17:18: `teens` is not an age group. Write it like "11-13" or "16+".',
    ),
    (
        "channels: [email]",
        "channels: [email]\n    expires_after: 31d",
        "campaign.yaml:17:20: `31d` is too long. Write it like 90m or 3h; the longest is 30d.",
    ),
    (
        "channels: [email]\n    when",
        "channels: [email]\n    fallback: after-hard-failure\n    when",
        "campaign.yaml:17:5: `later` has one channel only, so it has none to fall back to. "
        "Add the other channel to `channels`, or leave `fallback` out.",
    ),
    (
        "to: guardians\n    channels: [email]",
        'to: staff\n    age_groups: ["11-13"]\n    channels: [email]',
        "campaign.yaml:16:5: `age_groups` is about guardians, and `later` goes to staff. "
        "Leave it out.",
    ),
]

BROKEN_ORDER = [
    (
        "key: later",
        "key: hello",
        "campaign.yaml:13:10: Two steps have the key `hello`; the first is in line 8. "
        "Give one of them another key.",
    ),
    (
        "after: hello",
        "after: helo",
        "campaign.yaml:17:19: There is no step `helo`. Did you mean `hello`?",
    ),
    (
        "day: 0,",
        "after: later, days: 1,",
        "campaign.yaml:12:19: These steps wait for each other: later → hello → later. "
        "Let one of them count from the launch, like `day: 1`.",
    ),
    (
        "after: hello",
        "after: later",
        "campaign.yaml:17:19: These steps wait for each other: later → later. "
        "Let one of them count from the launch, like `day: 1`.",
    ),
    (
        'when: {after: hello, days: 7, at: "17:00"}',
        'when: {after: last, days: 7, at: "17:00"}\n  - key: last\n    title: Last\n'
        '    to: staff\n    channels: [email]\n    when: {day: 20, at: "17:00"}',
        "campaign.yaml:17:19: `last` stands further down (line 18); "
        "a step counts from one above it. Move `later` below `last`.",
    ),
    (
        'when: {after: hello, days: 7, at: "17:00"}',
        'when: {day: 0, at: "09:00"}',
        "campaign.yaml:17:11: `later` would go out before `hello`, which stands above it. "
        "Put the steps into the order in which they go out, or change the day or time.",
    ),
]

BROKEN_YAML = [
    (
        "  - key: later",
        "\t- key: later",
        "campaign.yaml:13:1: There is a tab where only spaces may stand. YAML takes spaces only: "
        "replace each tab with two spaces (most editors have 'Convert indentation to spaces').",
    ),
    (
        "title: The first phone",
        "title: The phone: the first",
        "campaign.yaml:3:17: A colon stands where none can: inside a text, or below a key "
        'without one. Put a text with a colon into quotes, like title: "Say No: what parents '
        'can do".',
    ),
    (
        "topic: online-safety",
        "topic: online-safety\ntitle: Again",
        "campaign.yaml:5:1: `title` is written twice; the first is in line 3. Keep one of them.",
    ),
    (
        "    title: Three questions",
        "    title: Three questions\n    to: staff",
        "campaign.yaml:16:5: `to` is written twice; the first is in line 15. Keep one of them.",
    ),
    (
        "title: The first phone",
        "title: !!python/object/apply:os.system [true]",
        "campaign.yaml:3:8: Tags (`!python/object/apply:os.system`) are not allowed here. "
        "Write the plain value without it.",
    ),
    (
        "title: The first phone",
        "title: !env HOME",
        "campaign.yaml:3:8: Tags (`!env`) are not allowed here. Write the plain value without it.",
    ),
    (
        "languages: [en, de]",
        "languages: [en, de",
        "campaign.yaml:6:17: A bracket is opened and never closed. "
        "(It belongs to what begins in line 5.) Close it, like [email, sms].",
    ),
    (
        "title: The first phone",
        "title: *phone",
        "campaign.yaml:3:8: `*` refers to something that has no `&` name. "
        "Put the text into quotes, or write the value out.",
    ),
    (
        "title: The first phone",
        "title: @phone",
        "campaign.yaml:3:8: A text cannot begin with this character. Put the text into quotes.",
    ),
    (
        "title: The first phone",
        "title: The first\x07 phone",
        "campaign.yaml:3:17: There is an invisible control character (U+0007) here. "
        "Delete it; it may have come with copied text.",
    ),
    (
        "steps:",
        "---\nsteps:",
        "campaign.yaml:7:1: A second document begins here (`---`). "
        "(It belongs to what begins in line 1.) "
        "One file holds one campaign: move the rest to its own file.",
    ),
]


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [*BROKEN_KEYS_AND_VALUES, *BROKEN_ORDER, *BROKEN_YAML],
    ids=lambda text: None if "campaign.yaml" in text else text[:30],
)
def test_a_fault_is_named_at_its_line(sound: str, right: str, wrong: str, sentence: str) -> None:
    assert right in sound
    assert sentence in findings(sound.replace(right, wrong, 1))


def test_the_sound_campaign_has_no_findings(sound: str) -> None:
    assert examine(sound, filename="campaign.yaml").problems == []


def test_all_faults_are_shown_at_once_and_as_the_file_reads(sound: str) -> None:
    broken = (
        sound.replace("title: The first phone", "titel: The first phone")
        .replace("[email, sms]", "[email, fax]")
        .replace("after: hello", "after: goodbye")
        .replace("key: later", "key: hello")
    )
    found = findings(broken)
    lines = [int(text.split(":")[1]) for text in found]
    assert len(found) == 5
    assert lines == sorted(lines)


def test_a_broken_step_does_not_make_the_steps_that_count_from_it_wrong(sound: str) -> None:
    found = findings(sound.replace("[email, sms]", "[email, fax]"))
    assert found == ["campaign.yaml:11:23: `fax` is not one of email, sms. Choose one of these."]


def test_the_error_itself_counts_the_faults(sound: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_definition(sound.replace("schema: 1", "schema: 9"), filename="campaign.yaml")
    assert str(refused.value) == (
        "campaign.yaml: The campaign cannot be used: 1 thing is wrong with it."
    )
