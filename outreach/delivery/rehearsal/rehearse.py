"""The rehearsal of a whole launch: its calendar, its numbers, its price, and what fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from outreach.campaigns.definition import after_opt_in
from outreach.campaigns.launch_plan import launch_schools
from outreach.campaigns.models import StepRun
from outreach.campaigns.schedule import occurrence_of
from outreach.config.environment import environment
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.delivery.rehearsal.choosing import Choice, Choices, Group
from outreach.delivery.rehearsal.fit import Demand, fits
from outreach.delivery.rehearsal.people import LeftOutPerson, left_out_of
from outreach.delivery.rehearsal.pricing import FREE, Cost, Pricing
from outreach.delivery.rehearsal.report import (
    Amount,
    Calibre,
    Money,
    NotPlanned,
    Rehearsal,
    RehearsedStep,
    ZoneWindow,
)
from outreach.delivery.rehearsal.stage import Plan, Staged, stage, undone
from outreach.delivery.rules import Reason
from outreach.organisation.models import Organisation, Sender

_SHOWN = "%Y-%m-%d %H:%M"


def rehearse(plan: Plan, *, until: date | None = None, persons: int = 0) -> Rehearsal:
    """Everything that `plan` would do, nothing done. Calls no provider and keeps no row.

    `until`: the last day that is looked at, None for all. `persons`: how many of those left out
    of each step are named; 0 unless who asks may see persons. Raises BadInput where the launch
    could not start, CannotRender for broken templates.
    """
    with undone():
        staged = stage(plan)
        return rehearsed(plan, staged, Choices(staged), until, persons)


def rehearsed(
    plan: Plan, staged: Staged, choices: Choices, until: date | None, persons: int
) -> Rehearsal:
    """As `rehearse`, of what is staged already."""
    runs = [run for run in staged.runs if until is None or run.day <= until]
    chosen = list(zip(runs, choices.of_all(runs), strict=True))
    pricing = Pricing(staged)
    ledgers = [_Ledger.of(run, choice, choices, pricing) for run, choice in chosen]
    steps = tuple(_step(staged, ledger, pricing) for ledger in ledgers)
    return Rehearsal(
        campaign=staged.definition.campaign,
        title=staged.definition.title,
        starts_on=plan.starts_on,
        until=until,
        rehearsed_at=now(),
        mode=environment().mode.value,
        schools=launch_schools(staged.launch).count(),
        steps=steps,
        fits=fits(staged.launch, _demands(ledgers, pricing.senders)),
        money=_money(staged, ledgers),
        not_planned=tuple(
            NotPlanned(gap.step_key, gap.why, tuple(school.slug for school in gap.schools))
            for gap in staged.gaps
        ),
        newcomers=tuple(step.key for step in after_opt_in(staged.definition)),
        persons=tuple(_persons(chosen, persons)) if persons else (),
    )


@dataclass
class _Ledger:
    """The sums of one step run while they are counted."""

    run: StepRun
    choice: Choice
    by_longest_name: bool
    left_out: dict[str, int] = field(default_factory=dict)
    going: list[tuple[Group, Cost]] = field(default_factory=list)

    @classmethod
    def of(cls, run: StepRun, choice: Choice, choices: Choices, pricing: Pricing) -> _Ledger:
        groups = choices.groups(choice, by_name=pricing.by_name(run))
        costs = pricing.costs(run, choice, groups)
        found = cls(run, choice, pricing.texts_by_name(run))
        for group in groups:
            cost = FREE if group.refused else costs[group]
            if group.refused or cost is None:
                reason = group.refused or Reason.MISSING_VALUE.value
                found.left_out[reason] = found.left_out.get(reason, 0) + group.people
            else:
                found.going.append((group, cost))
        return found

    def channel(self, group: Group) -> str:
        return str(self.choice.params["way_channels"][group.way])

    def sender(self, group: Group) -> int:
        return int(self.choice.params["way_senders"][group.way])


def _step(staged: Staged, ledger: _Ledger, pricing: Pricing) -> RehearsedStep:
    step = staged.definition.step(ledger.run.step_key)
    channels: dict[str, Amount] = {}
    languages: dict[str, Amount] = {}
    countries: dict[str, Amount] = {}
    schools: dict[str, int] = {}
    for group, cost in ledger.going:
        amount = _amount(group, cost)
        school = pricing.schools[group.school_id]
        _add(channels, ledger.channel(group), amount)
        _add(languages, group.language, amount)
        _add(countries, school.country, amount)
        schools[school.slug] = schools.get(school.slug, 0) + group.people
    amount = Amount.total(list(channels.values()))
    return RehearsedStep(
        step_key=ledger.run.step_key,
        occurrence_key=ledger.run.occurrence_key,
        title=step.title,
        recipients=step.recipients.value,
        day=ledger.run.day,
        plan_at=ledger.run.plan_at,
        windows=_windows(ledger),
        people=amount.messages + sum(ledger.left_out.values()),
        amount=amount,
        left_out=ledger.left_out,
        channels=channels,
        languages=languages,
        countries=countries,
        schools=schools,
        texts=_calibres(ledger),
        priced_by="longest name" if ledger.by_longest_name else "text",
        sample_micros=sum(group.people * cost.sample_micros for group, cost in ledger.going),
    )


def _amount(group: Group, cost: Cost) -> Amount:
    return Amount(group.people, group.people * cost.segments, group.people * cost.micros)


def _add(sums: dict[str, Amount], key: str, amount: Amount) -> None:
    sums[key] = sums.get(key, Amount()) + amount


def _calibres(ledger: _Ledger) -> dict[str, Calibre]:
    found: dict[str, Calibre] = {}
    for group, cost in ledger.going:
        if ledger.channel(group) == Channel.SMS:
            first = Calibre(cost.segments, cost.segments, cost.micros)
            before = found.get(group.language, first)
            found[group.language] = before.widened(cost.segments, cost.micros)
    return dict(sorted(found.items()))


def _windows(ledger: _Ledger) -> tuple[ZoneWindow, ...]:
    params = ledger.choice.params
    messages = [0] * len(params["zone_names"])
    for group, _ in ledger.going:
        messages[group.zone] += group.people
    found = [
        _window(*each)
        for each in zip(
            *(params[name] for name in ("zone_names", "opens", "closes", "expires")),
            messages,
            strict=True,
        )
    ]
    return tuple(sorted(found, key=lambda each: (each.opens_at, each.zone)))


def _window(
    zone: str, opens_at: datetime, closes_at: datetime, expires_at: datetime, messages: int
) -> ZoneWindow:
    clocks = ZoneInfo(zone)
    opens, closes = (each.astimezone(clocks) for each in (opens_at, closes_at))
    return ZoneWindow(
        zone, opens_at, closes_at, expires_at, f"{opens:{_SHOWN}}", f"{closes:{_SHOWN}}", messages
    )


def _demands(ledgers: Sequence[_Ledger], senders: Mapping[int, Sender]) -> Iterable[Demand]:
    for ledger in ledgers:
        occurrence, params = occurrence_of(ledger.run), ledger.choice.params
        wanted: dict[tuple[int, int], int] = {}
        for group, _ in ledger.going:
            key = (group.zone, ledger.sender(group))
            wanted[key] = wanted.get(key, 0) + group.people
        for (zone, sender), messages in wanted.items():
            yield Demand(
                occurrence=occurrence,
                zone=params["zone_names"][zone],
                sender=senders[sender],
                messages=messages,
                opens_at=params["opens"][zone],
                closes_at=params["closes"][zone],
            )


def _money(staged: Staged, ledgers: Sequence[_Ledger]) -> Money:
    """Ceilings as the claim keeps them: of the launch, and of each day (UTC)."""
    organisation = Organisation.objects.first()
    launch_cap = staged.launch.cap_micros
    day_cap = organisation.day_cap_micros if organisation else 0
    spent, by_day, reached = 0, dict[date, int](), None
    for day, step_key, micros in sorted(_spending(ledgers)):
        spent += micros
        by_day[day] = by_day.get(day, 0) + micros
        if reached is None and micros and (spent > launch_cap or by_day[day] > day_cap):
            reached = (day, step_key, "launch" if spent > launch_cap else "day")
    day_reached, step_reached, ceiling = reached or (None, "", "")
    return Money(
        currency=organisation.currency if organisation else "",
        micros=spent,
        launch_cap_micros=launch_cap,
        day_cap_micros=day_cap,
        reached_on=day_reached,
        reached_in=step_reached,
        ceiling=ceiling,
    )


def _spending(ledgers: Sequence[_Ledger]) -> list[tuple[date, str, int]]:
    found: dict[tuple[date, str], int] = {}
    for ledger in ledgers:
        opens = ledger.choice.params["opens"]
        for group, cost in ledger.going:
            key = (opens[group.zone].date(), ledger.run.step_key)
            found[key] = found.get(key, 0) + group.people * cost.micros
    return [(*key, micros) for key, micros in found.items()]


def _persons(chosen: Sequence[tuple[StepRun, Choice]], most: int) -> Iterable[LeftOutPerson]:
    for run, choice in chosen:
        yield from left_out_of(run.step_key, run.occurrence_key, choice, most)
