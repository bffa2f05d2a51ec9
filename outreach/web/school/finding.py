"""Whose school a page is about: one whose audience the viewer may change; another is as good
as none."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.web.access import Viewer


def schools_of(viewer: Viewer) -> QuerySet[School]:
    """The schools whose parents the viewer may change, by name."""
    found = School.objects.order_by("name")
    if Right.MANAGE_AUDIENCE in viewer.rights.everywhere:
        return found
    return found.filter(pk__in=viewer.rights.schools_with(Right.MANAGE_AUDIENCE))


def school_of(viewer: Viewer, uuid: UUID) -> School:
    """Raises Http404."""
    found = schools_of(viewer).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found
