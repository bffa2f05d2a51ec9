"""The words that all messages of one language share, and the help lines said in them.

Owns the phrase files beside it. Refuses to invent: hours without a translation are
left out rather than shown in another language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from outreach.content.help_directory import HelpLine, HelpLines


@dataclass(frozen=True)
class Phrases:
    """`sender`, `help_now`, `footer`: Markdown with Jinja. `sms_line`: a format of three names."""

    language: str
    sender: str
    help_now: str
    footer: str
    sms_line: str
    stop_by_reply: str
    stop_by_link: str
    audience: Mapping[str, str]
    emergency_names: Mapping[str, str]
    hours: Mapping[str, str]
    reviewed_by: str | None


@dataclass(frozen=True)
class LineText:
    """One help line in the reader's language; None where nothing verified can be said."""

    name: str
    phone: str | None
    url: str | None
    hours: str | None
    audience: str | None


@dataclass(frozen=True)
class HelpText:
    """What a template sees as `help`. `sms_line`: emergency number and first help line."""

    emergency: LineText | None
    emergencies: tuple[LineText, ...]
    helpline: LineText | None
    helplines: tuple[LineText, ...]
    report: tuple[LineText, ...]
    removal: tuple[LineText, ...]
    staff: tuple[LineText, ...]
    others: tuple[LineText, ...]
    sms_line: str | None


@cache
def known_languages() -> frozenset[str]:
    """The languages that have a phrase file, so that can be sent in."""
    names = (entry.name for entry in files("outreach.content.phrases").iterdir())
    return frozenset(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


@cache
def phrases(language: str) -> Phrases:
    """The phrases of `language`, one of `known_languages()`. Raises KeyError for another."""
    if language not in known_languages():
        raise KeyError(language)
    source = files("outreach.content.phrases").joinpath(f"{language}.yaml").read_text("utf-8")
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(source)
    return Phrases(language=language, **found)


@lru_cache(maxsize=512)
def help_in(language: str, lines: HelpLines, *, with_names: bool = True) -> HelpText:
    """The help lines of a country in `language`. `with_names`: also in `sms_line`."""
    words = phrases(language)
    emergencies = tuple(_emergency(line, words) for line in lines.emergencies)
    helplines = _lines(lines.helplines, words)
    helpline = next((line for line in helplines if line.phone), None)
    return HelpText(
        emergency=next(iter(emergencies), None),
        emergencies=emergencies,
        helpline=helpline,
        helplines=helplines,
        report=_lines(lines.report, words),
        removal=_lines(lines.removal, words),
        staff=_lines(lines.staff, words),
        others=_lines(lines.others, words),
        sms_line=_sms_line(words, lines, with_names=with_names),
    )


def _lines(lines: tuple[HelpLine, ...], words: Phrases) -> tuple[LineText, ...]:
    return tuple(_line(line, words) for line in lines)


def _line(line: HelpLine, words: Phrases) -> LineText:
    return LineText(
        name=line.name,
        phone=line.phone,
        url=line.url,
        hours=words.hours.get(line.hours) if line.hours else None,
        audience=_audience(line, words),
    )


def _emergency(line: HelpLine, words: Phrases) -> LineText:
    name = words.emergency_names.get(line.name, line.name)
    return LineText(name, line.phone, line.url, None, None)


def _audience(line: HelpLine, words: Phrases) -> str | None:
    for_children = "children" in line.audience
    for_parents = "parents" in line.audience
    if for_children and for_parents:
        return words.audience["families"]
    if for_children:
        return words.audience["children"]
    return words.audience["parents"] if for_parents else None


def _sms_line(words: Phrases, lines: HelpLines, *, with_names: bool) -> str | None:
    if lines.emergency is None or lines.helpline is None:
        return None
    name = lines.helpline.name if with_names else ""
    line = words.sms_line.format(
        emergency=lines.emergency.phone, name=name, phone=lines.helpline.phone
    )
    return " ".join(line.split())
