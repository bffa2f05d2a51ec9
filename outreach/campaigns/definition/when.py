"""The forms of `when`: on which day a step goes out, and between which hours.

Owns their keys and the rule of `timing` that each stands for. A form is known by the key that
only it has; `after` is a step's or, with a word of the school's calendar, the calendar's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictInt,
    Tag,
    model_validator,
)

from outreach.campaigns.definition.fields import (
    CALENDAR_WORDS,
    CalendarDate,
    ClockTime,
    Slug,
    StepKey,
    Within,
    refuse,
)
from outreach.timing import (
    AfterOptIn,
    AfterStep,
    Edge,
    Every,
    FixedDate,
    FromEdge,
    LaunchDay,
    NextWeekday,
    OnNamedDay,
    WhenRule,
)


class Part(BaseModel):
    """Unknown keys are refused: a misspelt key must not be a key that does nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Weekday(StrEnum):
    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"

    def number(self) -> int:
        """Monday is 0, as `timing` counts."""
        return list(Weekday).index(self)


class NextDay(StrEnum):
    """A day of the week, or `weekday`: Monday to Friday."""

    WEEKDAY = "weekday"
    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"

    def numbers(self) -> frozenset[int]:
        if self is NextDay.WEEKDAY:
            return frozenset(range(5))
        return frozenset({Weekday(self.value).number()})


class CalendarWord(StrEnum):
    """What of the school's calendar a step counts from."""

    HOLIDAY, TERM_START, TERM_END = CALENDAR_WORDS


class Length(StrEnum):
    """How often a day of the launch or of the calendar year comes again."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Yearly(StrEnum):
    YEAR = "year"


class OfSchool(StrEnum):
    """How often a day of the school's calendar comes again."""

    TERM = "term"
    HOLIDAY = "holiday"


class At(Part):
    """What every form says."""

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
    spread: Within | None = Field(
        default=None,
        description="Goes out at an even pace over so long from the opening, so that not all "
        "readers call at once; a pace that the launch is given goes before it. Default: as fast "
        "as the senders may.",
        examples=["2h"],
    )

    def rule(self) -> WhenRule:
        """What `timing` counts by."""
        raise NotImplementedError

    def repeats(self) -> Every | None:
        """How often it comes again."""
        every = getattr(self, "every", None)
        return Every(every.value) if every else None

    def last_day(self) -> date | None:
        """The last day on which it may come again, where the author says one."""
        until: date | None = getattr(self, "until", None)
        return until


_UNTIL = Field(
    default=None,
    description="The last day on which it comes again. Default: a year after the launch.",
    examples=["2027-07-31"],
)
_LENGTH = Field(
    default=None,
    description="Comes again each week, month or year; the 31st is the last day of a shorter "
    "month. Default: once.",
    examples=["month"],
)
_OF_SCHOOL = Field(
    default=None,
    description="Comes again before or after every such holiday or term. Nobody gets it twice "
    "within four weeks. Default: once, at the first after the step above.",
    examples=["holiday"],
)


class OnLaunchDay(At):
    """So many days after the day on which the launch starts."""

    day: Annotated[StrictInt, Field(ge=0, le=1000)] = Field(
        description="Days after the day on which the launch starts; 0 is that day.", examples=[1]
    )
    every: Length | None = _LENGTH
    until: CalendarDate | None = _UNTIL

    def rule(self) -> WhenRule:
        return LaunchDay(self.day)


class AfterAnother(At):
    """So many days after another step."""

    after: StepKey = Field(
        description="The `key` of a step that stands before this one.", examples=["launch"]
    )
    days: Annotated[StrictInt, Field(ge=0, le=366)] = Field(
        description="Days after the day on which that step really goes out.", examples=[3]
    )

    def rule(self) -> WhenRule:
        return AfterStep(self.after, self.days)


class NextAfter(At):
    """On the next such day after another step."""

    after: StepKey = Field(
        description="The `key` of a step that stands before this one.", examples=["launch"]
    )
    next_day: NextDay = Field(
        alias="next",
        description="The first such day after the day on which that step really goes out; "
        "`weekday` is Monday to Friday.",
        examples=["weekday"],
    )

    def rule(self) -> WhenRule:
        return NextWeekday(self.after, self.next_day.numbers())


class OnDate(At):
    """On one date, whenever the launch starts."""

    on: CalendarDate = Field(alias="date", description="The date.", examples=["2027-02-09"])
    every: Length | None = _LENGTH
    until: CalendarDate | None = _UNTIL

    def rule(self) -> WhenRule:
        return FixedDate(self.on)


