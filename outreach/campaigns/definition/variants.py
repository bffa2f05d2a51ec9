"""Two or more wordings of one step, each for a share of its readers, drawn by lot.

A variant is a step of its own beside the step that it is a variant of: same people, same hours,
other words. Owns the shares, and what must be the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outreach.campaigns.definition.outline import Outline, PlacedStep
from outreach.campaigns.definition.places import nearest
from outreach.campaigns.definition.spec import CampaignDefinition, Step
from outreach.core.errors import Problem

# What decides who gets a step, when, and as which tip: name of the field -> its key in the file.
_SAME = {
    "recipients": "to",
    "channels": "channels",
    "fallback": "fallback",
    "stands": "stands",
    "when": "when",
    "weekdays": "weekdays",
    "not_on": "not_on",
    "otherwise": "otherwise",
    "expires_after": "expires_after",
    "age_groups": "age_groups",
    "only": "only",
    "but_not": "except",
    "waits_for": "waits_for",
}


def family_of(definition: CampaignDefinition, step_key: str) -> tuple[str, ...]:
    """The step, its variants, and what it is a variant of: who got one got the step."""
    head = original_of(definition.step(step_key))
    return tuple(step.key for step in definition.steps if original_of(step) == head)


def original_of(step: Step) -> str:
    """The key of the step that it is a variant of, else its own."""
    return step.variant_of.step if step.variant_of else step.key


def lots_of(definition: CampaignDefinition, step: Step) -> tuple[float, float] | None:
    """From which to below which lot, both from 0 to 1, a step with variants takes its people.

    The variants come first, in the order of the file; the step itself has what is left.
    """
    at, taken = 0.0, {}
    for each in definition.steps:
        if each.variant_of is not None and each.variant_of.step == original_of(step):
            taken[each.key] = (at, at + each.variant_of.share)
            at += each.variant_of.share
    if not taken:
        return None
    return taken.get(step.key, (at, 1.0))


def variant_checks(outline: Outline) -> Iterator[Problem]:
    """Every finding; all of them block."""
    by_key = {placed.step.key: placed for placed in outline.steps}
    for placed in outline.steps:
        variant = placed.step.variant_of
        if variant is None:
            continue
        original = by_key.get(variant.step)
        if original is None or original.index >= placed.index:
            yield _no_such_step(outline, placed, variant.step)
        elif original.step.variant_of is not None:
            yield _of_a_variant(outline, placed, original)
        else:
            yield from _differences(outline, placed, original)
    yield from _too_large(outline)


def _no_such_step(outline: Outline, placed: PlacedStep, step_key: str) -> Problem:
    above = [key for key in outline.step_keys[: placed.index] if key is not None]
    return Problem(
        "unknown-step",
        f"There is no step `{step_key}` above `{placed.step.key}`.",
        outline.places.of_value(placed.path("variant_of", "step")),
        nearest(step_key, above) or f"Steps before it: {', '.join(above) or 'none'}.",
    )


def _of_a_variant(outline: Outline, placed: PlacedStep, original: PlacedStep) -> Problem:
    return Problem(
        "variant",
        f"`{original.step.key}` is a variant itself.",
        outline.places.of_value(placed.path("variant_of", "step")),
        f"Name `{original_of(original.step)}`; a step may have several variants.",
    )


def _differences(outline: Outline, placed: PlacedStep, original: PlacedStep) -> Iterator[Problem]:
    one, other = placed.step, original.step
    keys = [key for name, key in _SAME.items() if getattr(one, name) != getattr(other, name)]
    asked = [each.question.answers if each.question else () for each in (one, other)]
    if asked[0] != asked[1]:
        keys.append("question")
    if keys:
        yield Problem(
            "variant",
            f"`{one.key}` differs from `{other.key}` in {_listed(keys)}; variants differ in their "
            "words alone, or nobody could say what made the difference.",
            outline.places.of_key(placed.path("variant_of")),
            "Write the same there. A question has the same `answers`, its words may differ.",
        )


def _too_large(outline: Outline) -> Iterator[Problem]:
    shares: dict[str, float] = {}
    for placed in outline.steps:
        variant = placed.step.variant_of
        if variant is None:
            continue
        shares[variant.step] = shares.get(variant.step, 0.0) + variant.share
        if shares[variant.step] >= 1:
            yield Problem(
                "variant",
                f"The variants of `{variant.step}` leave nobody for it.",
                outline.places.of_value(placed.path("variant_of", "share")),
                "Let their shares be less than 100% together.",
            )


def _listed(keys: Sequence[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)
