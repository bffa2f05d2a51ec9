"""Changing a send that nobody approved yet: its first day, and the version that it follows."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from outreach.campaigns.launches import cap_of
from outreach.campaigns.models import CampaignVersion, Launch, LaunchState
from outreach.campaigns.versions import definition_of
from outreach.core.clock import now
from outreach.core.errors import BadInput, NotNow
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import Organisation


def change_draft(
    launch: Launch, *, actor: Actor, version: CampaignVersion, starts_on: date, why: str
) -> Launch:
    """A draft follows another version of its campaign, or starts on another day.

    Steps: locks the row, checks that it is a draft still, changes it, writes who and why into the
    audit log. Raises NotNow for anything but a draft, BadInput for a day that has passed or a
    version of another campaign.
    """
    with transaction.atomic():
        row = (
            Launch.objects.select_for_update(of=("self",))
            .select_related("version")
            .get(pk=launch.pk)
        )
        if row.state != LaunchState.DRAFT:
            raise NotNow(
                f"This send is {LaunchState(row.state).label.lower()}. Only a draft can be "
                "changed.",
                remedy="Cancel it and make a new one, or leave it.",
            )
        if version.campaign_id != row.version.campaign_id:
            raise BadInput("This version belongs to another campaign.")
        if starts_on != row.starts_on and starts_on < now().date():
            raise BadInput(f"{starts_on:%d %B %Y} has passed.", remedy="Choose a later day.")
        details = {
            "version": [row.version.number, version.number],
            "starts_on": [f"{row.starts_on}", f"{starts_on}"],
        }
        Launch.objects.filter(pk=row.pk).update(
            version=version,
            starts_on=starts_on,
            cap_micros=cap_of(definition_of(version), Organisation.objects.first()),
        )
        record(actor, "launch.changed", f"launch:{launch.uuid}", why=why, details=details)
    launch.refresh_from_db()
    return launch
