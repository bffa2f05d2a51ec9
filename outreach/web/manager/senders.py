"""What senders may send and have sent today; their limits, warm-up and pauses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from outreach.core.clock import now
from outreach.core.errors import OutreachError
from outreach.delivery import limits
from outreach.delivery.capacity import senders_today, spent_today
from outreach.organisation.audit import Actor
from outreach.organisation.limits import Limits, account_of, end_warm_up, lift_pauses
from outreach.organisation.models import AuditEntry, Organisation, Sender
from outreach.organisation.permissions import Right
from outreach.providers.port import ProviderName
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.forms import ReasonForm
from outreach.web.manager.limit_forms import AccountLimitForm, LimitForm, WarmUpForm

_HISTORY = 20


@dataclass(frozen=True)
class Change:
    """A question with its form. `act` raises OutreachError; `done` is said afterwards."""

    title: str
    lead: str
    button: str
    done: str
    act: Callable[[forms.Form, Actor], object]


@needs(Right.MANAGE_SENDERS)
@require_safe
def senders(request: StaffRequest) -> HttpResponse:
    """All senders with what they may and what they have sent today."""
    organisation = Organisation.objects.filter(pk=1).first()
    context = {
        "lines": senders_today(),
        "money": spent_today(organisation.day_cap_micros) if organisation else None,
        "currency": organisation.currency if organisation else "",
        "today": now().date(),
        "changes": AuditEntry.objects.filter(
            action__in=[
                "sender.limits",
                "account.limits",
                "sender.warm-up",
                "sender.warm-up-ended",
                "sender.pause-lifted",
            ]
        ).order_by("-pk")[:_HISTORY],
    }
    return render(request, "manager/senders.html", context)


@needs(Right.MANAGE_SENDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def limit(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The limits of one sender."""
    sender = _sender(uuid)
    form = LimitForm(
        _posted(request),
        initial={"rate_per_second": sender.rate_per_second, "most_a_day": sender.most_a_day},
    )
    change = Change(
        title=gettext("Limits of {identity}").format(identity=sender.identity),
        lead=gettext("They hold from the next message on, also for sends that are under way."),
        button=gettext("Set these limits"),
        done=gettext("The limits of {identity} are set.").format(identity=sender.identity),
        act=lambda given, actor: limits.limit_sender(
            sender, _limits(given), actor=actor, why=given.cleaned_data["why"]
        ),
    )
    return _ask_or_act(request, form, change)


@needs(Right.MANAGE_SENDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def limit_account(request: StaffRequest, provider: str) -> HttpResponse:
    """The limits of all senders of one account together."""
    if provider not in set(ProviderName):
        raise Http404
    before = account_of(provider)
    form = AccountLimitForm(
        _posted(request),
        initial={"rate_per_second": before.rate_per_second, "most_a_day": before.most_a_day},
    )
    change = Change(
        title=gettext("Limits of the account at {provider}").format(provider=provider),
        lead=gettext("For all its senders together, on top of their own limits."),
        button=gettext("Set these limits"),
        done=gettext("The limits of the account at {provider} are set.").format(provider=provider),
        act=lambda given, actor: limits.limit_account(
            provider, _limits(given), actor=actor, why=given.cleaned_data["why"]
        ),
    )
    return _ask_or_act(request, form, change)


@needs(Right.MANAGE_SENDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def warm_up(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """How a new domain or number grows day by day."""
    sender = _sender(uuid)
    initial = (
        {"from_day": sender.warm_up_from, "days": ", ".join(map(str, sender.warm_up))}
        if sender.warm_up_from
        else None
    )
    change = Change(
        title=gettext("Warm-up of {identity}").format(identity=sender.identity),
        lead=gettext(
            "Receiving sides trust a new domain or number that grows by and by. What does not "
            "fit on a day waits while its step is still worth reading, then it is not sent."
        ),
        button=gettext("Set this warm-up"),
        done=gettext("The warm-up of {identity} is set.").format(identity=sender.identity),
        act=lambda given, actor: _warm_up(sender, given, actor),
    )
    return _ask_or_act(request, WarmUpForm(_posted(request), initial=initial), change)


@needs(Right.MANAGE_SENDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Ends a pause that a provider asked for, before its time."""
    sender = _sender(uuid)
    change = Change(
        title=gettext("Let {identity} go on?").format(identity=sender.identity),
        lead=gettext("The provider asked us to wait. It will ask again if it is still busy."),
        button=gettext("Go on"),
        done=gettext("{identity} goes on.").format(identity=sender.identity),
        act=lambda given, actor: lift_pauses(sender, actor=actor, why=given.cleaned_data["why"]),
    )
    return _ask_or_act(request, ReasonForm(_posted(request)), change)


def _ask_or_act(request: StaffRequest, form: forms.Form, change: Change) -> HttpResponse:
    if request.method != "POST" or not form.is_valid():
        return render(request, "manager/sender_change.html", {"form": form, "change": change})
    try:
        change.act(form, request.viewer.actor)
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, change.done)
    return redirect("senders")


def _warm_up(sender: Sender, form: forms.Form, actor: Actor) -> Sender:
    given = form.cleaned_data
    if not given["days"]:
        return end_warm_up(sender, actor=actor, why=given["why"])
    return limits.start_warm_up(
        sender, from_day=given["from_day"], schedule=given["days"], actor=actor, why=given["why"]
    )


def _limits(form: forms.Form) -> Limits:
    return Limits(form.cleaned_data["rate_per_second"], form.cleaned_data["most_a_day"])


def _sender(uuid: UUID) -> Sender:
    found = Sender.objects.filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def _posted(request: StaffRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
