"""Replies that wait for a person's decision.

Nothing is deleted here: a case ends with what was decided, in the decider's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from outreach.consent.actions import release_hold
from outreach.consent.models import Hold
from outreach.core.channels import Channel
from outreach.core.emails import normalise_email
from outreach.core.errors import OutreachError
from outreach.organisation.permissions import Right
from outreach.replies.actions import NORMAL_PRIORITY, close_case
from outreach.replies.models import Case, CaseState, Reply
from outreach.replies.rules import Meaning
from outreach.subscriptions.opt_out import opt_out
from outreach.web.access import StaffRequest, Viewer, needs
from outreach.web.manager.forms import OutcomeForm, ReasonForm

PAGE_SIZE = 20


# What the reading of a reply made of it, as people say it.
MEANINGS: Mapping[str, str] = {
    Meaning.STOP: "Wants no more messages",
    Meaning.START: "Wants messages again",
    Meaning.HELP: "Asks for help",
    Meaning.AUTO_REPLY: "An automatic answer",
    Meaning.OTHER: "Something that a person has to read",
}


@dataclass(frozen=True)
class CaseLine:
    """A case with the words for it. `is_urgent`: before the others, whatever their age."""

    case: Case

    @property
    def is_urgent(self) -> bool:
        return self.case.priority < NORMAL_PRIORITY

    @property
    def meaning(self) -> str:
        return MEANINGS.get(self.case.reply.meaning, self.case.reply.meaning)


@needs(Right.SEE_CASES)
@never_cache
@require_safe
def cases(request: StaffRequest) -> HttpResponse:
    """Those that wait, the most urgent first, then the newest; or (`?closed`) those decided."""
    closed = "closed" in request.GET
    found = _visible(request.viewer, Right.SEE_CASES)
    if closed:
        found = found.filter(state=CaseState.CLOSED).order_by("-closed_at")
    else:
        found = found.filter(state=CaseState.OPEN).order_by("priority", "-opened_at")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    lines = [CaseLine(each) for each in page]
    context = {"page": page, "lines": lines, "closed": closed}
    return render(request, "manager/cases.html", context)


@needs(Right.SEE_CASES)
@never_cache
@require_safe
def case(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """One reply with everything that helps to decide."""
    return _page(request, _case(request.viewer, uuid, Right.SEE_CASES), OutcomeForm())


@needs(Right.DECIDE_CASES)
@require_POST
def close(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Ends the case with what was decided."""
    found = _case(request.viewer, uuid, Right.DECIDE_CASES)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    return _close(request, found, form.cleaned_data["outcome"], "Closed.")


@needs(Right.DECIDE_CASES)
@require_POST
def stop(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Blocks the address on this channel as the person asked, then ends the case."""
    found = _case(request.viewer, uuid, Right.DECIDE_CASES)
    inbound = found.reply.inbound
    try:
        opt_out(
            inbound.channel,
            _match_key(found.reply),
            evidence=f"inbound:{inbound.pk}",
            actor=request.viewer.actor,
        )
    except OutreachError as error:
        messages.error(request, str(error))
        return redirect("case", uuid=uuid)
    return _close(request, found, "Understood as: stop.", "Blocked. Nothing more goes there.")


@needs(Right.DECIDE_CASES)
@require_POST
def release(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Ends the hold on the address; the case stays open until it is closed."""
    found = _case(request.viewer, uuid, Right.DECIDE_CASES)
    form = ReasonForm(request.POST)
    address = found.reply.address
    if address is None or not form.is_valid():
        messages.error(request, "Say why the hold can end.")
    elif release_hold(address.pk, why=form.cleaned_data["why"], actor=request.viewer.actor):
        messages.success(request, "Messages may go to this address again.")
    else:
        messages.error(request, "There was no hold any more.")
    return redirect("case", uuid=uuid)


def _match_key(reply: Reply) -> str:
    """The address that we know, or the one that is written. Raises BadAddress for nonsense."""
    if reply.address is not None:
        return reply.address.match_key
    written = reply.inbound.from_address
    is_mail = reply.inbound.channel == Channel.EMAIL
    return normalise_email(written).match_key if is_mail else written.strip()


def _visible(viewer: Viewer, right: Right) -> QuerySet[Case]:
    """Cases of the schools for which the viewer has `right`; the others' do not exist."""
    found = Case.objects.select_related("reply__inbound", "reply__school", "reply__address")
    if right in viewer.rights.everywhere:
        return found
    return found.filter(reply__school__in=viewer.rights.schools_with(right))


def _case(viewer: Viewer, uuid: UUID, right: Right) -> Case:
    found = _visible(viewer, right).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def _page(request: StaffRequest, found: Case, form: OutcomeForm) -> HttpResponse:
    address = found.reply.address
    held = Hold.objects.filter(address=address, released_at=None).first() if address else None
    page = {
        "case": found,
        "line": CaseLine(found),
        "form": form,
        "hold": held,
        "hold_form": ReasonForm(auto_id="hold_%s"),
        "may_decide": request.viewer.rights.has(Right.DECIDE_CASES, found.reply.school_id),
    }
    return render(request, "manager/case.html", page)


def _close(request: StaffRequest, found: Case, outcome: str, done: str) -> HttpResponse:
    try:
        close_case(found, outcome, actor=request.viewer.actor)
    except OutreachError as error:
        messages.error(request, str(error))
        return redirect("case", uuid=found.uuid)
    messages.success(request, done)
    return redirect("cases")
