"""What must fit together in `only`, `except`, `waits_for` and `corrects`."""

from __future__ import annotations

from collections.abc import Iterator

from outreach.campaigns.definition.audiences import Filter
from outreach.campaigns.definition.outline import Outline, PlacedStep
from outreach.campaigns.definition.places import nearest
from outreach.campaigns.definition.spec import Recipients
from outreach.core.errors import Problem


def audience_checks(outline: Outline) -> Iterator[Problem]:
    """Every finding; those with `blocks=False` are worth a look and stop nothing."""
    for placed in outline.steps:
        for key, chosen in (("only", placed.step.only), ("except", placed.step.but_not)):
            if chosen is not None:
                yield from _filter_checks(outline, placed, key, chosen)
        yield from _opposites(outline, placed)
        yield from _briefs(outline, placed)
        yield from _corrections(outline, placed)


def _filter_checks(
    outline: Outline, placed: PlacedStep, key: str, chosen: Filter
) -> Iterator[Problem]:
    for name in ("got", "not_got", "confirmed", "not_confirmed"):
        step_key = getattr(chosen, name)
        if step_key is not None:
            yield from _step_above(outline, placed, (key, name), step_key)
    for language in chosen.languages or ():
        if outline.languages and language not in outline.languages:
            yield Problem(
                "filter-language",
                f"The campaign is not written in `{language}`, so nobody reads it in that.",
                outline.places.of_value(placed.path(key, "languages")),
                f"Choose from {', '.join(outline.languages)}.",
            )
    if chosen.age_groups and placed.step.recipients is not Recipients.GUARDIANS:
        yield Problem(
            "age-groups",
            f"`age_groups` is about guardians, and `{placed.step.key}` goes to "
            f"{placed.step.recipients.value}.",
            outline.places.of_key(placed.path(key, "age_groups")),
            "Leave it out.",
        )
    yield from _nobody_left(outline, placed, key, chosen)


def _nobody_left(
    outline: Outline, placed: PlacedStep, key: str, chosen: Filter
) -> Iterator[Problem]:
    after, before = chosen.joined_after, chosen.joined_before
    if after and before and before <= after:
        yield Problem(
            "joined",
            f"Nobody joined on {after} or later and before {before}.",
            outline.places.of_value(placed.path(key, "joined_before")),
            "Let `joined_before` be the later day.",
        )
    for name, step_key in (("got", chosen.got), ("confirmed", chosen.confirmed)):
        if step_key is not None and step_key == getattr(chosen, f"not_{name}"):
            yield Problem(
                "filter-nobody",
                f"`{name}` and `not_{name}` both name `{step_key}`, so nobody is left.",
                outline.places.of_value(placed.path(key, f"not_{name}")),
                f"Keep one of `{name}` and `not_{name}`.",
            )


def _step_above(
    outline: Outline, placed: PlacedStep, keys: tuple[str, ...], step_key: str
) -> Iterator[Problem]:
    above = [key for key in outline.step_keys[: placed.index] if key is not None]
    if step_key in above:
        return
    where = outline.places.of_value(placed.path(*keys))
    if step_key in outline.step_keys:
        yield Problem(
            "step-order",
            f"`{step_key}` does not stand above `{placed.step.key}`, so nobody has got it by then.",
            where,
            f"Move `{placed.step.key}` below `{step_key}`.",
        )
        return
    yield Problem(
        "unknown-step",
        f"There is no step `{step_key}`.",
        where,
        nearest(step_key, above) or f"Steps before it: {', '.join(above) or 'none'}.",
    )


def _opposites(outline: Outline, placed: PlacedStep) -> Iterator[Problem]:
    step = placed.step
    if step.only is not None and step.only == step.but_not:
        yield Problem(
            "filter-nobody",
            f"`only` and `except` of `{step.key}` name the same people, so nobody is left.",
            outline.places.of_key(placed.path("except")),
            "Leave one of them out.",
        )


def _briefs(outline: Outline, placed: PlacedStep) -> Iterator[Problem]:
    step = placed.step
    if step.waits_for is None:
        return
    yield from _step_above(outline, placed, ("waits_for",), step.waits_for)
    brief = next((each.step for each in outline.steps if each.step.key == step.waits_for), None)
    if brief is not None and brief.recipients is Recipients.GUARDIANS:
        yield Problem(
            "waits-for",
            f"`{step.waits_for}` goes to guardians; a step waits for what the staff got.",
            outline.places.of_value(placed.path("waits_for")),
            "Name a step that goes to staff, contacts or safeguarding-leads.",
        )


def _corrections(outline: Outline, placed: PlacedStep) -> Iterator[Problem]:
    step = placed.step
    if step.corrects is None:
        if step.corrects_in is not None:
            where = outline.places.of_key(placed.path("corrects_in"))
            yield Problem("corrects", "It does not say which step.", where, "Add `corrects`.")
        return
    where = outline.places.of_key(placed.path("corrects"))
    if step.only or step.but_not or step.waits_for or step.age_groups:
        yield Problem(
            "corrects",
            f"`{step.key}` goes to exactly those who got `{step.corrects}`, so it takes no other "
            "choice of people.",
            where,
            "Leave out `only`, `except`, `age_groups` and `waits_for`.",
        )
    if step.when.repeats() or step.corrects == step.key:
        yield Problem("corrects", "A correction goes out once.", where, "Leave `every` out.")
