"""“Tip 2 of 5” counts as the readers do."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.campaigns.definition import (
    StepPlace,
    check_pack,
    make_pack,
    place_of,
    read_definition,
)

CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
ALONE = "    stands: alone\n    when: {day: 0,"


def test_what_stands_alone_is_not_counted_and_knows_how_many_tips_there_are(sound: str) -> None:
    source = sound.replace("    when: {day: 0,", ALONE)
    definition = read_definition(source, filename="campaign.yaml")
    assert place_of(definition, "hello") == StepPlace(0, 1)
    assert place_of(definition, "later") == StepPlace(1, 1)


def test_other_readers_count_their_own_tips(sound: str) -> None:
    source = sound.replace("to: guardians", "to: staff", 1)
    definition = read_definition(source, filename="campaign.yaml")
    assert place_of(definition, "hello") == StepPlace(1, 1)
    assert place_of(definition, "later") == StepPlace(1, 1)


def test_say_no_counts_five_tips_and_nothing_else() -> None:
    source = (CAMPAIGNS / "say-no/campaign.yaml").read_text(encoding="utf-8")
    definition = read_definition(source, filename="campaign.yaml")
    places = {step.key: place_of(definition, step.key) for step in definition.steps}
    tips = ["launch", "warning-signs", "how-to-talk", "what-to-do", "where-to-report"]
    assert [key for key, place in places.items() if place.number] == tips
    assert [places[key].number for key in tips] == [1, 2, 3, 4, 5]
    assert {place.total for place in places.values()} == {5}


def test_a_step_that_is_not_there_has_no_place(sound: str) -> None:
    with pytest.raises(KeyError):
        place_of(read_definition(sound, filename="campaign.yaml"), "farewell")


def test_a_number_in_a_message_that_stands_alone_is_found_before_anything_is_sent(
    sound: str, sound_files: dict[str, str]
) -> None:
    source = sound.replace("    when: {day: 0,", ALONE)
    tip = sound_files["en/hello.sms.txt"] + " Tip {{ step.number }} of {{ step.total }}."
    asked = sound_files["de/hello.sms.txt"] + "{% if step.number %} {{ step.number }}{% endif %}"
    files = sound_files | {"en/hello.sms.txt": tip, "de/hello.sms.txt": asked}
    found = [each for each in check_pack(make_pack(source, files)) if each.blocks]
    assert [(each.code, each.where) for each in found] == [
        ("number-alone", "templates/first-phone/en/hello.sms.txt")
    ]
