"""The definition of a campaign: from YAML to a validated plan of what goes out when.

Owns the format, every finding about it with its place in the file, the pack of a
definition with its templates, and the days of its steps. Refuses Django, the network,
the clock, and rendering.
"""

from outreach.campaigns.definition.occurrences import ONCE, Occurrence, plan_occurrences
from outreach.campaigns.definition.pack import (
    CampaignPack,
    check_pack,
    check_path,
    load_pack,
    make_pack,
)
from outreach.campaigns.definition.reading import read_definition
from outreach.campaigns.definition.schema import json_schema
from outreach.campaigns.definition.spec import (
    CampaignDefinition,
    Recipients,
    Step,
    Weekday,
    WhoseClock,
)

__all__ = [
    "ONCE",
    "CampaignDefinition",
    "CampaignPack",
    "Occurrence",
    "Recipients",
    "Step",
    "Weekday",
    "WhoseClock",
    "check_pack",
    "check_path",
    "json_schema",
    "load_pack",
    "make_pack",
    "plan_occurrences",
    "read_definition",
]
