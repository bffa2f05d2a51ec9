"""What an edit changes for the people: who is added or dropped, which sends move, the price, the
words. Both sides are staged and chosen in one transaction that is rolled back."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from outreach.campaigns.definition.pack import DEFINITION_NAME
from outreach.delivery.rehearsal.choosing import Choice, Choices, query
from outreach.delivery.rehearsal.rehearse import rehearsed
from outreach.delivery.rehearsal.report import Rehearsal, RehearsedStep
from outreach.delivery.rehearsal.stage import Plan, stage, undone

StepKey = tuple[str, str]

# What somebody gets of a step, NULL for nothing.
_GETS = """(SELECT t.person_id, t.school_id, (%(names_{side})s::text[])
    [t.lane %% %(languages_{side})s + 1] AS language,
  (%(channels_{side})s::text[])[t.lane / (%(zones_{side})s * %(languages_{side})s) + 1] AS channel
  FROM {table} t WHERE t.lane < %(span_{side})s AND t.refused IS NULL)"""
_CHANGES = """
SELECT coalesce(s.slug, ''), coalesce(new.language, old.language),
  count(*) FILTER (WHERE old.person_id IS NULL), count(*) FILTER (WHERE new.person_id IS NULL),
  count(*) FILTER (WHERE old.language <> new.language),
  count(*) FILTER (WHERE old.channel <> new.channel)
FROM {old} old FULL JOIN {new} new ON new.person_id = old.person_id
LEFT JOIN organisation_school s ON s.id = coalesce(new.school_id, old.school_id)
WHERE old.person_id IS NULL OR new.person_id IS NULL OR old.language <> new.language
  OR old.channel <> new.channel
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Shift:
    """A send that moves in one zone, as the clocks there show it."""

    zone: str
    opened_local: str
    opens_local: str


@dataclass(frozen=True)
class StepChange:
    """One step run on both sides. `change`: "added", "dropped", "changed" or "same".

    `added`, `dropped`: people who newly get it, or no longer; by school (slug) and language.
    `other_language`, `other_channel`: who get it differently. Prices in micros.
    """

    step_key: str
    occurrence_key: str
    change: str
    old_day: date | None
    new_day: date | None
    shifts: tuple[Shift, ...]
    added: int
    dropped: int
    other_language: int
    other_channel: int
    added_by_school: Mapping[str, int]
    dropped_by_school: Mapping[str, int]
    added_by_language: Mapping[str, int]
    dropped_by_language: Mapping[str, int]
    old_micros: int
    new_micros: int


@dataclass(frozen=True)
class TextChange:
    """A template that differs. `language`: "" where its name says none. `lines`: unified diff."""

    name: str
    language: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """`steps`: every step run of both sides, in the order of the new one, dropped ones last."""

    old: Rehearsal
    new: Rehearsal
    steps: tuple[StepChange, ...]
    texts: tuple[TextChange, ...]

    @property
    def is_nothing(self) -> bool:
        return not self.texts and all(each.change == "same" for each in self.steps)


def compare(old: Plan, new: Plan, *, until: date | None = None) -> Difference:
    """What changes from `old` to `new` for today's audience. Raises as `rehearse` does."""
    with undone():
        sides = []
        for plan, prefix in ((old, "old_side"), (new, "new_side")):
            staged = stage(plan)
            choices = Choices(staged, prefix)
            found = rehearsed(plan, staged, choices, until, 0)
            runs = [run for run in staged.runs if until is None or run.day <= until]
            chosen = zip(runs, choices.of_all(runs), strict=True)
            by_key = {(run.step_key, run.occurrence_key): choice for run, choice in chosen}
            files = {DEFINITION_NAME: staged.launch.version.definition, **staged.files}
            sides.append((found, by_key, files))
        (before, old_choices, old_files), (after, new_choices, new_files) = sides
        steps = tuple(_steps(before, after, old_choices, new_choices))
        texts = tuple(text_changes(old_files, new_files))
    return Difference(before, after, steps, texts)


