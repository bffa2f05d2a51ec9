"""Writes a campaign of one message, as somebody who never saw the format fills in a form.

Owns the file that an urgent message and a correction become. Refuses to judge it: it goes through
the same checks as any other.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted

from outreach.campaigns.definition.editing import with_body, with_head
from outreach.campaigns.definition.spec import Recipients
from outreach.campaigns.definition.template_files import template_name
from outreach.core.channels import Channel

# All the hours that are not quiet, on the clock of each reader.
_FROM, _WITHIN = "08:00", "12h"


@dataclass(frozen=True)
class Words:
    """One text. `subject`, `preheader`: of an email, "" for a text message."""

    body: str
    subject: str = ""
    preheader: str = ""


@dataclass(frozen=True)
class Single:
    """`slug`: of the campaign. `key`: of its one step. `languages`: the default first.

    `worth_days`: for how long it is worth reading. `corrects`, `corrects_in`: the step and the
    launch that it corrects, None for a message of its own.
    """

    slug: str
    key: str
    title: str
    topic: str
    recipients: Recipients
    channels: tuple[Channel, ...]
    languages: tuple[str, ...]
    worth_days: int
    words: Mapping[tuple[str, Channel], Words]
    corrects: str | None = None
    corrects_in: str | None = None


def written(single: Single) -> tuple[str, dict[str, str]]:
    """The definition as YAML, and its templates by name."""
    step: dict[str, object] = {
        "key": single.key,
        "title": Quoted(single.title),
        "to": single.recipients.value,
        "channels": [channel.value for channel in single.channels],
        "stands": "alone",
        "when": {"day": 0, "at": Quoted(_FROM), "within": _WITHIN},
        "expires_after": f"{single.worth_days}d",
    }
    if single.corrects is not None:
        step |= {"corrects": single.corrects, "corrects_in": Quoted(single.corrects_in or "")}
    stream = io.StringIO()
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 4096
    yaml.dump(
        {
            "schema": 1,
            "campaign": single.slug,
            "title": Quoted(single.title),
            "topic": single.topic,
            "languages": list(single.languages),
            "default_language": single.languages[0],
            "clock": "recipient",
            "steps": [step],
        },
        stream,
    )
    files = {
        template_name(language, single.key, channel): _file(words, channel)
        for (language, channel), words in single.words.items()
    }
    return stream.getvalue(), files


def _file(words: Words, channel: Channel) -> str:
    """As a template stands on a disk; nobody has reviewed it yet."""
    head: dict[str, str | None] = {"reviewed_by": None}
    if channel is Channel.EMAIL:
        head = {"subject": words.subject, "preheader": words.preheader, **head}
    return with_head(with_body("", words.body.replace("\r\n", "\n")), head)
