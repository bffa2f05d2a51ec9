"""Variants: other words of a step for a share of its people."""

from __future__ import annotations

import pytest

from outreach.campaigns.definition import (
    CampaignDefinition,
    family_of,
    lots_of,
    place_of,
    read_definition,
)
from outreach.core.errors import BadFile

VARIANT = """\
  - key: hello-story
    title: Told as a story
    to: guardians
    channels: [email, sms]
    when: {day: 0, at: "16:30", within: 3h}
    variant_of: {step: hello, share: 30%}
"""


def varied(sound: str, *variants: str) -> str:
    return sound.replace("  - key: later", f"{''.join(variants)}  - key: later")


def read(source: str) -> CampaignDefinition:
    return read_definition(source, filename="campaign.yaml")


def test_the_step_keeps_what_its_variants_leave(sound: str) -> None:
    third = VARIANT.replace("hello-story", "hello-list").replace("30%", "20%")
    definition = read(varied(sound, VARIANT, third))
    lots = {step.key: lots_of(definition, step) for step in definition.steps}
    assert lots == {
        "hello-story": (0.0, 0.3),
        "hello-list": (0.3, 0.5),
        "hello": (0.5, 1.0),
        "later": None,
    }
    assert family_of(definition, "hello-list") == ("hello", "hello-story", "hello-list")


def test_readers_count_a_step_and_its_variants_as_one(sound: str) -> None:
    definition = read(varied(sound, VARIANT))
    places = [place_of(definition, key) for key in ("hello", "hello-story", "later")]
    assert [(place.number, place.total) for place in places] == [(1, 2), (1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("step: hello,", "step: hallo,", "There is no step `hallo` above `hello-story`."),
        ("step: hello,", "step: later,", "There is no step `later` above `hello-story`."),
        ("share: 30%", "share: 120%", "`120%` is not a share."),
        ("[email, sms]", "[email]", "`hello-story` differs from `hello` in `channels`;"),
        ('at: "16:30"', 'at: "17:00"', "`hello-story` differs from `hello` in `when`;"),
        (
            "variant_of",
            "only: {countries: [DE]}\n    variant_of",
            "`hello-story` differs from `hello` in `only`;",
        ),
    ],
)
def test_a_variant_that_would_prove_nothing_is_refused(
    sound: str, old: str, new: str, sentence: str
) -> None:
    with pytest.raises(BadFile) as refused:
        read(varied(sound, VARIANT.replace(old, new)))
    assert any(sentence in str(problem) for problem in refused.value.problems)


def test_variants_leave_somebody_for_their_step(sound: str) -> None:
    both = [VARIANT.replace("hello-story", f"hello-{n}").replace("30%", "50%") for n in "ab"]
    with pytest.raises(BadFile, match="1 thing is wrong") as refused:
        read(varied(sound, *both))
    assert "leave nobody for it" in str(refused.value.problems[0])
