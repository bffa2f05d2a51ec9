"""Which template files a definition needs, and which nothing uses.

Owns the naming convention `<language>/<step>.email.md | .sms.txt`. What is inside the
files is for `content` to judge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from outreach.campaigns.definition.outline import Outline, PlacedStep
from outreach.campaigns.definition.places import nearest
from outreach.core.channels import Channel
from outreach.core.errors import Problem

ENDINGS: dict[Channel, str] = {Channel.EMAIL: ".email.md", Channel.SMS: ".sms.txt"}
# A step, one of its channels, and the name of the file that both need.
WantedFile = tuple[PlacedStep, Channel, str]
_KINDS: dict[Channel, str] = {Channel.EMAIL: "email", Channel.SMS: "text message"}


def template_name(language: str, step_key: str, channel: Channel) -> str:
    """ "en/launch.email.md"."""
    return f"{language}/{step_key}{ENDINGS[channel]}"


def folder_of(campaign: str) -> str:
    """Where the templates of a campaign are, for a sentence."""
    return f"templates/{campaign}"


def placed_in_folder(campaign: str, problems: Iterable[Problem]) -> list[Problem]:
    """Findings about files of a pack, with the way to the file in front of its name."""
    folder = folder_of(campaign)
    return [replace(problem, where=f"{folder}/{problem.where}") for problem in problems]


def template_problems(outline: Outline, names: Collection[str]) -> list[Problem]:
    """Files that are missing (these block) and files that belong to no step (these do not).

    `names`: the files that are there, as `template_name` writes them.
    """
    if outline.campaign is None:  # nobody knows which folder to look in
        return []
    folder = folder_of(outline.campaign)
    return [*_missing(outline, names, folder), *_strays(outline, names, folder)]


def _missing(outline: Outline, names: Collection[str], folder: str) -> Iterator[Problem]:
    for position, language in enumerate(outline.languages):
        wanted = _wanted(outline, language)
        absent = [entry for entry in wanted if entry[2] not in names]
        if wanted and len(absent) == len(wanted):
            yield _missing_language(outline, position, [name for *_, name in absent], folder)
        else:
            yield from (_missing_file(outline, language, entry, folder) for entry in absent)


def _wanted(outline: Outline, language: str) -> list[WantedFile]:
    return [
        (placed, channel, template_name(language, placed.step.key, channel))
        for placed in outline.steps
        for channel in placed.step.channels
    ]


def _missing_file(outline: Outline, language: str, wanted: WantedFile, folder: str) -> Problem:
    placed, channel, name = wanted
    return Problem(
        "missing-template",
        f"The step `{placed.step.key}` has no {_KINDS[channel]} in the language `{language}`.",
        outline.places.of_value(placed.path("channels")),
        f"Create {folder}/{name}.",
    )


def _missing_language(outline: Outline, position: int, names: list[str], folder: str) -> Problem:
    language = outline.languages[position]
    listed = ", ".join(name.removeprefix(f"{language}/") for name in names)
    return Problem(
        "missing-template",
        f"Nothing is written in the language `{language}` yet.",
        outline.places.of_value(("languages", position)),
        f"Create {folder}/{language}/ with {listed}; or take `{language}` out of `languages`.",
    )


def _strays(outline: Outline, names: Collection[str], folder: str) -> Iterator[Problem]:
    wanted = {name for tag in outline.languages for *_, name in _wanted(outline, tag)}
    # A step or language that could not be read is not a reason to call its files strays.
    if len(outline.steps) < len(outline.step_keys) or not wanted:
        return
    absent = sorted(wanted - set(names))
    for name in sorted(set(names) - wanted):
        # A name that follows no convention at all is the template room's finding.
        if not name.endswith(tuple(ENDINGS.values())):
            continue
        yield Problem(
            "stray-template",
            "No step of the campaign uses this file.",
            f"{folder}/{name}",
            nearest(name, absent) or "Delete it, or add its step, channel or language.",
            blocks=False,
        )
