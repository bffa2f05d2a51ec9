"""The verbs of a school about a step that is to come: leave it out, move it, take that back.

Owns the bounds, which the manager of the launch sets. A change is written down at once and
planning obeys it from then on; the sweeper gives the school's own day its step run. Refuses what
is planned already: from then on a school holds everything instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from outreach.campaigns.coming import Coming, at_school, coming_at, today_at
from outreach.campaigns.definition import family_of
from outreach.campaigns.definition.good_days import good_day
from outreach.campaigns.definition.occurrences import ONCE
from outreach.campaigns.models import Launch, StepRun, StepRunState
from outreach.campaigns.school_changes import occasion_of
from outreach.campaigns.school_models import SchoolBounds, SchoolChange
from outreach.campaigns.versions import definition_of
from outreach.core.clock import now
from outreach.core.errors import BadInput, NotFound, NotNow
from outreach.organisation.audit import Actor, record
from outreach.organisation.calendars import calendars_of
from outreach.organisation.models import School
from outreach.timing import Missing

MOST_MOVE_DAYS = 14


@dataclass(frozen=True)
class _Wish:
    """`day` None: leave it out."""

    day: date | None
    why: str
    actor: Actor

    @property
    def verb(self) -> str:
        return "school.step-moved" if self.day else "school.step-skipped"


def set_bounds(launch: Launch, *, move_days: int, may_skip: bool, actor: Actor) -> SchoolBounds:
    """What schools may do with steps of this launch from now on; what they did stays.

    Raises BadInput for more than 14 days.
    """
    if not 0 <= move_days <= MOST_MOVE_DAYS:
        raise BadInput(
            f"A school moves a message by {MOST_MOVE_DAYS} days at most.",
            remedy=f"Enter a number from 0 to {MOST_MOVE_DAYS}.",
        )
    with transaction.atomic():
        bounds, _ = SchoolBounds.objects.update_or_create(
            launch=launch,
            defaults={
                "move_days": move_days,
                "may_skip": may_skip,
                "set_by": actor.name,
                "set_at": now(),
            },
        )
        details = {"move_days": move_days, "may_skip": may_skip}
        record(actor, "launch.school-bounds", f"launch:{launch.uuid}", details=details)
    return bounds


def found_step(school: School, launch: UUID, step_key: str, from_day: date) -> Coming:
    """What comes to `school` on `from_day`, were it not for its own change. Raises NotFound."""
    for one in coming_at(school):
        if (one.launch.uuid, one.step.key, one.from_day) == (launch, step_key, from_day):
            return one
    raise NotFound(
        "There is no such message at this school.", remedy="Look at what will be sent again."
    )


def skip_step(one: Coming, school: School, *, actor: Actor, why: str) -> None:
    """Nobody of the school gets it through the school. Raises NotNow, BadInput."""
    if not one.may_skip:
        raise _not_allowed(one, "left out")
    _write(one, school, _Wish(None, why, actor))


def move_step(one: Coming, school: School, day: date, *, actor: Actor, why: str) -> None:
    """The school has it on `day`. Raises NotNow out of bounds, BadInput for no good day."""
    if not one.may_move:
        raise _not_allowed(one, "moved")
    _check_day(one, school, day)
    _write(one, school, _Wish(day, why, actor))


def undo_change(one: Coming, school: School, *, actor: Actor, why: str) -> None:
    """It goes out as planned again. Raises NotNow once somebody is planned for it."""
    _require_why(why)
    with transaction.atomic():
        _lock(one)
        if not _take_back(one, school, actor):
            raise NotNow("There is nothing to take back.", remedy="Look at the page again.")
        _record(one, school, "school.step-as-planned", actor, why=why)


def _write(one: Coming, school: School, wish: _Wish) -> None:
    _require_why(wish.why)
    with transaction.atomic():
        _lock(one)
        _take_back(one, school, wish.actor)
        SchoolChange.objects.bulk_create(
            SchoolChange(
                launch_id=one.launch.pk,
                school=school,
                step_key=key,
                occasion=one.occasion,
                from_day=one.from_day,
                day=wish.day,
                why=wish.why.strip(),
                actor=wish.actor.name,
                at=now(),
            )
            for key in _keys(one)
        )
        _record(one, school, wish.verb, wish.actor, why=wish.why, day=wish.day)


def _keys(one: Coming) -> tuple[str, ...]:
    """The step with its variants: which of them somebody gets is not the school's to know."""
    return family_of(definition_of(one.launch.version), one.step.key)


