"""What a provider posts as JSON, read with suspicion: any value may be missing or of another type.

Refuses to guess: what is not a JSON object is bad input, and what is no text is none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from outreach.core.errors import BadInput


def json_object(raw: bytes | str, what: str) -> Mapping[str, Any]:
    """The fields of the JSON object that `raw` is. Raises BadInput, which names `what` it came
    from."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{what} is not JSON.") from error
    if not isinstance(found, dict):
        raise BadInput(f"{what} is no object.")
    return found


def text_of(fields: Mapping[str, object], name: str) -> str:
    """The text called `name`; empty for none. PostgreSQL has no NUL in text."""
    value = fields.get(name)
    return value.replace("\0", "") if isinstance(value, str) else ""


def instant_of(text: str) -> datetime | None:
    """ISO 8601 with a zone, also as "+0000"; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None
