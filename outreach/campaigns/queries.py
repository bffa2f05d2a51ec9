"""Reads of campaigns and launches."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from outreach.audience.models import Membership, MembershipState
from outreach.campaigns.models import CampaignVersion, Launch, LaunchEvent
from outreach.core.errors import NotFound


def launches() -> QuerySet[Launch]:
    """All launches, the newest first, with version and campaign."""
    return Launch.objects.select_related("version__campaign", "created_by", "approved_by").order_by(
        "-pk"
    )


def launch_by_uuid(text: str) -> Launch:
    """The launch with this identifier. Raises NotFound.

    Without the texts and the definition of its version: some 100 kB that a page asking every
    two seconds does not show. They are read when somebody asks for them.
    """
    try:
        return launches().defer("version__files", "version__definition").get(uuid=uuid.UUID(text))
    except (ValueError, Launch.DoesNotExist):
        raise NotFound(
            f"There is no launch {text!r}.", remedy="`outreach launch list` shows them."
        ) from None


def events(launch: Launch) -> QuerySet[LaunchEvent]:
    """Each change of its state, oldest first."""
    return launch.events.order_by("pk")


def may_reach_more_than(launch: Launch, people: int) -> bool:
    """Whether the schools of `launch` have more than so many people. Counts no further than that.

    Filters of the campaign and missing consents only make them fewer.
    """
    found = Membership.objects.filter(state=MembershipState.CURRENT)
    if schools := list(launch.schools.values_list("pk", flat=True)):
        found = found.filter(school__in=schools)
    return found[: people + 1].count() > people


def versions() -> QuerySet[CampaignVersion]:
    """All campaign versions, the newest first."""
    return CampaignVersion.objects.select_related("campaign").order_by("-pk")


def version_named(text: str) -> CampaignVersion | None:
    """The version that "say-no@3" names, the newest for "say-no"; None where there is none."""
    slug, _, number = text.partition("@")
    found = versions().filter(campaign__slug=slug)
    if number:
        found = found.filter(number=int(number)) if number.isdigit() else found.none()
    return found.order_by("-number").first()


def require_version(text: str) -> CampaignVersion:
    """What `version_named` finds. Raises NotFound."""
    found = version_named(text)
    if found is None:
        raise NotFound(
            f"There is no campaign {text!r} here.",
            remedy="Import it with `outreach campaign import PATH`; `outreach campaign list` "
            "shows what is there.",
        )
    return found
