"""A definition with its templates, as one thing with one fingerprint.

Owns reading them from disk within bounds, the SHA-256 by which a version is known,
and the check of everything at once. Refuses rendering.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from outreach.campaigns.definition.discretion import discretion_problems
from outreach.campaigns.definition.messages import ALONE, Surroundings, message_problems
from outreach.campaigns.definition.outline import Outline
from outreach.campaigns.definition.question_checks import question_problems
from outreach.campaigns.definition.reading import Reading, bad_definition, examine
from outreach.campaigns.definition.spec import CampaignDefinition
from outreach.campaigns.definition.template_files import template_problems
from outreach.campaigns.definition.yaml_source import LARGEST_SOURCE_BYTES, too_large
from outreach.core.errors import BadFile, NotFound, Problem

if TYPE_CHECKING:
    from outreach.content.checks import Recall

DEFINITION_NAME = "campaign.yaml"
_LARGEST_TEMPLATE_BYTES = 200_000
_MOST_TEMPLATES = 5_000


@dataclass(frozen=True)
class CampaignPack:
    """`files`: template name ("en/launch.email.md") -> text. `sha256`: 64 hex digits over all.

    `filename`: where the definition came from, for findings.
    """

    definition: CampaignDefinition
    source_yaml: str
    files: Mapping[str, str]
    sha256: str
    filename: str = DEFINITION_NAME


def load_pack(path: Path, templates_root: Path) -> CampaignPack:
    """Reads a campaign from disk.

    `path`: its `campaign.yaml`, or the folder that holds one. `templates_root`: the folder
    with one folder per campaign. Raises NotFound when there is no such file, and BadFile with
    every problem at once, those of the templates included.
    """
    reading, source, files, problems = _read_all(path, templates_root)
    problems += template_problems(reading.outline, files)
    if reading.definition is None or any(problem.blocks for problem in problems):
        raise bad_definition(problems, str(_definition_path(path)))
    return make_pack(source, files, filename=str(_definition_path(path)))


def make_pack(
    source_yaml: str, files: Mapping[str, str], *, filename: str = DEFINITION_NAME
) -> CampaignPack:
    """A pack from texts that are already at hand, as a stored version has them.

    Raises BadFile as `read_definition` does.
    """
    source = canonical_text(source_yaml)
    reading = examine(source, filename=filename)
    if reading.definition is None:
        raise bad_definition(reading.problems, filename)
    canonical = {canonical_name(name): canonical_text(text) for name, text in files.items()}
    return CampaignPack(
        reading.definition, source, canonical, fingerprint(source, canonical), filename
    )


def check_pack(
    pack: CampaignPack, around: Surroundings = ALONE, recall: Recall | None = None
) -> list[Problem]:
    """Every finding about a pack, warnings (`blocks=False`) included, as the files read.

    `recall`: what is known already of some of the files; None checks all of them.
    """
    reading = examine(pack.source_yaml, filename=pack.filename)
    return [*reading.problems, *_file_problems(reading.outline, pack.files, around, recall)]


def check_path(path: Path, templates_root: Path, around: Surroundings = ALONE) -> list[Problem]:
    """Every finding about a campaign on disk, also when its definition is broken.

    Raises NotFound when there is no such file.
    """
    try:
        reading, _source, files, problems = _read_all(path, templates_root)
    except BadFile as unreadable:
        return unreadable.problems
    return [*problems, *_file_problems(reading.outline, files, around)]


def _file_problems(
    outline: Outline,
    files: Mapping[str, str],
    around: Surroundings,
    recall: Recall | None = None,
) -> list[Problem]:
    return [
        *template_problems(outline, files),
        *discretion_problems(outline, files),
        *question_problems(outline, files),
        *message_problems(outline, files, around, recall),
    ]


def fingerprint(source_yaml: str, files: Mapping[str, str]) -> str:
    """SHA-256 over names and texts, the same on every machine.

    Names are sorted, lengths are written before what they measure so that no two packs
    share the bytes, and newlines, byte-order marks and the Unicode form of names (macOS
    takes them apart) do not count.
    """
    digest = hashlib.sha256(b"outreach campaign pack 1\n")
    parts = {canonical_name(name): canonical_text(text) for name, text in files.items()}
    for name, text in [(DEFINITION_NAME, canonical_text(source_yaml)), *sorted(parts.items())]:
        for piece in (name.encode(), text.encode()):
            digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.hexdigest()


def canonical_text(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def canonical_name(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _read_all(
    path: Path, templates_root: Path
) -> tuple[Reading, str, dict[str, str], list[Problem]]:
    filename = str(_definition_path(path))
    source = canonical_text(_read_text(_definition_path(path), LARGEST_SOURCE_BYTES))
    reading = examine(source, filename=filename)
    campaign = reading.outline.campaign
    if campaign is None:
        return reading, source, {}, list(reading.problems)
    files, problems = _read_templates(templates_root / campaign)
    return reading, source, files, [*reading.problems, *problems]


def _definition_path(path: Path) -> Path:
    return path / DEFINITION_NAME if path.is_dir() else path


def _read_templates(folder: Path) -> tuple[dict[str, str], list[Problem]]:
    found = _template_paths(folder)
    if len(found) > _MOST_TEMPLATES:
        problem = Problem(
            "too-large",
            f"There are {len(found):,} files; a campaign has at most {_MOST_TEMPLATES:,}.",
            str(folder),
        )
        return {}, [problem]
    files: dict[str, str] = {}
    problems: list[Problem] = []
    for file in found:
        try:
            text = _read_text(file, _LARGEST_TEMPLATE_BYTES)
        except BadFile as unreadable:
            problems += unreadable.problems
            continue
        files[canonical_name(file.relative_to(folder).as_posix())] = canonical_text(text)
    return files, problems


def _template_paths(folder: Path) -> list[Path]:
    """Plain files below `folder`; hidden ones, editors' copies and links elsewhere are left out."""
    inside = folder.resolve()
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file()
        and file.resolve().is_relative_to(inside)
        and not file.name.endswith("~")
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    )


def _read_text(path: Path, largest_bytes: int) -> str:
    try:
        size = path.stat().st_size
        if size > largest_bytes:
            raise _refused(_too_large(path, size, largest_bytes))
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise NotFound(
            "There is no such file.",
            where=str(path),
            remedy=f"Name a campaign's folder or its {DEFINITION_NAME}.",
        ) from error
    except UnicodeDecodeError as error:
        raise _refused(_not_utf8(path, error)) from error
    except OSError as error:
        problem = Problem("unreadable", f"It cannot be read: {error.strerror}.", str(path))
        raise _refused(problem) from error


def _too_large(path: Path, size: int, largest: int) -> Problem:
    if path.name == DEFINITION_NAME:
        return too_large(size, str(path))
    return Problem(
        "too-large",
        f"The file has {size:,} bytes; a template has at most {largest:,}.",
        str(path),
        "Check that it is a template and not another file.",
    )


def _not_utf8(path: Path, error: UnicodeDecodeError) -> Problem:
    line = bytes(error.object[: error.start]).count(b"\n") + 1
    return Problem(
        "not-utf8",
        "The file is not in UTF-8.",
        f"{path}:{line}",
        "Save it as UTF-8 in your editor.",
    )


def _refused(problem: Problem) -> BadFile:
    return BadFile(problem.message, [problem], where=problem.where)
