"""Finds keys and passwords that were written into a file by mistake, with detect-secrets.

python tools/find_secrets.py           every file that git keeps or would keep; exit code 1
                                       where something is not in .secrets.baseline
python tools/find_secrets.py FILE …    these files alone
python tools/find_secrets.py --accept  a person has looked at what it found: writes the baseline

The baseline holds hashes of strings that look like a secret and are none: passwords of tests,
alphabets, examples. Nothing is sent anywhere: whether a key works is not tried.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).resolve().parent.parent
BASELINE = ROOT / ".secrets.baseline"
# user:password@host, in examples; the name of a setting.
_PLACEHOLDERS = ["^password$", "^[A-Z][A-Z_]+$"]
# Data of thousands of lines, others' code, and what is no text.
_LEFT_OUT = (
    *(".jsonl", ".mo", ".pdf", ".png", ".po", ".weights.json", ".woff2", ".xlsx", ".zip"),
    *(".min.js", "requirements.lock", ".secrets.baseline"),
)
_FOLDERS_OF_DATA = ("outreach/replies/concepts/", "outreach/replies/languages/", "releases/")
# What the library itself takes for no secret.
_HEURISTICS = (
    *("is_indirect_reference", "is_likely_id_string", "is_non_text_file", "is_sequential_string"),
    *("is_not_alphanumeric_string", "is_potential_uuid", "is_prefixed_with_dollar_sign"),
    "is_templated_secret",
)
_NOT_ASKED = {"IPPublicDetector"}  # an address is no secret


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 where something is found that nobody has looked at."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--accept", action="store_true", help="write the baseline")
    options = parser.parse_args(arguments)
    found = scan(options.files or kept_files())
    if options.accept:
        _write(found)
        return 0
    known = _known()
    new = [each for each in found if each not in known]
    for each in new:
        sys.stdout.write(f"{each.filename}:{each.line_number}: {each.type}\n")
    if new:
        sys.stderr.write(
            "\nIs it a key that somebody uses? Then make a new one where it belongs, and take this "
            "one out of\nthe history too: it is known (docs/runbooks/key-leaked.md). If it is "
            "none:\n  python tools/find_secrets.py --accept\n"
        )
    return 1 if new else 0


def kept_files() -> list[Path]:
    """What is in git, or would be with the next `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607  # whichever git there is
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    names = (
        name
        for name in listed.split("\0")
        if name and not name.endswith(_LEFT_OUT) and not name.startswith(_FOLDERS_OF_DATA)
    )
    return sorted(path for name in names if (path := ROOT / name).is_file())


def scan(files: Iterable[Path]) -> list[PotentialSecret]:
    """What looks like a secret, by file and line; names are those from the root."""
    names = [_name(path) for path in files]
    collection = SecretsCollection(root=str(ROOT))
    with transient_settings(_settings()):
        collection.scan_files(*names)
    found: list[PotentialSecret] = []
    for name, each in collection:
        each.filename = name  # its processes name files in full
        found.append(each)
    return sorted(found, key=lambda each: (each.filename, each.line_number))


def _name(path: Path) -> str:
    full = path.resolve()
    return str(full.relative_to(ROOT) if full.is_relative_to(ROOT) else full)


def _settings() -> dict[str, Any]:
    detectors = {each.__name__ for each in get_mapping_from_secret_type_to_class().values()}
    placeholders = {
        "path": "detect_secrets.filters.regex.should_exclude_secret",
        "pattern": _PLACEHOLDERS,
    }
    heuristics = [{"path": f"detect_secrets.filters.heuristic.{name}"} for name in _HEURISTICS]
    return {
        "plugins_used": [{"name": name} for name in sorted(detectors - _NOT_ASKED)],
        "filters_used": [placeholders, *heuristics],
    }


def _known() -> set[PotentialSecret]:
    written = json.loads(BASELINE.read_text("utf-8"))
    return {
        PotentialSecret.load_secret_from_dict({**each, "filename": name})
        for name, found in written.items()
        for each in found
    }


def _write(found: Iterable[PotentialSecret]) -> None:
    """By file, without numbers of lines: a string that moves down needs no second look."""
    by_file: dict[str, list[dict[str, str]]] = {}
    for each in found:
        entry = {"type": each.type, "hashed_secret": each.secret_hash}
        by_file.setdefault(each.filename, []).append(entry)
    for entries in by_file.values():
        entries.sort(key=lambda entry: (entry["type"], entry["hashed_secret"]))
    text = json.dumps(dict(sorted(by_file.items())), indent=1)
    BASELINE.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
