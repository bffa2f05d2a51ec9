"""What people do in their mailbox: reply, unsubscribe, report spam."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from sandbox_receiver import Receiver
from sandbox_senders import SendGrid, mail

from outreach.core.errors import BadInput
from outreach.sandbox.control import SandboxControl

ANNA = "anna@home.example"


def mail_with_headers(receiver: Receiver, **headers: str) -> dict[str, Any]:
    body = mail(ANNA, reply_to={"email": "reply+k7@school.example"})
    body["personalizations"][0]["headers"] = {
        "List-Unsubscribe": "<mailto:stop+k7@school.example?subject=stop>, "
        f"<{receiver.url}/stop/k7>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        **headers,
    }
    return body


def test_reply_goes_to_the_reply_to_with_the_old_mail_quoted(
    sendgrid: SendGrid, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(email_inbound_url=f"{receiver.url}/parse/secret")
    sendgrid.send(mail_with_headers(receiver))
    control.reply_from_mailbox(ANNA, "Thank you, größe!", headers={"X-Mailer": "Test"})
    (got,) = receiver.wait_for(1)
    assert got.path == "/parse/secret"
    assert (got.part("from"), got.part("to")) == (ANNA, "reply+k7@school.example")
    assert got.part("subject") == "Re: Say No!"
    assert got.part("text").startswith("Thank you, größe!\r\n\r\nOn ")
    assert "> Talk with your child." in got.part("text")
    assert "X-Mailer: Test\n" in got.part("headers")
    assert "In-Reply-To: <" in got.part("headers")
    assert json.loads(got.part("envelope")) == {"to": ["reply+k7@school.example"], "from": ANNA}
    assert json.loads(got.part("charsets"))["text"] == "utf-8"
    assert got.part("attachments") == "0"


def test_files_come_along_as_numbered_attachments(
    sendgrid: SendGrid, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(email_inbound_url=f"{receiver.url}/parse")
    sendgrid.send(mail_with_headers(receiver))
    data = base64.b64encode(b"\x89PNG\r\n").decode()
    control.reply_from_mailbox(
        ANNA, "See here", files=[{"name": "a.png", "content_type": "image/png", "base64": data}]
    )
    (got,) = receiver.wait_for(1)
    assert got.part("attachments") == "1"
    assert json.loads(got.part("attachment-info"))["attachment1"]["filename"] == "a.png"
    assert got.parts["attachment1"].get_payload(decode=True) == b"\x89PNG\r\n"


def test_inbound_mail_is_retried_on_a_server_error_alone(
    sendgrid: SendGrid, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(email_inbound_url=f"{receiver.url}/parse")
    sendgrid.send(mail_with_headers(receiver))
    receiver.answers = [500, 503, 200, 404]
    control.reply_from_mailbox(ANNA, "one")
    receiver.wait_for(3)
    control.reply_from_mailbox(ANNA, "two")
    receiver.wait_for(4)
    control.wait_until_quiet()
    assert len(receiver.received) == 4


def test_delivery_notice_comes_with_an_empty_return_path(
    receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(email_inbound_url=f"{receiver.url}/parse")
    control.write_from_mailbox(
        "mailer-daemon@home.example", to="reply+k7@school.example", subject="Undeliverable",
        text="No such user", headers={"Auto-Submitted": "auto-replied"}, return_path="",
    )  # fmt: skip
    (got,) = receiver.wait_for(1)
    assert json.loads(got.part("envelope"))["from"] == ""
    assert "Auto-Submitted: auto-replied\n" in got.part("headers")


def test_unsubscribe_is_the_one_click_post_without_cookies(
    sendgrid: SendGrid, receiver: Receiver, control: SandboxControl
) -> None:
    sendgrid.send(mail_with_headers(receiver))
    assert control.unsubscribe(ANNA) == {"status": 204}
    (got,) = receiver.received
    assert (got.path, got.body) == ("/stop/k7", b"List-Unsubscribe=One-Click")
    assert "cookie" not in got.headers


def test_unsubscribe_by_mail_is_marked_as_apple_mail_does(
    sendgrid: SendGrid, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(email_inbound_url=f"{receiver.url}/parse")
    sendgrid.send(mail_with_headers(receiver))
    control.unsubscribe(ANNA, "mailto")
    (got,) = receiver.wait_for(1)
    assert (got.part("to"), got.part("subject")) == ("stop+k7@school.example", "stop")
    assert "Auto-Submitted: auto-replied\n" in got.part("headers")


def test_mail_without_one_click_says_so(
    sendgrid: SendGrid, receiver: Receiver, control: SandboxControl
) -> None:
    sendgrid.send(mail_with_headers(receiver, **{"List-Unsubscribe-Post": ""}))
    with pytest.raises(BadInput, match="List-Unsubscribe-Post"):
        control.unsubscribe(ANNA)


def test_spam_report_is_an_event_and_suppresses(
    sendgrid: SendGrid, receiver: Receiver, control: SandboxControl
) -> None:
    sendgrid.send(mail_with_headers(receiver))
    control.wait_until_quiet()
    control.configure(email_events_url=f"{receiver.url}/events")
    control.report_spam(ANNA)
    assert receiver.events(1)[0]["event"] == "spamreport"
    assert control.blocked()["suppressed"] == {ANNA: "Spam Reporting Address"}
