"""The file as bytes: may we read it at all, and in which encoding.

Owns the caps on the file and the rule by which the encoding of a text is found. Refuses
everything that is no table, by its first bytes; it unpacks nothing (see `archive`).
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from outreach.core.errors import BadInput

MEBIBYTE = 1024 * 1024
MAX_BYTES = 50 * MEBIBYTE
_CHUNK_BYTES = 256 * 1024
_SAVE_AS_CSV = "In the spreadsheet, save it as CSV (UTF-8) and upload that file."
_ZIP = b"PK"
_NOT_TEXT = {
    b"\xd0\xcf\x11\xe0": (
        "an old Excel workbook (.xls), or one with a password",
        "Save it as .xlsx without a password, or as CSV (UTF-8).",
    ),
    b"%PDF": ("a PDF document", "Export the list from the school's software as CSV."),
    b"\x1f\x8b": ("a compressed file (.gz)", "Unpack it and upload the CSV file."),
    b"7z\xbc\xaf": ("a compressed file (.7z)", "Unpack it and upload the CSV file."),
    b"Rar!": ("a compressed file (.rar)", "Unpack it and upload the CSV file."),
    b"\xff\xfe\x00\x00": ("text in UTF-32", "Save it as CSV (UTF-8)."),
}


@dataclass(frozen=True)
class FileBytes:
    """A file that is in memory alone. `name`: as its owner called it."""

    name: str
    content: bytes


RosterFile = Path | FileBytes


def open_file(file: RosterFile) -> BinaryIO:
    """Its bytes, to be closed by the caller."""
    return file.open("rb") if isinstance(file, Path) else io.BytesIO(file.content)


@dataclass(frozen=True)
class Source:
    """A text that may be read. `encoding`: a Python codec name."""

    file: RosterFile
    size_bytes: int
    encoding: str

    @property
    def name(self) -> str:
        return self.file.name

    @contextmanager
    def open(self) -> Iterator[tuple[io.TextIOWrapper, BinaryIO]]:
        """The text, and the bytes under it (their position is the progress)."""
        with open_file(self.file) as raw:
            yield io.TextIOWrapper(raw, encoding=self.encoding, newline=""), raw


def is_archive(file: RosterFile) -> bool:
    """Whether it is packed, as workbooks are too. Raises BadInput for what is no file, is empty
    or too large."""
    size_of(file)
    with open_file(file) as raw:
        return raw.read(len(_ZIP)) == _ZIP


def inspect(file: RosterFile) -> Source:
    """Checks size, kind and encoding of a text in constant memory. Raises BadInput."""
    size = size_of(file)
    with open_file(file) as raw:
        head = raw.read(4096)
        _refuse_other_kinds(file, head)
        encoding = _encoding_by_mark(head)
        if encoding is None:
            raw.seek(0)
            encoding = _encoding_by_content(file, raw)
    return Source(file, size, encoding)


def size_of(file: RosterFile) -> int:
    """In bytes. Raises BadInput when there is no such file, or it is empty or too large."""
    size = _size_on_disk(file) if isinstance(file, Path) else len(file.content)
    if size > MAX_BYTES:
        raise BadInput(
            f"{file.name} has {size / MEBIBYTE:,.0f} MB; a roster may have at most "
            f"{MAX_BYTES // MEBIBYTE} MB.",
            remedy="Upload one school's list only, in parts if need be.",
        )
    if size == 0:
        raise BadInput(f"{file.name} is empty.", remedy="Export the list again.")
    return size


def _size_on_disk(path: Path) -> int:
    if not path.exists():
        raise BadInput(f"There is no file {path.name}.", remedy=f"Check the path: {path}.")
    if not path.is_file():
        raise BadInput(f"{path.name} is not a file.", remedy="Give the path of a file.")
    return path.stat().st_size


def _refuse_other_kinds(file: RosterFile, head: bytes) -> None:
    for mark, (kind, remedy) in _NOT_TEXT.items():
        if head.startswith(mark):
            raise BadInput(f"{file.name} cannot be read: it is {kind}.", remedy=remedy)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:5].lower() in (b"<html", b"<!doc", b"<?xml"):
        raise BadInput(f"{file.name} is a web page or XML, not a table.", remedy=_SAVE_AS_CSV)


def _encoding_by_mark(head: bytes) -> str | None:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return None


def _encoding_by_content(file: RosterFile, raw: BinaryIO) -> str:
    """UTF-8 when every byte of the file is, else Windows-1252. A zero byte is no text in either."""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    western = codecs.getincrementaldecoder("cp1252")()
    may_be = {"utf-8": utf8, "cp1252": western}
    while may_be and (chunk := raw.read(_CHUNK_BYTES)):
        if b"\0" in chunk:
            raise BadInput(f"{file.name} is not a text file.", remedy=_SAVE_AS_CSV)
        may_be = {name: decoder for name, decoder in may_be.items() if _decodes(decoder, chunk)}
    if "utf-8" in may_be and not _decodes(utf8, b"", final=True):
        del may_be["utf-8"]
    if not may_be:
        raise unreadable_text(file)
    return next(iter(may_be))


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def unreadable_text(file: RosterFile) -> BadInput:
    return BadInput(
        f"The letters of {file.name} are in an encoding that is not known here.",
        remedy="Save it as CSV (UTF-8).",
    )
