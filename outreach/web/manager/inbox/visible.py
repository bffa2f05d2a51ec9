"""Which replies and cases exist for whom: those of one's schools, calls for help for few."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from outreach.organisation.permissions import Right
from outreach.replies.models import Case, CaseKind, Reply
from outreach.replies.rules import Meaning
from outreach.web.access import Viewer


def visible_cases(viewer: Viewer, right: Right) -> QuerySet[Case]:
    """Cases of the schools for which the viewer has `right`, calls for help only with the right
    to read them as well; the others do not exist."""
    found = Case.objects.select_related(
        "reply__inbound", "reply__school", "reply__address", "reply__answer", "taken_by"
    )
    rights = viewer.rights
    if right not in rights.everywhere:
        found = found.filter(reply__school__in=rights.schools_with(right))
    if Right.SEE_CRISES in rights.everywhere:
        return found
    may_read = Q(reply__school__in=rights.schools_with(Right.SEE_CRISES))
    return found.filter(~Q(kind=CaseKind.CRISIS) | may_read)


def visible_case(viewer: Viewer, uuid: UUID, right: Right) -> Case:
    """One of them. Raises Http404."""
    found = visible_cases(viewer, right).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def visible_replies(viewer: Viewer) -> QuerySet[Reply]:
    """Every reply that was read, by the same rule."""
    found = Reply.objects.select_related("inbound", "school", "address", "answer", "case")
    rights = viewer.rights
    if Right.SEE_CASES not in rights.everywhere:
        found = found.filter(school__in=rights.schools_with(Right.SEE_CASES))
    if Right.SEE_CRISES in rights.everywhere:
        return found
    is_call = Q(meaning=Meaning.CRISIS) | Q(case__isnull=False, case__kind=CaseKind.CRISIS)
    return found.filter(~is_call | Q(school__in=rights.schools_with(Right.SEE_CRISES)))
