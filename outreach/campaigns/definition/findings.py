"""Pydantic's errors as findings that an author can act on.

Owns the sentence for each kind of error, and the place in the file. A kind that has
no sentence here keeps Pydantic's own words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sized

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from outreach.campaigns.definition.audiences import Filter
from outreach.campaigns.definition.places import Path, Places, nearest, shown
from outreach.campaigns.definition.questions import Question, QuestionText, VariantOf
from outreach.campaigns.definition.spec import (
    CampaignDefinition,
    QuietHoursSpec,
    Step,
    StopIf,
)
from outreach.campaigns.definition.when import WHEN_FORMS, WHEN_KEYS, OptIn
from outreach.core.errors import Problem

Sentence = tuple[str, str, str]  # code, message, remedy

_STEP_DEPTH = 2  # ("steps", 0) is a step
_WHEN_DEPTH = 3  # ("steps", 0, "when") is its `when`
_FORM_DEPTH = 5  # ("steps", 0, "when", form, key) is a key of it


def findings_of(error: ValidationError, places: Places) -> list[Problem]:
    """One problem for each error, with its place."""
    return [
        _finding(details, places)
        for details in error.errors(include_url=False)
        if not _is_echo(details)
    ]


def _is_echo(details: ErrorDetails) -> bool:
    """A list whose entries were all refused also counts as empty; once is enough."""
    written = details["input"]
    return details["type"] == "too_short" and isinstance(written, Sized) and len(written) > 0


def _finding(details: ErrorDetails, places: Places) -> Problem:
    path = _written_path(details["loc"])
    about_key = details["type"] == "extra_forbidden"
    where = places.of_key(path) if about_key else places.of_value(path)
    code, message, remedy = _SENTENCES.get(details["type"], _own_words)(details)
    return Problem(code, message, where, remedy)


def _written_path(location: Path) -> Path:
    """Without the form of `when`, which Pydantic puts between it and its keys."""
    if location[_STEP_DEPTH:_WHEN_DEPTH] == ("when",):
        return (*location[:_WHEN_DEPTH], *location[_WHEN_DEPTH + 1 :])
    return location


def _model_around(location: Path) -> type[BaseModel]:
    """The model that a key at `location` belongs to."""
    match location:
        case ("steps", _, "when", str(form), _):
            return WHEN_FORMS[form]
        case ("steps", _, _):
            return Step
        case ("steps", _, "question", "texts", _, _):
            return QuestionText
        case (*_, str(group), _):
            return _GROUPS.get(group, CampaignDefinition)
        case _:
            return CampaignDefinition


# Keys that have keys of their own.
_GROUPS: dict[str, type[BaseModel]] = {
    "quiet_hours": QuietHoursSpec,
    "after_opt_in": OptIn,
    "only": Filter,
    "except": Filter,
    "stop_if": StopIf,
    "question": Question,
    "variant_of": VariantOf,
}
# What other systems measure by a hidden picture or a marked link in each mail.
_NOT_COLLECTED = frozenset({"opened", "not_opened", "read", "clicked", "not_clicked"})


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """By the name that the file uses."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _name(details: ErrorDetails) -> str:
    words = [part for part in details["loc"] if isinstance(part, str)]
    return f"`{words[-1]}`" if words else "The definition"


def _unknown_key(details: ErrorDetails) -> Sentence:
    location = details["loc"]
    key = str(location[-1])
    if len(location) == _FORM_DEPTH and location[2] == "when" and key in WHEN_KEYS:
        return (
            "two-whens",
            f"`{key}` cannot stand beside `{_own_key(location)}`: a step has one `when`.",
            "Keep one of them.",
        )
    model = _model_around(location)
    if model is Filter and key in _NOT_COLLECTED:
        return _not_collected(key)
    known = [name for name in _fields(model) if name != key]
    remedy = nearest(key, known) or f"The keys here are {', '.join(known)}."
    return "unknown-key", f"{shown(key)} is not a key that is known here.", remedy


def _not_collected(key: str) -> Sentence:
    other = "not_confirmed" if key.startswith("not_") else "confirmed"
    return (
        "not-collected",
        f"{shown(key)} is not known and not collected: it would take a hidden picture or a "
        "marked link in every message.",
        f"Write `{other}`: who answered the step's question or pressed the button behind "
        "{{ links.answer }}.",
    )


def _own_key(location: Path) -> str:
    """The key by which the form of a `when` is known, from the name of the form."""
    return str(location[_WHEN_DEPTH]).partition(" ")[0]


