"""What a campaign definition says, as frozen models.

Owns the keys of `campaign.yaml`, their types and defaults, and one line of meaning
each, from which the JSON Schema and the reference page are made. What must fit
together (steps, templates, quiet hours) is checked in `crosschecks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from outreach.campaigns.definition.audiences import Filter
from outreach.campaigns.definition.fields import (
    AgeGroup,
    AtMost,
    CalendarDate,
    ClockTime,
    Expiry,
    LaneKey,
    Language,
    LaunchId,
    Money,
    NoRepeats,
    PerTime,
    Share,
    Slug,
    Title,
)
from outreach.campaigns.definition.questions import Question, VariantOf
from outreach.campaigns.definition.when import Part, Weekday, When
from outreach.core.channels import Channel
from outreach.core.says import Says
from outreach.timing import EVERY_WEEKDAY, QuietHours

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


class Fallback(StrEnum):
    """Whether a message that failed on one channel is tried on the next."""

    NEVER = "never"
    AFTER_HARD_FAILURE = "after-hard-failure"


class Standing(StrEnum):
    """Whether readers count a step as one of the tips."""

    IN_SERIES = "in-series"
    ALONE = "alone"


class FreeDay(StrEnum):
    """Days on which nothing goes out."""

    PUBLIC_HOLIDAYS = "public-holidays"
    SCHOOL_HOLIDAYS = "school-holidays"


class Otherwise(StrEnum):
    """What happens to a message that falls on a day on which it may not go out."""

    MOVES = "moves"
    EXPIRES = "expires"


class QuietHoursSpec(Part):
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


class StopIf(Part):
    """The launch pauses itself and says why when more of its messages than this share, of at
    least a hundred that went out, had such an end."""

    complaints: Share | None = Field(
        default=None, description="Marked as spam by the reader.", examples=["0.3%"]
    )
    opt_outs: Share | None = Field(
        default=None, description="Answered by an opt-out.", examples=["3%"]
    )
    failures: Share | None = Field(
        default=None,
        description="Failed or bounced. Above 20% it pauses in any case.",
        examples=["10%"],
    )


_NOT_ON = Field(
    json_schema_extra=_UNIQUE,
    default=None,
    description="Never on these days. `public-holidays`: of the school's country and region; "
    "where they are not known it goes out as if there were none, and `outreach launch calendar` "
    "says so. "
    "`school-holidays`: as the school's own calendar has them; where nobody entered one, the step "
    "is not planned for that school, and says so. Default: as the campaign says.",
    examples=[["public-holidays", "school-holidays"]],
)
FreeDays = Annotated[tuple[FreeDay, ...], NoRepeats]


class Step(Part):
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
    fallback: Fallback = Field(
        default=Fallback.NEVER,
        description="`after-hard-failure`: when the address of one channel turns out to take no "
        "messages (a bounce, a dead number), the same message goes once to the person's address "
        "on another of `channels`, if they agreed to it there. Never after an opt-out, and never "
        "when the first may have arrived. Default: never.",
        examples=["after-hard-failure"],
    )
    stands: Standing = Field(
        default=Standing.IN_SERIES,
        description="`alone`: not counted in “tip 2 of 5”, and its messages name no number of "
        "their own: a staff brief, a welcome, a reminder, a thank-you. Default: in-series.",
        examples=["alone"],
    )
    when: When = Field(description="When its window opens; one of the forms below.")
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1), NoRepeats] | None = Field(
        json_schema_extra=_UNIQUE,
        default=None,
        description="Only on these days; on another it moves to the next of them, unless "
        "`otherwise` says that it expires. Default: every day.",
        examples=[["mon", "tue", "wed", "thu", "fri"]],
    )
    not_on: FreeDays | None = _NOT_ON
    otherwise: Otherwise | None = Field(
        default=None,
        description="When its day is not among `weekdays` or is one of `not_on`: it `moves` to "
        "the next good time, or it `expires` and does not go out. Default: as the campaign says.",
        examples=["expires"],
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
    only: Filter | None = Field(
        default=None, description="Only these people; see below. Default: all."
    )
    but_not: Filter | None = Field(
        alias="except", default=None, description="Everyone but these people; see below."
    )
    waits_for: Slug | None = Field(
        default=None,
        description="A step above that goes to the staff: people of a school get this one only "
        "after somebody there got that one. Until then it waits; past its window it says that "
        "nobody there was briefed. Default: waits for nothing.",
        examples=["staff-brief"],
    )
    question: Question | None = Field(
        default=None, description="One question to its readers; see below. Default: none."
    )
    variant_of: VariantOf | None = Field(
        default=None, description="Other words of a step above; see below. Default: none."
    )
    corrects: Slug | None = Field(
        default=None,
        description="Goes to exactly those to whom that step of this campaign went out in the "
        "newest launch that sent it, also one that is over, and may not keep `at_most`.",
        examples=["launch"],
    )
    corrects_in: LaunchId | None = Field(
        default=None,
        description="The launch in which the step that it `corrects` went out, also of another "
        "campaign. Default: the newest of this campaign that sent it.",
        examples=["0192d7c0-1a2b-7c3d-8e4f-5a6b7c8d9e0f"],
    )
    discreet: bool | None = Field(
        default=None,
        description="For shared and locked screens: the subject and the first 40 characters say "
        "nothing of what it is about; `check` looks. Default: as the campaign says.",
        examples=["true"],
    )
    says: Annotated[tuple[Says, ...], Field(min_length=1), NoRepeats] | None = Field(
        json_schema_extra=_UNIQUE,
        default=None,
        description="What its message says in every language and by every channel; `check` looks "
        "for the words. Default: nothing is promised.",
        examples=[["do-not-pay", "keep-evidence", "where-to-report"]],
    )

    def weekday_numbers(self) -> frozenset[int]:
        """Monday is 0, as `timing` counts."""
        if self.weekdays is None:
            return EVERY_WEEKDAY
        return frozenset(day.number() for day in self.weekdays)


class CampaignDefinition(Part):
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
    named_days: Mapping[Slug, tuple[CalendarDate, ...]] = Field(
        default_factory=dict,
        description="Dates of days that `day_named` may name, also other dates for one that has "
        "a rule, like `{parents-evening: [2027-03-04]}`. Default: none.",
    )
    not_on: FreeDays | None = _NOT_ON
    otherwise: Otherwise = Field(
        default=Otherwise.MOVES,
        description="What happens to a message whose day is not among the `weekdays` of its step "
        "or is one of `not_on`: it `moves` to the next good time, or `expires`. Default: moves.",
        examples=["expires"],
    )
    at_most: AtMost | None = Field(
        default=None,
        description="To one person, over all campaigns: who got so many in the days before is "
        "left out, and the reason says so. An urgent launch and a correction do not keep to it. "
        "Default: no such limit.",
        examples=["2 per week"],
    )
    spend_cap: Money | None = Field(
        default=None,
        description="The most that a launch may spend on texts, in the currency of the "
        "organisation, where that is less than the organisation's own cap. Default: that cap.",
        examples=["20.00"],
    )
    rate: PerTime | None = Field(
        default=None,
        description="No more messages than that, all steps and senders of a launch together; a "
        "text counts its parts. Default: as fast as the senders may.",
        examples=["500 per minute"],
    )
    senders: Mapping[LaneKey, Annotated[str, Field(min_length=1, max_length=254)]] = Field(
        default_factory=dict,
        description="Which sender writes, by channel or channel and country, each as "
        "`outreach sender list` shows it: `{email: hello@example.org, sms-DE: SafeOnline}`. A "
        "launch whose sender is not there, or does not write to that country, is refused. "
        "Default: the first that writes to the country.",
    )
    stop_if: StopIf | None = Field(
        default=None, description="When a launch pauses itself; see below."
    )
    discreet: bool = Field(
        default=False,
        description="For shared and locked screens: subjects and the first 40 characters say "
        "nothing of what the campaign is about; `check` looks. Default: no.",
        examples=["true"],
    )
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=_MOST_STEPS)] = Field(
        description="The messages, in the order in which they go out."
    )

    def step(self, key: str) -> Step:
        """The step of that key. Raises KeyError."""
        return {step.key: step for step in self.steps}[key]

    def free_days(self, step: Step) -> frozenset[FreeDay]:
        """Days on which `step` never goes out."""
        return frozenset((self.not_on if step.not_on is None else step.not_on) or ())

    def expires_on_such_days(self, step: Step) -> bool:
        """Whether what falls on a day on which it may not go out is left out."""
        return (step.otherwise or self.otherwise) is Otherwise.EXPIRES
