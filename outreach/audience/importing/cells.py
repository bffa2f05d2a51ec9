"""One cell of an adult into a value, or into a sentence about what is wrong with it.

Owns the reading of addresses, languages, roles and answers. Refuses to repair
silently what could be another person's number.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

import phonenumbers
from babel import Locale

from outreach.audience.importing import vocabulary as words
from outreach.audience.importing.roster import ProblemCode, Role
from outreach.core.emails import Email, normalise_email
from outreach.core.errors import BadAddress
from outreach.core.phones import Phone, normalise_phone

T = TypeVar("T")

# The comma of 4,91E+12 separates nothing.
_BETWEEN_PHONES = re.compile(r"[;|\n]|,(?!\d*\s*[eE]\s*\+?\d)")
_BETWEEN_EMAILS = re.compile(r"[;,|\n]")
_IN_ANGLES = re.compile(r"[^<>]*<([^<>]+)>")
_LANGUAGE_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{2,8})*")
_HEADING_LANGUAGES = ("en", "de", "es", "fr", "it", "pt", "nl", "pl")
_AUTONYMS = (
    "ar bg cs da de el en es fa fi fr he hi hr hu it ja ko lt lv nl pl ps pt ro ru sk sl sq sr "
    "sv tr uk ur vi zh"
)
_ALSO_CALLED = {
    "castellano": "es",
    "castilian": "es",
    "dari": "fa",
    "deu": "de",
    "eng": "en",
    "farsi": "fa",
    "fra": "fr",
    "ger": "de",
    "kurmanci": "ku",
    "mandarin": "zh",
    "spa": "es",
}
# A cell of a thousand strokes would keep the phone library busy for seconds.
_MOST_PIECES = 10
_ANY_SEPARATOR = re.compile(r"[;,|/\n]")
_PHONE_CHARACTERS, _EMAIL_CHARACTERS = 60, 320
_DIGITS = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Bad:
    """A piece of a cell that could not be used."""

    value: str
    reason: str
    remedy: str
    code: ProblemCode


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """What a cell gave: the good pieces, and the bad ones."""

    good: tuple[T, ...] = ()
    bad: tuple[Bad, ...] = ()


def read_emails(cell: str) -> Read[Email]:
    """Every address of the cell: separated by comma, semicolon, stroke or a new line."""
    if _is_overfull(cell, _EMAIL_CHARACTERS):
        return Read(bad=(_overfull(cell, ProblemCode.BAD_EMAIL),))
    good: list[Email] = []
    bad: list[Bad] = []
    for piece in _email_pieces(cell):
        try:
            good.append(normalise_email(piece))
        except BadAddress as error:
            bad.append(Bad(piece, error.message, error.remedy, ProblemCode.BAD_EMAIL))
    return Read(tuple(dict.fromkeys(good)), tuple(bad))


def read_phones(cell: str, country: str) -> Read[Phone]:
    """Every number of the cell, as written in `country`; landlines too, marked not textable."""
    if _is_overfull(cell, _PHONE_CHARACTERS):
        return Read(bad=(_overfull(cell, ProblemCode.BAD_PHONE),))
    good: list[Phone] = []
    bad: list[Bad] = []
    for piece in _phone_pieces(cell, country):
        found = _read_phone(piece, country)
        if isinstance(found, Phone):
            good.append(found)
        else:
            bad.append(found)
    return Read(tuple(dict.fromkeys(good)), tuple(bad))


@lru_cache(maxsize=512)
def read_language(cell: str) -> str | Bad | None:
    """ISO 639 code from a code ("de", "de-CH") or a name in English, German, Spanish, French,
    Italian, Portuguese, Dutch, Polish or the language itself. None for an empty cell."""
    if not cell:
        return None
    word = _folded(cell)
    if tag := _LANGUAGE_TAG.fullmatch(word):
        code = tag.group(1)
        if code in Locale("en").languages:
            return code
    if code := _language_names().get(word, ""):
        return code
    return Bad(
        cell,
        f"{cell!r} is not a language that is known here.",
        "Write it as a code like en, de, es, or by its name.",
        ProblemCode.BAD_LANGUAGE,
    )


def read_role(cell: str) -> Role | Bad:
    """An empty cell is a guardian: rosters list guardians."""
    found = set(plain_words(cell))
    if not found or found & words.GUARDIAN_ROLES:
        return Role.GUARDIAN
    if found & words.SAFEGUARDING_ROLES:
        return Role.SAFEGUARDING_LEAD
    if found & words.CONTACT_ROLES:
        return Role.CONTACT
    return Bad(
        cell,
        f"{cell!r} is not a role that is known here.",
        "Write guardian, contact or safeguarding lead.",
        ProblemCode.BAD_ROLE,
    )


def read_answer(cell: str) -> bool | Bad:
    """Yes or no. An empty cell is no: in a list that ticks people off, no tick is no consent."""
    word = _folded(cell)
    if not word or word in words.NO:
        return False
    if word in words.YES or word in ("\u2713", "\u2714"):
        return True
    return Bad(
        cell,
        f"{cell!r} is neither yes nor no, so it is taken as no.",
        "Write yes or no.",
        ProblemCode.BAD_CONSENT,
    )


def plain_words(cell: str) -> list[str]:
    """The words of a cell in lower case, without accents."""
    return re.findall(r"[a-z]+", _folded(cell))


def one_line(text: str) -> str:
    """The text without control characters, its blanks made single."""
    seen = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text)
    return " ".join(seen.split())


def _is_overfull(cell: str, most_characters: int) -> bool:
    pieces = _ANY_SEPARATOR.split(cell)
    return len(pieces) > _MOST_PIECES or max(map(len, pieces)) > most_characters


def _overfull(cell: str, code: ProblemCode) -> Bad:
    reason = "The cell is too long for an address, or has more than ten parts."
    return Bad(cell, reason, "Write one address, or a few with ; between them.", code)


def _email_pieces(cell: str) -> list[str]:
    pieces: list[str] = []
    for piece in _BETWEEN_EMAILS.split(cell):
        parts = piece.split("/") if piece.count("@") > 1 else [piece]
        pieces += [_bare_email(part.strip()) for part in parts]
    return [piece for piece in pieces if piece and piece.casefold() not in words.NOTHING]


def _bare_email(piece: str) -> str:
    named = _IN_ANGLES.fullmatch(piece)
    return (named.group(1) if named else piece).removeprefix("mailto:").strip()


def _phone_pieces(cell: str, country: str) -> list[str]:
    pieces: list[str] = []
    for piece in _BETWEEN_PHONES.split(cell):
        text = piece.strip()
        if text and text.casefold() not in words.NOTHING:
            pieces += _around_strokes(text, country)
    return pieces


def _around_strokes(text: str, country: str) -> list[str]:
    """A stroke separates two numbers, or the area code from the rest ("0171/3920000")."""
    if "/" not in text:
        return [text]
    parts = [part.strip() for part in text.split("/") if part.strip()]
    if all(_is_phone(part, country) for part in parts):
        return parts
    if _is_phone(text, country):
        return [text]
    numbers: list[str] = []
    while parts:
        taken = _first_number(parts, country)
        numbers.append("/".join(parts[:taken]))
        parts = parts[taken:]
    return numbers


def _first_number(parts: list[str], country: str) -> int:
    """How many of the parts are the first number; 1 when none is."""
    lengths = range(1, len(parts) + 1)
    return next((n for n in lengths if _is_phone("/".join(parts[:n]), country)), 1)


def _is_phone(text: str, country: str) -> bool:
    return isinstance(_read_phone(text, country), Phone)


def _read_phone(text: str, country: str) -> Phone | Bad:
    try:
        phone = normalise_phone(text, country)
    except BadAddress as error:
        return Bad(text, error.message, error.remedy, ProblemCode.BAD_PHONE)
    if _has_lost_its_front(text, country):
        return Bad(
            text,
            f"{text!r} begins neither with 0 nor with +; a spreadsheet may have eaten it.",
            f"If {phone.e164} is meant, write it so.",
            ProblemCode.LOST_ZERO,
        )
    return phone


def _has_lost_its_front(text: str, country: str) -> bool:
    """Only where national numbers are written with a 0 in front; it is not repaired silently,
    because the digits alone can be two numbers (49171… is Leer's area code as well as +49 171)."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    if metadata is None or metadata.national_prefix != "0":
        return False
    return not (text.lstrip(" (").startswith("+") or _DIGITS.sub("", text).startswith("0"))


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@lru_cache(maxsize=1)
def _language_names() -> dict[str, str]:
    names = dict(_ALSO_CALLED)
    for code in _AUTONYMS.split():
        own = Locale.parse(code).get_language_name(code)
        names[_folded(own or code)] = code
    for heading_language in reversed(_HEADING_LANGUAGES):
        for code, name in Locale.parse(heading_language).languages.items():
            if "_" not in code:
                names[_folded(name)] = code
    return names
