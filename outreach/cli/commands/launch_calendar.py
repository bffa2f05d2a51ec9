"""`outreach launch calendar`: on which days which step goes out where, and where it does not."""

from __future__ import annotations

import click

from outreach.campaigns.definition import Occurrence
from outreach.campaigns.launch_plan import (
    Gap,
    launch_schools,
    plan_launch,
    without_public_holidays,
)
from outreach.campaigns.schedule import occurrences_of
from outreach.campaigns.versions import definition_of
from outreach.cli.access import operator
from outreach.cli.pick import LAUNCH, launch_named
from outreach.cli.screen import json_option, print_json, print_table, say

_MOST_NAMES = 5


@click.command("calendar")
@LAUNCH
@json_option
@operator
def calendar(launch_text: str, as_json: bool) -> None:
    """Show the days of a launch, and the steps that are not planned at some schools, with why.

    Who agrees later gets the steps after the opt-in on days of their own.
    """
    launch = launch_named(launch_text)
    days, gaps = occurrences_of(launch), plan_launch(launch).gaps
    schools = launch_schools(launch)
    countries = without_public_holidays(definition_of(launch.version), schools)
    if as_json:
        print_json(
            {
                "days": [_day(one) for one in days],
                "not_planned": [_gap(gap) for gap in gaps],
                "public_holidays_unknown": countries,
            }
        )
        return
    print_table(
        ["day", "opens at", "step", "schools"],
        [
            [one.day, f"{one.at:%H:%M}", one.step_key, _where(one)]
            for one in sorted(days, key=lambda one: (one.day, one.at, one.number))
        ],
        empty="No day is known yet.",
    )
    for gap in gaps:
        say(f"Not planned: {gap.step_key} at {_names(gap)}: {gap.why}.")
    for country in countries:
        say(
            f"The public holidays of {country} are not known; there it goes out as if there were "
            "none. Days of your own are entered with `outreach calendar add holiday`, and kept "
            "by `not_on: [school-holidays]`."
        )


def _where(one: Occurrence) -> str:
    return "all" if one.school_ids is None else str(len(one.school_ids))


def _names(gap: Gap) -> str:
    names = [school.name for school in gap.schools]
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _day(one: Occurrence) -> dict[str, object]:
    return {
        "day": one.day,
        "at": f"{one.at:%H:%M}",
        "step": one.step_key,
        "occurrence": one.occurrence_key,
        "schools": None if one.school_ids is None else len(one.school_ids),
    }


def _gap(gap: Gap) -> dict[str, object]:
    return {"step": gap.step_key, "why": gap.why, "schools": [each.slug for each in gap.schools]}


COMMANDS = (calendar,)
