"""A school's own page: its lists, on what its consents rest, and the end of its year."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from outreach.audience.models import (
    Membership,
    MembershipRole,
    MembershipState,
    RosterUpload,
    UploadState,
)
from outreach.core.clock import now
from outreach.core.errors import OutreachError
from outreach.organisation.first_of import first_of
from outreach.organisation.models import ConsentBasis, School
from outreach.organisation.permissions import Right
from outreach.organisation.schools import choose_consent_basis
from outreach.subscriptions.lapse import close_year
from outreach.subscriptions.rollover import roll_over, term_of
from outreach.subscriptions.roster.uploads import take_upload
from outreach.web.access import StaffRequest, needs
from outreach.web.school.finding import school_of, schools_of
from outreach.web.school.forms import BasisForm, UploadForm, YearForm
from outreach.web.school.tabs import of_school
from outreach.web.templatetags.shown import day, thousands

_UPLOADS_SHOWN = 10
_SCHOOLS_SHOWN = 50


@needs(Right.MANAGE_AUDIENCE)
@require_safe
def rosters(request: StaffRequest) -> HttpResponse:
    """The viewer's schools, those with `?school=` in their name; the only one opens at once."""
    schools = schools_of(request.viewer)
    named = request.GET.get("school", "").strip()
    found = schools.filter(name__icontains=named) if named else schools
    shown, more = first_of(found, _SCHOOLS_SHOWN)
    if len(shown) == 1 and not named:
        return redirect("roster", school=shown[0].uuid)
    page = {"schools": {"lines": shown, "named": named, "more": more}}
    return render(request, "school/schools.html", page)


@needs(Right.MANAGE_AUDIENCE)
@require_http_methods(["GET", "HEAD", "POST"])
def roster(request: StaffRequest, school: UUID) -> HttpResponse:
    """The school's parents in numbers, its lists so far; POST takes a new one."""
    found = school_of(request.viewer, school)
    if request.method != "POST":
        return _home(request, found, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _home(request, found, form)
    file = form.cleaned_data["file"]
    try:
        upload = take_upload(found, file.name, file.read(), actor=request.viewer.actor)
    except OutreachError as error:
        form.add_error("file", str(error))
        return _home(request, found, form)
    return redirect("roster-upload", school=found.uuid, uuid=upload.uuid)


@needs(Right.MANAGE_AUDIENCE)
@require_http_methods(["GET", "HEAD", "POST"])
def basis(request: StaffRequest, school: UUID) -> HttpResponse:
    """On what the consents of the school's lists rest."""
    found = school_of(request.viewer, school)
    form = BasisForm(request.POST or None, initial=_basis_now(found))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            choose_consent_basis(
                found,
                ConsentBasis(given["basis"]),
                wording=given["wording"],
                dated_on=given["dated_on"],
                why=given["why"],
                actor=request.viewer.actor,
            )
        except OutreachError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, gettext("The basis is chosen."))
            return redirect("roster", school=found.uuid)
    return render(request, "school/basis.html", {"school": found, "form": form})


@needs(Right.MANAGE_AUDIENCE)
@require_http_methods(["GET", "HEAD", "POST"])
def year(request: StaffRequest, school: UUID) -> HttpResponse:
    """Roll over to a day, or close the school's year."""
    found = school_of(request.viewer, school)
    form = YearForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, _end_year(request, found, form))
        except OutreachError as error:
            form.add_error(None, str(error))
        else:
            return redirect("roster", school=found.uuid)
    page = {"school": found, "form": form, "term": term_of(found)}
    return render(request, "school/year.html", page)


def _end_year(request: StaffRequest, school: School, form: YearForm) -> str:
    given, actor = form.cleaned_data, request.viewer.actor
    if given["what"] == YearForm.CLOSE:
        number = close_year(school, why=given["why"], actor=actor)
        closed = gettext("The year is closed. {number} consents have ended; the parents leave now.")
        return closed.format(number=thousands(number))
    number = roll_over(school, given["until"], why=given["why"], actor=actor)
    rolled_over = gettext("Rolled over. {number} consents count until {day}.")
    return rolled_over.format(number=thousands(number), day=day(given["until"]))


def _home(request: StaffRequest, school: School, form: UploadForm) -> HttpResponse:
    members = Membership.objects.filter(school=school, state=MembershipState.CURRENT)
    all_uploads = RosterUpload.objects.filter(school=school)
    uploads = all_uploads.exclude(state=UploadState.OPEN)
    open_uploads = all_uploads.filter(state=UploadState.OPEN, expires_at__gt=now())
    page = {
        **of_school(request, school),
        "form": form,
        "basis": ConsentBasis(school.consent_basis),
        "parents": members.filter(role=MembershipRole.GUARDIAN).count(),
        "term": term_of(school),
        "open_uploads": open_uploads.order_by("-uploaded_at")[:_UPLOADS_SHOWN],
        "uploads": uploads.order_by("-uploaded_at")[:_UPLOADS_SHOWN],
    }
    return render(request, "school/home.html", page)


def _basis_now(school: School) -> dict[str, object]:
    return {
        "basis": school.consent_basis,
        "wording": school.consent_wording,
        "dated_on": school.consent_dated_on,
    }
