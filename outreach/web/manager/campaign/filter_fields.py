"""The fields of a step for `only` and `except`: who of its readers gets it, who does not.

Owns the way between a filter of the definition and flat fields of a form. What is wrong with a
filter is said by the same checks as of a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as lazy

from outreach.campaigns.definition import CampaignDefinition, Step
from outreach.campaigns.definition.audiences import Filter
from outreach.web.templatetags.shown import language_words

ONLY, EXCEPT = "only", "except"
_LISTS = {
    "schools": (lazy("Schools"), lazy("Short names, like greenhill, hillside.")),
    "countries": (lazy("Countries"), lazy("Two letters each, like DE, FR.")),
    "age_groups": (lazy("Age groups"), lazy("Like 11-13, 14-17.")),
    "topics": (lazy("Who agreed to one of these other topics too"), lazy("Short names.")),
}
_STEPS = {
    "got": lazy("Who got this step"),
    "not_got": lazy("Who did not get this step"),
    "confirmed": lazy("Who answered or confirmed this step"),
    "not_confirmed": lazy("Who got this step and did not answer it"),
}
_DAYS = {
    "joined_after": lazy("Who agreed on this day or later"),
    "joined_before": lazy("Who agreed before this day"),
}
_LONGEST_LIST = 2000


def filter_fields(definition: CampaignDefinition, step: Step) -> dict[str, forms.Field]:
    """The fields of both filters; the name of each begins with its filter's."""
    return {
        f"{kind}_{name}": field
        for kind in (ONLY, EXCEPT)
        for name, field in _fields(definition, step).items()
    }


def _fields(definition: CampaignDefinition, step: Step) -> dict[str, forms.Field]:
    earlier = _earlier(definition, step)
    texts = {
        name: forms.CharField(label=label, help_text=hint, max_length=_LONGEST_LIST, required=False)
        for name, (label, hint) in _LISTS.items()
    }
    steps = {
        name: forms.ChoiceField(label=label, choices=earlier, required=False)
        for name, label in _STEPS.items()
    }
    days = {name: _day_field(label) for name, label in _DAYS.items()}
    return {**texts, "languages": _language_field(definition), **steps, **days, **_lot_fields()}


def _earlier(definition: CampaignDefinition, step: Step) -> list[tuple[str, Any]]:
    """The steps that stand before this one."""
    place = [each.key for each in definition.steps].index(step.key)
    return [("", lazy("any")), *((each.key, each.title) for each in definition.steps[:place])]


def _language_field(definition: CampaignDefinition) -> forms.Field:
    return forms.MultipleChoiceField(
        label=lazy("Languages"),
        choices=[(tag, language_words(tag)) for tag in definition.languages],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


def _day_field(label: Any) -> forms.Field:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _lot_fields() -> dict[str, forms.Field]:
    return {
        "share": forms.CharField(
            label=lazy("So large a part of all, by lot"),
            help_text=lazy("Like 20%. A person is in it or not for good."),
            max_length=8,
            required=False,
        ),
        "seed": forms.CharField(
            label=lazy("Another word for another lot"), max_length=40, required=False
        ),
    }


def filters_as_form(step: Step) -> dict[str, Any]:
    """Both filters of the step as the fields show them."""
    both = {ONLY: step.only, EXCEPT: step.but_not}
    return {
        f"{kind}_{name}": value
        for kind, found in both.items()
        for name, value in _as_form(found).items()
    }


def _as_form(found: Filter | None) -> dict[str, Any]:
    values = found.model_dump() if found else {}
    return {
        **{name: ", ".join(values.get(name) or ()) for name in _LISTS},
        "languages": list(values.get("languages") or ()),
        **{name: values.get(name) or "" for name in _STEPS},
        **{name: values.get(name) for name in _DAYS},
        "share": _share_text(found.share) if found and found.share is not None else "",
        "seed": values.get("seed") or "",
    }


def _share_text(share: Any) -> str:
    return f"{Decimal(str(share)) * 100:f}".rstrip("0").rstrip(".") + "%"


def filter_changes(
    kind: str, step: Step, given: Mapping[str, Any], changed: set[str]
) -> dict[str, Any]:
    """`{kind: ...}` with the keys that are other than before, None for those taken away; `{kind:
    None}` where nothing is left; {} where nothing changed."""
    prefix = f"{kind}_"
    mine = {name.removeprefix(prefix) for name in changed if name.startswith(prefix)}
    if not mine:
        return {}
    whole = {
        name.removeprefix(prefix): _as_value(name.removeprefix(prefix), value)
        for name, value in given.items()
        if name.startswith(prefix)
    }
    if not any(value is not None for value in whole.values()):
        return {kind: None}
    return {kind: {name: whole[name] for name in _in_order(mine)}}


def _in_order(names: set[str]) -> Sequence[str]:
    """As the reference lists them."""
    return [name for name in Filter.model_fields if name in names]


def _as_value(name: str, value: Any) -> Any:
    if not value:
        return None
    if name in _LISTS:
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, date):
        return f"{value}"
    return value
