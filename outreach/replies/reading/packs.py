"""Language packs: one file per language, readable and mendable by whoever speaks it.

Each field is a list of words and phrases, separated by commas. In a phrase `word*` is any
word that begins so, `a|b` is either, and `..` is up to three words in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import product

from ruamel.yaml import YAML

from outreach.core.errors import BadFile, Problem
from outreach.replies.reading.scripts import Script, also_written


class Field(StrEnum):
    """The word lists of a pack."""

    STOP = "stop"  # a command when the message is nothing else
    STOP_HERE = "stop_here"  # the same, but only where we know the person's language
    STOP_LATIN = "stop_latin"  # a stop in Latin letters of a language with other ones
    START = "start"
    BACK = "back"  # wants messages again, wherever in the text: "sign me up again"
    HELP = "help"
    POLITE = "polite"  # may stand around a command: please, thanks, yes, now, hello
    COMMON = "common"  # everyday words, by which the language is known
    NOT = "not"
    CEASE = "cease"  # to stop doing something
    MESSAGE = "message"  # messages, texts, to get
    NO_SEND = "no_send"  # do not send, do not write
    NO_WANT = "no_want"  # do not want, no longer wish
    NO_MORE = "no_more"  # no more, enough
    MORE = "more"  # more, again: with a refusal no more, alone a wish
    KEEP = "keep"  # wants messages to go on: a stop beside it is a person's to decide
    REMOVE = "remove"
    ME = "me"  # me, my number, the list
    OPT_OUT = "opt_out"  # says it all: unsubscribe me, wrong number
    ASK = (
        "ask"  # weak words of stopping: with one the weights may find a stop, without they may not
    )
    NOT_OPT_OUT = "not_opt_out"  # sounds like it and is not: stop by, do not stop
    THIRD = "third"  # him, them: somebody else is to stop
    THING = "thing"  # what else a school stops, cancels or removes: the bus, a meeting, lunch
    ELSEWHERE = "elsewhere"  # what the school writes itself: "the normal school ones", "closures"
    COMPLAINT = "complaint"  # what our messages are or do to somebody: "these frighten his nan"
    DOUBT = "doubt"  # perhaps an opt-out: a person decides
    POINTLESS = "pointless"  # asks for nothing, and messages reach nobody: "we live in Spain now"
    CRY = "cry"  # a cry for somebody when the message is nothing else: a person decides
    AWAY = "away"  # an automatic answer
    DANGER = "danger"  # a life: never only spoken of
    CRISIS = "crisis"  # always a person in distress
    IDIOM = "idiom"  # sounds like harm and is not: "dying to", "missing his coat"
    ABOUT = "about"  # harm is only spoken of: "what is sextortion", "the campaign about"
    HARM = "harm"  # blackmail, threats, bullying
    IMAGE = "image"
    CHILD = "child"
    STRANGER = "stranger"
    DEMAND = "demand"  # money, gift cards, wants
    SHARE = "share"  # to publish, to show to everyone
    FEAR = "fear"  # afraid, cries, does not talk
    CONTACT = "contact"  # writes to, met, chats


_NAMES = frozenset({"language", "name", "reviewed_by", "extends", "scripts"})
# Everyday words are too short to be told apart in another script's letters.
_OWN_SCRIPT_ONLY = frozenset({Field.COMMON, Field.POLITE, Field.START, Field.HELP})


@dataclass(frozen=True)
class Phrases(Mapping[Field, tuple[str, ...]]):
    """By field, each a sequence of words as written in the file. Written out anew whenever they are
    asked for: of all languages they would take 70 MB, and once the tree is made nobody asks."""

    lists: Mapping[Field, tuple[str, ...]]
    language: str
    scripts: str

    def __getitem__(self, field: Field) -> tuple[str, ...]:
        scripts = _scripts(field, self.scripts)
        return tuple(_phrases(self.lists[field], scripts, self.language))

    def __iter__(self) -> Iterator[Field]:
        return iter(self.lists)

    def __len__(self) -> int:
        return len(self.lists)


@dataclass(frozen=True)
class Pack:
    """One language."""

    language: str
    name: str
    reviewed_by: str | None
    phrases: Phrases


@cache
def packs() -> Mapping[str, Pack]:
    """Every pack that ships, by BCP 47 language. Raises BadFile for one that cannot be used."""
    folder = files("outreach.replies").joinpath("languages")
    read = {
        path.name.removesuffix(".yaml"): parse(path.name, path.read_text("utf-8"))
        for path in sorted(folder.iterdir(), key=lambda each: each.name)
        if path.name.endswith(".yaml")
    }
    return {name: _pack(name, read) for name in read}


def parse(file: str, text: str) -> Mapping[str, str | None]:
    """The fields of a pack's file. Raises BadFile for one that the format does not know."""
    found = YAML(typ="safe").load(text)
    known = _NAMES | set(Field)
    problems = [
        Problem(
            "bad-file",
            f"The field {key!r} does not exist.",
            file,
            remedy=f"Known: {sorted(known)}.",
        )
        for key in found
        if key not in known
    ]
    if problems:
        raise BadFile("A language pack cannot be used.", problems=problems)
    return dict(found)


def _pack(name: str, read: Mapping[str, Mapping[str, str | None]]) -> Pack:
    own = read[name]
    chain = [own] + ([read[str(own["extends"])]] if own.get("extends") else [])
    lists = {field: tuple(str(each.get(field) or "") for each in chain) for field in Field}
    phrases = Phrases(lists, name, str(own.get("scripts") or ""))
    return Pack(name, str(own["name"]), own.get("reviewed_by"), phrases)


def _scripts(field: Field, scripts: str) -> str:
    return "" if scripts != Script.SERBIAN_CYRILLIC and field in _OWN_SCRIPT_ONLY else scripts


def _phrases(lists: tuple[str, ...], scripts: str, language: str) -> Iterator[str]:
    for phrase in (one.strip() for text in lists for one in text.split(",")):
        for written in expanded(phrase):
            yield written
            yield from also_written(written, scripts, is_bulgarian=language == "bg")


def expanded(phrase: str) -> Iterator[str]:
    """`a|b c` as `a c` and `b c`; nothing for an empty phrase."""
    if phrase:
        yield from map(" ".join, product(*(word.split("|") for word in phrase.split())))
