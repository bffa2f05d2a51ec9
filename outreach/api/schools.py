"""Schools, and the lists of parents that a school's own system brings in."""

from __future__ import annotations

import csv
import io
from typing import Any, Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from ninja import Field, Query, Router, Schema, Status

from outreach.api.keys import Bearer, KeyedRequest, require_whole, rows_of
from outreach.api.paging import Page, Window, page_of
from outreach.api.repeats import once
from outreach.audience.importing import MEANINGS, RowProblem
from outreach.audience.models import RosterUpload
from outreach.core.errors import BadInput, NotFound
from outreach.delivery.models import SchoolStop
from outreach.organisation.api_keys import actor_of_key
from outreach.organisation.models import ApiKey, ApiScope, School
from outreach.organisation.schools import add_school, change_school
from outreach.subscriptions.roster.uploads import (
    confirm_upload,
    look_at,
    open_upload,
    take_upload,
)

router = Router(tags=["Schools"])
_MOST_ROWS = 1_000
_MOST_PROBLEMS = 200
# What a school's page shows too; the rest would tell who has stopped elsewhere.
_SHOWN = frozenset(
    ("new", "changed", "same", "unusable", "left_out", "consents", "asked", "not_renewed", "barred")
)


class SchoolOut(Schema):
    """`stopped`: nothing goes out in its name until somebody lifts that."""

    id: UUID
    slug: str
    name: str
    country: str
    region: str
    zone: str
    languages: list[str]
    stopped: bool


class SchoolIn(Schema):
    slug: str = Field(description="Short name, for addresses: greenhill-north.", max_length=50)
    name: str = Field(description="As parents read it.", max_length=120)
    country: str = Field(description="ISO 3166: GB, DE, ES.", max_length=2)
    zone: str = Field(description="IANA time zone: Europe/London.", max_length=64)
    languages: list[str] = Field(description="The first is its own.", max_length=20)
    region: str = Field("", description="Of its holidays: BY, ENG.", max_length=10)


class SchoolChange(Schema):
    """What is left out stays as it is."""

    name: str | None = Field(None, max_length=120)
    zone: str | None = Field(None, max_length=64)
    region: str | None = Field(None, max_length=10)
    languages: list[str] | None = Field(None, max_length=20)


class ListIn(Schema):
    """Rows as the school's list has them: meaning of a column -> text."""

    name: str = Field("list", description="What people see as its name.", max_length=100)
    rows: list[dict[str, str]] = Field(
        description=f"At most {_MOST_ROWS:,}. Keys are of: {', '.join(MEANINGS)}.",
        min_length=1,
        max_length=_MOST_ROWS,
    )


class ProblemOut(Schema):
    """`row`: from 1. `taken`: the row came in all the same, without the bad part."""

    row: int
    column: str
    code: str
    remedy: str
    taken: bool


class ListOut(Schema):
    """`problems`: rows that were not taken, or not wholly; empty once the list is brought in.
    `counts`: what it changes, then what came of it. `failure`: why it was not brought in."""

    id: UUID
    state: Literal["open", "confirmed", "done", "failed"]
    counts: dict[str, int]
    problems: list[ProblemOut] = Field(default_factory=list)
    failure: str = ""


@router.get("", auth=Bearer(ApiScope.SEE_SCHOOLS), response=Page[SchoolOut], summary="All schools")
def schools(request: KeyedRequest, window: Query[Window]) -> Page[SchoolOut]:
    with rows_of(request.auth, reading=True):
        return page_of(_schools(), window, _school_out)


@router.post(
    "",
    auth=Bearer(ApiScope.MANAGE_SCHOOLS),
    response={201: SchoolOut},
    summary="Add a school",
    description="For keys of the whole organisation.",
)
def add(request: KeyedRequest, given: SchoolIn) -> Status[SchoolOut]:
    require_whole(request.auth)

    def do() -> tuple[int, SchoolOut]:
        made = add_school(**given.model_dump(), actor=actor_of_key(request.auth))
        return 201, _school_out(_schools().get(pk=made.pk))

    with rows_of(request.auth):
        return once(request, do, SchoolOut)


