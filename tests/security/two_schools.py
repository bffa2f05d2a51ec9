"""One school with a row in every table that can hold one, and words that are found again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from outreach.audience.models import Address, RosterColumns
from outreach.campaigns.models import Launch
from outreach.consent.actions import Grant, grant
from outreach.consent.hashing import hasher
from outreach.consent.models import ConsentTerm, Hold, OwnDataLink, SignUp, SignUpFlood, Topic
from outreach.core.clock import now
from outreach.core.ids import uuid7
from outreach.delivery.answer_models import Answer
from outreach.delivery.models import (
    Delivery,
    Fallback,
    FallbackDue,
    Retry,
    SchoolStop,
    UnknownOutcome,
)
from outreach.inbox.models import ProviderEvent
from outreach.notices.models import Notice, NoticeEvent
from outreach.organisation.api_keys import create_key
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import ApiAnswer, ApiKey, ApiScope, CalendarEntry, School, Staff
from outreach.replies.models import Case, CaseAlert, CaseKind
from tests.web import web_builders as build

_EVENT = """
INSERT INTO delivery_deliveryevent
  (step_run_id, delivery_id, at, event, from_state, to_state, attempt, actor, detail)
VALUES (%s, %s, %s, 'sent', 'sending', 'accepted', 1, %s, %s)
"""


@dataclass(frozen=True)
class Life:
    """A school and what is its own. `mark`: stands in each of its texts, names and addresses."""

    school: School
    mark: str
    address: Address
    delivery: Delivery
    case: Case
    key: str
    identifiers: tuple[str, ...]


def build_life(school: School, mark: str, launch: Launch, member: Staff) -> Life:
    """`mark`: a word in lower case that stands nowhere else. `member`: whom its case alerted."""
    School.objects.filter(pk=school.pk).update(name=f"{mark.title()} School", consent_wording=mark)
    school.refresh_from_db()
    address = _build_parent(school, mark)
    delivery = build.build_delivery(launch, address, school)
    _build_side_rows(delivery, mark)
    upload = build.build_upload(school, build.ROSTER.replace("Anna Muster", mark.title()))
    case = build.build_case(school, f"{mark} writes", kind=CaseKind.HOLD, address=address)
    notice = _build_notice(school, mark)
    CaseAlert.objects.create(
        case=case, staff=member, channel="email", round=1, at=now(), notice=notice, problem=mark
    )
    _build_sign_up(school, address, mark)
    _build_papers(school, launch, mark)
    made = create_key(
        f"{mark} system", tuple(ApiScope), school=school, most_a_minute=6_000, actor=OPERATOR
    )
    key = ApiKey.objects.get(school=school)
    ApiAnswer.objects.create(key=key, name=mark, asked=b"x", status=201, body={"m": mark}, at=now())
    person = address.persons.get().person
    membership = person.memberships.get()
    rows = (school, person, membership, upload, case, notice, key, delivery.step_run)
    return Life(
        school=school,
        mark=mark,
        address=address,
        delivery=delivery,
        case=case,
        key=made.secret,
        identifiers=tuple(str(row.uuid) for row in rows),  # type: ignore[attr-defined]
    )


def _build_parent(school: School, mark: str) -> Address:
    address = build.build_address(school, f"{mark}@mailbox.example")
    address.persons.get().person.memberships.update(name=mark.title())
    topic = Topic.objects.get(slug="online-safety")
    grant([Grant(address.pk, topic.pk, school.pk, "signed_form", "form", mark)], actor=OPERATOR)
    for keyed in hasher().every("email", address.match_key):
        address.hashes.create(key_version=keyed.version, digest=keyed.digest)
    Hold.objects.create(address=address, reason=mark, actor="test", at=now())
    OwnDataLink.objects.create(
        address=address, language="en", made_at=now(), expires_at=now() + timedelta(hours=1)
    )
    return address


def _build_side_rows(delivery: Delivery, mark: str) -> None:
    row = {"step_run": delivery.step_run, "delivery_id": delivery.id}
    Retry.objects.create(**row, due_at=now())
    FallbackDue.objects.create(**row, due_at=now())
    UnknownOutcome.objects.create(**row, attempt=1, since=now())
    Fallback.objects.create(
        **row, attempt=1, batch=delivery.batch, address=delivery.address, at=now()
    )
    Answer.objects.create(
        **row, choice=1, way="page", at=now(), person=delivery.person, school=delivery.school
    )
    with connection.cursor() as cursor:
        cursor.execute(_EVENT, [delivery.step_run_id, delivery.id, now(), "test", mark])
    ProviderEvent.objects.create(
        provider="sendgrid", event_key=mark, token=mark, kind="delivered", received_at=now()
    )


def _build_notice(school: School, mark: str) -> Notice:
    notice = Notice.objects.create(
        kind="invitation",
        dedupe_key=mark,
        channel="email",
        destination=f"{mark}@mailbox.example",
        school=school,
        text=mark,
        created_at=now(),
        expires_at=now() + timedelta(days=1),
        not_before_at=now(),
    )
    NoticeEvent.objects.create(
        notice=notice, at=now(), from_state="", to_state="pending", attempt=0, detail=mark
    )
    return notice


def _build_sign_up(school: School, address: Address, mark: str) -> None:
    asked = SignUp.objects.create(
        form=uuid7(),
        channel="email",
        value=f"new-{mark}@mailbox.example",
        match_key=f"new-{mark}@mailbox.example",
        school=school,
        language="en",
        wording=mark,
        wording_version="1",
        evidence="page",
        asked_at=now(),
        expires_at=now() + timedelta(days=1),
    )
    asked.topics.add(Topic.objects.get(slug="online-safety"))
    SignUpFlood.objects.create(
        scope="school", key=mark.encode()[:16], began_at=now(), school=school, at=now()
    )


def _build_papers(school: School, launch: Launch, mark: str) -> None:
    SchoolStop.objects.create(school=school, launch=launch, why=mark, actor="test", at=now())
    ConsentTerm.objects.create(school=school, closing=mark, set_by="test", set_at=now())
    RosterColumns.objects.create(
        school=school, meanings={mark: "name"}, changed_by="test", changed_at=now()
    )
    CalendarEntry.objects.create(
        school=school,
        kind="day",
        name=mark,
        first_day=date(2026, 11, 9),
        last_day=date(2026, 11, 9),
        entered_by="test",
        entered_at=now(),
    )
