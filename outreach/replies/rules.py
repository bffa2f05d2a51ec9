"""What a reply means, by its words alone. Pure.

Only a message that is nothing but one of the known words is a command. Everything else
goes to a person: a mistaken opt-out of somebody who asks for help is worse than a case too
many (promise 8).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Meaning(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"
    AUTO_REPLY = "auto_reply"  # a machine wrote it: nothing is done, nobody is asked
    OTHER = "other"  # a person has to read it


@dataclass(frozen=True)
class Reading:
    """`why`: the rule and the word it matched, never the message itself."""

    meaning: Meaning
    why: str


# Twilio's default words ("Support for opt-out keywords", 2026) and the FCC's (47 CFR
# 64.1200(a)(10)), then the same in the languages of our templates.
_WORDS: Mapping[str, Meaning] = {
    **dict.fromkeys(
        ("stop", "stopall", "stop all", "unsubscribe", "end", "quit", "revoke"), Meaning.STOP
    ),
    **dict.fromkeys(("optout", "opt out", "cancel"), Meaning.STOP),
    **dict.fromkeys(("stopp", "abmelden", "abbestellen", "baja", "alto"), Meaning.STOP),
    **dict.fromkeys(("start", "yes", "unstop"), Meaning.START),
    **dict.fromkeys(("help", "info", "hilfe", "ayuda"), Meaning.HELP),
}
_BY_PROVIDER = {"STOP": Meaning.STOP, "START": Meaning.START, "HELP": Meaning.HELP}
_NO_WORD = re.compile(r"[\W_]+")
_ANSWER_PREFIX = re.compile(r"^(?:(?:re|aw|wg|fw|fwd|rv)\s*:\s*)+", re.IGNORECASE)
# Where a mail program begins to quote, in the languages of our templates.
_QUOTE = re.compile(
    r"^(?:>|-{2,}\s*(?:original|ursprüngliche|mensaje)\b|_{10,}"
    r"|(?:on|am|el)\b.{0,200}\b(?:wrote|schrieb|escribió)\b.{0,80}:?$"
    r"|(?:from|von|de)\s*:\s*\S)",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^(?:--\s*$|sent from |gesendet von |enviado desde )", re.IGNORECASE)
# After the word itself: room for a greeting and a name, not for a story.
_MOST_OTHER_WORDS = 8
_MACHINE_PRECEDENCE = frozenset({"auto_reply", "bulk", "junk", "list"})


def read_text(text: str, opt_out_type: str) -> Reading:
    """An SMS. `opt_out_type`: what the provider has read it as, and acted on; "" for nothing."""
    if meaning := _BY_PROVIDER.get(opt_out_type):
        return Reading(meaning, f"provider: {opt_out_type}")
    return _read_words(text) or Reading(Meaning.OTHER, "no known word alone")


def read_mail(subject: str, text: str, headers: Mapping[str, str]) -> Reading:
    """A mail to us. Judges the subject and the new text only, never what is quoted."""
    if machine := _machine(headers):
        return Reading(Meaning.AUTO_REPLY, machine)
    lines = new_lines(text)
    first = _read_words(lines[0]) if lines else None
    if first is not None:
        others = sum(len(line.split()) for line in lines[1:])
        if others <= _MOST_OTHER_WORDS:
            return first
        return Reading(Meaning.OTHER, f"{first.why}, and more text")
    by_subject = _read_words(_ANSWER_PREFIX.sub("", subject.strip()))
    if by_subject is not None and not lines:
        return by_subject
    return Reading(Meaning.OTHER, "no known word alone")


def new_lines(text: str) -> list[str]:
    """The lines above the quoted message and the signature, without empty ones."""
    found: list[str] = []
    for line in (line.strip() for line in text.splitlines()):
        if _QUOTE.match(line) or _SIGNATURE.match(line):
            break
        if line:
            found.append(line)
    return found


def _read_words(text: str) -> Reading | None:
    """A command when `text` is nothing else, whatever its case and punctuation."""
    words = _NO_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
    meaning = _WORDS.get(words)
    return Reading(meaning, f"word: {words}") if meaning else None


def _machine(headers: Mapping[str, str]) -> str:
    """Why a machine wrote this (RFC 3834, RFC 3464); "" when it did not say so."""
    known = {name.casefold(): value.strip().casefold() for name, value in headers.items()}
    if known.get("auto-submitted", "no").split(";")[0].strip() != "no":
        return "Auto-Submitted"
    if known.get("return-path") == "<>":
        return "empty Return-Path"
    if known.get("precedence", "") in _MACHINE_PRECEDENCE:
        return "Precedence"
    if known.get("content-type", "").startswith("multipart/report"):
        return "delivery report"
    return "X-Autoreply" if known.get("x-autoreply", "no") not in {"no", ""} else ""
