"""SendGrid's doors: signed events and mails to us."""

from __future__ import annotations

from dataclasses import replace

from webhook_door import EVENT_KEY, Asked, Door, from_sendgrid, mail_to_us
from webhook_rules import SignedWebhookRules, WebhookRules, stored

from outreach.inbox.models import InboundMessage, ProviderEvent
from outreach.sandbox.sendgrid.signing import EventKey

EVENT = {
    "email": "anna@example.org",
    "event": "delivered",
    "sg_event_id": "event-1",
    "sg_message_id": "message-1.filter",
    "timestamp": 1793613600,
    "token": "abcdefgh234567",
}


class TestEvents(SignedWebhookRules):
    most_bytes = 4 * 1024 * 1024
    no_secrets = {"sendgrid_webhook_public_keys": []}  # noqa: RUF012 - read only
    signature_header = "X-Twilio-Email-Event-Webhook-Signature"

    def good(self) -> Asked:
        return from_sendgrid([EVENT])

    def signed_by_somebody_else(self) -> Asked:
        return from_sendgrid([EVENT], EventKey.new())

    def forgeries(self) -> dict[str, Asked]:
        good = self.good()
        timestamp = "X-Twilio-Email-Event-Webhook-Timestamp"
        return {
            **super().forgeries(),
            "another time": good.having(timestamp, "1793613601"),
            "no time": good.without(timestamp),
            "line end changed": replace(good, body=good.body.replace(b"\r\n", b"\n")),
        }


class TestInboundMail(WebhookRules):
    most_bytes = 31 * 1024 * 1024
    no_secrets = {"inbound_secret": ""}  # noqa: RUF012 - read only

    def good(self) -> Asked:
        return mail_to_us("stop")

    def forgeries(self) -> dict[str, Asked]:
        return {
            "another secret": mail_to_us("stop", secret="guess"),
            "longer secret": mail_to_us("stop", secret="secret-of-inbound-mail2"),
            "not ASCII": mail_to_us("stop", secret="%C3%A4"),
            "no UTF-8": mail_to_us("stop", secret="%ff"),
        }


def test_event_is_stored_with_our_token_and_without_the_mail_address(door: Door) -> None:
    assert door.post(from_sendgrid([EVENT])) == 204
    row = ProviderEvent.objects.values().get()
    assert (row["token"], row["kind"], row["message_id"]) == (
        "abcdefgh234567",
        "delivered",
        "message-1",
    )
    assert "anna" not in str(row)


def test_all_events_of_a_post_are_stored_and_repeated_ones_once(door: Door) -> None:
    events = [{**EVENT, "sg_event_id": f"event-{number}"} for number in range(500)]
    assert door.post(from_sendgrid([*events, *events[:100]])) == 204
    assert door.post(from_sendgrid(events[:250])) == 204
    assert ProviderEvent.objects.count() == 500


def test_signed_post_without_events_is_taken(door: Door) -> None:
    assert door.post(from_sendgrid([])) == 204


def test_signed_post_that_is_no_list_gets_400(door: Door) -> None:
    good = from_sendgrid([])
    body = b'{"event": "delivered"}'
    signature = EVENT_KEY.sign("1793613600", body)
    asked = replace(good, body=body).having(TestEvents.signature_header, signature)
    assert door.post(asked) == 400
    assert stored() == 0


def test_files_of_a_mail_are_counted_and_their_bytes_dropped(door: Door) -> None:
    files = {"photo.jpg": b"\xff\xd8PICTURE-OF-A-CHILD" * 1000, "note.txt": b"PRIVATE-NOTE"}
    assert door.post(mail_to_us("see attached", files=files)) == 204
    row = InboundMessage.objects.values().get()
    assert row["files_dropped"] == 2
    assert not any(part in str(row) for part in ("PICTURE", "PRIVATE", "photo.jpg", "note.txt"))


def test_mail_with_an_endless_message_id_is_stored_once(door: Door) -> None:
    asked = mail_to_us("hello", headers=f"Message-ID: <{'x' * 900}@example.org>")
    assert [door.post(asked), door.post(asked)] == [204, 204]
    assert InboundMessage.objects.count() == 1


def test_what_is_no_mail_gets_400(door: Door) -> None:
    asked = replace(mail_to_us("hello"), body=b"--wrong--")
    assert door.post(asked) == 400
    assert stored() == 0
