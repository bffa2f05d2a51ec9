"""A stop that names its topic: "STOP SAFETY" ends one topic and leaves the others.

Owns the words of topics, which are data (`topic_words.yaml`). What is left when they are taken
away has to be a stop by the rules for every reply, so "safety first, stop by school" is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from ruamel.yaml import YAML

from outreach.consent.models import Topic
from outreach.core.channels import Channel
from outreach.inbox.models import InboundMessage
from outreach.replies.reading import Action, Record, classify
from outreach.replies.rules import Meaning, Reading

_FILE = Path(__file__).with_name("topic_words.yaml")
_NO_WORD = re.compile(r"[\W_]+")
# A command and the name of a topic; a longer text says more than that.
_LONGEST = 80
_MOST_WORDS = 6


def stopped_topic(message: InboundMessage) -> Topic | None:
    """The one topic that a text stops by name; None when it stops everything, or nothing."""
    if message.channel != Channel.SMS or len(message.text) > _LONGEST:
        return None
    written = message.text.split()
    for word, topic in sorted(_words(), key=lambda pair: -len(pair[0])):
        rest = _without(written, word)
        if rest and classify(Record(rest, Channel.SMS)).action is Action.SUPPRESS:
            return topic
    return None


def _without(written: Sequence[str], word: str) -> str:
    """The text as it was written, apostrophes and all, without the first `word`; "" when the
    word is not in it."""
    for start in range(len(written)):
        for end in range(start + 1, min(start + _MOST_WORDS, len(written)) + 1):
            if _folded(" ".join(written[start:end])) == word:
                return " ".join([*written[:start], *written[end:]])
    return ""


def narrowed(reading: Reading, message: InboundMessage) -> Reading:
    """`reading`, or a stop where the text is one that names a topic.

    A call for help, and what the provider has acted on, stay what they are.
    """
    if reading.meaning not in {Meaning.UNCLEAR, Meaning.OTHER} or stopped_topic(message) is None:
        return reading
    return replace(
        reading,
        meaning=Meaning.STOP,
        why="a stop with a topic",
        stop_requested=True,
        confidence=1.0,
    )


def _words() -> Iterator[tuple[str, Topic]]:
    """Every word with its topic: few of either, read from the table each time."""
    for topic in Topic.objects.all():
        names = {_folded(topic.slug), _folded(topic.name), *_shipped().get(topic.slug, ())}
        yield from ((name, topic) for name in names if name)


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, tuple[str, ...]]:
    found = YAML(typ="safe").load(_FILE.read_text("utf-8"))
    return {
        slug: tuple(_folded(word) for words in languages.values() for word in words)
        for slug, languages in found["topics"].items()
    }


def _folded(text: str) -> str:
    """Words alone, without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    return _NO_WORD.sub(" ", letters).strip()
