"""The inbox: what waits for a decision, what was decided, and everything that was understood.

Calls for help stand on top, and show no word of what was written. Nothing is ever left out of the
last list but what its reader may not see.
"""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outreach.organisation.permissions import Right
from outreach.replies.models import Case, CaseKind, CaseState, Reply
from outreach.replies.rules import Meaning
from outreach.web.access import StaffRequest, Viewer, needs
from outreach.web.manager.inbox.filters import (
    FOR_CASES,
    FOR_DECIDED,
    FOR_REPLIES,
    InboxForm,
    Row,
    narrowed_cases,
    narrowed_replies,
)
from outreach.web.manager.inbox.lines import CaseLine, ReplyLine
from outreach.web.manager.inbox.visible import visible_cases, visible_replies

PAGE_SIZE = 20
# Older ones are found by their person: counting years of replies would cost more than it tells.
_MOST_REPLIES = 1000
_MOST_REASONS = 5


@needs(Right.SEE_CASES)
@never_cache
@require_safe
def cases(request: StaffRequest) -> HttpResponse:
    """Those that wait, the most urgent first, then the newest; (`?closed`) those decided; or
    (`?read`) every reply with what was understood."""
    if "read" in request.GET:
        return _replies(request)
    closed = "closed" in request.GET
    state = CaseState.CLOSED if closed else CaseState.OPEN
    found = visible_cases(request.viewer, Right.SEE_CASES).filter(state=state)
    form = InboxForm(request.GET, _rows(found), names=FOR_DECIDED if closed else FOR_CASES)
    order = ("-closed_at",) if closed else ("priority", "-opened_at")
    viewer = request.viewer.staff
    if viewer is not None:
        found = narrowed_cases(found, form.chosen, viewer)
    page = Paginator(found.order_by(*order), PAGE_SIZE).get_page(request.GET.get("page"))
    tab = "closed" if closed else ""
    context = {
        "page": page,
        "lines": [CaseLine(each, viewer.pk if viewer else None) for each in page],
        "form": form,
        "tab": tab,
        "extra": f"{tab}&{form.query}" if tab else form.query,
        "reasons": [] if closed else _reasons(request.viewer),
        "may_decide": request.viewer.rights.has_somewhere(Right.DECIDE_CASES),
    }
    return render(request, "manager/inbox/cases.html", context)


def _replies(request: StaffRequest) -> HttpResponse:
    """The newest, also those that were answered by themselves."""
    found = visible_replies(request.viewer)
    newest = found.order_by("-pk")[:_MOST_REPLIES]
    rows = Reply.objects.filter(pk__in=newest.values("pk")).order_by()
    form = InboxForm(request.GET, _rows_of_replies(rows), names=FOR_REPLIES)
    narrowed = narrowed_replies(found, form.chosen).order_by("-pk")[:_MOST_REPLIES]
    page = Paginator(narrowed, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": [ReplyLine(each) for each in page],
        "form": form,
        "tab": "read",
        "extra": f"read&{form.query}",
    }
    return render(request, "manager/inbox/replies.html", context)


def _rows(found: QuerySet[Case]) -> list[Row]:
    """What the filters have to choose from, of the newest thousand."""
    newest = found.order_by("-pk")[:_MOST_REPLIES].values("pk")
    names = ("reply__school__slug", "reply__school__name", "reply__language")
    rows = Case.objects.filter(pk__in=newest).order_by()
    return list(rows.values_list(*names, "reply__inbound__channel").distinct())


def _rows_of_replies(found: QuerySet[Reply]) -> list[Row]:
    names = ("school__slug", "school__name", "language", "inbound__channel")
    return list(found.values_list(*names).distinct())


def _reasons(viewer: Viewer) -> list[tuple[str, int]]:
    """Why several wait on hold for the same reason, which can be decided together."""
    held = visible_cases(viewer, Right.DECIDE_CASES).filter(
        state=CaseState.OPEN, kind=CaseKind.HOLD, reply__meaning=Meaning.UNCLEAR
    )
    numbers = held.order_by().values_list("reply__why").annotate(number=Count("pk"))
    found = numbers.filter(number__gt=1).order_by("-number", "reply__why")
    return list(found[:_MOST_REASONS])
