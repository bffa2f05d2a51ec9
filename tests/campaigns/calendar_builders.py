"""Small builders of school years, for the tests of campaigns and of planning."""

from __future__ import annotations

from datetime import date

from outreach.campaigns.definition import CampaignDefinition, read_definition
from outreach.timing import Period, SchoolCalendar

BAVARIA = SchoolCalendar(
    holidays=(
        Period(date(2026, 8, 3), date(2026, 9, 14)),
        Period(date(2026, 11, 2), date(2026, 11, 6)),
        Period(date(2026, 12, 24), date(2027, 1, 8)),
        Period(date(2027, 2, 8), date(2027, 2, 12)),
        Period(date(2027, 3, 22), date(2027, 4, 2)),
        Period(date(2027, 8, 2), date(2027, 9, 13)),
    ),
    country="DE",
    region="BY",
)
ENGLAND = SchoolCalendar(
    terms=(
        Period(date(2026, 9, 2), date(2026, 10, 23)),
        Period(date(2026, 11, 2), date(2026, 12, 18)),
        Period(date(2027, 1, 4), date(2027, 2, 12)),
        Period(date(2027, 2, 22), date(2027, 3, 25)),
        Period(date(2027, 4, 12), date(2027, 7, 21)),
    ),
    country="GB",
    region="ENG",
)
NOTHING_ENTERED = SchoolCalendar(country="GB")


def definition(steps: str, *, head: str = "") -> CampaignDefinition:
    """A campaign of these steps: `key: when` lines, or whole steps that begin with a dash."""
    source = (
        "schema: 1\ncampaign: tiny\ntitle: Tiny\ntopic: online-safety\n"
        f"languages: [en, de]\ndefault_language: en\n{head}\nsteps:\n{steps}"
    )
    return read_definition(source, filename="campaign.yaml")


def step(key: str, when: str, *more: str) -> str:
    """One step for guardians by email."""
    lines = (f"title: {key}", "to: guardians", "channels: [email]", f"when: {when}", *more)
    return f"  - key: {key}\n" + "".join(f"    {line}\n" for line in lines)
