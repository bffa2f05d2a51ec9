"""The files of a pack: their names and the few lines at their head.

Owns `{language}/{step}.email.md` and `{language}/{step}.sms.txt`, front matter
included. Refuses unknown keys, so that a typing error is not silently nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from outreach.core.channels import Channel
from outreach.core.errors import Problem

_NAME = re.compile(
    r"(?P<language>[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)/(?P<step>[a-z0-9][a-z0-9_-]*)"
    r"\.(?P<kind>email\.md|sms\.txt)"
)
_FENCE = "---"
_KEYS = {
    Channel.EMAIL: ("subject", "preheader", "reviewed_by", "help"),
    Channel.SMS: ("reviewed_by", "help"),
}
_NEEDED = {Channel.EMAIL: ("subject", "preheader", "reviewed_by"), Channel.SMS: ()}
HELP_OPTIONAL = "optional"


@dataclass(frozen=True, order=True)
class TemplateKey:
    language: str
    step: str
    channel: Channel


@dataclass(frozen=True)
class SourceFile:
    """One file taken apart. `lines`: the line of each head entry; `body_line`: of the text."""

    where: str
    body: str
    body_line: int
    head: Mapping[str, str | None] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_name(name: str) -> TemplateKey | Problem:
    """What a file is for, by its name inside the pack ("en/launch.email.md")."""
    match = _NAME.fullmatch(name)
    if match is None:
        return Problem(
            "template-name",
            "This file name does not say its language, step and channel.",
            name,
            "Name it like en/launch.email.md or en/launch.sms.txt.",
        )
    channel = Channel.EMAIL if match["kind"] == "email.md" else Channel.SMS
    return TemplateKey(match["language"], match["step"], channel)


def read_source(name: str, text: str, channel: Channel) -> SourceFile:
    """Takes one file apart; what is wrong with its head is in `problems`."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != _FENCE:
        missing = (_no_head(name),) if channel is Channel.EMAIL else ()
        return SourceFile(name, "\n".join(lines), 1, problems=missing)
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        return SourceFile(name, "", 1, problems=(_open_head(name),))
    head, places, problems = _read_head(name, "\n".join(lines[1:end]), channel)
    body = "\n".join(lines[end + 1 :])
    return SourceFile(name, body, end + 2, head, places, tuple(problems))


def _no_head(name: str) -> Problem:
    return Problem(
        "no-front-matter",
        "The file does not begin with its subject.",
        f"{name}:1",
        "Begin with a line ---, then subject, preheader and reviewed_by, then a line ---.",
    )


def _open_head(name: str) -> Problem:
    message = "The head that begins with --- does not end."
    return Problem("no-front-matter", message, f"{name}:1", "End it with a line ---.")


def _read_head(
    name: str, text: str, channel: Channel
) -> tuple[dict[str, str | None], dict[str, int], list[Problem]]:
    loaded = _loaded_head(text)
    if isinstance(loaded, Problem):
        return {}, {}, [replace(loaded, where=f"{name}{loaded.where}")]
    return _checked_head(
        name,
        {key: value for key, (value, _) in loaded.items()},
        {key: line for key, (_, line) in loaded.items()},
        channel,
    )


# Most heads of text messages are the same line.
@lru_cache(maxsize=4096)
def _loaded_head(text: str) -> Mapping[str, tuple[object, int]] | Problem:
    """Each entry with its line, or what is wrong, at ":line"."""
    try:
        loaded = YAML(typ="rt", pure=True).load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        reason = getattr(error, "problem", None) or "it is not YAML"
        message = f"The head cannot be read: {reason}."
        return Problem(
            "bad-front-matter", message, f":{line}", "Put text that has a colon in quotes."
        )
    if not isinstance(loaded, CommentedMap):
        return Problem("bad-front-matter", "The head has no entries like subject: Words.", ":1")
    return {str(key): (value, loaded.lc.key(key)[0] + 2) for key, value in loaded.items()}


def _checked_head(
    name: str, head: dict[str, object], places: dict[str, int], channel: Channel
) -> tuple[dict[str, str | None], dict[str, int], list[Problem]]:
    unknown = [key for key in head if key not in _KEYS[channel]]
    problems = [_unknown(name, key, places[key], channel) for key in unknown]
    problems += [_absent(name, key) for key in _NEEDED[channel] if key not in head]
    good: dict[str, str | None] = {}
    for key, value in head.items():
        if value is None or isinstance(value, str):
            good[key] = value
        else:
            message = f"{key} is not a text."
            problems.append(
                Problem("bad-front-matter", message, f"{name}:{places[key]}", "Put it in quotes.")
            )
    problems += _bad_values(name, good, places)
    return good, places, problems


def _bad_values(
    name: str, head: Mapping[str, str | None], places: Mapping[str, int]
) -> list[Problem]:
    found = []
    for key in ("subject", "preheader"):
        if key in head and not (head[key] or "").strip():
            where, remedy = f"{name}:{places[key]}", f"Write a {key}."
            found.append(Problem(f"empty-{key}", f"The {key} is empty.", where, remedy))
    if head.get("help", HELP_OPTIONAL) != HELP_OPTIONAL:
        message = f"help can only be {HELP_OPTIONAL}."
        found.append(Problem("bad-front-matter", message, f"{name}:{places['help']}"))
    return found


def _unknown(name: str, key: str, line: int, channel: Channel) -> Problem:
    known = ", ".join(_KEYS[channel])
    message = f"The head does not know {key}."
    return Problem("unknown-key", message, f"{name}:{line}", f"It knows: {known}.")


def _absent(name: str, key: str) -> Problem:
    is_review = key == "reviewed_by"
    remedy = "Write null until somebody has reviewed it." if is_review else f"Add the line {key}: …"
    return Problem("missing-key", f"The head does not have {key}.", f"{name}:1", remedy)
