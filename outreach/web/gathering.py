"""The sentences of other rooms that pages show: what has to be in the catalogues.

Owns which of the words in the rooms' code are said to people: errors with their remedies, what
the checks of a campaign and the reading of a list find, and what providers' codes mean. A value
in a sentence is {0}, {1} … in the catalogue. How they are said stands in sentences.py. Refuses
what only an operator reads, at the start of a process or in its log.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from outreach.audience.importing import MEANINGS
from outreach.core import errors
from outreach.providers.registry import code_sentences

_HOUSE = Path(__file__).resolve().parent.parent
_ROOMS = (
    *("core", "organisation", "audience", "consent", "campaigns", "delivery", "subscriptions"),
    *("replies", "reports", "outbound", "timing"),
)
_FOR_OPERATORS = (
    *("organisation/lanes.py", "consent/key_register.py", "delivery/connections.py"),
    *("delivery/sealing", "delivery/sending", "outbound/reading.py", "outbound/signing.py"),
    "replies/reading",
)
# Findings are made of pieces, so every text of these is taken that reads like words.
_OF_FINDINGS = (
    "campaigns/definition",
    "content/checks",
    *(
        f"content/{name}.py"
        for name in (
            *("context", "email_writer", "help_directory", "reading", "sandbox", "slots"),
            *("sms_writer", "source", "template_set", "wording"),
        )
    ),
)
_OF_READING = tuple(f"audience/importing/{name}.py" for name in ("archive", "layout", "source"))
_OF_HOOKS = ("outbound/reaching.py",)
# Headings and words of lists stand there too, so only whole sentences are taken.
_OF_LISTS = tuple(
    f"audience/importing/{name}.py"
    for name in (
        *("adults", "ages", "cells", "merging", "oneroster", "reading", "records", "roster"),
    )
)
# email-validator 2; what it says about rarer mistakes stays English.
_OF_ADDRESSES = (
    "An email address must have an @-sign.",
    "An email address cannot have two periods in a row.",
    "There must be something before the @-sign.",
    "There must be something after the @-sign.",
    "The part after the @-sign is not valid. It should have a period.",
    "The part after the @-sign is not valid. It is not within a valid top-level domain.",
    "The part after the @-sign contains invalid characters: {0}.",
    "The part after the @-sign is a special-use or reserved name that cannot be used with email.",
    "The email address contains invalid characters before the @-sign: {0}.",
    "The email address contains invalid characters before the @-sign.",
    "A display name and angle brackets around the email address are not permitted here.",
)
# Made for documents and schemas, or about code.
_NO_WORDS = ("codes_page.py", "reference.py", "schema.py", "sample.py", "codes.py")
# Arguments that describe a key to an editor, and calls that take a pattern or a name.
_NOT_SAID = frozenset({"description", "examples", "pattern", "title"})
_NO_SPEECH = frozenset({"cast", "compile", "Literal", "Tag"})
# Examples that stay as they are, and a name inside templates.
_NO_TEXTS = frozenset(
    {"Short School", "[first, second]", "print here", "print value"}
    | {"after … next", "after (of the calendar)"}
)
_ERRORS = frozenset(
    name
    for name, found in vars(errors).items()
    if isinstance(found, type) and issubclass(found, errors.OutreachError)
)
_FEWEST_LETTERS = 4
_SENTENCE = re.compile(r"[A-Z{“`].*[.:…]$", re.DOTALL)
_LIKE_WORDS = re.compile(r"(^|[ {}`“])[A-Za-z][a-z']*[,.:;)]? +\S|\S +[a-z]{2,}")
_LIKE_CODE = re.compile(r"[\\^$<]|\(\?|\n|^\.|^[a-z_]+\.[a-z_]+$")


def error_sentences() -> Iterator[str]:
    """Every sentence and remedy of an error or a problem that is written in the rooms."""
    for room in _ROOMS:
        for path in _files_of(room):
            if not _is_in(path, (*_FOR_OPERATORS, *_OF_FINDINGS)):
                yield from _errors_in(path)


def finding_sentences() -> Iterator[str]:
    """Every sentence, remedy and piece of one that checks and readings make findings of."""
    for place in (*_OF_FINDINGS, *_OF_READING, *_OF_HOOKS, *_OF_LISTS):
        for path in _files_of(place):
            if path.name not in _NO_WORDS:
                yield from _texts_in(path, sentences_alone=place in _OF_LISTS)


def address_sentences() -> Iterator[str]:
    """What the library that reads email addresses says of the mistakes that people make."""
    yield from _OF_ADDRESSES


def provider_sentences() -> Iterator[str]:
    """What the codes of providers mean."""
    yield from code_sentences()


def _files_of(place: str) -> list[Path]:
    found = _HOUSE / place
    return sorted(found.rglob("*.py")) if found.is_dir() else [found]


def _is_in(path: Path, places: tuple[str, ...]) -> bool:
    return path.relative_to(_HOUSE).as_posix().startswith(places)


def _errors_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in _ERRORS:
            said = node.args[:1]
        elif node.func.id == errors.Problem.__name__:  # its first argument is a code
            said = node.args[1:2]
        else:
            continue
        remedies = [keyword.value for keyword in node.keywords if keyword.arg == "remedy"]
        for part in (*said, *remedies):
            if words := _words_of(part):
                yield words


def _texts_in(path: Path, *, sentences_alone: bool) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    silent = {id(part) for node in ast.walk(tree) for part in _silent_parts(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in silent:
            words = _words_of(node)
            if _is_said(words) and (_SENTENCE.match(words) or not sentences_alone):
                yield words


def _silent_parts(node: ast.AST) -> Iterator[ast.AST]:
    """The texts below `node` that nobody is shown."""
    match node:
        case ast.Expr(value=value):  # a docstring
            yield value
        case ast.JoinedStr(values=values):  # its pieces; the whole is taken
            yield from values
        case ast.Dict(keys=keys):  # what is looked for, as a parser says it
            yield from (key for key in keys if key is not None)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _NO_SPEECH:
            yield from ast.walk(node)
        case ast.keyword(arg=name, value=value) if name in _NOT_SAID:
            yield from ast.walk(value)


def _is_said(words: str) -> bool:
    is_like_words = _LIKE_WORDS.search(words) and not _LIKE_CODE.search(words)
    return bool(is_like_words) and words not in _NO_TEXTS and words not in MEANINGS


def _words_of(part: ast.AST) -> str:
    """The words of a string, "" for anything that is no string as it stands there."""
    if isinstance(part, ast.Constant) and isinstance(part.value, str):
        return part.value
    if not isinstance(part, ast.JoinedStr):
        return ""
    words, values = "", 0
    for piece in part.values:
        if isinstance(piece, ast.Constant):
            words += str(piece.value)
        else:
            words, values = f"{words}{{{values}}}", values + 1
    # Of "{0} is {1}." there is too little left to know it again by.
    known = len(re.sub(r"\{\d+\}|[^a-z]", "", words))
    return words if known >= _FEWEST_LETTERS or not values else ""
