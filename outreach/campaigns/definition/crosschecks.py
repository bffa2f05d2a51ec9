"""What must fit together in a definition: the steps with each other and with the quiet hours.

Owns the findings that no single key can have. Works on an outline, so that it runs
even where other parts of the file are broken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from outreach.campaigns.definition.audience_checks import audience_checks
from outreach.campaigns.definition.fields import span_text, time_text
from outreach.campaigns.definition.outline import Outline, PlacedStep
from outreach.campaigns.definition.places import Path, nearest
from outreach.campaigns.definition.question_checks import question_checks
from outreach.campaigns.definition.spec import Fallback, Recipients
from outreach.campaigns.definition.variants import variant_checks
from outreach.campaigns.definition.when import (
    AfterAnother,
    NextAfter,
    OnDate,
    OnLaunchDay,
    OnOptIn,
    Weekday,
)
from outreach.campaigns.definition.when_checks import when_checks
from outreach.core.errors import Problem
from outreach.timing import QuietHours, send_window, settle

# Less than this a day, and a campaign of any size could not go out between the quiet hours.
_SHORTEST_DAY = timedelta(hours=2)
# Any day does: without a zone that changes its clocks they are all alike.
_SOME_DAY = date(2027, 1, 4)


def cross_check(outline: Outline) -> list[Problem]:
    """Every finding; those with `blocks=False` are worth a look and stop nothing."""
    return [
        *_repeated_keys(outline),
        *_default_language(outline),
        *_counted_from(outline),
        *when_checks(outline),
        *_out_of_order(outline),
        *_short_day(outline),
        *_quiet_openings(outline),
        *_short_windows(outline),
        *_early_expiries(outline),
        *_dates_on_other_weekdays(outline),
        *_age_groups_of_staff(outline),
        *_fallbacks_to_nowhere(outline),
        *audience_checks(outline),
        *question_checks(outline),
        *variant_checks(outline),
    ]


def _repeated_keys(outline: Outline) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, key in enumerate(outline.step_keys):
        if key is None:
            continue
        if key in seen:
            yield Problem(
                "duplicate-step",
                f"Two steps have the key `{key}`; the first is in line "
                f"{_line(outline, ('steps', seen[key], 'key'))}.",
                outline.places.of_value(("steps", index, "key")),
                "Give one of them another key.",
            )
        seen.setdefault(key, index)


def _default_language(outline: Outline) -> Iterator[Problem]:
    default = outline.default_language
    if default is None or not outline.languages or default in outline.languages:
        return
    yield Problem(
        "default-language",
        f"The default language `{default}` is not among the languages.",
        outline.places.of_value(("default_language",)),
        f"Choose one of {', '.join(outline.languages)}, or add it to `languages`.",
    )


def _counted_from(outline: Outline) -> Iterator[Problem]:
    for placed in outline.steps:
        if isinstance(placed.step.when, AfterAnother | NextAfter):
            yield from _check_after(outline, placed, placed.step.when.after)


def _check_after(outline: Outline, placed: PlacedStep, after: str) -> Iterator[Problem]:
    where = outline.places.of_value(placed.path("when", "after"))
    if after in outline.step_keys[: placed.index]:
        return
    if after not in outline.step_keys:
        known = [key for key in outline.step_keys[: placed.index] if key is not None]
        remedy = nearest(after, known) or f"Steps before it: {', '.join(known) or 'none'}."
        yield Problem("unknown-step", f"There is no step `{after}`.", where, remedy)
        return
    circle = _circle(outline, after)
    if circle:
        yield Problem(
            "step-circle",
            f"These steps wait for each other: {' → '.join(circle)}.",
            where,
            "Let one of them count from the launch, like `day: 1`.",
        )
        return
    line = _line(outline, ("steps", outline.step_keys.index(after), "key"))
    yield Problem(
        "step-order",
        f"`{after}` stands further down (line {line}); a step counts from one above it.",
        where,
        f"Move `{placed.step.key}` below `{after}`.",
    )


def _circle(outline: Outline, key: str) -> list[str]:
    """`key` and the steps that it counts from, back to itself; empty when they end."""
    waits_for = {
        placed.step.key: placed.step.when.after
        for placed in outline.steps
        if isinstance(placed.step.when, AfterAnother | NextAfter)
    }
    chain = [key]
    while (before := waits_for.get(chain[-1])) is not None:
        chain.append(before)
        if before == key:
            return chain
        if chain.count(before) > 1:  # a circle further down, reported where it is
            return []
    return []


@dataclass(frozen=True)
class _Moment:
    """`base`: what the day is counted from; only moments of one base can be compared."""

    base: str
    moment: datetime


def _out_of_order(outline: Outline) -> Iterator[Problem]:
    moments: dict[str, _Moment] = {}
    latest: dict[str, tuple[_Moment, str]] = {}
    for placed in outline.steps:
        moment = _moment(placed, moments)
        if moment is None:
            continue
        moments.setdefault(placed.step.key, moment)
        before = latest.get(moment.base)
        if before and moment.moment < before[0].moment:
            yield _order_problem(outline, placed, before[1])
        else:
            latest[moment.base] = (moment, placed.step.key)


def _moment(placed: PlacedStep, moments: dict[str, _Moment]) -> _Moment | None:
    when = placed.step.when
    if when.repeats():  # it has a place of its own each time
        return None
    match when:
        case OnLaunchDay(day=day):
            base, counted = "launch", _SOME_DAY + timedelta(days=day)
        case OnDate(on=on):
            base, counted = "calendar", on
        case AfterAnother(after=after, days=days):
            if after not in moments:
                return None
            base = moments[after].base
            counted = moments[after].moment.date() + timedelta(days=days)
        case OnOptIn(after_opt_in=wait):
            base, counted = "opt-in", _SOME_DAY + timedelta(days=wait.days)
        case _:  # the next weekday, a holiday: known with the calendar alone
            return None
    return _Moment(base, datetime.combine(counted, when.at))


def _order_problem(outline: Outline, placed: PlacedStep, before: str) -> Problem:
    return Problem(
        "step-order",
        f"`{placed.step.key}` would go out before `{before}`, which stands above it.",
        outline.places.of_value(placed.path("when")),
        "Put the steps into the order in which they go out, or change the day or time.",
    )


def _short_day(outline: Outline) -> Iterator[Problem]:
    quiet = outline.quiet
    if quiet is None or quiet.start == quiet.end:
        return
    opening = datetime.combine(_SOME_DAY, quiet.end)
    closing = datetime.combine(_SOME_DAY, quiet.start)
    left = (closing - opening) % timedelta(days=1)
    if left < _SHORTEST_DAY:
        yield Problem(
            "quiet-hours",
            f"These quiet hours leave only {span_text(left)} of a day.",
            outline.places.of_value(("quiet_hours",)),
            f"Leave at least {span_text(_SHORTEST_DAY)}.",
        )


def _quiet_openings(outline: Outline) -> Iterator[Problem]:
    for placed in outline.steps:
        at = placed.step.when.at
        if outline.quiet is None or not outline.quiet.covers(at):
            continue
        moved = settle(_SOME_DAY, at, quiet=outline.quiet)
        day = "the same day" if moved.day == _SOME_DAY else "the next day"
        yield Problem(
            "quiet-hours",
            f"{time_text(at)} is in the quiet hours ({_span_of(outline.quiet)}): "
            f"`{placed.step.key}` moves to {time_text(moved.at)} {day}.",
            outline.places.of_value(placed.path("when", "at")),
            "Choose another time, if you mind.",
            blocks=False,
        )


def _short_windows(outline: Outline) -> Iterator[Problem]:
    for placed in outline.steps:
        when = placed.step.when
        if outline.quiet is None or outline.quiet.covers(when.at):
            continue
        window = send_window(
            day=_SOME_DAY, at=when.at, within=when.within, zone="UTC", quiet=outline.quiet
        )
        length = window.closes_at - window.opens_at
        if length < when.within:
            yield Problem(
                "quiet-hours",
                f"The window of `{placed.step.key}` closes after {span_text(length)}, when the "
                f"quiet hours ({_span_of(outline.quiet)}) begin, not after "
                f"{span_text(when.within)}.",
                outline.places.of_value(placed.path("when", "within")),
                "Open it earlier, if it needs the time.",
                blocks=False,
            )


def _early_expiries(outline: Outline) -> Iterator[Problem]:
    for placed in outline.steps:
        expiry, within = placed.step.expires_after, placed.step.when.within
        if expiry is not None and expiry < within:
            yield Problem(
                "early-expiry",
                f"`{placed.step.key}` expires {span_text(expiry)} after its window opens, "
                f"before the window closes ({span_text(within)}).",
                outline.places.of_value(placed.path("expires_after")),
                "Shorten `within` too, or let it expire later.",
                blocks=False,
            )


def _dates_on_other_weekdays(outline: Outline) -> Iterator[Problem]:
    for placed in outline.steps:
        when = placed.step.when
        if not isinstance(when, OnDate) or when.on.weekday() in placed.step.weekday_numbers():
            continue
        yield Problem(
            "weekday",
            f"{when.on} is a {list(Weekday)[when.on.weekday()]}, which is not among the weekdays "
            f"of `{placed.step.key}`: it moves to the next of them.",
            outline.places.of_value(placed.path("when", "date")),
            "Choose another date, if you mind.",
            blocks=False,
        )


def _age_groups_of_staff(outline: Outline) -> Iterator[Problem]:
    for placed in outline.steps:
        step = placed.step
        if step.age_groups is None or step.recipients is Recipients.GUARDIANS:
            continue
        yield Problem(
            "age-groups",
            f"`age_groups` is about guardians, and `{step.key}` goes to {step.recipients.value}.",
            outline.places.of_key(placed.path("age_groups")),
            "Leave it out.",
        )


def _fallbacks_to_nowhere(outline: Outline) -> Iterator[Problem]:
    for placed in outline.steps:
        step = placed.step
        if step.fallback is Fallback.NEVER or len(step.channels) > 1:
            continue
        yield Problem(
            "fallback",
            f"`{step.key}` has one channel only, so it has none to fall back to.",
            outline.places.of_key(placed.path("fallback")),
            "Add the other channel to `channels`, or leave `fallback` out.",
        )


def _span_of(quiet: QuietHours) -> str:
    return f"from {time_text(quiet.start)} to {time_text(quiet.end)}"


def _line(outline: Outline, path: Path) -> int:
    places = outline.places.values
    return places[path].line if path in places else 1
