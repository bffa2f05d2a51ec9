"""Amazon's door: events of mails through SNS, and saying yes to its subscription."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from webhook_door import TOPIC, Asked, Door, environment_for_webhooks, open_door
from webhook_rules import WebhookRules, stored

from outreach.inbox.models import ProviderEvent
from outreach.sandbox.ses import sns

PATH = "/webhooks/ses/events"
EVENT = {
    "eventType": "Bounce",
    "mail": {
        "messageId": "0100-000000",
        "destination": ["anna@example.org"],
        "tags": {"token": ["abcdefgh234567"]},
    },
    "bounce": {
        "bounceType": "Permanent",
        "bouncedRecipients": [{"emailAddress": "anna@example.org", "status": "5.1.1"}],
    },
}


class Amazon:
    """SNS as far as the door asks it: certificates, and confirmations. `asked`: the paths."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        amazon = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                amazon.asked.append(self.path)
                body = sns.key().certificate
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        return Handler

    def signed(self, *, topic: str = TOPIC, forged: bool = False, **changes: str) -> Asked:
        fields = {
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": topic,
            "Message": json.dumps(EVENT),
            "Timestamp": "2026-11-22T10:00:06.000Z",
            **changes,
        }
        posting = sns.envelope_posting(self.url, PATH, fields, forged=forged)
        return Asked(PATH, posting.body, dict(posting.headers))


@pytest.fixture(scope="module")
def amazon() -> Iterator[Amazon]:
    found = Amazon()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def door(inbox_dsn: str, amazon: Amazon) -> Iterator[Door]:
    amazon.asked.clear()
    with open_door(inbox_dsn, environment_for_webhooks(ses_base_url=amazon.url)) as found:
        yield found


def changed(asked: Asked, change: Callable[[dict[str, str]], None]) -> Asked:
    fields = json.loads(asked.body)
    change(fields)
    return Asked(asked.path, json.dumps(fields).encode(), asked.headers)


class TestEvents(WebhookRules):
    most_bytes = 512 * 1024
    no_secrets = {"ses_topic_arns": []}  # noqa: RUF012 - read only

    @pytest.fixture(autouse=True)
    def _amazon(self, amazon: Amazon) -> None:
        self.amazon = amazon

    def good(self) -> Asked:
        return self.amazon.signed()

    def forgeries(self) -> dict[str, Asked]:
        good = self.good()
        theirs = "arn:aws:sns:eu-central-1:999999999999:outreach-events"
        elsewhere = "https://evil.example/SimpleNotificationService-" + "a" * 32 + ".pem"
        return {
            "no signature": changed(good, lambda f: f.pop("Signature")),
            "malformed signature": changed(good, lambda f: f.update(Signature="%%%")),
            "altered message": changed(good, lambda f: f.update(Message="{}")),
            "another id": changed(good, lambda f: f.update(MessageId="another")),
            "somebody else's key": self.amazon.signed(forged=True),
            "somebody else's topic": self.amazon.signed(topic=theirs),
            "certificate elsewhere": changed(good, lambda f: f.update(SigningCertURL=elsewhere)),
            "empty body": Asked(PATH, b"", good.headers),
            "a confirmation turned into an event": changed(
                self.amazon.signed(Type="SubscriptionConfirmation", Token="t"),
                lambda f: f.update(Type="Notification"),
            ),
        }

    # SNS is the stand-in here, so the door has to know where it is.
    def test_nothing_passes_while_the_secret_is_not_configured(self, inbox_dsn: str) -> None:
        env = environment_for_webhooks(ses_topic_arns=[], ses_base_url=self.amazon.url)
        with open_door(inbox_dsn, env) as door:
            assert door.post(self.good()) == 403
        assert stored() == 0

    def test_provider_is_told_to_come_again_while_the_database_is_away(self) -> None:
        dsn = "host=127.0.0.1 port=9 user=x dbname=x"
        with open_door(dsn, environment_for_webhooks(ses_base_url=self.amazon.url)) as door:
            assert door.post(self.good()) == 503


def test_event_is_stored_with_our_token_and_without_an_address(door: Door, amazon: Amazon) -> None:
    assert door.post(amazon.signed()) == 204
    row = ProviderEvent.objects.values().get()
    assert (row["provider"], row["token"], row["kind"]) == ("ses", "abcdefgh234567", "bounced")
    assert (row["provider_code"], row["permanent"]) == ("5.1.1", True)
    assert "anna" not in str(row)


def test_certificate_is_asked_for_once(door: Door, amazon: Amazon) -> None:
    for number in range(3):
        assert door.post(amazon.signed(MessageId=f"m{number}")) == 204
    assert amazon.asked == [f"/sns/{sns.key().name}"]


def test_subscription_to_our_topic_is_confirmed_at_amazon_and_stores_nothing(
    door: Door, amazon: Amazon
) -> None:
    asked = amazon.signed(
        Type="SubscriptionConfirmation", Token="t0ken", SubscribeURL="http://evil.example/"
    )
    assert door.post(asked) == 204
    assert amazon.asked[-1].startswith("/sns/?Action=ConfirmSubscription")
    assert amazon.asked[-1].endswith("Token=t0ken")
    assert stored() == 0


def test_forged_confirmation_confirms_nothing(door: Door, amazon: Amazon) -> None:
    asked = amazon.signed(Type="SubscriptionConfirmation", Token="t0ken", forged=True)
    assert door.post(asked) == 403
    assert not any("ConfirmSubscription" in path for path in amazon.asked)


def test_without_a_stand_in_its_certificate_is_not_believed(inbox_dsn: str, amazon: Amazon) -> None:
    amazon.asked.clear()
    with open_door(inbox_dsn, environment_for_webhooks()) as door:
        assert door.post(amazon.signed()) == 403
    assert amazon.asked == []


def test_stand_in_on_another_machine_is_none(inbox_dsn: str, amazon: Amazon) -> None:
    env = environment_for_webhooks(ses_base_url="http://evil.example")
    good = amazon.signed()
    there = "http://evil.example/sns/" + sns.key().name
    with open_door(inbox_dsn, env) as door:
        assert door.post(changed(good, lambda f: f.update(SigningCertURL=there))) == 403


def test_signed_notification_that_is_no_event_gets_400(door: Door, amazon: Amazon) -> None:
    assert door.post(amazon.signed(Message="Successfully validated SNS topic")) == 400
    assert stored() == 0
