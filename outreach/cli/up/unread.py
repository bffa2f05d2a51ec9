"""The files of `outreach setup`, which `outreach up` does not read: said, so that nobody relies on
them.

Reading them by itself would mix two installations: the settings of one in production with the data
of the folder `.outreach`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from outreach.cli.setup.env_file import read_settings
from outreach.cli.setup.files import ENV_FILE, SECRETS, SECRETS_FOLDER
from outreach.core.errors import BadInput

# Of compose's PostgreSQL alone, which does not run here.
_NOT_OURS = "postgres_password"
_PREFIX = "OUTREACH_"


def unread_settings(folder: Path, given: Mapping[str, str]) -> str:
    """A sentence with the places in `folder` whose settings are not in `given`; "" for none."""
    places = [
        *([ENV_FILE] if _is_unread_env(folder / ENV_FILE, given) else []),
        *([f"{SECRETS_FOLDER}/"] if any(_unread_secrets(folder / SECRETS_FOLDER, given)) else []),
    ]
    if not places:
        return ""
    lie = "lie" if len(places) > 1 else "lies"
    return (
        f"Not read: {' and '.join(places)}, which {lie} here. Only what is exported counts "
        "(docs/guides/operators.md, Without Docker)."
    )


def _is_unread_env(path: Path, given: Mapping[str, str]) -> bool:
    """A file that cannot be read forbids nothing: it is unread."""
    try:
        stored = read_settings(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError, BadInput):
        return True
    return any(name.startswith(_PREFIX) and given.get(name) != stored[name] for name in stored)


def _unread_secrets(folder: Path, given: Mapping[str, str]) -> Iterator[bool]:
    for file, name in SECRETS.items():
        try:
            is_there = (folder / file).stat().st_size > 0
        except FileNotFoundError:
            continue
        except OSError:
            is_there = True
        yield is_there and file != _NOT_OURS and not given.get(name)