def _lock(one: Coming) -> None:
    """Whoever plans holds the run that it plans: one of both comes first."""
    days = {one.from_day, one.day}
    runs = StepRun.objects.select_for_update().filter(
        launch_id=one.launch.pk, step_key__in=_keys(one), day__in=days
    )
    for run in runs.order_by("pk"):
        if occasion_of(run.occurrence_key) == one.occasion and run.state != StepRunState.WAITING:
            raise NotNow(
                "It is being prepared already.",
                remedy="You can still hold everything for your school.",
            )


def _take_back(one: Coming, school: School, actor: Actor) -> int:
    changes = SchoolChange.objects.filter(
        launch_id=one.launch.pk,
        school=school,
        step_key__in=_keys(one),
        occasion=one.occasion,
        from_day=one.from_day,
        undone_at=None,
    )
    return changes.update(undone_at=now(), undone_by=actor.name)


def _record(
    one: Coming, school: School, verb: str, actor: Actor, *, why: str, day: date | None = None
) -> None:
    details = {
        "launch": str(one.launch.uuid),
        "step": one.step.key,
        "planned_for": str(one.from_day),
        "day": str(day) if day else None,
    }
    record(actor, verb, f"school:{school.slug}", why=why.strip(), details=details)
    # The sweeper looks at once, not only when it is this launch's turn.
    Launch.objects.filter(pk=one.launch.pk).update(renewed_at=None)


def _check_day(one: Coming, school: School, day: date) -> None:
    most = one.bounds.move_days if one.bounds else 0
    if day == one.day:
        raise BadInput("It stands on this day already.", remedy="Choose another day.")
    if day == one.from_day:
        raise BadInput("That is its own day.", remedy="Take your change back instead.")
    if day <= today_at(school):
        raise BadInput("That is too soon.", remedy="Choose tomorrow or later.")
    if abs((day - one.from_day).days) > most:
        first, last = (one.from_day + timedelta(days=sign * most) for sign in (-1, 1))
        raise BadInput(f"{day} is too far away.", remedy=f"Choose a day from {first} to {last}.")
    _check_order(one, school, day)
    _check_good(one, school, day)


def _check_order(one: Coming, school: School, day: date) -> None:
    """A series goes out in the order in which it is written."""
    steps = [step.key for step in definition_of(one.launch.version).steps]
    if one.occasion != ONCE:
        return
    place = steps.index(one.step.key)
    for other in at_school(one.launch, school):
        if other.occasion != ONCE or other.is_skipped or other.step.key in _keys(one):
            continue
        if other.step.key not in steps:  # of an earlier version, and over
            continue
        is_before = steps.index(other.step.key) < place
        if (is_before and day < other.day) or (not is_before and day > other.day):
            where = "before" if is_before else "after"
            raise BadInput(
                f"On {day} it would come {where} “{other.step.title}” ({other.day}).",
                remedy="Choose a day that keeps the order.",
            )


def _check_good(one: Coming, school: School, day: date) -> None:
    definition = definition_of(one.launch.version)
    good = good_day(definition, one.step, day, calendars_of([school])[school.pk])
    if isinstance(good, Missing):
        raise BadInput(f"It cannot go out on {day}: {good.why}.", remedy="Choose another day.")
    if good.moment.day != day:
        raise BadInput(
            f"It does not go out on {day}: a day or an hour on which nothing is sent.",
            remedy=f"The next day on which it may is {good.moment.day}.",
        )


def _not_allowed(one: Coming, what: str) -> NotNow:
    if one.waits:
        return NotNow(
            f"The manager of this send does not let schools have it {what}.",
            remedy="Ask the manager, or hold everything for your school.",
        )
    return NotNow(
        "It is being prepared already.", remedy="You can still hold everything for your school."
    )


def _require_why(why: str) -> None:
    if not why.strip():
        raise BadInput("The reason is missing.", remedy="Say why, for those who read it later.")
