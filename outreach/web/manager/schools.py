""" "School stopped": nothing goes out in a school's name until somebody lifts it.

School staff reach their own school here, and no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db.models import Case, QuerySet, When
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from outreach.campaigns.models import Launch
from outreach.campaigns.queries import launch_by_uuid
from outreach.core.clock import now
from outreach.core.errors import OutreachError
from outreach.delivery.actions import lift_school_stop, stop_school
from outreach.delivery.models import SchoolStop
from outreach.organisation.first_of import first_of
from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.subscriptions.limits import FLOODS_SHOWN, floods_since
from outreach.web.access import StaffRequest, Viewer, needs
from outreach.web.manager.forms import ReasonForm

# A page of two thousand schools takes seconds to write, and nobody reads it.
_MOST_SCHOOLS = 50


@dataclass(frozen=True)
class SchoolLine:
    """A school and why nothing goes out in its name; no stop, no reason."""

    school: School
    stops: tuple[SchoolStop, ...]

    @property
    def is_stopped(self) -> bool:
        """Stopped in all sends, not only in one."""
        return any(stop.launch_id is None for stop in self.stops)


@dataclass(frozen=True)
class SchoolList:
    """What a page shows of many schools. `named`: part of the name that was searched for.
    `more`: how many are not shown."""

    lines: tuple[SchoolLine, ...]
    named: str
    more: int


@needs(Right.STOP_SCHOOL)
@require_safe
def schools(request: StaffRequest) -> HttpResponse:
    """The viewer's schools and whether they are stopped."""
    page = {
        "schools": school_list(_visible(request.viewer), named=request.GET.get("school", "")),
        "may_print": request.viewer.rights.has_somewhere(Right.MANAGE_AUDIENCE),
        "floods": floods_since(now() - FLOODS_SHOWN),
    }
    return render(request, "manager/schools.html", page)


@needs(Right.STOP_SCHOOL)
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: StaffRequest, school: UUID, launch: UUID | None = None) -> HttpResponse:
    """Asks for the reason, then stops the school: in one send, or in all (`launch` None)."""
    found, in_launch = _named(request.viewer, school, launch)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _ask(request, "manager/stop_school.html", found, in_launch, form)
    try:
        stop_school(
            found, launch=in_launch, why=form.cleaned_data["why"], actor=request.viewer.actor
        )
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("{school} is stopped.").format(school=found.name))
    return _back(in_launch)


@needs(Right.STOP_SCHOOL)
@require_http_methods(["GET", "HEAD", "POST"])
def lift(request: StaffRequest, school: UUID, launch: UUID | None = None) -> HttpResponse:
    """Asks, then lets messages of this school go out again."""
    found, in_launch = _named(request.viewer, school, launch)
    if request.method != "POST":
        return _ask(request, "manager/lift_school.html", found, in_launch, None)
    try:
        lift_school_stop(found, launch=in_launch, actor=request.viewer.actor)
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, gettext("{school} is no longer stopped.").format(school=found.name)
        )
    return _back(in_launch)


def school_list(
    schools: QuerySet[School], launch: Launch | None = None, *, named: str = ""
) -> SchoolList:
    """The stopped schools first, then by name, at most fifty; with every stop, or those that
    bear on `launch`."""
    stops = SchoolStop.objects.filter(lifted_at__isnull=True).select_related("launch")
    by_school: dict[int, list[SchoolStop]] = {}
    for each in stops.order_by("at"):
        if launch is None or each.launch_id in {None, launch.pk}:
            by_school.setdefault(each.school_id, []).append(each)
    found = schools.filter(name__icontains=named) if named else schools
    # The 0 is there for the case that no school is stopped: a condition on nothing is no SQL.
    goes_out = Case(When(pk__in=[0, *by_school], then=False), default=True)
    shown, more = first_of(found.order_by(goes_out, "name"), _MOST_SCHOOLS)
    lines = tuple(SchoolLine(school, tuple(by_school.get(school.pk, ()))) for school in shown)
    return SchoolList(lines, named, more)


def _visible(viewer: Viewer) -> QuerySet[School]:
    if Right.STOP_SCHOOL in viewer.rights.everywhere:
        return School.objects.all()
    return School.objects.filter(pk__in=viewer.rights.schools_with(Right.STOP_SCHOOL))


def _named(viewer: Viewer, school: UUID, launch: UUID | None) -> tuple[School, Launch | None]:
    """The school, if the viewer may stop it; another's is as good as none."""
    found = _visible(viewer).filter(uuid=school).first()
    if found is None:
        raise Http404
    if launch is None:
        return found, None
    if not viewer.rights.has(Right.SEE_LAUNCHES):
        raise Http404
    return found, launch_by_uuid(str(launch))


def _ask(
    request: StaffRequest,
    template: str,
    school: School,
    launch: Launch | None,
    form: ReasonForm | None,
) -> HttpResponse:
    page = {"school": school, "launch": launch, "form": form}
    return render(request, template, page)


def _back(launch: Launch | None) -> HttpResponse:
    return redirect("launch", uuid=launch.uuid) if launch else redirect("schools")
