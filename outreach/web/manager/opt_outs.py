"""A parent called: whoever answers the telephone at school ends the messages there and then.

The address need not be known. What comes back says only that it is blocked, never whether
somebody of another school has it.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from outreach.core.errors import BadAddress, OutreachError
from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.organisation.visible_schools import EVERY_SCHOOL, seeing
from outreach.subscriptions.entering import Why, Written, enter_opt_out, read_address
from outreach.web.access import StaffRequest, Viewer, needs

_LONGEST_ADDRESS = 320


class OptOutForm(forms.Form):
    """Phone, mail address, or both. `country`: of numbers without a country code."""

    phone = forms.CharField(
        label=gettext_lazy("Phone number"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    email = forms.CharField(
        label=gettext_lazy("Email address"),
        required=False,
        max_length=_LONGEST_ADDRESS,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"}),
    )
    why = forms.ChoiceField(
        label=gettext_lazy("Why"),
        choices=[
            (Why.ASKED, gettext_lazy("The person wants no more messages")),
            (Why.NOT_THEIRS, gettext_lazy("Wrong number or address")),
            (Why.OTHER, gettext_lazy("Something else")),
        ],
        initial=Why.ASKED,
        widget=forms.RadioSelect,
    )
    evidence = forms.CharField(
        label=gettext_lazy("How you know"),
        max_length=150,
        help_text=gettext_lazy(
            "For example: phone call on 3 November. Please no names of parents or children."
        ),
    )

    def __init__(self, *args: Any, country: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._country = country
        self.written: list[Written] = []
        if not country:
            self.fields["phone"].help_text = gettext("With its country code, like +44 7700 900123.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for field in ("phone", "email"):
            if text := (cleaned.get(field) or "").strip():
                self._read(field, text)
        if not self.written and not self.errors:
            raise forms.ValidationError(gettext("Enter a phone number or an email address."))
        return cleaned

    def _read(self, field: str, text: str) -> None:
        if (field == "email") != ("@" in text):
            self.add_error(field, gettext("This belongs in the other field."))
            return
        try:
            self.written.append(read_address(text, self._country))
        except BadAddress as error:
            self.add_error(field, str(error))


@needs(Right.MANAGE_AUDIENCE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: StaffRequest) -> HttpResponse:
    """Asks for the address and how it is known, then blocks it everywhere."""
    country = _country(request.viewer)
    form = OptOutForm(request.POST if request.method == "POST" else None, country=country)
    if request.method != "POST" or not form.is_valid():
        return render(request, "manager/opt_out.html", {"form": form})
    try:
        # The block has to meet the address whichever school has it; nothing of it is shown.
        with seeing(request.method, EVERY_SCHOOL):
            for written in form.written:
                enter_opt_out(
                    written,
                    Why(form.cleaned_data["why"]),
                    evidence=form.cleaned_data["evidence"],
                    actor=request.viewer.actor,
                )
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("Blocked. Nothing more goes there, from any school."))
    return redirect("enter-opt-out")


def _country(viewer: Viewer) -> str:
    """The one country of the viewer's schools; "" where there are several."""
    found = School.objects.all()
    if Right.MANAGE_AUDIENCE not in viewer.rights.everywhere:
        found = found.filter(pk__in=viewer.rights.schools_with(Right.MANAGE_AUDIENCE))
    countries = list(found.values_list("country", flat=True).distinct()[:2])
    return str(countries[0]) if len(countries) == 1 else ""
