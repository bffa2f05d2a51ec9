"""Reads of reports: the table of a campaign or of one of its sends, with small groups hidden."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.db import connection

from outreach.campaigns.models import Campaign, Launch, StepRun, StepRunState
from outreach.core.errors import NotFound
from outreach.organisation.models import School
from outreach.reports.models import Dimension, RunCount
from outreach.reports.privacy import SUM, Cell, hidden_cells, is_small

LAUNCH = "launch"
BY = (LAUNCH, Dimension.SCHOOL.value, Dimension.LANGUAGE.value, Dimension.CHANNEL.value)


@dataclass(frozen=True)
class Figures:
    """Messages; None where the number would be of a few people, or would give one away.

    `planned` = `left_out` + `reached` + `failed` + `unknown`; `delivered` is part of `reached`.
    """

    planned: int | None
    left_out: int | None
    reached: int | None
    delivered: int | None
    failed: int | None
    unknown: int | None
    opted_out: int | None
    answered: int | None

    @property
    def is_hidden(self) -> bool:
        return self.planned is None


@dataclass(frozen=True)
class ReportLine:
    """A group. `key`: a launch's uuid, a school's slug, a language's tag or a channel."""

    key: str
    words: str
    figures: Figures


@dataclass(frozen=True)
class Report:
    """`by`: one of BY. `launch`: None for all sends of the campaign. `counted_at`: aware UTC, None
    before anything was counted; `not_counted`: steps that are planned and not counted yet."""

    campaign: Campaign
    launch: Launch | None
    by: str
    lines: tuple[ReportLine, ...]
    together: Figures
    counted_at: datetime | None
    not_counted: int

    @property
    def hides(self) -> bool:
        """Whether any number is hidden."""
        every = [*(line.figures for line in self.lines), self.together]
        return any(getattr(each, name) is None for each in every for name in NAMES)


NAMES = tuple(field.name for field in fields(Figures))
# How many people: one step run has each person once, so its largest is a safe number.
_ROWS = """
SELECT l.uuid::text, f.key, max(f.planned), max(f.answered), sum(f.planned), sum(f.left_out),
  sum(f.reached), sum(f.delivered), sum(f.failed), sum(f.unknown), sum(f.opted_out),
  sum(f.answered)
FROM reports_runfigure f JOIN campaigns_steprun r ON r.id = f.step_run_id
JOIN campaigns_launch l ON l.id = r.launch_id
JOIN campaigns_campaignversion v ON v.id = l.version_id
WHERE v.campaign_id = %s AND f.dimension = %s
GROUP BY 1, 2
"""
_STAMP = """
SELECT max(c.counted_at), count(*), coalesce(current_setting('outreach.schools', true), '')
FROM reports_runcount c JOIN campaigns_steprun r ON r.id = c.step_run_id
JOIN campaigns_launch l ON l.id = r.launch_id
JOIN campaigns_campaignversion v ON v.id = l.version_id WHERE v.campaign_id = %s
"""
_TOGETHER = """
SELECT v.campaign_id, l.uuid::text, max(f.planned), max(f.answered), sum(f.planned),
  sum(f.left_out), sum(f.reached), sum(f.delivered), sum(f.failed), sum(f.unknown),
  sum(f.opted_out), sum(f.answered)
FROM reports_runfigure f JOIN campaigns_steprun r ON r.id = f.step_run_id
JOIN campaigns_launch l ON l.id = r.launch_id
JOIN campaigns_campaignversion v ON v.id = l.version_id
WHERE f.dimension = 'all' GROUP BY 1, 2
"""


@dataclass(frozen=True)
class _Group:
    """`people`, `answerers`: at least so many; `numbers`: as NAMES has them."""

    people: int
    answerers: int
    numbers: tuple[int, ...]


def campaign_sums() -> list[tuple[Campaign, Figures]]:
    """Campaigns of which a step went out and was counted, the newest first, over all sends."""
    by_campaign: dict[int, dict[Cell, _Group]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TOGETHER)
        for campaign_id, launch, people, answerers, *numbers in cursor.fetchall():
            group = _Group(people, answerers, tuple(map(int, numbers)))
            by_campaign.setdefault(campaign_id, {})[launch, SUM] = group
    return [
        (campaign, _shown(_with_sums(by_campaign[campaign.pk]))[SUM, SUM])
        for campaign in Campaign.objects.filter(pk__in=by_campaign).order_by("-pk")
    ]


def launches_with_reports(campaign: Campaign) -> list[Launch]:
    """Its sends of which a step was counted, the newest first, without the versions' texts."""
    counted = RunCount.objects.values("step_run__launch")
    found = Launch.objects.filter(version__campaign=campaign, pk__in=counted)
    return list(found.order_by("-pk"))


