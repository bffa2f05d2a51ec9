"""The texts of a send as they were imported, so that whoever approves it can read them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from outreach.campaigns.models import Launch
from outreach.campaigns.versions import definition_of

_CHANNEL_WORDS = {"email.md": gettext_noop("email"), "sms.txt": gettext_noop("text message")}


@dataclass(frozen=True)
class Text:
    """`source`: Markdown for an email, plain for a text message, with its placeholders."""

    language: str
    channel: str
    source: str


@dataclass(frozen=True)
class StepTexts:
    title: str
    texts: tuple[Text, ...]


def texts_of(launch: Launch) -> list[StepTexts]:
    """Per step in order; steps without a text of their own are left away."""
    files: dict[str, str] = launch.version.files
    steps = (
        StepTexts(step.title, _texts(files, step.key))
        for step in definition_of(launch.version).steps
    )
    return [step for step in steps if step.texts]


def _texts(files: dict[str, str], step_key: str) -> tuple[Text, ...]:
    found = []
    for path, source in sorted(files.items()):
        language, _, name = path.partition("/")
        key, _, kind = name.partition(".")
        if key == step_key and kind in _CHANNEL_WORDS:
            found.append(Text(language, _CHANNEL_WORDS[kind], source))
    return tuple(found)
