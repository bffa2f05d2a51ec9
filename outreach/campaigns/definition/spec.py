"""What a campaign definition says, as frozen models.

Owns the keys of `campaign.yaml`, their types and defaults, and one line of meaning
each, from which the JSON Schema and the reference page are made. What must fit
together (steps, templates, quiet hours) is checked in `crosschecks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, JsonValue, StrictInt, Tag

from outreach.campaigns.definition.fields import (
    AgeGroup,
    CalendarDate,
    ClockTime,
    Expiry,
    Language,
    NoRepeats,
    Slug,
    Title,
    Within,
)
from outreach.core.channels import Channel
from outreach.timing import EVERY_WEEKDAY, AfterStep, FixedDate, LaunchDay, QuietHours, WhenRule

SCHEMA_VERSION = 1
_MOST_STEPS = 100
_UNIQUE: dict[str, JsonValue] = {"uniqueItems": True}


class Recipients(StrEnum):
    """Who a step goes to."""

    GUARDIANS = "guardians"
    CONTACTS = "contacts"
    SAFEGUARDING_LEADS = "safeguarding-leads"
    STAFF = "staff"  # contacts and safeguarding leads


class WhoseClock(StrEnum):
    """Whose wall clock the times of the campaign are read on."""

    RECIPIENT = "recipient"
    SCHOOL = "school"


class Weekday(StrEnum):
    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


class _Part(BaseModel):
    """Unknown keys are refused: a misspelt key must not be a key that does nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class QuietHoursSpec(_Part):
    """Nothing is sent between these times on the reader's clock."""

    start: ClockTime = Field(
        alias="from", description="When the quiet hours begin.", examples=["20:00"]
    )
    end: ClockTime = Field(
        alias="to",
        description="When they end; the same as `from` means that there are none.",
        examples=["08:00"],
    )

    def hours(self) -> QuietHours:
        return QuietHours(self.start, self.end)


DEFAULT_QUIET_HOURS = QuietHoursSpec.model_validate({"from": "20:00", "to": "08:00"})


class _At(_Part):
    at: ClockTime = Field(
        description="When the window opens, on the clock of the reader (or the school).",
        examples=["16:30"],
    )
    within: Within = Field(
        default=timedelta(hours=3),
        json_schema_extra={"default": "3h"},
        description="How long the window stays open, at most 24h; it closes early where quiet "
        "hours begin. What could not be sent by then expires, or waits for the next day's "
        "window where `expires_after` allows it.",
        examples=["3h"],
    )


class OnLaunchDay(_At):
    """So many days after the day on which the launch starts."""

    day: Annotated[StrictInt, Field(ge=0, le=1000)] = Field(
        description="Days after the day on which the launch starts; 0 is that day.", examples=[1]
    )

    def rule(self) -> WhenRule:
        return LaunchDay(self.day)


class AfterAnother(_At):
    """So many days after another step."""

    after: Slug = Field(
        description="The `key` of a step that stands before this one.", examples=["launch"]
    )
    days: Annotated[StrictInt, Field(ge=0, le=366)] = Field(
        description="Days after the day on which that step really goes out.", examples=[3]
    )

    def rule(self) -> WhenRule:
        return AfterStep(self.after, self.days)


class OnDate(_At):
    """On one date, whenever the launch starts."""

    on: CalendarDate = Field(alias="date", description="The date.", examples=["2027-02-09"])

    def rule(self) -> WhenRule:
        return FixedDate(self.on)


WHEN_FORMS: dict[str, type[_At]] = {
    "day": OnLaunchDay,
    "after": AfterAnother,
    "date": OnDate,
}


def when_form(value: object) -> str | None:
    """Which form of `when` this is, by the key that only that form has; None for none of them."""
    for key, form in WHEN_FORMS.items():
        if isinstance(value, form) or (isinstance(value, Mapping) and key in value):
            return key
    return None


When = Annotated[
    Annotated[OnLaunchDay, Tag("day")]
    | Annotated[AfterAnother, Tag("after")]
    | Annotated[OnDate, Tag("date")],
    Discriminator(when_form),
]


class Step(_Part):
    """One message of the campaign."""

    key: Slug = Field(
        description="Its short name, also in the names of its templates. Keep it for good: "
        "what was sent is known by it.",
        examples=["launch"],
    )
    title: Title = Field(
        description="What people see on the pages.", examples=["The film, and one rule"]
    )
    recipients: Recipients = Field(
        alias="to",
        description="Who gets it. `staff` is contacts and safeguarding leads together.",
        examples=["guardians"],
    )
    channels: Annotated[tuple[Channel, ...], Field(min_length=1), NoRepeats] = Field(
        json_schema_extra=_UNIQUE,
        description="In order: each person gets one message, by the first channel that reaches "
        "them. Each needs a template in each language.",
        examples=[["email", "sms"]],
    )
    when: When = Field(description="When its window opens; one of three forms, see below.")
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1), NoRepeats] | None = Field(
        json_schema_extra=_UNIQUE,
        default=None,
        description="Only on these days; on another it moves to the next of them. "
        "Default: every day.",
        examples=[["mon", "tue", "wed", "thu", "fri"]],
    )
    expires_after: Expiry | None = Field(
        default=None,
        description="How long after the opening of its window the message is still worth "
        "reading, at most 30d. What a pause or an outage kept back goes out in the next days' "
        "windows until then; past it nothing is sent. Default: until the window closes.",
        examples=["2d"],
    )
    age_groups: Annotated[tuple[AgeGroup, ...], Field(min_length=1), NoRepeats] | None = Field(
        json_schema_extra=_UNIQUE,
        default=None,
        description="Only guardians with a child in one of these. Default: all.",
        examples=[["11-13", "14-17"]],
    )

    def weekday_numbers(self) -> frozenset[int]:
        """Monday is 0, as `timing` counts."""
        if self.weekdays is None:
            return EVERY_WEEKDAY
        order = list(Weekday)
        return frozenset(order.index(day) for day in self.weekdays)


class CampaignDefinition(_Part):
    """A campaign: what goes to whom, in which order, when."""

    schema_version: Literal[1] = Field(
        alias="schema", description="The version of this format.", examples=[SCHEMA_VERSION]
    )
    campaign: Slug = Field(
        description="Its short name; the templates are in `templates/<campaign>/`.",
        examples=["say-no"],
    )
    title: Title = Field(description="What people see on the pages.", examples=["Say No!"])
    topic: Slug = Field(
        description="What people must have agreed to receive.", examples=["online-safety"]
    )
    languages: Annotated[tuple[Language, ...], Field(min_length=1), NoRepeats] = Field(
        json_schema_extra=_UNIQUE,
        description="Languages in which every step is written.",
        examples=[["en", "de", "es"]],
    )
    default_language: Language = Field(
        description="For people whose language is not among them.", examples=["en"]
    )
    quiet_hours: QuietHoursSpec = Field(
        default=DEFAULT_QUIET_HOURS,
        description="Nothing is sent between these times on the reader's clock. "
        "Default: from 20:00 to 08:00.",
    )
    clock: WhoseClock = Field(
        default=WhoseClock.RECIPIENT,
        description="Whose clock the times are read on. Default: the recipient's, where we know "
        "it, else the school's.",
    )
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=_MOST_STEPS)] = Field(
        description="The messages, in the order in which they go out."
    )

    def step(self, key: str) -> Step:
        """The step of that key. Raises KeyError."""
        return {step.key: step for step in self.steps}[key]
