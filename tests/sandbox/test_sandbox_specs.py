"""The sandbox against the real thing's papers: OpenAPI files and SDKs."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4
from sandbox_senders import PARENT, SCHOOL, SendGrid, Twilio, mail
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import CustomArg, Header, Mail, Personalization, Substitution, To
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from outreach.core.channels import Channel
from outreach.sandbox.control import SandboxControl, SandboxServer
from outreach.sandbox.faults import FaultKind

ANNA = "anna@home.example"
_MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
_MESSAGE = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"


@lru_cache
def document(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def check(path: Path, place: list[str], value: object) -> None:
    """Validates `value` with the schema at `place` of an OpenAPI file."""
    registry = Registry().with_resource("urn:api", Resource(document(path), DRAFT4))
    pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in place)
    OAS30Validator({"$ref": f"urn:api#/{pointer}"}, registry=registry).validate(value)


def check_twilio(specs: Path, place: tuple[str, str, str], value: object) -> None:
    url, method, status = place
    inner = ["paths", url, method, "responses", status, "content", "application/json", "schema"]
    check(specs / "twilio_api_v2010.json", inner, value)


def check_sendgrid_error(specs: Path, value: object) -> None:
    check(specs / "tsg_mail_v3.json", ["components", "schemas", "ErrorResponse"], value)


def test_twilio_answers_fit_its_openapi_file(
    specs: Path, twilio: Twilio, control: SandboxControl
) -> None:
    control.configure(
        outcomes=[{"channel": "sms", "suffix": "99", "kind": "undelivered", "code": "30005"}]
    )
    for fields in ({}, {"From": "", "MessagingServiceSid": "MG" + "a" * 32}, {"From": "School"}):
        created = twilio.send(**fields).json
        check_twilio(specs, (_MESSAGES, "post", "201"), created)
        check_twilio(specs, (_MESSAGE, "get", "200"), twilio.get(created["uri"]).json)
    twilio.send("+447700900199")
    control.reply_from_phone(PARENT, "STOP", to=SCHOOL)
    control.wait_until_quiet()
    for query in ({}, {"PageSize": "2"}, {"PageSize": "2", "Page": "1"}, {"To": "+4400000000"}):
        check_twilio(specs, (_MESSAGES, "get", "200"), twilio.list(**query).json)


def test_sendgrid_errors_fit_its_openapi_file(
    specs: Path, sendgrid: SendGrid, control: SandboxControl
) -> None:
    answers = [
        sendgrid.send(mail(ANNA), key="wrong"),
        sendgrid.send(b"{"),
        sendgrid.send(mail("nobody")),
        sendgrid.send(mail(*[ANNA] * 1001)),
        sendgrid.send(mail(ANNA), content_type="text/plain"),
        sendgrid.send(b" " * (31 * 1024 * 1024)),
    ]
    for kind in (FaultKind.HTTP_429, FaultKind.HTTP_500, FaultKind.HTTP_502, FaultKind.HTTP_503):
        control.fail(Channel.EMAIL, kind, 1)
        answers.append(sendgrid.send(mail(ANNA)))
    assert [a.status for a in answers] == [401, 400, 400, 400, 415, 413, 429, 500, 502, 503]
    for answer in answers:
        assert answer.json["errors"]
        check_sendgrid_error(specs, answer.json)


class _SandboxHttpClient(TwilioHttpClient):
    def __init__(self, base_url: str) -> None:
        super().__init__(timeout=10)
        self._base_url = base_url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        local = url.replace("https://api.twilio.com", self._base_url)
        return super().request(method, local, *args, **kwargs)


@pytest.fixture
def client(sandbox: SandboxServer) -> Client:
    http = _SandboxHttpClient(sandbox.api_url)
    return Client(sandbox.twilio_account_sid, sandbox.twilio_auth_token, http_client=http)


def test_twilio_sdk_sends_fetches_and_pages(client: Client, control: SandboxControl) -> None:
    sids = [client.messages.create(to=PARENT, from_=SCHOOL, body="Hi").sid for _ in range(5)]
    control.wait_until_quiet()
    fetched = client.messages(sids[0]).fetch()
    assert (fetched.status, fetched.num_segments, fetched.direction) == (
        "delivered", "1", "outbound-api",
    )  # fmt: skip
    assert fetched.date_sent is not None
    listed = client.messages.list(to=PARENT, from_=SCHOOL, page_size=2)
    assert [each.sid for each in listed] == sids[::-1]


def test_twilio_sdk_reads_the_refusals(client: Client, control: SandboxControl) -> None:
    client.messages.create(to=PARENT, from_=SCHOOL, body="Hi")
    control.reply_from_phone(PARENT, "STOP")
    for to, code in ((PARENT, 21610), ("12", 21211)):
        with pytest.raises(TwilioRestException) as caught:
            client.messages.create(to=to, from_=SCHOOL, body="Hi")
        assert (caught.value.status, caught.value.code) == (400, code)


def test_sendgrid_sdk_body_is_taken_with_custom_args_as_an_object(
    sandbox: SandboxServer, control: SandboxControl
) -> None:
    message = Mail(
        from_email=("office@school.example", "Hill School"),
        subject="Hello %n%",
        plain_text_content="Hello %n%",
        html_content="<p>%n%</p>",
    )
    one = Personalization()
    one.add_to(To(ANNA))
    one.add_substitution(Substitution("%n%", "Anna"))
    one.add_custom_arg(CustomArg("token", "t-1"))
    one.add_header(Header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    message.add_personalization(one)
    message.add_custom_arg(CustomArg("kind", "campaign"))
    answer = SendGridAPIClient(sandbox.sendgrid_api_key, host=sandbox.api_url).send(message)
    assert (answer.status_code, bool(answer.headers["X-Message-Id"])) == (202, True)
    (got,) = control.messages(Channel.EMAIL, ANNA)
    assert (got["subject"], got["token"]) == ("Hello Anna", "t-1")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("unsubscribes", "Unsubscribed Address"),
        ("spam_reports", "Spam Reporting Address"),
        ("bounces", "Bounced Address"),
        ("invalid_emails", "Invalid"),
    ],
)
def test_sendgrid_lists_fit_its_openapi_file(
    specs: Path, sandbox: SandboxServer, control: SandboxControl, name: str, reason: str
) -> None:
    control.suppress(ANNA, reason)
    client = SendGridAPIClient(sandbox.sendgrid_api_key, host=sandbox.api_url)
    url = f"/v3/suppression/{name}"
    found = json.loads(getattr(client.client.suppression, name).get().body)
    place = ["paths", url, "get", "responses", "200", "content", "application/json", "schema"]
    check(specs / "tsg_suppressions_v3.json", place, found)
    assert [entry["email"] for entry in found] == [ANNA]


def test_sendgrids_sdk_adds_asks_and_removes_globally(sandbox: SandboxServer) -> None:
    client = SendGridAPIClient(sandbox.sendgrid_api_key, host=sandbox.api_url).client
    globally = getattr(client.asm.suppressions, "global")
    added = globally.post(request_body={"recipient_emails": [ANNA]})
    assert (added.status_code, json.loads(added.body)) == (201, {"recipient_emails": [ANNA]})
    assert json.loads(globally._(ANNA).get().body) == {"recipient_email": ANNA}
    assert globally._(ANNA).delete().status_code == 204
    assert json.loads(globally._(ANNA).get().body) == {}