@router.get(
    "/{uuid:school}", auth=Bearer(ApiScope.SEE_SCHOOLS), response=SchoolOut, summary="One school"
)
def one(request: KeyedRequest, school: UUID) -> SchoolOut:
    with rows_of(request.auth, reading=True):
        return _school_out(school_of(request.auth, school))


@router.patch(
    "/{uuid:school}",
    auth=Bearer(ApiScope.MANAGE_SCHOOLS),
    response=SchoolOut,
    summary="Change a school",
)
def change(request: KeyedRequest, school: UUID, given: SchoolChange) -> SchoolOut:
    with rows_of(request.auth):
        found = school_of(request.auth, school)
        changes = given.model_dump(exclude_none=True)
        change_school(found, **changes, actor=actor_of_key(request.auth))
        return _school_out(school_of(request.auth, school))


@router.post(
    "/{uuid:school}/lists",
    auth=Bearer(ApiScope.MANAGE_PEOPLE),
    response={202: ListOut},
    summary="Bring parents in",
    description="Rows are checked as those of an uploaded file are; good ones are brought in "
    "within seconds, on the basis that the school has chosen. Nobody who said stop comes back by "
    "it, and nobody leaves by it. The same row again changes nothing.",
)
def bring_in(request: KeyedRequest, school: UUID, given: ListIn) -> Status[ListOut]:
    def do() -> tuple[int, ListOut]:
        return 202, _bring_in(request.auth, school_of(request.auth, school), given)

    with rows_of(request.auth):
        return once(request, do, ListOut)


@router.get(
    "/{uuid:school}/lists/{uuid:upload}",
    auth=Bearer(ApiScope.MANAGE_PEOPLE),
    response=ListOut,
    summary="What came of a list",
)
def list_state(request: KeyedRequest, school: UUID, upload: UUID) -> ListOut:
    with rows_of(request.auth, reading=True):
        return _list_out(open_upload(school_of(request.auth, school), upload))


def school_of(key: ApiKey, uuid: UUID) -> School:
    """Raises NotFound, also for a school that is not the key's."""
    found = _schools().filter(uuid=uuid)
    if key.school_id is not None:
        found = found.filter(pk=key.school_id)
    school = found.first()
    if school is None:
        raise NotFound("There is no such school.")
    return school


def _schools() -> QuerySet[School]:
    stops = SchoolStop.objects.filter(school=OuterRef("pk"), launch=None, lifted_at=None)
    return School.objects.annotate(stopped=Exists(stops))


def _school_out(school: School) -> SchoolOut:
    return SchoolOut(
        id=school.uuid,
        slug=school.slug,
        name=school.name,
        country=school.country,
        region=school.region,
        zone=school.zone,
        languages=school.languages,
        stopped=bool(school.stopped),  # type: ignore[attr-defined]  # annotated in _schools
    )


def _bring_in(key: ApiKey, school: School, given: ListIn) -> ListOut:
    actor = actor_of_key(key)
    upload = take_upload(school, f"{given.name}.csv", _as_csv(given.rows), actor=actor)
    seen = look_at(upload)
    if seen.problem is not None:
        raise seen.problem
    problems = seen.roster.problems if seen.roster else []
    confirm_upload(upload, end_gone=None, actor=actor)
    shown = [_problem_out(each) for each in problems[:_MOST_PROBLEMS]]
    return _list_out(upload).model_copy(update={"problems": shown})


def _as_csv(rows: list[dict[str, str]]) -> bytes:
    """Raises BadInput for a column that means nothing here."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    unknown = next((column for column in columns if column not in MEANINGS), None)
    if unknown is not None:
        raise BadInput(
            "A column of the rows is not known.",
            where="rows",
            remedy=f"One of: {', '.join(MEANINGS)}.",
        )
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _problem_out(problem: RowProblem) -> ProblemOut:
    """Without the value, which the answer would repeat and keep. The heading was row 1."""
    return ProblemOut(
        row=problem.row - 1,
        column=problem.column,
        code=problem.code,
        remedy=problem.remedy,
        taken=problem.taken,
    )


def _list_out(upload: RosterUpload) -> ListOut:
    counts: dict[str, Any] = upload.result
    return ListOut.model_validate(
        {
            "id": upload.uuid,
            "state": upload.state,
            "counts": {name: each for name, each in counts.items() if name in _SHOWN},
            "failure": upload.failure,
        }
    )
