"""Step runs that are one occasion on different days: nobody gets two of them.

Somebody at two schools with different holidays is in the step runs of both, and two guardians on
one phone may draw two variants of a step. Whoever has a
delivery in one is left out of the others.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, QuerySet

from outreach.campaigns.definition import ON, Step, family_of
from outreach.campaigns.models import StepRun, StepRunState
from outreach.campaigns.versions import definition_for
from outreach.timing import Every

# The same holidays at two schools begin less than four weeks apart, and two holidays of one
# school more.
_ONE_SEASON = timedelta(days=27)
_OF_SCHOOL = {str(Every.TERM), str(Every.HOLIDAY)}


def sibling_runs(run: StepRun) -> list[int]:
    """The other step runs of the same occasion that are planned."""
    occasion = run.occurrence_key.partition(ON)[0]
    same = Q(occurrence_key=occasion) | Q(occurrence_key__startswith=occasion + ON)
    others = runs_of_step(run, run.step_key).filter(same).exclude(pk=run.pk)
    if occasion in _OF_SCHOOL:
        others = others.filter(day__range=(run.day - _ONE_SEASON, run.day + _ONE_SEASON))
    return list(others.values_list("pk", flat=True))


def runs_of_step(run: StepRun, step_key: str) -> QuerySet[StepRun]:
    """The planned step runs of a step of the same launch, those of its variants included."""
    keys = family_of(definition_for(run), step_key)
    return StepRun.objects.filter(launch_id=run.launch_id, step_key__in=keys).exclude(
        state=StepRunState.WAITING
    )


def corrected_runs(run: StepRun, step: Step) -> list[int]:
    """The step runs of the step that `step` corrects: in the launch that it names, else in the
    newest launch of the same campaign that sent it."""
    sent = StepRun.objects.filter(step_key=step.corrects)
    if step.corrects_in is not None:
        sent = sent.filter(launch__uuid=step.corrects_in)
    else:
        sent = sent.filter(launch__version__campaign_id=run.launch.version.campaign_id)
    sent = sent.exclude(state=StepRunState.WAITING).exclude(pk=run.pk)
    newest = sent.order_by("-planned_at", "-pk").first()
    if newest is None:
        return []
    return list(sent.filter(launch_id=newest.launch_id).values_list("pk", flat=True))


def runs_in_days_before(run: StepRun, days: int) -> list[int]:
    """Planned step runs of any launch whose day is within `days` days up to this one's."""
    since = run.day - timedelta(days=days - 1)
    planned = StepRun.objects.filter(day__range=(since, run.day)).exclude(
        state=StepRunState.WAITING
    )
    return list(planned.exclude(pk=run.pk).values_list("pk", flat=True))
