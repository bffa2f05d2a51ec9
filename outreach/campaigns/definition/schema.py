"""The JSON Schema by which editors complete and check a definition as it is written."""

from __future__ import annotations

import json
from typing import Any

from outreach.campaigns.definition.spec import CampaignDefinition

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema of `campaign.yaml`, as JSON Schema 2020-12."""
    schema = CampaignDefinition.model_json_schema(by_alias=True)
    return {"$schema": _DIALECT, "title": "Outreach campaign", **_without_titles(schema)}


def schema_text() -> str:
    """What is checked in as `campaigns/campaign.schema.json`."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _without_titles(part: Any) -> Any:
    """Pydantic's titles repeat the key; in an editor's hint they hide the description."""
    if isinstance(part, list):
        return [_without_titles(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        key: _without_titles(value)
        for key, value in part.items()
        if not (key == "title" and isinstance(value, str))
    }
