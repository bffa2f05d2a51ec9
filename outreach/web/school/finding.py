"""Whose school a page is about: one whose audience the viewer may change; another is as good
as none."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.web.access import Viewer


def schools_of(viewer: Viewer, right: Right = Right.MANAGE_AUDIENCE) -> QuerySet[School]:
    """The schools for which the viewer has `right`, by name."""
    found = School.objects.order_by("name")
    if right in viewer.rights.everywhere:
        return found
    return found.filter(pk__in=viewer.rights.schools_with(right))


def school_of(viewer: Viewer, uuid: UUID, right: Right = Right.MANAGE_AUDIENCE) -> School:
    """Raises Http404."""
    found = schools_of(viewer, right).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found
