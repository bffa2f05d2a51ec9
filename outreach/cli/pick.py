"""Finds what a person means by what they typed."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import click

from outreach.campaigns.models import Launch
from outreach.campaigns.queries import launch_by_uuid, launches
from outreach.core.errors import BadInput, NotFound

LAUNCH = click.argument("launch_text", metavar="LAUNCH")


def launch_named(text: str) -> Launch:
    """A launch by its identifier or its exact name. Raises NotFound, BadInput for two of a name."""
    try:
        return launch_by_uuid(str(uuid.UUID(text)))
    except ValueError:
        found = list(launches().filter(name=text.strip()))
    if len(found) > 1:
        known = ", ".join(f"{each.uuid} ({each.created_at:%Y-%m-%d})" for each in found)
        raise BadInput(f"{len(found)} launches are called {text!r}.", remedy=f"Say which: {known}.")
    if not found:
        raise NotFound(f"There is no launch {text!r}.", remedy="`outreach launch list` shows them.")
    return found[0]


class Day(click.ParamType[date]):
    """A calendar day as 2026-09-01."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            self.fail(f"{value!r} is not a day; write it like 2026-09-01.", param, ctx)
