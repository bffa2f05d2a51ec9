"""Packed files: workbooks and OneRoster exports.

Owns the caps that keep an archive from exploding: how many parts, how large unpacked, how
much larger than packed, and what the parts may be called. Sizes are those that the archive
declares; `zipfile` gives out no byte beyond them. Nothing is ever written to a disk.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import PurePosixPath

from outreach.audience.importing.source import MEBIBYTE, RosterFile, open_file, size_of
from outreach.core.errors import BadInput

MAX_PARTS = 1_000
MAX_UNPACKED_BYTES = 150 * MEBIBYTE
# A sheet of equal rows packs to about a fiftieth; deflate's own limit is a thousandth.
MAX_RATIO = 200
_SMALL_BYTES = MEBIBYTE
_ENCRYPTED = 0x1
_DAMAGED = (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError)


class Kind(Enum):
    WORKBOOK = auto()
    ONEROSTER = auto()


@contextmanager
def opened(file: RosterFile) -> Iterator[zipfile.ZipFile]:
    """The archive, its caps checked before a part is read. Raises BadInput."""
    size_of(file)
    with open_file(file) as raw:
        try:
            archive = zipfile.ZipFile(raw)
        except _DAMAGED as error:
            raise damaged(file) from error
        with archive:
            _check(file, archive.infolist())
            yield archive


def kind_of(file: RosterFile) -> Kind:
    """What the archive is. Raises BadInput when it is neither."""
    with opened(file) as archive:
        names = {info.filename for info in archive.infolist()}
    if "xl/workbook.xml" in names:
        return Kind.WORKBOOK
    if any(PurePosixPath(name).name.casefold() == "users.csv" for name in names):
        return Kind.ONEROSTER
    if "[Content_Types].xml" in names:
        raise BadInput(
            f"{file.name} is an office document, but not a workbook that can be read (.xlsx).",
            remedy="Save the list as .xlsx or as CSV (UTF-8).",
        )
    raise BadInput(
        f"{file.name} is a zip archive without a file users.csv, so it is no OneRoster export.",
        remedy="Unpack it and upload the CSV file in it.",
    )


def read_part(file: RosterFile, archive: zipfile.ZipFile, name: str) -> bytes:
    """One part, unpacked in memory. Raises BadInput when it is damaged."""
    try:
        return archive.read(name)
    except _DAMAGED as error:
        raise damaged(file) from error


def damaged(file: RosterFile) -> BadInput:
    return BadInput(f"{file.name} is damaged and cannot be opened.", remedy="Export it again.")


def _check(file: RosterFile, parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MAX_PARTS or len({part.filename for part in parts}) < len(parts):
        raise _refusal(file, "has too many parts, or one of them twice")
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise BadInput(f"{file.name} has a password.", remedy="Export it without one.")
    if any(_leads_out(part.orig_filename) for part in parts):
        raise _refusal(file, "has a part whose name leads out of the archive")
    if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise _refusal(file, f"has more than {MAX_UNPACKED_BYTES // MEBIBYTE} MB when unpacked")
    if any(_explodes(part) for part in parts):
        raise _refusal(file, "unpacks to far more than a list does")


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or any(c in name for c in "\\\0:")


def _explodes(part: zipfile.ZipInfo) -> bool:
    is_large = part.file_size > _SMALL_BYTES
    return is_large and part.file_size > MAX_RATIO * max(part.compress_size, 1)


def _refusal(file: RosterFile, what: str) -> BadInput:
    return BadInput(
        f"{file.name} {what}, so it is not opened.",
        remedy="Export one school's list only, or save it as CSV (UTF-8).",
    )
