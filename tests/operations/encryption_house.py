"""An installation whose addresses may be encrypted: its life, and all that its tables say."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from django.db import connection
from psycopg import sql
from psycopg.sql import Identifier

from outreach.campaigns.actions import pause_launch
from outreach.campaigns.models import Launch
from outreach.consent.models import Topic
from outreach.consent.queries import is_suppressed
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.core.emails import normalise_email
from outreach.core.ids import uuid7
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.models import Batch
from outreach.inbox.store import insert_messages, message_row
from outreach.notices.sending import send_due_notices
from outreach.operations.address_encryption import encrypt_addresses
from outreach.organisation.alert_tests import begin_test
from outreach.organisation.api_keys import create_key
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import ApiScope, Organisation, School, Staff
from outreach.organisation.staff import actor_of, create_staff, set_phone
from outreach.providers.port import InboundMessage as Inbound
from outreach.replies.actions import read_waiting_replies
from outreach.subscriptions.joining import Target, Wish, ask_on_page
from outreach.subscriptions.roster.columns import remember_columns
from tests.delivery import delivery_builders as build
from tests.web.web_builders import PASSWORD
from tests.web.web_client import AppClient

AsOwner = Callable[[], AbstractContextManager[None]]
Begin = Callable[[str], None]
FIRST, SECOND = "1:" + "a1" * 32, "2:" + "b2" * 32
NUMBER = "+4477009003{:02d}"
MAIL = "parent{}@secret.example"
# In whatever a person of these tests is reached by; our own senders are not.
_MARKS = (
    "secret.example",
    "@example.org",
    "@staff.outreach.test",
    "4477009003",
    "4477009005",
    "7700 9003",
)
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


def encrypt(as_owner: AsOwner) -> int:
    with as_owner():
        return encrypt_addresses(lambda done, total: None).rows


def dump(as_owner: AsOwner) -> dict[str, list[str]]:
    """Table → its rows as text, all of them."""
    found: dict[str, list[str]] = {}
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(_TABLES)
        for (name,) in cursor.fetchall():
            cursor.execute(sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(Identifier(name)))
            found[name] = [row[0] for row in cursor.fetchall()]
    return found


def readable(dumped: dict[str, list[str]]) -> list[str]:
    return [
        f"{name}: {row}"
        for name, rows in dumped.items()
        for row in rows
        if any(mark in row for mark in _MARKS)
    ]


def build_life() -> School:
    """Parents on both channels, a launch that went out, a member of staff with a phone."""
    school = build.build_school()
    for n in range(4):
        build.build_parent(school, phone=NUMBER.format(n), name=f"Phone {n}")
        build.build_parent(school, email=MAIL.format(n), name=f"Mail {n}")
    staff = create_staff(
        email="Mara@secret.example", name="Mara", password=PASSWORD, actor=OPERATOR
    )
    set_phone(staff, NUMBER.format(90), actor=actor_of(staff))
    Organisation.objects.update(duty_email="duty@secret.example", duty_phone=NUMBER.format(91))
    return school


def plan_first_step(clock: FrozenClock) -> Launch:
    """Its batches may go out now."""
    launch = build.build_running_launch()
    plan_step_run(build.first_run(launch).pk)
    clock.tick(timedelta(hours=2))
    return launch


def send_first_step(clock: FrozenClock) -> Launch:
    launch = plan_first_step(clock)
    for batch in Batch.objects.all():
        send_batch(batch.pk)
    return launch


def write_to_us(text: str, *, sender: str, channel: Channel = Channel.SMS) -> None:
    take_in(text, sender=sender, channel=channel)
    read_waiting_replies()


def take_in(text: str, *, sender: str, channel: Channel = Channel.SMS) -> None:
    """As the webhooks do; nobody has read it yet."""
    to = "+447700900999" if channel is Channel.SMS else "hello@outreach.test"
    message = Inbound(
        provider="twilio",
        message_id=f"SM{uuid7().hex}",
        channel=channel,
        from_address=sender,
        to_address=to,
        text=text,
        subject=f"Of {sender}",
        headers={"From": f"Anna <{sender}>"} if channel is Channel.EMAIL else {},
    )
    with connection.cursor() as cursor:
        insert_messages(cursor, [message_row(message, now())])


def live(clock: FrozenClock, school: School) -> None:
    """Everything that brings an address somewhere: sending, writing, signing up and in."""
    mara = Staff.objects.get(email="mara@secret.example")
    launch = send_first_step(clock)
    pause_launch(launch, actor=actor_of(mara), why="to look")
    begin_test(mara, actor=actor_of(mara))
    # As of a list without headings: its first line is somebody.
    remember_columns(school, ["Anna", MAIL.format(5)], {"2": "email"}, actor=actor_of(mara))
    write_to_us("STOP", sender=NUMBER.format(0))
    write_to_us(f"Call me: {NUMBER.format(1)}", sender=NUMBER.format(1))
    write_to_us("Who are you?", sender="Stranger@Secret.example", channel=Channel.EMAIL)
    target = Target.of_email(normalise_email("Newcomer@secret.example"))
    ask_on_page(Wish(school, list(Topic.objects.all()), "en", [target], "page"), "198.51.100.0/24")
    send_due_notices()


def visit(school: School) -> None:
    """A page and the API, as role app."""
    client = AppClient()
    signed_in = client.post("/sign-in", {"email": "MARA@secret.example", "password": PASSWORD})
    assert signed_in.status_code == 302
    key = create_key("Roster", tuple(ApiScope), actor=OPERATOR).secret
    body = {"address": MAIL.format(3), "why": "asked", "evidence": "by phone"}
    answer = client.post(
        "/api/v1/opt-outs",
        json.dumps(body),
        "application/json",
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "one"},
    )
    assert answer.status_code in {200, 201}, answer.content
    assert is_suppressed("email", MAIL.format(3))
