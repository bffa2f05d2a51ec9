"""The definition of a campaign: from YAML to a validated plan of what goes out when.

Owns the format, every finding about it with its place in the file, the pack of a
definition with its templates, and the days of its steps. Refuses Django, the network,
the clock, and rendering.
"""

from outreach.campaigns.definition.audiences import Filter
from outreach.campaigns.definition.dependence import after_opt_in, needs_calendars
from outreach.campaigns.definition.messages import ALONE, Surroundings
from outreach.campaigns.definition.numbering import StepPlace, place_of
from outreach.campaigns.definition.occurrences import (
    JOINED,
    ON,
    ONCE,
    Occurrence,
    SchoolPlan,
    Unplanned,
    ends_on,
    plan_joined,
    plan_occurrences,
    plan_school,
)
from outreach.campaigns.definition.pack import (
    CampaignPack,
    check_pack,
    check_path,
    load_pack,
    make_pack,
)
from outreach.campaigns.definition.questions import Question, QuestionText
from outreach.campaigns.definition.reading import read_definition
from outreach.campaigns.definition.schema import json_schema
from outreach.campaigns.definition.spec import (
    CampaignDefinition,
    Fallback,
    FreeDay,
    Recipients,
    Standing,
    Step,
    StopIf,
    WhoseClock,
)
from outreach.campaigns.definition.template_files import template_name
from outreach.campaigns.definition.variants import family_of, lots_of, original_of
from outreach.campaigns.definition.when import Weekday

__all__ = [
    "ALONE",
    "JOINED",
    "ON",
    "ONCE",
    "CampaignDefinition",
    "CampaignPack",
    "Fallback",
    "Filter",
    "FreeDay",
    "Occurrence",
    "Question",
    "QuestionText",
    "Recipients",
    "SchoolPlan",
    "Standing",
    "Step",
    "StepPlace",
    "StopIf",
    "Surroundings",
    "Unplanned",
    "Weekday",
    "WhoseClock",
    "after_opt_in",
    "check_pack",
    "check_path",
    "ends_on",
    "family_of",
    "json_schema",
    "load_pack",
    "lots_of",
    "make_pack",
    "needs_calendars",
    "original_of",
    "place_of",
    "plan_joined",
    "plan_occurrences",
    "plan_school",
    "read_definition",
    "template_name",
]
