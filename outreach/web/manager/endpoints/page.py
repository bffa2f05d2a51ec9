"""Endpoints of other systems: how they fare, and what is done with them.

Owns no rule: every press is a verb of `outbound.hooks`, as at the terminal. A secret is shown once,
in the answer to the request that made it, and stands nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outreach.core.errors import OutreachError
from outreach.organisation.models import AuditEntry
from outreach.organisation.permissions import Right
from outreach.outbound import hooks as verbs
from outreach.outbound.models import Hook, HookEvent, HookMessage, HookState, MessageState
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.forms import ReasonForm
from outreach.web.words import Badge, Tone

_MOST_LETTERS = 50
_HISTORY = 20
EVENT_WORDS = {
    HookEvent.DELIVERY: gettext_noop("What became of messages"),
    HookEvent.CONSENT: gettext_noop("What people agreed to, and stops"),
    HookEvent.CASE: gettext_noop("That a reply waits for a person"),
}


class EndpointForm(forms.Form):
    """Where, and what it is told."""

    url = forms.CharField(
        label=lazy("Address"),
        max_length=500,
        help_text=lazy("https, and reachable from outside. For example https://hub.example.org/in"),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label=lazy("What it is told"),
        choices=[(event.value, lazy(words)) for event, words in EVENT_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": lazy("Tick at least one.")},
    )


@needs(Right.CONNECT_SYSTEMS)
@never_cache
@require_safe
def endpoints(request: StaffRequest) -> HttpResponse:
    """Those that have not ended."""
    lines = [(hook, badge_of(hook), _told(hook)) for hook in _counted()]
    return render(request, "manager/endpoints/list.html", {"lines": lines})


@needs(Right.CONNECT_SYSTEMS, fresh=True)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    """Asks for the address, then shows the secret, once."""
    form = EndpointForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "manager/endpoints/add.html", {"form": form})
    given = form.cleaned_data
    events = {HookEvent(each) for each in given["events"]}
    try:
        made = verbs.add_hook(given["url"], events, actor=request.viewer.actor)
    except OutreachError as error:
        form.add_error("url", str(error))
        return render(request, "manager/endpoints/add.html", {"form": form})
    return _secret(request, made, is_new=True)


@needs(Right.CONNECT_SYSTEMS)
@never_cache
@require_safe
def endpoint(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """One of them, with what was given up and what can be done."""
    return _page(request, uuid)


@needs(Right.CONNECT_SYSTEMS, fresh=True)
@never_cache
@require_POST
def renew(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Another secret, shown once; for a day both sign."""
    made = verbs.renew_secret(verbs.hook_by_uuid(uuid), actor=request.viewer.actor)
    return _secret(request, made, is_new=False)


@needs(Right.CONNECT_SYSTEMS)
@require_POST
def pause(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Nothing is sent to it until it is resumed."""
    return _with_reason(
        request,
        uuid,
        lambda hook, why: verbs.pause_hook(hook, why=why, actor=request.viewer.actor),
        gettext("Paused. What it is to be told waits for three days."),
    )


@needs(Right.CONNECT_SYSTEMS)
@require_POST
def resume(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """What waits goes out, the oldest first."""
    try:
        verbs.resume_hook(verbs.hook_by_uuid(uuid), actor=request.viewer.actor)
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("It is told again, the oldest first."))
    return redirect("endpoint", uuid=uuid)


@needs(Right.CONNECT_SYSTEMS)
@require_POST
def send_again(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """What was given up is tried for another three days."""
    number = verbs.retry_dead(verbs.hook_by_uuid(uuid), actor=request.viewer.actor)
    words = ngettext("%(number)d message waits again.", "%(number)d messages wait again.", number)
    messages.success(request, words % {"number": number})
    return redirect("endpoint", uuid=uuid)


@needs(Right.CONNECT_SYSTEMS, fresh=True)
@require_POST
def end(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """For good; what waits for it is dropped."""
    return _with_reason(
        request,
        uuid,
        lambda hook, why: verbs.end_hook(hook, why=why, actor=request.viewer.actor),
        gettext("Ended. It is told nothing any more."),
        goes_to="endpoints",
    )


def badge_of(hook: Hook) -> Badge:
    """How it fares."""
    if hook.state == HookState.PAUSED:
        return Badge(gettext("Paused"), Tone.HALT)
    if hook.failing_since is not None:
        return Badge(gettext("Does not answer"), Tone.BAD)
    if hook.delivered_at is not None:
        return Badge(gettext("Works"), Tone.GOOD)
    return Badge(gettext("Nothing to tell yet"), Tone.CALM)


def _counted() -> QuerySet[Hook]:
    """With how many messages wait for each, and how many were given up."""
    return verbs.hooks().annotate(
        waiting=Count("hookmessage", filter=Q(hookmessage__state=MessageState.WAITING)),
        dead=Count("hookmessage", filter=Q(hookmessage__state=MessageState.DEAD)),
    )


def _told(hook: Hook) -> list[str]:
    return [gettext(EVENT_WORDS[HookEvent(event)]) for event in hook.events]


def _with_reason(
    request: StaffRequest,
    uuid: UUID,
    act: Callable[[Hook, str], object],
    done: str,
    *,
    goes_to: str = "endpoint",
) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Nothing was done: say why, for those who read it later."))
        return redirect("endpoint", uuid=uuid)
    try:
        act(verbs.hook_by_uuid(uuid), form.cleaned_data["why"])
    except OutreachError as error:
        messages.error(request, str(error))
        return redirect("endpoint", uuid=uuid)
    messages.success(request, done)
    return redirect("endpoints") if goes_to == "endpoints" else redirect("endpoint", uuid=uuid)


def _page(request: StaffRequest, uuid: UUID) -> HttpResponse:
    hook = verbs.hook_by_uuid(uuid)
    found = _counted().get(pk=hook.pk)
    dead = HookMessage.objects.filter(hook=hook, state=MessageState.DEAD).defer("body")
    context: dict[str, Any] = {
        "hook": found,
        "badge": badge_of(found),
        "told": _told(found),
        "dead": [(letter, _event(letter)) for letter in dead.order_by("-pk")[:_MOST_LETTERS]],
        "most": _MOST_LETTERS,
        "pause_form": ReasonForm(auto_id="pause_%s"),
        "end_form": ReasonForm(auto_id="end_%s"),
        "changes": AuditEntry.objects.filter(subject=f"hook:{hook.uuid}").order_by("-pk")[
            :_HISTORY
        ],
    }
    return render(request, "manager/endpoints/endpoint.html", context)


def _event(letter: HookMessage) -> str:
    return gettext(EVENT_WORDS[HookEvent(letter.event)])


def _secret(request: StaffRequest, made: verbs.NewSecret, *, is_new: bool) -> HttpResponse:
    context = {"hook": made.hook, "secret": made.secret, "is_new": is_new}
    return render(request, "manager/endpoints/secret.html", context)
