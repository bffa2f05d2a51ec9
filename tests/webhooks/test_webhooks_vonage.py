"""Vonage's doors: states of texts, and texts to us."""

from __future__ import annotations

import json
from collections.abc import Mapping

from webhook_door import VONAGE_SECRET, Asked, Door
from webhook_rules import SignedWebhookRules, stored

from outreach.inbox.models import InboundMessage, ProviderEvent
from outreach.sandbox.config import VonageCredentials
from outreach.sandbox.vonage.webhooks import webhook

ACCOUNT = VonageCredentials("abcd1234", "x", "app", "x", VONAGE_SECRET)
UUID = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"


def from_vonage(path: str, fields: Mapping[str, object], *, forged: bool = False) -> Asked:
    posting = webhook(ACCOUNT, path, fields, forged=forged)
    return Asked(path, posting.body, dict(posting.headers))


def status(word: str = "delivered", path: str = "abcdefgh234567", **changes: object) -> Asked:
    fields = {
        "message_uuid": UUID,
        "status": word,
        "timestamp": "2026-11-22T10:00:00.000Z",
        "client_ref": "abcdefgh234567",
        "to": "447700900123",
        **changes,
    }
    return from_vonage(f"/webhooks/vonage/status/{path}", fields)


def text_to_us(text: str) -> Asked:
    fields = {
        "channel": "sms",
        "message_uuid": UUID,
        "from": "447700900123",
        "to": "447700900999",
        "message_type": "text",
        "text": text,
    }
    return from_vonage("/webhooks/vonage/inbound", fields)


class TestStatus(SignedWebhookRules):
    most_bytes = 64 * 1024
    no_secrets = {"vonage_signature_secrets": []}  # noqa: RUF012 - read only
    signature_header = "Authorization"

    def good(self) -> Asked:
        return status()

    def signed_by_somebody_else(self) -> Asked:
        good = self.good()
        return from_vonage(good.path, json.loads(good.body), forged=True)


class TestInbound(SignedWebhookRules):
    most_bytes = 256 * 1024
    no_secrets = {"vonage_signature_secrets": []}  # noqa: RUF012 - read only
    signature_header = "Authorization"

    def good(self) -> Asked:
        return text_to_us("Stop that")

    def signed_by_somebody_else(self) -> Asked:
        good = self.good()
        return from_vonage(good.path, json.loads(good.body), forged=True)


def test_status_is_stored_with_our_token_and_without_a_phone_number(door: Door) -> None:
    assert door.post(status("rejected", error={"title": "1180"})) == 204
    row = ProviderEvent.objects.values().get()
    assert (row["token"], row["provider_code"], row["kind"]) == ("abcdefgh234567", "1180", "failed")
    assert "7700900" not in str(row)


def test_signed_status_sent_to_another_message_s_address_counts_for_its_own(door: Door) -> None:
    assert door.post(status(path="zzzz2222")) == 204
    assert ProviderEvent.objects.get().token == "abcdefgh234567"


def test_signed_webhook_that_we_cannot_read_gets_400(door: Door) -> None:
    assert door.post(from_vonage("/webhooks/vonage/inbound", {"channel": "whatsapp"})) == 400
    assert stored() == 0


def test_text_is_stored_as_it_was_written(door: Door) -> None:
    assert door.post(text_to_us("Stop by the school tomorrow? ☂️")) == 204
    row = InboundMessage.objects.get()
    assert (row.text, row.from_address) == ("Stop by the school tomorrow? ☂️", "+447700900123")