def _missing(details: ErrorDetails) -> Sentence:
    key = str(details["loc"][-1])
    field = _fields(_model_around(details["loc"]))[key]
    return "missing-key", f"`{key}` is missing.", _add(key, field)


def _add(key: str, field: FieldInfo) -> str:
    if not field.examples:
        return f"Add `{key}`: {_first_sentence(field.description or '')}"
    return f"Add it, for instance `{key}: {example_text(field.examples[0])}`."


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".;") + "."


def example_text(example: object) -> str:
    """A value as YAML on one line."""
    if isinstance(example, list):
        return f"[{', '.join(example_text(item) for item in example)}]"
    text = str(example)
    return f'"{text}"' if re.search(r"[:!#,+]|^[0-9]+-[0-9]+$", text) else text


def _one_of(details: ErrorDetails) -> Sentence:
    possible = re.findall(r"'([^']+)'", details.get("ctx", {}).get("expected", ""))
    message = f"{shown(details['input'])} is not one of {', '.join(possible)}."
    return "bad-value", message, nearest(details["input"], possible) or "Choose one of these."


def _other_version(details: ErrorDetails) -> Sentence:
    return (
        "bad-value",
        f"{shown(details['input'])} is not a version of this format that is known here.",
        "Write `schema: 1`.",
    )


def _not_text(details: ErrorDetails) -> Sentence:
    value = details["input"]
    remedy = "Write a text."
    if isinstance(value, int | float) and not isinstance(value, bool):
        remedy = f'Put it into quotes: "{value}".'
    return "bad-value", f"{_name(details)} must be a text, not {shown(value)}.", remedy


def _not_a_number(details: ErrorDetails) -> Sentence:
    message = f"{_name(details)} must be a whole number, not {shown(details['input'])}."
    return "bad-value", message, "Write it without quotes, like 3."


def _not_a_list(details: ErrorDetails) -> Sentence:
    value = details["input"]
    example = f"[{value}]" if isinstance(value, str) and value else "[first, second]"
    message = f"{_name(details)} must be a list, not {shown(value)}."
    return "bad-value", message, f"Write it like {example}."


def _not_a_group(details: ErrorDetails) -> Sentence:
    message = f"{_name(details)} needs keys of its own here, not {shown(details['input'])}."
    return "bad-value", message, "Write `key: value` lines, indented below it."


def _empty(details: ErrorDetails) -> Sentence:
    return "bad-value", f"{_name(details)} is empty.", "Write something, or leave the key out."


def _too_long(details: ErrorDetails) -> Sentence:
    most = details.get("ctx", {}).get("max_length")
    message = (
        f"{_name(details)} has more than {most} characters."
        if details["type"] == "string_too_long"
        else f"{_name(details)} has more than {most} entries."
    )
    return "bad-value", message, "Shorten it."


def _out_of_range(details: ErrorDetails) -> Sentence:
    bounds = details.get("ctx", {})
    limit = f"at least {bounds['ge']}" if "ge" in bounds else f"at most {bounds['le']}"
    message = f"{_name(details)} must be {limit}, not {shown(details['input'])}."
    return "bad-value", message, ""


def _no_when(details: ErrorDetails) -> Sentence:
    forms = ", ".join(f"`{key}`" for key in WHEN_KEYS)
    written = details["input"]
    keys = written if isinstance(written, dict) else ()
    guesses = [guess for key in keys if (guess := nearest(key, WHEN_KEYS))]
    return (
        "bad-value",
        f"`when` has none of the keys {forms}.",
        guesses[0] if guesses else 'Write it like `when: {day: 1, at: "16:30", within: 3h}`.',
    )


def _refused(details: ErrorDetails) -> Sentence:
    context = details.get("ctx", {})
    return "bad-value", str(context["message"]), str(context["remedy"])


def _own_words(details: ErrorDetails) -> Sentence:
    return "bad-value", f"{_name(details)}: {details['msg']}.", ""


_SENTENCES: dict[str, Callable[[ErrorDetails], Sentence]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "enum": _one_of,
    "literal_error": _other_version,
    "string_type": _not_text,
    "int_type": _not_a_number,
    "tuple_type": _not_a_list,
    "model_type": _not_a_group,
    "model_attributes_type": _not_a_group,
    "too_short": _empty,
    "string_too_short": _empty,
    "too_long": _too_long,
    "string_too_long": _too_long,
    "greater_than_equal": _out_of_range,
    "less_than_equal": _out_of_range,
    "union_tag_not_found": _no_when,
    "refused": _refused,
}
