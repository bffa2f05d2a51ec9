"""Findings that are worth a look and stop nothing."""

from __future__ import annotations

import pytest

from outreach.campaigns.definition import read_definition
from outreach.campaigns.definition.reading import examine


@pytest.mark.parametrize(
    ("right", "other", "sentence"),
    [
        (
            'at: "16:30"',
            'at: "21:00"',
            "campaign.yaml:12:24: 21:00 is in the quiet hours (from 20:00 to 08:00): "
            "`hello` moves to 08:00 the next day. Choose another time, if you mind.",
        ),
        (
            'at: "16:30"',
            'at: "07:30"',
            "campaign.yaml:12:24: 07:30 is in the quiet hours (from 20:00 to 08:00): "
            "`hello` moves to 08:00 the same day. Choose another time, if you mind.",
        ),
        (
            "within: 3h",
            "within: 5h",
            "campaign.yaml:12:41: The window of `hello` closes after 3h30m, when the quiet hours "
            "(from 20:00 to 08:00) begin, not after 5h. Open it earlier, if it needs the time.",
        ),
        (
            "channels: [email]",
            "channels: [email]\n    expires_after: 30m",
            "campaign.yaml:17:20: `later` expires 30m after its window opens, before the window "
            "closes (3h). Shorten `within` too, or let it expire later.",
        ),
        (
            "when: {after: hello, days: 7,",
            "weekdays: [mon]\n    when: {date: 2027-02-09,",
            "campaign.yaml:18:18: 2027-02-09 is a tue, which is not among the weekdays of "
            "`later`: it moves to the next of them. Choose another date, if you mind.",
        ),
    ],
)
def test_a_warning_names_the_place_and_stops_nothing(
    sound: str, right: str, other: str, sentence: str
) -> None:
    source = sound.replace(right, other, 1)
    problems = examine(source, filename="campaign.yaml").problems
    assert [str(problem) for problem in problems] == [sentence]
    assert read_definition(source, filename="campaign.yaml").campaign == "first-phone"
