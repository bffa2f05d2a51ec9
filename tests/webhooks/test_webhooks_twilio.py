"""Twilio's doors: status callbacks and texts to us."""

from __future__ import annotations

from dataclasses import replace

from webhook_door import Asked, Door, environment_for_webhooks, from_twilio, open_door, text_to_us
from webhook_rules import SignedWebhookRules, stored

from outreach.inbox.models import InboundMessage, ProviderEvent

STATUS_PATH = "/webhooks/twilio/status/abcdefgh234567"


def status(state: str = "delivered", path: str = STATUS_PATH, **changes: str) -> Asked:
    params = {"MessageSid": "SM" + "a" * 32, "MessageStatus": state, **changes}
    return from_twilio(path, params)


class TestStatus(SignedWebhookRules):
    most_bytes = 64 * 1024
    no_secrets = {"twilio_auth_token": "", "twilio_auth_token_old": []}  # noqa: RUF012 - read only
    signature_header = "X-Twilio-Signature"

    def good(self) -> Asked:
        return status()

    def signed_by_somebody_else(self) -> Asked:
        return from_twilio(STATUS_PATH, {"MessageSid": "SM1", "MessageStatus": "failed"}, "other")

    def forgeries(self) -> dict[str, Asked]:
        good = self.good()
        return {
            **super().forgeries(),
            "for another message": replace(good, path="/webhooks/twilio/status/zzzz2222"),
            "query added": replace(good, path=good.path + "?x=1"),
            "another kind of body": good.having("Content-Type", "application/json"),
            "broken UTF-8": replace(good, body=good.body + b"&x=%ff"),
            "signed with an empty token": from_twilio(
                STATUS_PATH, {"MessageSid": "SM1", "MessageStatus": "failed"}, ""
            ),
        }


class TestInbound(SignedWebhookRules):
    most_bytes = 256 * 1024
    no_secrets = {"twilio_auth_token": "", "twilio_auth_token_old": []}  # noqa: RUF012 - read only
    signature_header = "X-Twilio-Signature"

    def good(self) -> Asked:
        return text_to_us("STOP")

    def signed_by_somebody_else(self) -> Asked:
        good = text_to_us("STOP")
        return good.having("X-Twilio-Signature", from_twilio(good.path, {}, "other").headers[
            "X-Twilio-Signature"
        ])  # fmt: skip


def test_status_is_stored_with_our_token_and_without_a_phone_number(door: Door) -> None:
    asked = status("undelivered", ErrorCode="30003", To="+447700900123", From="+447700900999")
    assert door.post(asked) == 204
    row = ProviderEvent.objects.values().get()
    assert (row["token"], row["provider_code"], row["kind"]) == (
        "abcdefgh234567",
        "30003",
        "failed",
    )
    assert "7700900" not in str(row)


def test_each_status_of_a_message_is_stored(door: Door) -> None:
    answers = [door.post(status(state)) for state in ("queued", "sent", "delivered", "sent")]
    assert answers == [204] * 4
    assert ProviderEvent.objects.count() == 3


def test_earlier_auth_token_still_opens_the_door_during_a_rotation(inbox_dsn: str) -> None:
    env = environment_for_webhooks(twilio_auth_token="new", twilio_auth_token_old=["old"])
    with open_door(inbox_dsn, env) as door:
        for number, token in enumerate(["old", "new"]):
            params = {"MessageSid": f"SM{number}", "MessageStatus": "sent"}
            assert door.post(from_twilio(STATUS_PATH, params, token)) == 204


def test_signed_request_that_we_cannot_read_gets_400(door: Door) -> None:
    assert door.post(from_twilio(STATUS_PATH, {"Unknown": "yes"})) == 400
    assert stored() == 0


def test_text_is_stored_as_it_was_written(door: Door) -> None:
    assert door.post(text_to_us("Stop by the school tomorrow? ☂️ &=+")) == 204
    assert InboundMessage.objects.get().text == "Stop by the school tomorrow? ☂️ &=+"


def test_media_of_a_text_are_counted_and_their_addresses_dropped(door: Door) -> None:
    url = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
    asked = text_to_us("look", NumMedia="2", MediaUrl0=url, MediaUrl1=url + "9",
                       MediaContentType0="image/jpeg")  # fmt: skip
    assert door.post(asked) == 204
    row = InboundMessage.objects.values().get()
    assert row["files_dropped"] == 2
    assert "media" not in str(row).lower()
    assert "api.twilio.com" not in str(row)


def test_text_with_a_nul_is_stored_without_it(door: Door) -> None:
    assert door.post(text_to_us("ST\0OP", From="+4477009001\x0023")) == 204
    assert InboundMessage.objects.get().text == "STOP"
