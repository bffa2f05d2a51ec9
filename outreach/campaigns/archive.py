"""A campaign as one file: the way out of an installation, and the way in.

Owns the layout inside the archive, which is that of a folder on disk: what is unpacked can be
checked and imported by the command line. Reads in memory alone; no name in an archive becomes a
path. Refuses more than a campaign can be.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from outreach.campaigns.definition.pack import DEFINITION_NAME
from outreach.campaigns.models import CampaignVersion
from outreach.core.errors import BadFile, Problem

LARGEST_ARCHIVE_BYTES = 5_000_000
_LARGEST_UNPACKED_BYTES = 25_000_000
_MOST_FILES = 5_001
# An archive says the same whenever it is made.
_SAME_DAY = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Unpacked:
    """`source_yaml`: the definition. `files`: template name ("en/launch.email.md") -> text."""

    source_yaml: str
    files: Mapping[str, str] = field(default_factory=dict)


def archive_of(version: CampaignVersion) -> bytes:
    """The version as a zip archive: campaigns/<slug>/campaign.yaml and templates/<slug>/…"""
    slug = version.campaign.slug
    files: Mapping[str, str] = version.files
    names = {f"templates/{slug}/{name}": text for name, text in sorted(files.items())}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {
            f"campaigns/{slug}/{DEFINITION_NAME}": version.definition,
            **names,
        }.items():
            archive.writestr(zipfile.ZipInfo(name, _SAME_DAY), text, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def unpack(content: bytes, *, filename: str) -> Unpacked:
    """What a person hands in: an archive, or a campaign.yaml alone (then without templates).

    Raises BadFile that names the file at fault.
    """
    if len(content) > LARGEST_ARCHIVE_BYTES:
        raise _refused(
            "too-large",
            f"The file has more than {LARGEST_ARCHIVE_BYTES:,} bytes.",
            filename,
            "Check that it is a campaign and not another file.",
        )
    if not content.startswith(b"PK"):
        return Unpacked(_text(content, filename))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            texts = _texts(archive, filename)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise _refused(
            "bad-archive", "The archive cannot be opened.", filename, "Make it anew, as a zip."
        ) from error
    return _sorted_out(texts, filename)


def _texts(archive: zipfile.ZipFile, filename: str) -> dict[str, str]:
    entries = [each for each in archive.infolist() if _is_wanted(each)]
    size = sum(each.file_size for each in entries)
    if len(entries) > _MOST_FILES or size > _LARGEST_UNPACKED_BYTES:
        raise _refused(
            "too-large",
            f"It unpacks to {len(entries):,} files of {size:,} bytes, more than a campaign can be.",
            filename,
            "Check that it is a campaign and not another archive.",
        )
    return {
        each.filename: _text(archive.read(each), f"{filename}: {each.filename}") for each in entries
    }


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    """Files, without what editors and systems leave behind."""
    parts = PurePosixPath(entry.filename).parts
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return not entry.is_dir() and not hidden and not entry.filename.endswith("~")


def _sorted_out(texts: Mapping[str, str], filename: str) -> Unpacked:
    """Finds the one definition; templates are known by their last two parts."""
    definitions = [name for name in texts if PurePosixPath(name).name == DEFINITION_NAME]
    if len(definitions) != 1:
        found = ", ".join(definitions) or "none"
        raise _refused(
            "bad-archive",
            f"There has to be one {DEFINITION_NAME} in it; there is: {found}.",
            filename,
            "Put one campaign into one archive.",
        )
    files = {
        "/".join(PurePosixPath(name).parts[-2:]): text
        for name, text in texts.items()
        if name.endswith((".email.md", ".sms.txt"))
    }
    return Unpacked(texts[definitions[0]], files)


def _text(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _refused(
            "not-utf8", "The file is not in UTF-8.", f"{where}:{line}", "Save it as UTF-8."
        ) from error


def _refused(code: str, message: str, where: str, remedy: str) -> BadFile:
    return BadFile(message, [Problem(code, message, where, remedy)], where=where)
