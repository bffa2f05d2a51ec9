"""The messages of a send in one state, and the life of one of them in words.

Shows numbers, schools and reasons, never a name or an address.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outreach.campaigns.models import StepRun
from outreach.campaigns.queries import launch_by_uuid
from outreach.campaigns.versions import step_of, step_titles
from outreach.delivery.history import deliveries_of, history_of
from outreach.delivery.models import DeliveryState
from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.words import STATE_ORDER, state_words

_MOST = 50  # where each batch holds one, as many batches are read
_LONGEST_NUMBER = 18  # digits; what is longer is no number of a message


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def deliveries(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The first messages of the state that `?state=` names, failed ones without it; with
    `?run=…&after=…` those that come after that one."""
    launch = launch_by_uuid(str(uuid))
    state = request.GET.get("state", DeliveryState.FAILED)
    if state not in set(DeliveryState):
        raise Http404
    runs = {run.pk: run for run in launch.step_runs.all()}
    titles = step_titles(launch, runs.values())
    found = deliveries_of(launch.pk, state, _MOST + 1, _after(request, runs.values()))
    lines = [(runs[line.step_run_id], line) for line in found[:_MOST]]
    context = {
        "launch": launch,
        "state": state,
        "states": [(each.value, state_words(each)) for each in STATE_ORDER],
        "words": state_words(state),
        "most": _MOST,
        "lines": [(run, titles.get(run.step_key, ""), line) for run, line in lines],
        "last": lines[-1] if len(found) > _MOST else None,
        "is_further": "run" in request.GET,
    }
    return render(request, "manager/deliveries.html", context)


def _after(request: StaffRequest, runs: Iterable[StepRun]) -> tuple[int, int]:
    """The step run and number behind which to go on; an address that names none begins anew."""
    number = request.GET.get("after", "")
    run = next((run.pk for run in runs if str(run.uuid) == request.GET.get("run")), 0)
    is_one = run and number.isdecimal() and len(number) <= _LONGEST_NUMBER
    return (run, int(number)) if is_one else (0, 0)


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def delivery(request: StaffRequest, uuid: UUID, run: UUID, number: int) -> HttpResponse:
    """Each attempt, each wait and each reason of one message."""
    launch = launch_by_uuid(str(uuid))
    found = StepRun.objects.filter(launch=launch, uuid=run).first()
    if found is None:
        raise Http404
    history = history_of(found.pk, number)
    context = {
        "launch": launch,
        "title": step_of(found).title,
        "history": history,
        "state": state_words(history.state),
        "school": School.objects.get(pk=history.school_id),
    }
    return render(request, "manager/delivery.html", context)
