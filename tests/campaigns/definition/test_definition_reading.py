"""What a sound definition says once it is read."""

from __future__ import annotations

import subprocess
import sys
from datetime import time, timedelta

import pytest
from pydantic import ValidationError

from outreach.campaigns.definition import Recipients, WhoseClock, read_definition
from outreach.core.channels import Channel
from outreach.timing import AfterStep, LaunchDay, QuietHours


def test_a_definition_is_read_as_written(sound: str) -> None:
    definition = read_definition(sound, filename="campaign.yaml")
    hello = definition.step("hello")
    assert definition.languages == ("en", "de")
    assert hello.channels == (Channel.EMAIL, Channel.SMS)
    assert hello.recipients is Recipients.GUARDIANS
    assert hello.when.at == time(16, 30)
    assert hello.when.within == timedelta(hours=3)
    assert hello.when.rule() == LaunchDay(0)
    assert definition.step("later").when.rule() == AfterStep("hello", 7)


def test_what_is_left_out_has_its_default(sound: str) -> None:
    definition = read_definition(sound, filename="campaign.yaml")
    later = definition.step("later")
    assert definition.quiet_hours.hours() == QuietHours(time(20), time(8))
    assert definition.clock is WhoseClock.RECIPIENT
    assert later.when.within == timedelta(hours=3)
    assert later.expires_after is None
    assert later.weekday_numbers() == frozenset(range(7))


def test_weekdays_count_from_monday(sound: str) -> None:
    source = sound.replace("channels: [email]", "weekdays: [sun, mon]\n    channels: [email]", 1)
    definition = read_definition(source, filename="campaign.yaml")
    assert definition.step("later").weekday_numbers() == frozenset({0, 6})


@pytest.mark.parametrize("written", ["20:00", '"20:00"', "'20:00'"])
def test_a_time_is_read_with_or_without_quotes(sound: str, written: str) -> None:
    source = f"quiet_hours: {{from: {written}, to: 07:00}}\n{sound}"
    definition = read_definition(source, filename="campaign.yaml")
    assert definition.quiet_hours.hours() == QuietHours(time(20), time(7))


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("90m", timedelta(minutes=90)),
        ("2d", timedelta(days=2)),
        ("1d12h", timedelta(days=1, hours=12)),
    ],
)
def test_spans_are_read(sound: str, written: str, span: timedelta) -> None:
    source = sound.replace(
        "channels: [email]", f"channels: [email]\n    expires_after: {written}", 1
    )
    definition = read_definition(source, filename="campaign.yaml")
    assert definition.step("later").expires_after == span


def test_norwegian_is_a_language_and_not_a_refusal(sound: str) -> None:
    source = sound.replace("[en, de]", "[en, no]")
    assert read_definition(source, filename="campaign.yaml").languages == ("en", "no")


def test_anchors_save_writing(sound: str) -> None:
    source = sound.replace("channels: [email, sms]", "channels: &both [email, sms]").replace(
        "channels: [email]", "channels: *both"
    )
    definition = read_definition(source, filename="campaign.yaml")
    assert definition.step("later").channels == (Channel.EMAIL, Channel.SMS)


def test_a_definition_cannot_be_changed(sound: str) -> None:
    definition = read_definition(sound, filename="campaign.yaml")
    with pytest.raises(ValidationError):
        definition.title = "Another"  # type: ignore[misc]  # the claim of this test


def test_reading_needs_no_django() -> None:
    program = (
        "import sys; import outreach.campaigns.definition, outreach.timing; "
        "print([name for name in ('django', 'celery', 'aiohttp') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
