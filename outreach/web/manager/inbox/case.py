"""One case: read it, and decide about it.

Nothing is deleted here: a case ends with what was decided, in the decider's name. A call for
help is shown to those alone who have the right to read them, and its words only in answer to
a POST, so that every look is a line of the log and opening a link changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from outreach.consent.models import Hold
from outreach.core.errors import OutreachError
from outreach.organisation.models import AuditEntry
from outreach.organisation.permissions import Right
from outreach.replies.cases import (
    close_case,
    keep_held,
    look_at,
    make_stop,
    put_back,
    release,
    take,
)
from outreach.replies.models import Case, CaseAlert, CaseKind
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.forms import OutcomeForm, ReasonForm
from outreach.web.manager.inbox.lines import CaseLine, ReplyLine
from outreach.web.manager.inbox.visible import visible_case


@needs(Right.SEE_CASES)
@never_cache
@require_safe
def case(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """One case with everything that helps to decide; of a call for help only its envelope."""
    found = visible_case(request.viewer, uuid, Right.SEE_CASES)
    if found.kind == CaseKind.CRISIS:
        context = _head(request, found)
        return render(request, "manager/inbox/envelope.html", context)
    return _page(request, found, OutcomeForm())


@needs(Right.SEE_CASES)
@require_POST
def read(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Shows the words of a case, after noting that they were looked at."""
    found = visible_case(request.viewer, uuid, Right.SEE_CASES)
    look_at(found, actor=request.viewer.actor)
    return _page(request, found, OutcomeForm())


@needs(Right.DECIDE_CASES)
@require_POST
def close(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Ends the case with what was decided."""
    found = visible_case(request.viewer, uuid, Right.DECIDE_CASES)
    form = OutcomeForm(request.POST)
    if form.is_valid():
        return _close(request, found, form.cleaned_data["outcome"], gettext("Closed."))
    if found.kind == CaseKind.CRISIS:
        look_at(found, actor=request.viewer.actor)  # the page with the mistake shows the words
    return _page(request, found, form)


@needs(Right.DECIDE_CASES)
@require_POST
def stop(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Blocks the address as the person asked, then ends the case; a call for help stays open,
    because it asked for more than that."""
    found = visible_case(request.viewer, uuid, Right.DECIDE_CASES)
    try:
        make_stop(found, actor=request.viewer.actor)
    except OutreachError as error:
        messages.error(request, str(error))
        return redirect("case", uuid=uuid)
    done = gettext("Blocked. Nothing more goes there.")
    if found.kind == CaseKind.CRISIS:
        messages.success(request, done)
        return redirect("case", uuid=uuid)
    return _close(request, found, gettext_noop("Understood as: stop."), done)


@needs(Right.DECIDE_CASES)
@require_POST
def let_go(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Ends the hold on the address; the case stays open until it is closed."""
    found = visible_case(request.viewer, uuid, Right.DECIDE_CASES)
    try:
        release(found, _why(request), actor=request.viewer.actor)
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("Messages may go to this address again."))
    return redirect("case", uuid=uuid)


@needs(Right.DECIDE_CASES)
@require_POST
def keep(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The hold stays on purpose; the next reminder comes later."""
    found = visible_case(request.viewer, uuid, Right.DECIDE_CASES)
    try:
        keep_held(found, _why(request), actor=request.viewer.actor)
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("Kept on hold. We will remind you again."))
    return redirect("case", uuid=uuid)


@needs(Right.DECIDE_CASES)
@require_POST
def take_it(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The viewer sees to it from now on; pressed again, nobody in particular does."""
    found = visible_case(request.viewer, uuid, Right.DECIDE_CASES)
    staff, actor = request.viewer.staff, request.viewer.actor
    try:
        if "back" in request.POST or staff is None:
            put_back(found, actor=actor)
            done = gettext("It waits for nobody in particular.")
        else:
            take(found, staff, actor=actor)
            done = gettext("It waits for you now.")
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    if (listed := request.POST.get("list")) is not None:  # the page of the list it was pressed on
        return redirect(f"{reverse('cases')}?{listed}#case-{uuid}")
    return redirect("case", uuid=uuid)


def _why(request: StaffRequest) -> str:
    form = ReasonForm(request.POST)
    return str(form.cleaned_data["why"]) if form.is_valid() else ""


def _alerts(found: Case) -> Sequence[CaseAlert]:
    return list(found.sent_alerts.select_related("staff", "notice__sender").order_by("-id")[:50])


def _head(request: StaffRequest, found: Case) -> dict[str, Any]:
    """What every view of a case needs."""
    viewer = request.viewer
    return {
        "case": found,
        "line": CaseLine(found, viewer.staff.pk if viewer.staff else None),
        "alerts": _alerts(found),
        "may_decide": viewer.rights.has(Right.DECIDE_CASES, found.reply.school_id),
    }


def _page(request: StaffRequest, found: Case, form: OutcomeForm) -> HttpResponse:
    address = found.reply.address
    held = Hold.objects.filter(address=address, released_at=None).first() if address else None
    replies = found.replies.select_related("inbound", "answer__sender").order_by("id")
    page = {
        **_head(request, found),
        "replies": [ReplyLine(each) for each in replies] or [ReplyLine(found.reply)],
        "form": _with_key(form, "outcome", "c"),
        "hold": held,
        "hold_form": _with_key(ReasonForm(auto_id="hold_%s"), "why", "e"),
        "keep_form": _with_key(ReasonForm(auto_id="keep_%s"), "why", "h"),
        "log": AuditEntry.objects.filter(subject=f"case:{found.uuid}").order_by("-id")[:50],
    }
    return render(request, "manager/inbox/case.html", page)


def _with_key(form: forms.Form, field: str, key: str) -> forms.Form:
    """The single key that leads to this field (static/web/keys.js)."""
    form.fields[field].widget.attrs["aria-keyshortcuts"] = key
    return form


def _close(request: StaffRequest, found: Case, outcome: str, done: str) -> HttpResponse:
    try:
        close_case(found, outcome, actor=request.viewer.actor)
    except OutreachError as error:
        messages.error(request, str(error))
        return redirect("case", uuid=found.uuid)
    messages.success(request, done)
    return redirect("cases")
