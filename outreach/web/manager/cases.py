"""Replies that wait for a person's decision.

Nothing is deleted here: a case ends with what was decided, in the decider's name. A call for
help is shown to those alone who have the right to read them, and its words only in answer to
a POST, so that every look is a line of the log and opening a link changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from outreach.consent.models import Hold
from outreach.core.channels import Channel
from outreach.core.errors import OutreachError
from outreach.organisation.models import AuditEntry
from outreach.organisation.permissions import Right
from outreach.replies.cases import close_case, keep_held, look_at, make_stop, release
from outreach.replies.models import Case, CaseAlert, CaseKind, CaseState, Reply
from outreach.replies.rules import Meaning
from outreach.web.access import StaffRequest, Viewer, needs
from outreach.web.manager.forms import OutcomeForm, ReasonForm
from outreach.web.templatetags.shown import inside, said

PAGE_SIZE = 20


# What the reading of a reply made of it, as people say it.
MEANINGS: Mapping[str, str] = {
    Meaning.STOP: gettext_noop("Wants no more messages"),
    Meaning.START: gettext_noop("Wants messages again"),
    Meaning.HELP: gettext_noop("Asks for help"),
    Meaning.JOIN: gettext_noop("Asks to be signed up"),
    Meaning.CRISIS: gettext_noop("May be in distress"),
    Meaning.UNCLEAR: gettext_noop("Perhaps wants no more messages"),
    Meaning.ANSWER: gettext_noop("An answer to the question of a message"),
    Meaning.AUTO_REPLY: gettext_noop("An automatic answer"),
    Meaning.OTHER: gettext_noop("Something that a person has to read"),
}


@dataclass(frozen=True)
class ReplyLine:
    """One reply of a case with the words for it."""

    reply: Reply

    @property
    def meaning(self) -> str:
        return gettext(MEANINGS.get(self.reply.meaning, self.reply.meaning))

    @property
    def answer(self) -> str:
        """What became of what we wrote back; empty when nothing was due."""
        notice = self.reply.answer
        if notice is not None:
            why = f" ({notice.reason})" if notice.reason else ""
            return f"{said(notice.get_kind_display())}: {inside(notice.get_state_display())}{why}"
        is_call = self.reply.meaning == Meaning.CRISIS
        return gettext("Nothing could be sent: write or call yourself.") if is_call else ""


@dataclass(frozen=True)
class CaseLine:
    """A case with the words for it."""

    case: Case

    @property
    def is_urgent(self) -> bool:
        return self.case.kind == CaseKind.CRISIS

    @property
    def is_held(self) -> bool:
        return self.case.kind == CaseKind.HOLD

    @property
    def is_unproven(self) -> bool:
        """A mail without the token of one of ours: nothing proves who wrote it, so nothing is
        held."""
        reply = self.case.reply
        return reply.address is None and reply.inbound.channel == Channel.EMAIL

    @cached_property
    def first(self) -> ReplyLine:
        return ReplyLine(self.case.reply)

    @property
    def name(self) -> str:
        """Who wrote, as far as a list may say."""
        school = self.case.reply.school
        way = gettext(self.case.reply.inbound.get_channel_display())
        if school is None:
            return gettext("{way} from a sender we do not know").format(way=way)
        return gettext("{way} from {school}").format(way=way, school=school.name)


@needs(Right.SEE_CASES)
@never_cache
@require_safe
def cases(request: StaffRequest) -> HttpResponse:
    """Those that wait, the most urgent first, then the newest; or (`?closed`) those decided."""
    closed = "closed" in request.GET
    found = visible_cases(request.viewer, Right.SEE_CASES)
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
    """One case with everything that helps to decide; of a call for help only its envelope."""
    found = _case(request.viewer, uuid, Right.SEE_CASES)
    if found.kind == CaseKind.CRISIS:
        context = {"case": found, "line": CaseLine(found), "alerts": _alerts(found)}
        return render(request, "manager/case_envelope.html", context)
    return _page(request, found, OutcomeForm())


@needs(Right.SEE_CASES)
@require_POST
def read(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Shows the words of a case, after noting that they were looked at."""
    found = _case(request.viewer, uuid, Right.SEE_CASES)
    look_at(found, actor=request.viewer.actor)
    return _page(request, found, OutcomeForm())


@needs(Right.DECIDE_CASES)
@require_POST
def close(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Ends the case with what was decided."""
    found = _case(request.viewer, uuid, Right.DECIDE_CASES)
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
    found = _case(request.viewer, uuid, Right.DECIDE_CASES)
    try:
        make_stop(found, actor=request.viewer.actor)
    except OutreachError as error:
        messages.error(request, str(error))
        return redirect("case", uuid=uuid)
    done = gettext("Blocked. Nothing more goes there.")
    if found.kind == CaseKind.CRISIS:
        messages.success(request, done)
        return redirect("case", uuid=uuid)
    return _close(request, found, gettext("Understood as: stop."), done)


@needs(Right.DECIDE_CASES)
@require_POST
def let_go(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Ends the hold on the address; the case stays open until it is closed."""
    found = _case(request.viewer, uuid, Right.DECIDE_CASES)
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
    found = _case(request.viewer, uuid, Right.DECIDE_CASES)
    try:
        keep_held(found, _why(request), actor=request.viewer.actor)
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("Kept on hold. We will remind you again."))
    return redirect("case", uuid=uuid)


def _why(request: StaffRequest) -> str:
    form = ReasonForm(request.POST)
    return str(form.cleaned_data["why"]) if form.is_valid() else ""


def visible_cases(viewer: Viewer, right: Right) -> QuerySet[Case]:
    """Cases of the schools for which the viewer has `right`, calls for help only with the right
    to read them as well; the others do not exist."""
    found = Case.objects.select_related(
        "reply__inbound", "reply__school", "reply__address", "reply__answer"
    )
    rights = viewer.rights
    if right not in rights.everywhere:
        found = found.filter(reply__school__in=rights.schools_with(right))
    if Right.SEE_CRISES in rights.everywhere:
        return found
    may_read = Q(reply__school__in=rights.schools_with(Right.SEE_CRISES))
    return found.filter(~Q(kind=CaseKind.CRISIS) | may_read)


def _case(viewer: Viewer, uuid: UUID, right: Right) -> Case:
    found = visible_cases(viewer, right).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def _alerts(found: Case) -> Sequence[CaseAlert]:
    return list(found.sent_alerts.select_related("staff", "notice").order_by("-id")[:50])


def _page(request: StaffRequest, found: Case, form: OutcomeForm) -> HttpResponse:
    address = found.reply.address
    held = Hold.objects.filter(address=address, released_at=None).first() if address else None
    replies = found.replies.select_related("inbound", "answer").order_by("id")
    page = {
        "case": found,
        "line": CaseLine(found),
        "replies": [ReplyLine(each) for each in replies] or [ReplyLine(found.reply)],
        "form": form,
        "hold": held,
        "hold_form": ReasonForm(auto_id="hold_%s"),
        "keep_form": ReasonForm(auto_id="keep_%s"),
        "alerts": _alerts(found),
        "log": AuditEntry.objects.filter(subject=f"case:{found.uuid}").order_by("-id")[:50],
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
