"""One uploaded list: as it is understood, its columns, its bad rows, and the confirmation."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outreach.audience.importing import LEFT_OUT, Roster, RowProblem, mend_csv
from outreach.audience.models import RosterUpload, UploadState
from outreach.core.errors import OutreachError
from outreach.organisation.models import ConsentBasis
from outreach.organisation.permissions import Right
from outreach.subscriptions.roster.uploads import (
    Look,
    choose_columns,
    confirm_upload,
    give_up,
    look_at,
    mend_row,
    open_upload,
)
from outreach.web.access import StaffRequest, needs
from outreach.web.school.finding import school_of
from outreach.web.school.forms import ColumnsForm, ConfirmForm, RowForm

_ROWS_SHOWN = 8
_PROBLEMS_SHOWN = 40
_GONE_SHOWN = 100


@needs(Right.MANAGE_AUDIENCE)
@require_safe
def look(request: StaffRequest, school: UUID, uuid: UUID) -> HttpResponse:
    """What the list would change; once confirmed, what came of it."""
    upload = _upload(request, school, uuid)
    if upload.state != UploadState.OPEN:
        return render(request, "school/result.html", {"school": upload.school, "upload": upload})
    seen = look_at(upload)
    if seen.roster is None or seen.changes is None:
        return render(request, "school/unclear.html", _page(upload, seen))
    return render(request, "school/upload.html", _page(upload, seen) | _shown(seen.roster))


@needs(Right.MANAGE_AUDIENCE)
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: StaffRequest, school: UUID, uuid: UUID) -> HttpResponse:
    """Says what each column is."""
    upload = _open(request, school, uuid)
    seen = look_at(upload)
    uses = {use.position: use for use in seen.roster.columns} if seen.roster else {}
    form = ColumnsForm(seen.titles, uses, upload.mapping, request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _after(
            request,
            upload,
            lambda: choose_columns(upload, form.meanings(), actor=request.viewer.actor),
            gettext("The columns are read so from now on."),
        )
    return render(request, "school/columns.html", _page(upload, seen) | {"form": form})


@needs(Right.MANAGE_AUDIENCE)
@require_http_methods(["GET", "HEAD", "POST"])
def row(request: StaffRequest, school: UUID, uuid: UUID, row: int) -> HttpResponse:
    """One row to mend."""
    upload = _open(request, school, uuid)
    seen = look_at(upload)
    found = next((r for r in seen.roster.to_mend if r.number == row), None) if seen.roster else None
    if seen.roster is None or found is None:
        raise Http404
    roster = seen.roster
    form = RowForm(roster.kept_headings, roster.kept_positions, found.cells, request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _mended(request, upload, row, form)
    problems = [problem for problem in roster.problems if problem.row == row]
    page = _page(upload, seen) | {"form": form, "row": row, "problems": problems}
    return render(request, "school/row.html", page)


def _mended(request: StaffRequest, upload: RosterUpload, row: int, form: RowForm) -> HttpResponse:
    """Back to the list, or to the row where something in it is still wrong."""
    try:
        mend_row(upload, row, form.cells())
    except OutreachError as error:
        messages.error(request, str(error))
        return _back(upload)
    roster = look_at(upload).roster
    if roster and any(each.number == row for each in roster.to_mend):
        messages.error(request, gettext("Something in row {row} is still wrong.").format(row=row))
        return redirect("roster-row", school=upload.school.uuid, uuid=upload.uuid, row=row)
    messages.success(request, gettext("Row {row} is mended.").format(row=row))
    return _back(upload)


@needs(Right.MANAGE_AUDIENCE)
@require_safe
def bad_rows(request: StaffRequest, school: UUID, uuid: UUID) -> HttpResponse:
    """The rows with problems as a file, to mend and upload."""
    seen = look_at(_open(request, school, uuid))
    if seen.roster is None:
        raise Http404
    return HttpResponse(
        mend_csv(seen.roster).encode("utf-8-sig"),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="bad-rows.csv"'},
    )


@needs(Right.MANAGE_AUDIENCE)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: StaffRequest, school: UUID, uuid: UUID) -> HttpResponse:
    """Asks once more, then hands the list to a worker."""
    upload = _open(request, school, uuid)
    seen = look_at(upload)
    if seen.changes is None:
        return _back(upload)
    form = ConfirmForm(seen.changes, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _after(
            request,
            upload,
            lambda: confirm_upload(upload, end_gone=form.end_gone(), actor=request.viewer.actor),
            gettext("Confirmed."),
        )
    gone = seen.changes.gone
    page = {
        "form": form,
        "basis": ConsentBasis(upload.school.consent_basis),
        "gone_shown": gone[:_GONE_SHOWN],
        "more_gone": max(len(gone) - _GONE_SHOWN, 0),
    }
    return render(request, "school/confirm.html", _page(upload, seen) | page)


@needs(Right.MANAGE_AUDIENCE)
@require_POST
def discard(request: StaffRequest, school: UUID, uuid: UUID) -> HttpResponse:
    """Deletes the upload with its file."""
    upload = _upload(request, school, uuid)
    give_up(upload)
    messages.success(
        request,
        gettext("{file_name} is deleted. Nothing was stored.").format(file_name=upload.file_name),
    )
    return redirect("roster", school=upload.school.uuid)


def _upload(request: StaffRequest, school: UUID, uuid: UUID) -> RosterUpload:
    return open_upload(school_of(request.viewer, school), uuid)


def _open(request: StaffRequest, school: UUID, uuid: UUID) -> RosterUpload:
    upload = _upload(request, school, uuid)
    if upload.state != UploadState.OPEN:
        raise Http404
    return upload


def _after(
    request: StaffRequest, upload: RosterUpload, act: Callable[[], object], done: str
) -> HttpResponse:
    """Does it and goes back to the list, with a sentence of what came of it."""
    try:
        act()
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return _back(upload)


def _back(upload: RosterUpload) -> HttpResponse:
    return redirect("roster-upload", school=upload.school.uuid, uuid=upload.uuid)


def _page(upload: RosterUpload, seen: Look) -> dict[str, object]:
    return {"school": upload.school, "upload": upload, "seen": seen, "changes": seen.changes}


def _shown(roster: Roster) -> dict[str, object]:
    """The first rows as understood, and the problems: mistakes first, then who is ruled out."""
    to_mend = {each.number for each in roster.to_mend}
    mistakes = [problem for problem in roster.problems if problem.code not in LEFT_OUT]
    ruled_out = [problem for problem in roster.problems if problem.code in LEFT_OUT]
    return {
        "rows": roster.rows[:_ROWS_SHOWN],
        "mistakes": [(each, each.row in to_mend) for each in mistakes[:_PROBLEMS_SHOWN]],
        "more_mistakes": max(len(mistakes) - _PROBLEMS_SHOWN, 0),
        "ruled_out": _by_reason(ruled_out),
    }


def _by_reason(problems: list[RowProblem]) -> list[tuple[str, list[RowProblem]]]:
    found: dict[str, list[RowProblem]] = {}
    for problem in problems:
        found.setdefault(problem.reason, []).append(problem)
    return list(found.items())
