"""One decision about all replies that are on hold for the same reason.

First what it would do, then the button that does it; never about a call for help.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from outreach.core.errors import OutreachError
from outreach.organisation.permissions import Right
from outreach.replies.models import Case, CaseKind, CaseState
from outreach.replies.rules import Meaning
from outreach.replies.together import (
    MOST_TOGETHER,
    Answer,
    Consequence,
    consequence,
    decide_together,
)
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.forms import ReasonForm
from outreach.web.manager.inbox.lines import CaseLine, ReplyLine
from outreach.web.manager.inbox.visible import visible_cases

_ACT = "act"


class TogetherForm(ReasonForm):
    """What is decided about those that are ticked."""

    answer = forms.ChoiceField(
        label=lazy("All that are ticked"),
        choices=[
            (Answer.STOP, lazy("They ask for no more messages: block them")),
            (Answer.RELEASE, lazy("They do not: let messages go out again")),
            (Answer.KEEP, lazy("Keep them on hold for now")),
        ],
        widget=forms.RadioSelect,
    )

    field_order = ("answer", "why")


@needs(Right.DECIDE_CASES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def together(request: StaffRequest) -> HttpResponse:
    """`?why=`: the reason for which they are on hold. POST says what would happen, and with
    `do=act` does it."""
    why = request.GET.get("why", "")
    found = list(_alike(request, why)[:MOST_TOGETHER])
    posted = request.method == "POST"
    form = TogetherForm(request.POST if posted else None)
    ticked = {*request.POST.getlist("case")} if posted else {str(case.uuid) for case in found}
    chosen = [case for case in found if str(case.uuid) in ticked]
    if not posted or not form.is_valid():
        return _page(request, found, form, ticked)
    try:
        effect = consequence(chosen)
        if request.POST.get("do") == _ACT and request.POST.get("seen") == _seen(chosen, form):
            return _act(request, chosen, form)
    except OutreachError as error:
        form.add_error(None, str(error))
        return _page(request, found, form, ticked)
    look = {"sentences": _sentences(effect, form), "seen": _seen(chosen, form)}
    return _page(request, found, form, ticked, **look)


def _act(request: StaffRequest, chosen: list[Case], form: TogetherForm) -> HttpResponse:
    given = form.cleaned_data
    actor = request.viewer.actor
    done = decide_together(chosen, Answer(given["answer"]), given["why"], actor=actor)
    words = ngettext(
        "Decided about %(number)d reply.", "Decided about %(number)d replies.", done.decided
    )
    messages.success(request, words % {"number": done.decided})
    if done.left:
        left = ngettext(
            "%(number)d has changed meanwhile and was left as it is.",
            "%(number)d have changed meanwhile and were left as they are.",
            done.left,
        )
        messages.warning(request, left % {"number": done.left})
    return redirect("cases")


def _alike(request: StaffRequest, why: str) -> QuerySet[Case]:
    """Those on hold for this reason, of the schools for which the viewer decides."""
    found = visible_cases(request.viewer, Right.DECIDE_CASES).filter(
        state=CaseState.OPEN, kind=CaseKind.HOLD, reply__meaning=Meaning.UNCLEAR, reply__why=why
    )
    return found.prefetch_related("replies__inbound").order_by("opened_at")


def _seen(chosen: Sequence[Case], form: TogetherForm) -> str:
    """What was looked at: acting has to bring it back."""
    numbers = ",".join(str(case.pk) for case in chosen)
    return f"{form.cleaned_data['answer']}:{numbers}"


def _page(
    request: StaffRequest,
    found: Sequence[Case],
    form: TogetherForm,
    ticked: set[str],
    **look: Any,
) -> HttpResponse:
    """`look`: what would happen, and the mark that acting has to bring back."""
    lines = [
        (CaseLine(case), [ReplyLine(each) for each in case.replies.all()], str(case.uuid) in ticked)
        for case in found
    ]
    context: dict[str, Any] = {
        "why": request.GET.get("why", ""),
        "lines": lines,
        "form": form,
        **look,
    }
    return render(request, "manager/inbox/together.html", context)


def _sentences(effect: Consequence, form: TogetherForm) -> list[str]:
    """What happens then, in whole sentences."""
    answer = Answer(form.cleaned_data["answer"])
    if answer is Answer.STOP:
        found = [_blocked(effect), gettext("Only the person can ask for messages again.")]
    elif answer is Answer.RELEASE:
        found = [_released(effect), gettext("What is still inside its hours goes out to them.")]
    else:
        return [_kept(effect), gettext("The cases stay here, and you are reminded again later.")]
    if effect.unproven and answer is Answer.STOP:
        found.append(_unproven(effect))
    return [*found, gettext("The cases are closed, each with your reason in the log.")]


def _blocked(effect: Consequence) -> str:
    words = ngettext(
        "%(number)d address is blocked: nothing more goes there by the way it wrote, "
        "from any school.",
        "%(number)d addresses are blocked: nothing more goes there by the way they wrote, "
        "from any school.",
        effect.cases,
    )
    return words % {"number": effect.cases}


def _released(effect: Consequence) -> str:
    words = ngettext(
        "The hold on %(number)d address ends.",
        "The holds on %(number)d addresses end.",
        effect.held,
    )
    return words % {"number": effect.held}


def _kept(effect: Consequence) -> str:
    words = ngettext(
        "Nothing goes to %(number)d address for now.",
        "Nothing goes to %(number)d addresses for now.",
        effect.held,
    )
    return words % {"number": effect.held}


def _unproven(effect: Consequence) -> str:
    words = ngettext(
        "%(number)d came by a mail that proves nothing about who wrote it: the address in “From” "
        "is blocked.",
        "%(number)d came by mails that prove nothing about who wrote them: the addresses in "
        "“From” are blocked.",
        effect.unproven,
    )
    return words % {"number": effect.unproven}
