"""How a report names its groups and its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from outreach.reports.models import Dimension
from outreach.reports.queries import LAUNCH, NAMES, NO_KEY, Figures, Report, ReportLine
from outreach.web.manager.campaign.words import channel_words
from outreach.web.templatetags.shown import language_words

BY_WORDS: dict[str, Promise] = {
    LAUNCH: gettext_lazy("Send"),
    Dimension.SCHOOL.value: gettext_lazy("School"),
    Dimension.LANGUAGE.value: gettext_lazy("Language"),
    Dimension.CHANNEL.value: gettext_lazy("Channel"),
}
FIGURE_WORDS: dict[str, Promise] = {
    "planned": gettext_lazy("Planned"),
    "left_out": gettext_lazy("Left out"),
    "reached": gettext_lazy("Reached"),
    "delivered": gettext_lazy("Arrived"),
    "failed": gettext_lazy("Failed"),
    "unknown": gettext_lazy("Not known"),
    "opted_out": gettext_lazy("Stopped after it"),
    "answered": gettext_lazy("Answered"),
}


@dataclass(frozen=True)
class Line:
    """A row of a table. `numbers`: (words, number), None where it is not shown."""

    words: str
    figures: Figures

    @property
    def numbers(self) -> list[tuple[Promise, int | None]]:
        return [(FIGURE_WORDS[name], getattr(self.figures, name)) for name in NAMES]


def lines_of(report: Report, lines: Sequence[ReportLine]) -> list[Line]:
    """With the words for each group."""
    return [Line(group_words(report.by, line), line.figures) for line in lines]


def group_words(by: str, line: ReportLine) -> str:
    """What people call a group of a report."""
    if by == Dimension.LANGUAGE:
        return language_words(line.key)
    if by == Dimension.CHANNEL:
        known = line.key != NO_KEY
        return channel_words(line.key).capitalize() if known else gettext("No way to write")
    return line.words


def not_shown() -> str:
    """In place of a number of few people."""
    return gettext("not shown")
