"""What must fit together in a `when`: what it counts from, how often it comes, its hours."""

from __future__ import annotations

from collections.abc import Iterator

from outreach.campaigns.definition.fields import CALENDAR_WORDS, span_text
from outreach.campaigns.definition.outline import Outline, PlacedStep
from outreach.campaigns.definition.places import nearest
from outreach.campaigns.definition.when import AfterAnother, NextAfter, OnNamed, OnOptIn
from outreach.core.errors import Problem
from outreach.timing import named_days

_SHORTEST_SPREAD_MINUTES = 10


def when_checks(outline: Outline) -> Iterator[Problem]:
    """Every finding; those with `blocks=False` are worth a look and stop nothing."""
    yield from _reserved_keys(outline)
    for placed in outline.steps:
        yield from _counted_from_what_comes_again(outline, placed)
        yield from _until_of_once(outline, placed)
        yield from _spreads(outline, placed)
        yield from _unknown_days(outline, placed)
        yield from _needless_otherwise(outline, placed)


def _reserved_keys(outline: Outline) -> Iterator[Problem]:
    for index, key in enumerate(outline.step_keys):
        if key in CALENDAR_WORDS:
            yield Problem(
                "reserved-key",
                f"`{key}` is a word of the school's calendar, so no step can be called that.",
                outline.places.of_value(("steps", index, "key")),
                f"Give it another key, like {key}-message.",
            )


def _counted_from_what_comes_again(outline: Outline, placed: PlacedStep) -> Iterator[Problem]:
    when = placed.step.when
    if not isinstance(when, AfterAnother | NextAfter):
        return
    for other in outline.steps:
        if other.step.key != when.after:
            continue
        if isinstance(other.step.when, OnOptIn):
            yield Problem(
                "step-base",
                f"`{when.after}` goes out on another day for each person, so nothing counts from "
                "it.",
                outline.places.of_value(placed.path("when", "after")),
                "Count from the opt-in too, like `after_opt_in: {days: 4}`.",
            )
        elif other.step.when.repeats():
            yield Problem(
                "step-base",
                f"`{when.after}` comes again and again, so nothing counts from it.",
                outline.places.of_value(placed.path("when", "after")),
                "Let this step come again too, some days later.",
            )


def _until_of_once(outline: Outline, placed: PlacedStep) -> Iterator[Problem]:
    when = placed.step.when
    if when.last_day() and not when.repeats() and not isinstance(when, OnOptIn):
        yield Problem(
            "until",
            f"`{placed.step.key}` goes out once, so `until` says nothing.",
            outline.places.of_key(placed.path("when", "until")),
            "Leave it out, or say how often with `every`.",
        )


def _spreads(outline: Outline, placed: PlacedStep) -> Iterator[Problem]:
    when = placed.step.when
    if when.spread is None:
        return
    where = outline.places.of_value(placed.path("when", "spread"))
    if when.spread > when.within:
        yield Problem(
            "spread",
            f"`{placed.step.key}` is spread over {span_text(when.spread)}, and its window closes "
            f"after {span_text(when.within)}.",
            where,
            "Spread it over less, or let `within` be longer.",
        )
    elif when.spread.total_seconds() < _SHORTEST_SPREAD_MINUTES * 60:
        yield Problem(
            "spread",
            f"{span_text(when.spread)} is no time to spread a step over.",
            where,
            f"At least {_SHORTEST_SPREAD_MINUTES}m.",
        )


def _unknown_days(outline: Outline, placed: PlacedStep) -> Iterator[Problem]:
    when = placed.step.when
    if not isinstance(when, OnNamed):
        return
    known = [*named_days(), *outline.named_days]
    if when.day_named in known:
        return
    yield Problem(
        "named-day",
        f"`{when.day_named}` has no date here: the step goes out only where the organisation or "
        "the school entered a day of that name.",
        outline.places.of_value(placed.path("when", "day_named")),
        nearest(when.day_named, known) or "Add it to `named_days`, if all schools have it.",
        blocks=False,
    )


def _needless_otherwise(outline: Outline, placed: PlacedStep) -> Iterator[Problem]:
    step = placed.step
    if step.otherwise is None or step.weekdays or step.not_on or outline.has_free_days:
        return
    yield Problem(
        "otherwise",
        f"Every day is a good day for `{step.key}`, so `otherwise` says nothing.",
        outline.places.of_key(placed.path("otherwise")),
        "Leave it out, or say when not with `weekdays` or `not_on`.",
    )
