"""The list of reports, and the report of one campaign by one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from outreach.organisation.permissions import Right
from outreach.reports.queries import (
    BY,
    LAUNCH,
    Report,
    campaign_sums,
    launches_with_reports,
    report_of,
)
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.reports.drawing import drawing_of
from outreach.web.manager.reports.words import BY_WORDS, FIGURE_WORDS, Line, lines_of

_PAGE_SIZE = 50


@dataclass(frozen=True)
class Asked:
    """What the address asks for. `launch`: None for all sends."""

    launch: UUID | None
    by: str

    @property
    def query(self) -> str:
        """For the addresses of the same report in another form."""
        return urlencode({"send": self.launch or "", "by": self.by})


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def reports(request: StaffRequest) -> HttpResponse:
    """Campaigns of which something went out, in numbers."""
    return render(request, "manager/reports/list.html", {"lines": campaign_sums()})


@needs(Right.SEE_LAUNCHES)
@never_cache
@require_safe
def report(request: StaffRequest, slug: str) -> HttpResponse:
    """`?send=<uuid>&by=school`; without them all sends, by send."""
    asked = asked_for(request)
    found = report_of(slug, launch=asked.launch, by=asked.by)
    page = Paginator(found.lines, _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "report": found,
        "asked": asked,
        "by_words": BY_WORDS[asked.by],
        "choices": BY_WORDS.items(),
        "sends": launches_with_reports(found.campaign),
        "headings": FIGURE_WORDS.values(),
        "page": page,
        "lines": lines_of(found, list(page)),
        "together": Line("", found.together),
        "drawing": drawing_of(lines_of(found, found.lines)),
    }
    return render(request, "manager/reports/report.html", context)


def asked_for(request: HttpRequest) -> Asked:
    """Raises Http404 for what no page of ours asks."""
    by, send = request.GET.get("by", LAUNCH), request.GET.get("send", "")
    if by not in BY:
        raise Http404
    try:
        return Asked(UUID(send) if send else None, by)
    except ValueError:
        raise Http404 from None


def report_asked(request: HttpRequest, slug: str) -> Report:
    """The same report for another form of it."""
    asked = asked_for(request)
    return report_of(slug, launch=asked.launch, by=asked.by)
