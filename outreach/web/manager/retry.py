"""Failed messages of a send again: how many, why they failed, what would not be sent again.

The same action as `outreach launch retry-failed`. The numbers stand there before anybody decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from outreach.campaigns.models import Launch
from outreach.campaigns.queries import launch_by_uuid
from outreach.core.errors import OutreachError
from outreach.delivery.actions import retry_failed
from outreach.delivery.failures import FailedGroup, Failures, failures_of
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.forms import ReasonForm


class RetryForm(ReasonForm):
    """Which of the reasons, and why."""

    causes = forms.MultipleChoiceField(
        label=lazy("Send these again"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": lazy("Tick at least one, or go back.")},
    )

    field_order = ("causes", "why")

    def __init__(self, groups: Sequence[FailedGroup], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["causes"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(group.cause, group.cause) for group in groups if group.in_time]
        self.ticked = (
            set(self.data.getlist("causes"))  # type: ignore[attr-defined]  # a QueryDict
            if self.is_bound
            else {group.cause for group in groups if not (group.is_hopeless or group.is_to_mend)}
        )


@needs(Right.MANAGE_LAUNCHES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def retry(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Asks with the numbers, then puts them back to waiting."""
    launch = launch_by_uuid(str(uuid))
    failures = failures_of(launch)
    form = RetryForm(failures.groups, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _ask(request, launch, failures, form)
    given = form.cleaned_data
    try:
        number = retry_failed(
            launch, actor=request.viewer.actor, why=given["why"], causes=given["causes"]
        )
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        words = ngettext(
            "%(number)d message waits to be sent again.",
            "%(number)d messages wait to be sent again.",
            number,
        )
        messages.success(request, words % {"number": number})
    return redirect("launch", uuid=launch.uuid)


def _ask(
    request: StaffRequest, launch: Launch, failures: Failures, form: RetryForm
) -> HttpResponse:
    context = {
        "launch": launch,
        "failures": failures,
        "form": form,
        "lines": [
            (group, chance_words(group), group.cause in form.ticked) for group in failures.groups
        ],
    }
    return render(request, "manager/retry.html", context)


def chance_words(group: FailedGroup) -> str:
    """What sending it again would come to, and what helps."""
    if group.is_hopeless:
        return gettext("It would fail again: this address takes no messages from us.")
    if group.is_to_mend:
        return gettext("It fails again until it is mended at the provider, or in the text.")
    if not group.kind:
        return gettext("We do not know this reason: once more may help.")
    return gettext("The reason may have passed.")
