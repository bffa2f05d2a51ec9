"""Replies that wait for a person: that there are some, and of which kind. Never their words."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Query, Router, Schema

from outreach.api.keys import Bearer, KeyedRequest, rows_of
from outreach.api.paging import Page, Window, page_of
from outreach.organisation.models import ApiScope
from outreach.replies.models import Case

router = Router(tags=["Replies"])


class CaseOut(Schema):
    """`kind` crisis: somebody may be in distress. `opened_by_a_person`: somebody has looked."""

    id: UUID
    kind: Literal["crisis", "hold", "question"]
    state: Literal["open", "closed"]
    school: UUID | None
    since: datetime
    opened_by_a_person: bool
    closed_at: datetime | None


@router.get("", auth=Bearer(ApiScope.SEE_CASES), response=Page[CaseOut], summary="All cases")
def cases(
    request: KeyedRequest, window: Query[Window], state: Literal["open", "closed"] | None = None
) -> Page[CaseOut]:
    with rows_of(request.auth, reading=True):
        # PostgreSQL shows a reply to its school only, so the join leaves out the others' cases.
        found = Case.objects.select_related("reply__school")
        if request.auth.school_id is not None:
            found = found.filter(reply__school=request.auth.school_id)
        return page_of(found.filter(state=state) if state else found, window, _case_out)


def _case_out(case: Case) -> CaseOut:
    school = case.reply.school
    return CaseOut.model_validate(
        {
            "id": case.uuid,
            "kind": case.kind,
            "state": case.state,
            "school": school.uuid if school else None,
            "since": case.opened_at,
            "opened_by_a_person": case.seen_at is not None,
            "closed_at": case.closed_at,
        }
    )
