"""The list of sends, and making a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Min
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from outreach.campaigns.actions import create_launch
from outreach.campaigns.models import Launch, LaunchState, StepRun, StepRunState
from outreach.campaigns.queries import launches, versions
from outreach.core.errors import OutreachError
from outreach.delivery.queries import counts_of
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.bar import Bar, bar_of
from outreach.web.manager.forms import NewLaunchForm
from outreach.web.words import Badge, launch_badge

PAGE_SIZE = 20
_NOT_STARTED = frozenset(
    {LaunchState.DRAFT, LaunchState.IN_REVIEW, LaunchState.APPROVED, LaunchState.SCHEDULED}
)


@dataclass(frozen=True)
class Line:
    """One send in the list. `next_on`: the day of its next step, None when there is none."""

    launch: Launch
    badge: Badge
    bar: Bar
    next_on: date | None


@needs(Right.MANAGE_LAUNCHES)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """The form for a new send; it then stands as a draft."""
    form = NewLaunchForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        launch = _create(request, form)
        if launch is not None:
            return redirect("launch", uuid=launch.uuid)
    newest = versions().order_by("campaign", "-number").distinct("campaign")
    page = {
        "form": form,
        "has_versions": versions().exists(),
        "newest": newest.defer("files", "definition"),
    }
    return render(request, "manager/new_launch.html", page)


@needs(Right.SEE_LAUNCHES)
@require_safe
def sends(request: StaffRequest) -> HttpResponse:
    """Every send, the newest first."""
    # The texts and the definition of a version are some 100 kB that this page does not show.
    found = launches().defer("version__files", "version__definition")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    days = _next_days([launch.pk for launch in page])
    counts = counts_of([launch.pk for launch in page])
    lines = [_line(launch, counts.get(launch.pk, {}), days.get(launch.pk)) for launch in page]
    context = {
        "page": page,
        "lines": lines,
        "has_versions": versions().exists(),
        "may_make": request.viewer.rights.has(Right.MANAGE_LAUNCHES),
    }
    return render(request, "manager/launches.html", context)


def _line(launch: Launch, by_state: dict[str, int], next_day: date | None) -> Line:
    started = launch.state not in _NOT_STARTED
    return Line(
        launch=launch,
        badge=launch_badge(launch.state),
        bar=bar_of(by_state if started else {}),
        next_on=next_day if started else launch.starts_on,
    )


def _next_days(launch_ids: list[int]) -> dict[int, date]:
    """The day of the first step run that is not finished, per launch that is not over."""
    runs = StepRun.objects.filter(
        launch__in=launch_ids,
        launch__state__in=[LaunchState.RUNNING, LaunchState.PAUSED],
    ).exclude(state=StepRunState.FINISHED)
    return dict(runs.values_list("launch").annotate(Min("day")))


def _create(request: StaffRequest, form: NewLaunchForm) -> Launch | None:
    """The draft; None when the action refused, which the form then says."""
    given = form.cleaned_data
    try:
        launch = create_launch(
            given["version"],
            name=given["name"],
            starts_on=given["starts_on"],
            schools=form.chosen_schools(),
            actor=request.viewer.actor,
        )
    except OutreachError as error:
        form.add_error(None, str(error))
        return None
    messages.success(request, gettext("Saved as a draft. Nothing goes out yet."))
    return launch
