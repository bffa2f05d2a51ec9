"""A report as a file: CSV for a spreadsheet, PDF for paper. What the page hides, they hide."""

from __future__ import annotations

import csv
import io

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outreach.core.clock import now
from outreach.core.spreadsheets import harmless
from outreach.organisation.permissions import Right
from outreach.reports.queries import Report
from outreach.web.access import StaffRequest, needs
from outreach.web.frame import Frame
from outreach.web.manager.reports.page import report_asked
from outreach.web.manager.reports.paper import print_report
from outreach.web.manager.reports.words import BY_WORDS, FIGURE_WORDS, lines_of, not_shown


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def as_csv(request: StaffRequest, slug: str) -> HttpResponse:
    """One line for each group; no cell is run by a spreadsheet."""
    found = report_asked(request, slug)
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([f"{BY_WORDS[found.by]}", *(f"{words}" for words in FIGURE_WORDS.values())])
    for line in lines_of(found, found.lines):
        numbers = (not_shown() if number is None else number for _, number in line.numbers)
        writer.writerow([harmless(line.words), *numbers])
    # The mark that tells a spreadsheet that this is UTF-8.
    text = f"\ufeff{stream.getvalue()}"
    return _file(text.encode(), "text/csv; charset=utf-8", found, "csv")


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def as_pdf(request: StaffRequest, slug: str) -> HttpResponse:
    """The table and the plot on A4."""
    found = report_asked(request, slug)
    organisation = Frame(request).organisation
    return _file(print_report(found, organisation), "application/pdf", found, "pdf")


def _file(body: bytes, kind: str, report: Report, ending: str) -> HttpResponse:
    name = f"report-{report.campaign.slug}-{report.by}-{now():%Y-%m-%d}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(body, content_type=kind, headers=headers)
