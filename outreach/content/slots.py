"""Marks that stand for values until the text around them is finished.

A template prints a mark instead of a value, so Markdown and HTML are made without ever
seeing what a person wrote, and the value is escaped for the very place where its mark
ended up. A mark that differs between recipients simply stays in the text as a
substitution key: a single letter and a bulk mail are the same bytes by construction.
"""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import quote

from jinja2 import Undefined

from outreach.content.values import clean_text
from outreach.core.errors import CannotRender

_NONCE_BYTES = 6
MOST_SLOTS = 999


class Place(StrEnum):
    """Where a mark ended up; one letter inside the mark."""

    RAW = "w"  # not placed yet
    HTML = "h"  # text or a quoted attribute
    ADDRESS = "a"  # the whole of a link
    ADDRESS_PART = "p"  # a part of a link
    DIAL = "d"  # the number of a tel: link
    TEXT = "t"  # plain text, and the subject


_SAFE_ADDRESS = re.compile(r"(https?://|mailto:|tel:)[^\s<>\"'`\\]+")
_SAFE_ADDRESSES = re.compile(rf"{_SAFE_ADDRESS.pattern}(\n{_SAFE_ADDRESS.pattern})*+")
_ESCAPED = "&<>\"'"  # by `html.escape`
_LETTERS_OF_ADDRESSES = bytes(set(range(ord("!"), 0x7F)) - set(b"<>\"'`\\")) + b"\n"
_MARK = re.compile(f"(q[0-9a-f]{{{2 * _NONCE_BYTES}}}q)([0-9]{{3}})([{''.join(Place)}])")
_NOT_DIALLED = re.compile(r"[^0-9+*#]")


class Mark(NamedTuple):
    """The number of a slot and the place its value has to be escaped for."""

    number: int
    place: Place


@dataclass(frozen=True)
class Slot:
    """One printed value. `path`: read it from each recipient; empty: `value` is for all."""

    path: str
    label: str
    where: str
    value: str = ""


@dataclass
class SlotTable:
    """The slots of one render. `direct`: paths whose value the template itself looks at."""

    nonce: str
    direct: frozenset[str]
    slots: list[Slot] = field(default_factory=list)
    by_path: dict[str, int] = field(default_factory=dict)

    def printer(self, where: str) -> Callable[[Any, str, str, int], str]:
        """What `sandbox` calls for each printed expression of the file `where`."""

        def put(value: Any, path: str, label: str, line: int) -> str:
            place = f"{where}:{line}"
            if path and path not in self.direct:
                return self._mark_of_path(path, label, place)
            return self._add(Slot("", label, place, text_of(value, label, place)))

        return put

    def marks_in(self, text: str) -> dict[str, Mark]:
        """Every mark of this render that is in `text`, each once."""
        return {
            found[0]: Mark(int(found[2]), Place(found[3]))
            for found in _MARK.finditer(text)
            if found[1] == self.nonce
        }

    def place(self, text: str, place: Place) -> str:
        """`text` with its unplaced marks put in `place`."""
        keys = self._unplaced(text)
        return fill(text, {mark: f"{mark[:-1]}{place}" for mark in keys})

    def between(self, text: str, before: str, after: str) -> str:
        """`text` with `before` and `after` around each of its unplaced marks."""
        return fill(text, {mark: f"{before}{mark}{after}" for mark in self._unplaced(text)})

    def place_address(self, address: str) -> str:
        """A link's address with its marks placed by what they are in it."""
        marks = self._unplaced(address)
        if address in marks:
            return self.place(address, Place.ADDRESS)
        if address.removeprefix("tel:") in marks:
            return self.place(address, Place.DIAL)
        return self.place(address, Place.ADDRESS_PART)

    def fill_direct(self, text: str, write: Callable[[str], str] = str) -> str:
        """`text` with the values that are for all written in, as plain text, by `write`."""
        marks = {mark: self.slots[number] for mark, (number, _) in self.marks_in(text).items()}
        return fill(text, {m: write(slot.value) for m, slot in marks.items() if not slot.path})

    def _unplaced(self, text: str) -> list[str]:
        found = self.marks_in(text)
        return [mark for mark, (_, place) in found.items() if place is Place.RAW]

    def _mark_of_path(self, path: str, label: str, place: str) -> str:
        if path not in self.by_path:
            self._add(Slot(path, label, place))
            self.by_path[path] = len(self.slots) - 1
        return self._mark(self.by_path[path])

    def _add(self, slot: Slot) -> str:
        if len(self.slots) > MOST_SLOTS:
            raise CannotRender(f"The text prints more than {MOST_SLOTS} values.", where=slot.where)
        self.slots.append(slot)
        return self._mark(len(self.slots) - 1)

    def _mark(self, number: int) -> str:
        return f"{self.nonce}{number:03d}{Place.RAW}"


def fill(text: str, keys: Mapping[str, str]) -> str:
    """`text` with each mark that is in `keys` replaced; values are not looked into."""
    return _MARK.sub(lambda found: keys.get(found[0], found[0]), text)


def new_nonce() -> str:
    """Letters and digits that Markdown, HTML and links leave alone."""
    return f"q{secrets.token_hex(_NONCE_BYTES)}q"


def stands_in(nonce: str, texts: Iterable[str]) -> bool:
    """Whether one of the texts has it, so that it could be taken for a mark."""
    return nonce in "\0".join(texts)


def text_of(value: object, label: str, where: str) -> str:
    """`value` as one line. Raises CannotRender when there is nothing to print."""
    if isinstance(value, Undefined | bool) or value is None:
        raise missing(label, where)
    text = clean_text(str(value))
    if not text:
        raise missing(label, where)
    return text


def missing(label: str, where: str) -> CannotRender:
    return CannotRender(
        f"{label} has no value.", where=where, remedy="Fill it in, or test it with if."
    )


def escape(value: str, place: Place, label: str, where: str) -> str:
    """`value` as it has to be written in `place`. Raises CannotRender for an unsafe link."""
    if place is Place.ADDRESS:
        if not _SAFE_ADDRESS.fullmatch(value):
            raise CannotRender(f"{label} is not an address that a link may have.", where=where)
        return html.escape(value)
    return _ESCAPES[place](value)


def needs_no_escape(values: Sequence[str], place: Place) -> bool:
    """Whether `escape` would give each of `values` back as it is; asked of all of them at once,
    because a thousand names and links are nearly always as they have to be."""
    if place in (Place.RAW, Place.TEXT):
        return True
    if place not in (Place.HTML, Place.ADDRESS):
        return False
    lines = "\n".join(values)
    if any(sign in lines for sign in _ESCAPED):
        return False
    return place is Place.HTML or _are_addresses(lines, len(values))


def _are_addresses(lines: str, number: int) -> bool:
    """Whether each of so many lines may be a link. The pattern takes its time, and nearly all
    links are `https` and plain letters."""
    framed = f"\n{lines}\n"
    if (
        framed.count("\nhttps://") == number == framed.count("\n") - 1
        and "://\n" not in framed
        and lines.isascii()
        and not lines.encode().translate(None, _LETTERS_OF_ADDRESSES)
    ):
        return True
    return _SAFE_ADDRESSES.fullmatch(lines) is not None


_ESCAPES: Mapping[Place, Callable[[str], str]] = {
    Place.RAW: str,
    Place.TEXT: str,
    Place.HTML: html.escape,
    Place.ADDRESS_PART: lambda value: quote(value, safe=""),
    Place.DIAL: lambda value: _NOT_DIALLED.sub("", value),
}