def report_of(slug: str, *, launch: UUID | None = None, by: str = LAUNCH) -> Report:
    """The report of a campaign, or of one of its sends. Raises NotFound."""
    campaign = Campaign.objects.filter(slug=slug).first()
    if campaign is None or by not in BY:
        raise NotFound("There is no such report.", remedy="Choose one from the list of reports.")
    sends = {f"{each.uuid}": each for each in launches_with_reports(campaign)}
    ours = Launch.objects.filter(version__campaign=campaign)
    chosen = ours.filter(uuid=launch).first() if launch else None
    if launch and chosen is None:
        raise NotFound("There is no such send.", remedy="Choose one of this campaign.")
    row = f"{launch}" if launch else SUM
    stamp = _stamp(campaign)
    shown = _shown_of(campaign.pk, by, row if by != LAUNCH else None, stamp)
    names = {key: each.name for key, each in sends.items()} if by == LAUNCH else _names(by)
    return Report(
        campaign=campaign,
        launch=chosen,
        by=by,
        lines=tuple(_lines(shown, by, row, names)),
        together=shown.get((row, SUM), _NONE),
        counted_at=stamp.counted_at,
        not_counted=_not_counted(campaign, chosen),
    )


@dataclass(frozen=True)
class _Stamp:
    """Which counts these are: they change when a run is counted, and by who looks at them."""

    counted_at: datetime | None
    runs: int
    schools: str


def _stamp(campaign: Campaign) -> _Stamp:
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, [campaign.pk])
        return _Stamp(*cursor.fetchone())


# What to hide among a thousand schools takes a fifth of a second to find: once a count is enough.
@lru_cache(maxsize=64)
def _shown_of(campaign_id: int, by: str, row: str | None, _: _Stamp) -> Mapping[Cell, Figures]:
    groups = _groups(campaign_id, Dimension.ALL)
    if by != LAUNCH:
        groups |= _groups(campaign_id, Dimension(by))
    return _shown(_with_sums(groups), row)


_NONE = Figures(0, 0, 0, 0, 0, 0, 0, 0)


def _groups(campaign_id: int, dimension: Dimension) -> dict[Cell, _Group]:
    """(launch, key) -> its group; all together under SUM. "" as a key of a dimension is "-"."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [campaign_id, dimension])
        return {
            (launch, SUM if dimension is Dimension.ALL else key or NO_KEY): _Group(
                people, answerers, tuple(int(number) for number in numbers)
            )
            for launch, key, people, answerers, *numbers in cursor.fetchall()
        }


# Those for whom no channel was found.
NO_KEY = "-"


def _with_sums(groups: Mapping[Cell, _Group]) -> dict[Cell, _Group]:
    """The same with the sums over all sends."""
    by_column: dict[str, list[_Group]] = {}
    for (_, column), group in groups.items():
        by_column.setdefault(column, []).append(group)
    return dict(groups) | {
        (SUM, column): _Group(
            max(each.people for each in found),
            max(each.answerers for each in found),
            tuple(map(sum, zip(*(each.numbers for each in found), strict=True))),
        )
        for column, found in by_column.items()
    }


def _shown(groups: Mapping[Cell, _Group], row: str | None = None) -> dict[Cell, Figures]:
    """Each group (of one row, where it is named) with what may be shown of it."""
    of_few = {cell for cell, group in groups.items() if is_small(group.people)}
    sizes = {cell: group.people for cell, group in groups.items()}
    whole = hidden_cells(sizes, of_few)
    stopped = _own(groups, whole, lambda group: group.numbers[NAMES.index("opted_out")])
    answered = _own(groups, whole, lambda group: group.answerers)
    return {
        cell: _figures(group, cell in whole, cell in stopped, cell in answered)
        for cell, group in groups.items()
        if row is None or cell[0] == row
    }


def _own(
    groups: Mapping[Cell, _Group], whole: Iterable[Cell], people: Callable[[_Group], int]
) -> frozenset[Cell]:
    """What is hidden of a number that is small by itself: few of many stopped, or answered."""
    sizes = {cell: people(group) for cell, group in groups.items()}
    few = {cell for cell, number in sizes.items() if is_small(number)}
    return hidden_cells(sizes, {*whole, *few})


def _figures(group: _Group, whole: bool, stopped: bool, answered: bool) -> Figures:
    gone = {"opted_out": stopped, "answered": answered}
    return Figures(
        *(
            None if whole or gone.get(name) else number
            for name, number in zip(NAMES, group.numbers, strict=True)
        )
    )


def _lines(
    shown: Mapping[Cell, Figures], by: str, row: str, names: Mapping[str, str]
) -> list[ReportLine]:
    if by == LAUNCH:
        found = {one: figures for (one, column), figures in shown.items() if column == SUM and one}
        if row != SUM:
            found = {one: figures for one, figures in found.items() if one == row}
    else:
        found = {column: figures for (one, column), figures in shown.items() if one == row}
        found.pop(SUM, None)
    lines = [ReportLine(key, names.get(key, key), figures) for key, figures in found.items()]
    return sorted(lines, key=lambda line: (line.figures.is_hidden, line.words.casefold()))


def _names(by: str) -> dict[str, str]:
    if by != Dimension.SCHOOL:
        return {}
    return dict(School.objects.values_list("slug", "name"))


def _not_counted(campaign: Campaign, launch: Launch | None) -> int:
    runs = StepRun.objects.filter(
        launch__version__campaign=campaign, runcount=None, state=StepRunState.PLANNED
    )
    return (runs.filter(launch=launch) if launch else runs).count()
