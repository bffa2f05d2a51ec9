"""Mail Send and the signed Event Webhook."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox_receiver import Received, Receiver
from sandbox_senders import SendGrid, mail
from sendgrid.helpers.eventwebhook import EventWebhook

from outreach.core.channels import Channel
from outreach.sandbox.config import SandboxConfig
from outreach.sandbox.control import SandboxControl
from outreach.sandbox.faults import FaultKind
from outreach.sandbox.sendgrid.checks import problems
from outreach.sandbox.sendgrid.compose import compose, records_of
from outreach.sandbox.world import World

ANNA = "anna@home.example"
EMAIL = Channel.EMAIL
FIRST = "personalizations.0"
NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


def people(count: int) -> list[str]:
    return [f"parent{number}@home.example" for number in range(count)]


def signature_is_good(control: SandboxControl, received: Received) -> bool:
    return EventWebhook(control.event_public_key()).verify_signature(
        received.body.decode(),
        received.headers["x-twilio-email-event-webhook-signature"],
        received.headers["x-twilio-email-event-webhook-timestamp"],
    )


def changed(place: str, value: Any) -> dict[str, Any]:
    """A good body with one place (dotted path) changed."""
    body: Any = mail(ANNA, "ben@home.example")
    at, *path = place.split(".")
    inner = body
    for key in path:
        inner = inner[int(at)] if at.isdecimal() else inner[at]
        at = key
    inner[int(at) if at.isdecimal() else at] = value
    return dict(body)


def test_a_thousand_recipients_are_accepted_with_an_empty_202(
    sendgrid: SendGrid, control: SandboxControl
) -> None:
    answer = sendgrid.send(mail(*people(1000)))
    assert (answer.status, answer.body) == (202, b"")
    assert answer.headers["x-message-id"]
    counts = control.accepted(EMAIL)
    assert (counts.requests, counts.accepted, counts.distinct_tokens) == (1, 1000, 1000)


@pytest.mark.parametrize(
    ("place", "value", "field"),
    [
        ("personalizations", [], "personalizations"),
        ("personalizations.1.to", [], "personalizations.1.to"),
        ("personalizations.1.to.0.email", "ben@", "personalizations.1.to.0.email"),
        ("personalizations.1.to.0.email", "ben home", "personalizations.1.to.0.email"),
        (f"{FIRST}.substitutions", {"-a-": "x" * 10_000}, f"{FIRST}.substitutions"),
        (f"{FIRST}.substitutions", {"-a-": 7}, f"{FIRST}.substitutions"),
        (f"{FIRST}.custom_args", {"a": "x" * 10_000}, f"{FIRST}.custom_args"),
        (f"{FIRST}.headers", {"Reply-To": "x@home.example"}, f"{FIRST}.headers"),
        pytest.param(
            f"{FIRST}.send_at", int(time.time()) + 80 * 3600, f"{FIRST}.send_at", id="in 80 hours"
        ),
        (f"{FIRST}.from", {"email": "a@other.example"}, f"{FIRST}.from.email"),
        ("from", {"name": "Nobody"}, "from.email"),
        ("reply_to", {"email": "nowhere"}, "reply_to.email"),
        ("subject", "", "subject"),
        ("content", [], "content"),
        ("content.0.value", "", "content.0.value"),
        ("content.1.type", "text/plain", "content"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_field(
    sendgrid: SendGrid, control: SandboxControl, place: str, value: Any, field: str
) -> None:
    answer = sendgrid.send(changed(place, value))
    assert (answer.status, [e["field"] for e in answer.json["errors"]]) == (400, [field])
    assert control.accepted(EMAIL).accepted == 0


PLACES = [
    "personalizations", "personalizations.0", f"{FIRST}.to", f"{FIRST}.to.0", f"{FIRST}.to.0.email",
    f"{FIRST}.cc", f"{FIRST}.headers", f"{FIRST}.substitutions", f"{FIRST}.custom_args",
    f"{FIRST}.send_at", f"{FIRST}.from", f"{FIRST}.subject", "from", "reply_to", "subject",
    "content", "content.0", "content.1.value", "headers", "custom_args",
]  # fmt: skip


@given(
    place=st.sampled_from(PLACES),
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
        max_leaves=4,
    ),
)
def test_no_shape_of_a_body_breaks_the_checks(place: str, value: Any) -> None:
    found = problems(changed(place, value), NOW)
    assert all(error.message and error.field for error in found)
    if not found:
        json.dumps([vars(compose(r)) for r in records_of(world(), changed(place, value), NOW)])


def world() -> World:
    return World.new(SandboxConfig("AC" + "1" * 32, "made-up", "SG.made-up"))


def test_more_than_a_thousand_are_refused(sendgrid: SendGrid) -> None:
    answer = sendgrid.send(mail(*people(1001)))
    assert answer.status == 400
    assert {e["field"] for e in answer.json["errors"]} == {"personalizations"}
    assert "You have provided 1001" in answer.json["errors"][0]["message"]
    body = mail(ANNA)
    body["personalizations"][0]["to"] = [{"email": address} for address in people(1001)]
    assert "1000 total recipients" in sendgrid.send(body).json["errors"][0]["message"]


def test_wrong_key_broken_json_and_wrong_type_are_refused(sendgrid: SendGrid) -> None:
    assert sendgrid.send(mail(ANNA), key="SG.wrong").status == 401
    assert sendgrid.send(b"{").status == 400
    assert sendgrid.send(b"[]").status == 400
    assert sendgrid.send(mail(ANNA), content_type="text/plain").status == 415
    assert sendgrid.send(b" " * (31 * 1024 * 1024)).status == 413


def test_substitutions_reach_texts_and_reply_to_but_not_headers(
    sendgrid: SendGrid, control: SandboxControl
) -> None:
    body = mail(ANNA, reply_to={"email": "reply+%r%@school.example"})
    body["subject"] = "%n%, say no"
    body["content"] = [
        {"type": "text/plain", "value": "Hello %n%"},
        {"type": "text/html", "value": "<p>%n%</p>"},
    ]
    body["personalizations"][0] |= {
        "substitutions": {"%n%": "Anna", "%r%": "k7"},
        "headers": {"X-Test": "%n%"},
        "from": {"email": "desk@school.example", "name": "Desk"},
    }
    assert sendgrid.send(body).status == 202
    (got,) = control.messages(EMAIL, "Anna@Home.example")
    assert (got["subject"], got["text"], got["html"]) == (
        "Anna, say no",
        "Hello Anna",
        "<p>Anna</p>",
    )
    assert got["reply_to"] == "reply+k7@school.example"
    assert got["headers"]["X-Test"] == "%n%"
    assert got["headers"]["From"] == "Desk <desk@school.example>"


def test_events_verify_with_the_sdk_and_carry_the_token_flat(
    sendgrid: SendGrid, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(email_events_url=f"{receiver.url}/events")
    message_id = sendgrid.send(mail(ANNA)).headers["x-message-id"]
    events = receiver.events(2)
    assert all(signature_is_good(control, each) for each in receiver.received)
    assert [event["event"] for event in events] == ["processed", "delivered"]
    assert {event["token"] for event in events} == {"token-0"}
    assert all(event["sg_message_id"].startswith(message_id + ".") for event in events)
    assert all(event["email"] == ANNA and event["smtp-id"] for event in events)
    assert len({event["sg_event_id"] for event in events}) == 2


def test_events_of_a_request_are_grouped(
    sendgrid: SendGrid, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(email_events_url=f"{receiver.url}/events")
    sendgrid.send(mail(*people(300)))
    receiver.events(600)
    assert len(receiver.received) < 60


def test_bounced_address_is_dropped_the_next_time(
    sendgrid: SendGrid, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(
        email_events_url=f"{receiver.url}/events",
        outcomes=[{"channel": "email", "suffix": "@Home.example", "kind": "bounce"}],
    )
    sendgrid.send(mail(ANNA))
    bounce = receiver.events(2)[-1]
    assert (bounce["event"], bounce["type"], bounce["status"]) == ("bounce", "bounce", "5.1.1")
    sendgrid.send(mail(ANNA))
    dropped = receiver.events(3)[-1]
    assert (dropped["event"], dropped["reason"]) == ("dropped", "Bounced Address")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("deferred", ["processed", "deferred", "delivered"]),
        ("blocked", ["processed", "bounce"]),
        ("spamreport", ["processed", "delivered", "spamreport"]),
        ("unsubscribe", ["processed", "delivered", "unsubscribe"]),
    ],
)
def test_outcome_decides_the_events(
    sendgrid: SendGrid, receiver: Receiver, control: SandboxControl, kind: str, names: list[str]
) -> None:
    control.configure(
        email_events_url=f"{receiver.url}/events",
        outcomes=[{"channel": "email", "suffix": "home.example", "kind": kind}],
    )
    sendgrid.send(mail(ANNA))
    assert [event["event"] for event in receiver.events(len(names))] == names


def test_events_are_posted_again_until_they_are_taken(
    sendgrid: SendGrid, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(email_events_url=f"{receiver.url}/events")
    control.suppress(ANNA)
    receiver.answers = [500, 302, 403]
    sendgrid.send(mail(ANNA))
    got = receiver.wait_for(4)
    assert len({each.events[0]["sg_event_id"] for each in got}) == 1


def test_every_event_comes_twice_when_told_so(
    sendgrid: SendGrid, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(email_events_url=f"{receiver.url}/events", repeat_share=1)
    sendgrid.send(mail(ANNA))
    events = receiver.events(4)
    assert len({event["sg_event_id"] for event in events}) == 2


def test_forged_event_does_not_verify(
    sendgrid: SendGrid, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(email_events_url=f"{receiver.url}/events")
    control.fail(EMAIL, FaultKind.FORGED_CALLBACKS, 1)
    sendgrid.send(mail(ANNA))
    receiver.events(4)
    good = {signature_is_good(control, each): each for each in receiver.received}
    assert good[False].events[0]["event"] == "bounce"
    assert True in good
