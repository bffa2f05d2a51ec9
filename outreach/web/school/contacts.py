"""A school's child-protection contacts: who they are, their phone, and their test alert.

Whoever is one reads calls for help, so nobody makes themselves one: a new person is invited, and
an account that is there already gets the role from an administrator.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outreach.core.errors import NotNow, OutreachError
from outreach.core.phones import normalise_phone
from outreach.notices.staff_letters import mail_link
from outreach.organisation.accounts import Invited, invite_staff
from outreach.organisation.members import not_here_yet
from outreach.organisation.models import Role, School, Staff
from outreach.organisation.permissions import Right
from outreach.organisation.readiness import CONTACT_WORDS, Contact, ContactState, contacts
from outreach.organisation.staff import set_phone
from outreach.replies.alerts import send_test_alert
from outreach.web.access import StaffRequest, needs, seeing_every_school
from outreach.web.alert_words import say_what_goes
from outreach.web.school.finding import school_of
from outreach.web.school.tabs import of_school
from outreach.web.words import Badge, Tone, member_badge

_TONES = {
    ContactState.NO_PHONE: Tone.BAD,
    ContactState.NOT_TESTED: Tone.ASK,
    ContactState.WAITING: Tone.ASK,
    ContactState.READY: Tone.GOOD,
}


class PhoneForm(forms.Form):
    """Where alerts come by text."""

    phone = forms.CharField(
        label=lazy("Mobile number"),
        max_length=40,
        help_text=lazy("Alerts come by text too, at any hour. It needs a new test alert then."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )


class ContactForm(forms.Form):
    """Whom to invite."""

    name = forms.CharField(label=lazy("Name"), max_length=120)
    email = forms.EmailField(
        label=lazy("Email address"), help_text=lazy("The invitation goes there, and alerts later.")
    )


@needs(Right.MANAGE_AUDIENCE)
@never_cache
@require_safe
def contacts_page(request: StaffRequest, school: UUID) -> HttpResponse:
    """Each contact, how far they are, and when they confirmed a test alert."""
    found = school_of(request.viewer, school)
    lines = [
        (
            each,
            Badge(gettext(CONTACT_WORDS[each.state]), _TONES[each.state]),
            _may_change(each.staff, found),
        )
        for each in _contacts(found)
    ]
    expected = not_here_yet(Role.SAFEGUARDING_LEAD, found)
    page = {"lines": lines, "expected": [(each, member_badge(each.state)) for each in expected]}
    return render(request, "school/contacts.html", of_school(request, found) | page)


@needs(Right.MANAGE_AUDIENCE)
@require_POST
def test(request: StaffRequest, school: UUID, uuid: UUID) -> HttpResponse:
    """Sends a test alert to one of the contacts."""
    found = school_of(request.viewer, school)
    staff = _contact(found, uuid)
    try:
        with _letters_to_staff():
            sent = send_test_alert(staff, actor=request.viewer.actor)
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        say_what_goes(request, staff, sent)
    return redirect("school-contacts", school=found.uuid)


@needs(Right.MANAGE_AUDIENCE, fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: StaffRequest, school: UUID, uuid: UUID) -> HttpResponse:
    """Another number for one of the contacts."""
    found = school_of(request.viewer, school)
    staff = _contact(found, uuid)
    form = PhoneForm(
        request.POST if request.method == "POST" else None, initial={"phone": staff.phone}
    )
    if request.method == "POST" and form.is_valid():
        try:
            _require_own(staff, found)
            number = normalise_phone(form.cleaned_data["phone"], found.country)
            set_phone(staff, number.e164, actor=request.viewer.actor)
        except OutreachError as error:
            form.add_error("phone", str(error))
        else:
            messages.success(request, gettext("Saved. Now send a test alert."))
            return redirect("school-contacts", school=found.uuid)
    page = {"form": form, "staff": staff, "title": gettext("Change the number")}
    return render(request, "school/contact.html", of_school(request, found) | page)


@needs(Right.MANAGE_AUDIENCE, fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: StaffRequest, school: UUID) -> HttpResponse:
    """Invites somebody as a contact of this school, and of no other."""
    found = school_of(request.viewer, school)
    form = ContactForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given, actor = form.cleaned_data, request.viewer.actor
        roles = [(Role.SAFEGUARDING_LEAD, found)]
        try:
            link = invite_staff(Invited(given["email"], given["name"], roles), actor=actor)
        except OutreachError as error:
            form.add_error("email", str(error))
        else:
            with _letters_to_staff():
                mail = mail_link(link, actor=actor)
            if mail is None:
                messages.error(
                    request, gettext("There is no sender for email, so the invitation cannot go.")
                )
            else:
                said = gettext("The invitation goes to %(email)s.")
                messages.success(request, said % {"email": link.staff.email})
            return redirect("school-contacts", school=found.uuid)
    page = {"form": form, "title": gettext("Invite a child-protection contact")}
    return render(request, "school/contact.html", of_school(request, found) | page)


def _letters_to_staff() -> AbstractContextManager[None]:
    """A letter to staff belongs to no school, so whoever sees one school may not write its row.
    Nothing of a school is read in here, and nothing after it in the request."""
    return seeing_every_school("POST")


def _contacts(school: School) -> list[Contact]:
    return [each for each in contacts([school]) if each.school is not None]


def _contact(school: School, uuid: UUID) -> Staff:
    """Raises Http404."""
    for each in _contacts(school):
        if each.staff.uuid == uuid:
            return each.staff
    raise Http404


def _may_change(staff: Staff, school: School) -> bool:
    """Whoever works for others too has one number for all: an administrator changes it."""
    return not staff.roles.exclude(school=school).exists()


def _require_own(staff: Staff, school: School) -> None:
    if not _may_change(staff, school):
        raise NotNow(
            f"{staff.name} has roles outside your school.",
            remedy="They, or an administrator, change the number.",
        )
