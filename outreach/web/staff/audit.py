"""The audit log: read it, narrow it, take it along as a file."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from outreach.core.clock import now
from outreach.organisation.audit import record
from outreach.organisation.audit_log import Wanted, export_log, read_log
from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.staff.audit_subjects import subjects_of
from outreach.web.staff.forms import AuditForm

_LINES = 50


@needs(Right.SEE_AUDIT)
@require_safe
def audit(request: StaffRequest) -> HttpResponse:
    """One page of entries, the newest first."""
    form = AuditForm(request.GET)
    wanted = _wanted(form)
    before = request.GET.get("before", "")
    lines = (
        read_log(wanted, before=int(before) if before.isdecimal() else None, most=_LINES + 1)
        if form.is_valid()
        else []
    )
    subjects = subjects_of(lines[:_LINES])
    page = {
        "form": form,
        "lines": [(line, subjects.get(line.about)) for line in lines[:_LINES]],
        "older": _address(request, lines[_LINES - 1].number) if len(lines) > _LINES else "",
        "is_narrowed": any(request.GET.get(name) for name in form.fields),
        "schools": School.objects.order_by("name").values_list("slug", "name"),
        "filters": [(name, request.GET.get(name, "")) for name in form.fields],
    }
    return render(request, "staff/audit.html", page)


@needs(Right.SEE_AUDIT, fresh=True)
@require_POST
def audit_export(request: StaffRequest) -> HttpResponse:
    """The same as a CSV file; that somebody took it along stands in the log too."""
    form = AuditForm(request.POST)
    wanted = _wanted(form)
    text = export_log(wanted)
    narrowed = sorted(name for name, value in form.cleaned_data.items() if value)
    record(request.viewer.actor, "audit.exported", "audit", details={"narrowed_by": narrowed})
    name = f"audit-{now():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    # The mark at the beginning tells spreadsheets that it is UTF-8.
    return HttpResponse(f"\ufeff{text}", content_type="text/csv; charset=utf-8", headers=headers)


def _wanted(form: AuditForm) -> Wanted:
    """What cannot be read narrows nothing; the form says so beside it."""
    form.is_valid()
    return Wanted(zone=timezone.get_current_timezone(), **form.cleaned_data)


def _address(request: HttpRequest, before: int) -> str:
    named = {name: value for name, value in request.GET.items() if name != "before" and value}
    return f"?{urlencode({**named, 'before': before})}"
