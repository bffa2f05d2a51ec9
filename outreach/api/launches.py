"""Sends: their state and numbers, and the verbs that need no second person.

Approving is a person's, at a page: there is no call for it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from django.db import connection
from ninja import Field, Query, Router, Schema, Status

from outreach.api.keys import Bearer, KeyedRequest, require_whole, rows_of
from outreach.api.paging import Page, Window, cursor, page_of, position
from outreach.api.repeats import once
from outreach.campaigns import actions
from outreach.campaigns.models import Launch
from outreach.campaigns.queries import launch_by_uuid, launches, version_named
from outreach.core.errors import BadInput, NotFound
from outreach.core.tokens import API_DELIVERY
from outreach.delivery.history import why_words
from outreach.delivery.queries import launch_progress
from outreach.organisation.api_keys import actor_of_key
from outreach.organisation.audit import Actor
from outreach.organisation.lanes import sealer
from outreach.organisation.models import ApiScope, School

router = Router(tags=["Sends"])
DeliveryStateName = Literal[
    "pending", "sending", "accepted", "delivered", "bounced",
    "failed", "unknown", "expired", "skipped", "cancelled",
]  # fmt: skip


class LaunchOut(Schema):
    """`campaign`: its short name and version, say-no@3. `why`: of its state, "" for none."""

    id: UUID
    name: str
    campaign: str
    state: Literal[
        "draft", "in_review", "approved", "scheduled", "running", "paused", "finished", "cancelled"
    ]
    why: str
    starts_on: date
    created_at: datetime
    urgent: bool


class StepOut(Schema):
    """`counts`: deliveries by state; they add up to `planned`, always."""

    key: str
    title: str
    day: date
    state: str
    planned: int
    counts: dict[str, int]


class LaunchDetail(LaunchOut):
    """`spent`: what texts have cost, in millionths of the organisation's currency."""

    planned: int
    counts: dict[str, int]
    spent: int
    steps: list[StepOut]


class LaunchIn(Schema):
    campaign: str = Field(description="say-no@3, or say-no for the newest.", max_length=80)
    name: str = Field(description="That colleagues know it by.", max_length=120)
    starts_on: date
    schools: list[UUID] = Field([], description="Empty: all schools.", max_length=1_000)


class WhyIn(Schema):
    why: str = Field(description="For colleagues, and for good.", min_length=1, max_length=300)


class ReviewIn(Schema):
    accepts_unreviewed: bool = Field(
        False, description="Yes, also texts that no native speaker has reviewed."
    )


class DeliveryOut(Schema):
    """One message to one person. `id`: the same for good, and says nothing about whom."""

    id: str
    step: str
    school: UUID
    channel: Literal["", "sms", "email"]
    language: str
    state: DeliveryStateName
    reason: str
    why: str
    attempt: int
    at: datetime


@router.get("", auth=Bearer(ApiScope.SEE_LAUNCHES), response=Page[LaunchOut], summary="All sends")
def all_launches(request: KeyedRequest, window: Query[Window]) -> Page[LaunchOut]:
    require_whole(request.auth)
    with rows_of(request.auth, reading=True):
        found = launches().defer("version__files", "version__definition")
        return page_of(found, window, _launch_out)


@router.get(
    "/{uuid:launch}",
    auth=Bearer(ApiScope.SEE_LAUNCHES),
    response=LaunchDetail,
    summary="One send, with its numbers",
)
def one(request: KeyedRequest, launch: UUID) -> LaunchDetail:
    require_whole(request.auth)
    with rows_of(request.auth, reading=True):
        return _detail(launch_by_uuid(str(launch)))


@router.post(
    "",
    auth=Bearer(ApiScope.MANAGE_LAUNCHES),
    response={201: LaunchOut},
    summary="Draft a send",
    description="The key must be made for a person (`outreach api create --for`): a send has a "
    "maker, who cannot approve it.",
)
def draft(request: KeyedRequest, given: LaunchIn) -> Status[LaunchOut]:
    require_whole(request.auth)
    with rows_of(request.auth):
        return once(request, lambda: (201, _draft(given, actor_of_key(request.auth))), LaunchOut)


@router.post(
    "/{uuid:launch}/review",
    auth=Bearer(ApiScope.MANAGE_LAUNCHES),
    response=LaunchOut,
    summary="Ask that a second person decides",
)
def review(request: KeyedRequest, launch: UUID, given: ReviewIn) -> LaunchOut:
    yes = given.accepts_unreviewed
    return _act(
        request,
        launch,
        lambda row, actor: actions.request_review(row, actor=actor, accepts_unreviewed=yes),
    )


@router.post(
    "/{uuid:launch}/pause",
    auth=Bearer(ApiScope.MANAGE_LAUNCHES),
    response=LaunchOut,
    summary="Pause",
    description="No message is handed to a provider after the answer.",
)
def pause(request: KeyedRequest, launch: UUID, given: WhyIn) -> LaunchOut:
    return _act(
        request, launch, lambda row, actor: actions.pause_launch(row, actor=actor, why=given.why)
    )


@router.post(
    "/{uuid:launch}/resume",
    auth=Bearer(ApiScope.MANAGE_LAUNCHES),
    response=LaunchOut,
    summary="Resume",
)
def resume(request: KeyedRequest, launch: UUID) -> LaunchOut:
    return _act(request, launch, lambda row, actor: actions.resume_launch(row, actor=actor))


