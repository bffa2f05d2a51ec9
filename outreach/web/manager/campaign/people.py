"""What a difference means for the people, a row for each step that changes, as pages show it."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.delivery.rehearsal import Difference, StepChange


@dataclass(frozen=True)
class Row:
    """`title`: what people call the step; before, where it is gone."""

    title: str
    change: StepChange


@dataclass(frozen=True)
class People:
    """`rows`: empty where no day, hour, reader or price changes."""

    rows: tuple[Row, ...]
    currency: str


def people_of(difference: Difference) -> People:
    """In the order of the new version, dropped steps last."""
    titles = {step.step_key: step.title for step in (*difference.old.steps, *difference.new.steps)}
    rows = (
        Row(titles.get(each.step_key, each.step_key), each)
        for each in difference.steps
        if each.change != "same"
    )
    return People(tuple(rows), difference.new.money.currency)
