"""What of a definition is sound enough to be checked against the rest.

One misspelt key must not hide that another step counts from nowhere: so each step,
each language is read on its own, and what cannot be read is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from outreach.campaigns.definition.fields import Language, Slug
from outreach.campaigns.definition.places import Path, Places
from outreach.campaigns.definition.spec import DEFAULT_QUIET_HOURS, QuietHoursSpec, Step
from outreach.campaigns.definition.yaml_source import YamlSource
from outreach.timing import QuietHours

Value = TypeVar("Value")

_STEP: TypeAdapter[Step] = TypeAdapter(Step)
_SLUG: TypeAdapter[str] = TypeAdapter(Slug)
_LANGUAGE: TypeAdapter[str] = TypeAdapter(Language)
_QUIET: TypeAdapter[QuietHoursSpec] = TypeAdapter(QuietHoursSpec)


@dataclass(frozen=True)
class PlacedStep:
    """`index`: its position in the file, which `places` knows it by."""

    index: int
    step: Step

    def path(self, *keys: str) -> Path:
        return ("steps", self.index, *keys)


@dataclass(frozen=True)
class Outline:
    """`step_keys`: every key written, in order, None where there is none; `steps`: the sound ones.

    `campaign`, `default_language`, `quiet`: None where they could not be read. `named_days`: the
    names of days that the campaign itself has. `has_free_days`, `is_discreet`: what it says of all
    its steps.
    """

    places: Places
    campaign: str | None
    languages: tuple[str, ...]
    default_language: str | None
    quiet: QuietHours | None
    step_keys: tuple[str | None, ...]
    steps: tuple[PlacedStep, ...]
    named_days: tuple[str, ...] = ()
    has_free_days: bool = False
    is_discreet: bool = False


def outline_of(source: YamlSource) -> Outline:
    """Reads whatever can be read; raises nothing."""
    tree = source.tree if isinstance(source.tree, Mapping) else {}
    raw_steps = _items(tree.get("steps"))
    steps = [(index, _read(_STEP, raw)) for index, raw in enumerate(raw_steps)]
    languages = [_read(_LANGUAGE, raw) for raw in _items(tree.get("languages"))]
    return Outline(
        places=source.places,
        campaign=_read(_SLUG, tree.get("campaign")),
        languages=tuple(tag for tag in languages if tag is not None),
        default_language=_read(_LANGUAGE, tree.get("default_language")),
        quiet=_quiet(tree),
        step_keys=tuple(_key(raw) for raw in raw_steps),
        steps=tuple(PlacedStep(index, step) for index, step in steps if step is not None),
        named_days=_names(tree.get("named_days")),
        has_free_days=bool(tree.get("not_on")),
        is_discreet=tree.get("discreet") is True,
    )


def _quiet(tree: Mapping[str, Any]) -> QuietHours | None:
    spec = _read(_QUIET, tree.get("quiet_hours", DEFAULT_QUIET_HOURS))
    return spec.hours() if spec else None


def _read(adapter: TypeAdapter[Value], raw: object) -> Value | None:
    try:
        return adapter.validate_python(raw)
    except ValidationError:
        return None


def _items(raw: object) -> Sequence[object]:
    return raw if isinstance(raw, list) else ()


def _names(raw: object) -> tuple[str, ...]:
    return tuple(str(name) for name in raw) if isinstance(raw, Mapping) else ()


def _key(raw: object) -> str | None:
    return str(raw["key"]) if isinstance(raw, Mapping) and "key" in raw else None