@router.post(
    "/{uuid:launch}/cancel",
    auth=Bearer(ApiScope.MANAGE_LAUNCHES),
    response=LaunchOut,
    summary="Cancel, for good",
)
def cancel(request: KeyedRequest, launch: UUID, given: WhyIn) -> LaunchOut:
    return _act(
        request, launch, lambda row, actor: actions.cancel_launch(row, actor=actor, why=given.why)
    )


@router.get(
    "/{uuid:launch}/deliveries",
    auth=Bearer(ApiScope.SEE_DELIVERIES),
    response=Page[DeliveryOut],
    summary="What became of each message",
    description="A key of one school gets that school's. No address and no text.",
)
def deliveries(
    request: KeyedRequest,
    launch: UUID,
    window: Query[Window],
    state: DeliveryStateName | None = None,
) -> Page[DeliveryOut]:
    with rows_of(request.auth, reading=True):
        row = launch_by_uuid(str(launch))
        return _deliveries(row.pk, window, state, request.auth.school_id)


def _launch_out(launch: Launch) -> LaunchOut:
    return LaunchOut.model_validate(_fields(launch))


def _fields(launch: Launch) -> dict[str, object]:
    version = launch.version
    return {
        "id": launch.uuid,
        "name": launch.name,
        "campaign": f"{version.campaign.slug}@{version.number}",
        "state": launch.state,
        "why": launch.state_reason,
        "starts_on": launch.starts_on,
        "created_at": launch.created_at,
        "urgent": launch.is_urgent,
    }


def _detail(launch: Launch) -> LaunchDetail:
    progress = launch_progress(launch)
    steps = [
        StepOut(
            key=step.step_key,
            title=step.title,
            day=date.fromisoformat(step.day),
            state=step.state,
            planned=step.planned,
            counts=step.by_state,
        )
        for step in progress.steps
    ]
    numbers = {
        "planned": progress.planned,
        "counts": progress.by_state,
        "spent": progress.spent_micros,
        "steps": steps,
    }
    return LaunchDetail.model_validate(_fields(launch) | numbers)


def _draft(given: LaunchIn, actor: Actor) -> LaunchOut:
    version = version_named(given.campaign)
    if version is None:
        raise NotFound(
            "There is no such campaign.", remedy="Import it first: outreach campaign import."
        )
    schools = list(School.objects.filter(uuid__in=given.schools))
    if len(schools) != len(set(given.schools)):
        raise BadInput("A school of this list is not known.", where="schools")
    launch = actions.create_launch(
        version, name=given.name, starts_on=given.starts_on, schools=schools, actor=actor
    )
    return _launch_out(launch)


def _act(request: KeyedRequest, launch: UUID, act: Callable[[Launch, Actor], Launch]) -> LaunchOut:
    require_whole(request.auth)
    with rows_of(request.auth):
        return _launch_out(act(launch_by_uuid(str(launch)), actor_of_key(request.auth)))


_DELIVERIES = """
SELECT d.step_run_id, d.id, r.step_key, s.uuid, coalesce(b.channel, ''), d.language, d.state,
  coalesce(d.reason, ''), d.attempt, d.state_at, coalesce(n.provider, '')
FROM delivery_delivery d JOIN campaigns_steprun r ON r.id = d.step_run_id
JOIN organisation_school s ON s.id = d.school_id
LEFT JOIN delivery_batch b ON b.id = d.batch_id
LEFT JOIN organisation_sender n ON n.id = b.sender_id
WHERE r.launch_id = %(launch)s AND (d.step_run_id, d.id) > (%(run)s, %(id)s)
  AND (%(state)s::text IS NULL OR d.state = %(state)s)
  AND (%(school)s::bigint IS NULL OR d.school_id = %(school)s)
ORDER BY d.step_run_id, d.id LIMIT %(most)s
"""


def _deliveries(
    launch_id: int, window: Window, state: str | None, school_id: int | None
) -> Page[DeliveryOut]:
    run, number = position(window.after, 2) if window.after else (0, 0)
    asked = {
        "launch": launch_id,
        "run": run,
        "id": number,
        "state": state,
        "school": school_id,
        "most": window.limit + 1,
    }
    with connection.cursor() as found:
        found.execute(_DELIVERIES, asked)
        rows = found.fetchall()
    shown = rows[: window.limit]
    more = len(rows) > window.limit
    return Page(
        items=[_delivery_out(row) for row in shown],
        next=cursor(shown[-1][0], shown[-1][1]) if more else None,
    )


def delivery_id(step_run_id: int, number: int) -> str:
    """The name of a delivery outside; the same for good, and says nothing about whom."""
    return sealer().seal(API_DELIVERY, step_run_id, number)


def _delivery_out(row: tuple[object, ...]) -> DeliveryOut:
    run, number, step, school, channel, language, state, reason, attempt, at, provider = row
    return DeliveryOut.model_validate(
        {
            "id": delivery_id(int(str(run)), int(str(number))),
            "step": step,
            "school": school,
            "channel": channel,
            "language": language,
            "state": state,
            "reason": reason,
            "why": why_words(str(provider), str(reason)),
            "attempt": attempt,
            "at": at,
        }
    )