def _steps(
    before: Rehearsal,
    after: Rehearsal,
    old_choices: Mapping[StepKey, Choice],
    new_choices: Mapping[StepKey, Choice],
) -> Iterable[StepChange]:
    old_steps = {step.key: step for step in before.steps}
    new_steps = {step.key: step for step in after.steps}
    known: dict[tuple[str, str], list[tuple[str, str, int, int, int, int]]] = {}
    for key in dict.fromkeys([*new_steps, *old_steps]):
        old, new = old_choices.get(key), new_choices.get(key)
        if old is not None and new is not None:
            pair = (old.table, new.table)
            if pair not in known:
                known[pair] = _people(old, new)
            rows = known[pair]
        else:
            rows = []
        yield _change(key, old_steps.get(key), new_steps.get(key), rows)


def _people(old: Choice, new: Choice) -> list[tuple[str, str, int, int, int, int]]:
    """School, language, added, dropped, in another language, on another channel."""
    statement = _CHANGES.format(
        old=_GETS.format(side="old", table=old.table), new=_GETS.format(side="new", table=new.table)
    )
    return query(statement, _side("old", old) | _side("new", new))


def _side(name: str, choice: Choice) -> dict[str, object]:
    params = choice.params
    return {
        f"names_{name}": params["language_names"],
        f"languages_{name}": params["languages"],
        f"channels_{name}": params["way_channels"],
        f"zones_{name}": params["zones"],
        f"span_{name}": params["span"],
    }


def _change(
    key: StepKey,
    old: RehearsedStep | None,
    new: RehearsedStep | None,
    rows: list[tuple[str, str, int, int, int, int]],
) -> StepChange:
    shifts = _shifts(old, new)
    old_micros, new_micros = (side.amount.micros if side else 0 for side in (old, new))
    added_by_school, added_by_language = _sums(rows, 2, new if old is None else None)
    dropped_by_school, dropped_by_language = _sums(rows, 3, old if new is None else None)
    return StepChange(
        step_key=key[0],
        occurrence_key=key[1],
        change=_word(old, new, bool(rows or shifts or old_micros != new_micros)),
        old_day=old.day if old else None,
        new_day=new.day if new else None,
        shifts=shifts,
        added=sum(added_by_school.values()),
        dropped=sum(dropped_by_school.values()),
        other_language=sum(row[4] for row in rows),
        other_channel=sum(row[5] for row in rows),
        added_by_school=added_by_school,
        dropped_by_school=dropped_by_school,
        added_by_language=added_by_language,
        dropped_by_language=dropped_by_language,
        old_micros=old_micros,
        new_micros=new_micros,
    )


def _word(old: RehearsedStep | None, new: RehearsedStep | None, differs: bool) -> str:
    if old is None:
        return "added"
    if new is None:
        return "dropped"
    return "changed" if differs else "same"


def _sums(
    rows: list[tuple[str, str, int, int, int, int]], column: int, whole: RehearsedStep | None
) -> tuple[dict[str, int], dict[str, int]]:
    """By school and by language; of a step that only one side has, everybody."""
    if whole is not None:
        return dict(whole.schools), {k: each.messages for k, each in whole.languages.items()}
    by_school: dict[str, int] = {}
    by_language: dict[str, int] = {}
    for row in rows:
        people = int((row[2], row[3])[column - 2])
        if people:
            by_school[row[0]] = by_school.get(row[0], 0) + people
            by_language[row[1]] = by_language.get(row[1], 0) + people
    return by_school, by_language


def _shifts(old: RehearsedStep | None, new: RehearsedStep | None) -> tuple[Shift, ...]:
    if old is None or new is None:
        return ()
    before = {window.zone: window for window in old.windows}
    return tuple(
        Shift(
            each.zone,
            _span(before[each.zone].opens_local, before[each.zone].closes_local),
            _span(each.opens_local, each.closes_local),
        )
        for each in new.windows
        if each.zone in before
        and (each.opens_at, each.closes_at)
        != (before[each.zone].opens_at, before[each.zone].closes_at)
    )


def _span(opens: str, closes: str) -> str:
    day = opens.partition(" ")[0]
    return f"{opens} to {closes.removeprefix(f'{day} ')}"


def text_changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterable[TextChange]:
    """What of the words differs, file by file. `old`, `new`: name -> text."""
    for name in sorted({*old, *new}):
        if old.get(name) == new.get(name):
            continue
        lines = difflib.unified_diff(
            old.get(name, "").splitlines(),
            new.get(name, "").splitlines(),
            fromfile=name if name in old else "(not there)",
            tofile=name if name in new else "(not there)",
            lineterm="",
        )
        language, _, rest = name.partition("/")
        yield TextChange(name, language if rest else "", tuple(lines))
