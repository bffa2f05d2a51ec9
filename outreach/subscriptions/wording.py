"""What people agree to, word for word, in each language: `wordings/<language>.yaml`.

Owns the wording of a person's own consent and its version. Refuses to record anything.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from outreach.consent.models import Topic
from outreach.content import choose_language
from outreach.core.channels import Channel
from outreach.organisation.models import School
from outreach.organisation.settings import organisation

_FOLDER = Path(__file__).parent / "wordings"
_NO_LETTER = re.compile(r"[\W_]+")


class _Language(BaseModel):
    """One file. Raises ValidationError when a part is missing or misspelt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reviewed_by: str | None
    name: str
    version: int
    wording: str
    channels: dict[Channel, str]
    topics: dict[str, str]
    and_: str
    join_words: list[str]


@dataclass(frozen=True)
class Wording:
    """`text`: exactly what the person sees. `version`: language, number and the first digits of
    the SHA-256 of the file's wording, so that a change without a new number shows too."""

    language: str
    text: str
    version: str


def wording_languages() -> Mapping[str, str]:
    """Tag -> its own name, for every language with a wording."""
    return {tag: each.name for tag, each in sorted(_languages().items())}


def choose_wording_language(*wanted: str | None) -> str:
    """The best of `wanted` (BCP 47 tags) in which there is a wording; English otherwise."""
    return choose_language(wanted, _languages().keys(), "en")


def wording_for(
    language: str, school: School, topics: Sequence[Topic], channel: Channel
) -> Wording:
    """The sentence that a person agrees to. `language`: one of `wording_languages`."""
    words = _languages()[language]
    text = words.wording.format(
        organisation=organisation().name,
        school=school.name,
        topics=_joined([topic_name(language, topic) for topic in topics], words.and_),
        channel=words.channels[channel],
    )
    digest = hashlib.sha256(words.wording.encode()).hexdigest()[:8]
    return Wording(language, text, f"{language}.{words.version}.{digest}")


def topic_name(language: str, topic: Topic) -> str:
    """What a topic is called in a language; its own name where the file has none."""
    return _languages()[language].topics.get(topic.slug, topic.name)


def topic_names(language: str) -> dict[str, str]:
    """The same of every topic, by its own name, which is what records keep."""
    return {each.name: topic_name(language, each) for each in Topic.objects.all()}


def channel_name(language: str, channel: Channel) -> str:
    """ "by email", in a language."""
    return _languages()[language].channels[channel]


def first_join_word(language: str) -> str:
    """The word for joining that is printed in a language; texting it answers in that language."""
    return _languages()[language].join_words[0]


def after_join_word(text: str) -> tuple[str, str] | None:
    """The language and the rest of a text that begins with one of the words for joining.

    Letters and digits only, case-folded: "Join  Greenhill!" gives ("en", "greenhill").
    """
    words = letters(text, " ")
    for language, known in _languages().items():
        for join_word in known.join_words:
            head = f"{letters(join_word, ' ')} "
            if words.startswith(head):
                return language, words.removeprefix(head).replace(" ", "")
    return None


def letters(text: str, between: str = "") -> str:
    """The letters and digits of `text`, case-folded; anything else is `between`."""
    return _NO_LETTER.sub(between, text.casefold()).strip(between or None)


def _joined(names: Sequence[str], and_: str) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} {and_} {names[-1]}"


@lru_cache(maxsize=1)
def _languages() -> Mapping[str, _Language]:
    yaml = YAML(typ="safe", pure=True)
    found = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        read = yaml.load(path.read_text("utf-8"))
        read["and_"] = read.pop("and")
        found[path.stem] = _Language.model_validate(read)
    return found