class OnNamed(At):
    """On a day that has a name, or so long before or after it."""

    day_named: Slug = Field(
        description="`safer-internet-day` (the Tuesday from 5 to 11 February), "
        "`day-against-bullying` (the first Thursday of November), `world-childrens-day` "
        "(20 November), one of `named_days`, or a day that the organisation or the school "
        "entered. The first after the step above.",
        examples=["safer-internet-day"],
    )
    days_before: Annotated[StrictInt, Field(ge=0, le=366)] = Field(
        default=0, description="Days before that day. Default: 0.", examples=[7]
    )
    days_after: Annotated[StrictInt, Field(ge=0, le=366)] = Field(
        default=0, description="Days after that day. Default: 0.", examples=[1]
    )
    every: Yearly | None = Field(
        default=None, description="Comes again each year. Default: once.", examples=["year"]
    )
    until: CalendarDate | None = _UNTIL

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if self.days_before and self.days_after:
            raise refuse(
                "A step is before or after its day, not both.",
                "Keep one of `days_before` and `days_after`.",
            )
        return self

    def rule(self) -> WhenRule:
        return OnNamedDay(self.day_named, self.days_after - self.days_before)


class _FromCalendar(At):
    every: OfSchool | None = _OF_SCHOOL
    until: CalendarDate | None = _UNTIL

    def _check(self, word: CalendarWord) -> None:
        wanted = OfSchool.HOLIDAY if word is CalendarWord.HOLIDAY else OfSchool.TERM
        if self.every not in (None, wanted):
            raise refuse(
                f"A step that counts from a {word} cannot come every {self.every}.",
                f"Write `every: {wanted}`.",
            )


class BeforeCalendar(_FromCalendar):
    """So many days before a holiday, or before a term starts or ends, as each school's own
    calendar has them."""

    before: CalendarWord = Field(
        description="`holiday`: the first day of one that lasts at least five days.",
        examples=["holiday"],
    )
    days: Annotated[StrictInt, Field(ge=0, le=90)] = Field(
        description="Days before that day; 0 is that day.", examples=[3]
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self._check(self.before)
        return self

    def rule(self) -> WhenRule:
        edges = {
            CalendarWord.HOLIDAY: Edge.HOLIDAY_START,
            CalendarWord.TERM_START: Edge.TERM_START,
            CalendarWord.TERM_END: Edge.TERM_END,
        }
        return FromEdge(edges[self.before], -self.days)


class AfterCalendar(_FromCalendar):
    """So many days after a holiday, or after a term started or ended, as each school's own
    calendar has them."""

    after: CalendarWord = Field(
        description="`holiday`: the last day of one that lasts at least five days.",
        examples=["term-start"],
    )
    days: Annotated[StrictInt, Field(ge=0, le=90)] = Field(
        description="Days after that day; 0 is that day.", examples=[3]
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self._check(self.after)
        return self

    def rule(self) -> WhenRule:
        edges = {
            CalendarWord.HOLIDAY: Edge.HOLIDAY_END,
            CalendarWord.TERM_START: Edge.TERM_START,
            CalendarWord.TERM_END: Edge.TERM_END,
        }
        return FromEdge(edges[self.after], self.days)


class OptIn(Part):
    """How long after somebody first agreed."""

    days: Annotated[StrictInt, Field(ge=1, le=366)] = Field(
        description="Days after the day on which somebody first agreed, on the school's clock; "
        "1 is the day after.",
        examples=[1],
    )


class OnOptIn(At):
    """So long after a person first agreed, for those who do so while the launch runs: a welcome,
    and then step by step what others got before."""

    after_opt_in: OptIn = Field(description="How long after, like `{days: 1}`.")
    until: CalendarDate | None = Field(
        default=None,
        description="The last day on which it goes out. Default: a year after the launch.",
        examples=["2027-07-31"],
    )

    def rule(self) -> WhenRule:
        return AfterOptIn(self.after_opt_in.days)


# The name of a form -> the form. The key that only it has comes first in the name.
WHEN_FORMS: dict[str, type[At]] = {
    "day": OnLaunchDay,
    "after": AfterAnother,
    "after … next": NextAfter,
    "date": OnDate,
    "day_named": OnNamed,
    "before": BeforeCalendar,
    "after (of the calendar)": AfterCalendar,
    "after_opt_in": OnOptIn,
}
# By one of these a form is known.
WHEN_KEYS = ("day", "after", "date", "day_named", "before", "after_opt_in")


def when_form(value: object) -> str | None:
    """Which form of `when` this is, None for none of them."""
    if isinstance(value, At):
        return next(name for name, form in WHEN_FORMS.items() if isinstance(value, form))
    if not isinstance(value, Mapping):
        return None
    key = next((key for key in WHEN_KEYS if key in value), None)
    return _after_form(value) if key == "after" else key


def _after_form(value: Mapping[object, object]) -> str:
    if str(value["after"]) in CALENDAR_WORDS:
        return "after (of the calendar)"
    return "after … next" if "next" in value else "after"


When = Annotated[
    Annotated[OnLaunchDay, Tag("day")]
    | Annotated[AfterAnother, Tag("after")]
    | Annotated[NextAfter, Tag("after … next")]
    | Annotated[OnDate, Tag("date")]
    | Annotated[OnNamed, Tag("day_named")]
    | Annotated[BeforeCalendar, Tag("before")]
    | Annotated[AfterCalendar, Tag("after (of the calendar)")]
    | Annotated[OnOptIn, Tag("after_opt_in")],
    Discriminator(when_form),
]
