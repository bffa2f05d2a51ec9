"""Amazon SNS: one topic, its subscriptions, and what it posts, signed.

Source: SNS API reference (query protocol) and "Verifying the signatures of Amazon SNS messages"
(November 2026). A subscription gets nothing before it has been confirmed with its token.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
import hashlib
import json
import secrets
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from outreach.core import clock
from outreach.core.channels import Channel
from outreach.sandbox.posting import Failure, Posting, RetryPolicy
from outreach.sandbox.ses.access import denied
from outreach.sandbox.world import WORLD, World

_RETRY = RetryPolicy(retries=10, on=frozenset(Failure), total_seconds=3600, read_seconds=15.0)
_XML = "http://sns.amazonaws.com/doc/2010-03-31/"
_SIGNED = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn")


@dataclass
class Key:
    """A key with its certificate. `name`: of the certificate's file."""

    private: rsa.RSAPrivateKey
    certificate: bytes
    name: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256(self.certificate).hexdigest()[:32]
        self.name = f"SimpleNotificationService-{digest}.pem"


@lru_cache(maxsize=1)
def key() -> Key:
    """Made when the first message is signed."""
    return new_key()


def new_key() -> Key:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.sandbox")])
    now = clock.SystemClock().now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=365))
        .sign(private, hashes.SHA256())
    )
    return Key(private, certificate.public_bytes(serialization.Encoding.PEM))


def routes() -> list[web.RouteDef]:
    return [
        web.post("/sns", act),
        web.get("/sns/", confirm),
        web.get("/sns/{name:SimpleNotificationService-[0-9a-f]{32}\\.pem}", certificate),
    ]


async def certificate(request: web.Request) -> web.Response:
    if request.match_info["name"] != key().name:
        raise web.HTTPNotFound
    return web.Response(body=key().certificate, content_type="application/x-pem-file")


async def act(request: web.Request) -> web.Response:
    """Subscribe, ListSubscriptionsByTopic and Publish, of whoever has the key."""
    world = request.app[WORLD]
    if name := await denied(world, request):
        return _error(403, name)
    form = dict(parse_qsl((await request.read()).decode()))
    action, topic = form.get("Action", ""), form.get("TopicArn", "")
    ours = world.config.ses
    if ours is None or topic != ours.topic_arn:
        return _error(404, "NotFound")
    if action == "Subscribe":
        return _subscribe(world, f"http://{request.host}", topic, form.get("Endpoint", ""))
    if action == "ListSubscriptionsByTopic":
        return _answer(action, f"<Subscriptions>{_members(world, topic)}</Subscriptions>")
    if action == "Publish":
        publish(world, topic, form.get("Message", ""))
        return _answer(action, f"<MessageId>{uuid.uuid4()}</MessageId>")
    return _error(400, "InvalidAction")


async def confirm(request: web.Request) -> web.Response:
    """ConfirmSubscription: the token is the proof."""
    world = request.app[WORLD]
    for endpoint, token in world.account.sns_subscriptions.items():
        if token and secrets.compare_digest(token, request.query.get("Token", "")):
            world.account.sns_subscriptions[endpoint] = ""
            return _answer("ConfirmSubscription", "<SubscriptionArn>arn:x</SubscriptionArn>")
    return _error(404, "NotFound")


def publish(
    world: World, topic: str, message: str, *, forged: bool = False, times: int = 1
) -> None:
    """To every confirmed subscription."""
    fields = {"Type": "Notification", "Message": message, **_common(topic)}
    for endpoint, token in world.account.sns_subscriptions.items():
        if token:
            continue
        posting = envelope_posting(world.sns_origin, endpoint, fields, forged=forged)
        for _ in range(times):
            world.schedule.after(0, functools.partial(world.poster.post, posting))


def _subscribe(world: World, origin: str, topic: str, endpoint: str) -> web.Response:
    """Posts the confirmation; it waits until somebody comes with its token."""
    world.sns_origin = origin
    token = secrets.token_hex(64)
    if world.account.sns_subscriptions.get(endpoint, "x"):
        world.account.sns_subscriptions[endpoint] = token
        url = f"{origin}/sns/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}"
        fields = {
            "Type": "SubscriptionConfirmation",
            "Message": "You have chosen to subscribe to the topic.",
            "Token": token,
            "SubscribeURL": url,
            **_common(topic),
        }
        posting = envelope_posting(origin, endpoint, fields)
        world.schedule.after(0, functools.partial(world.poster.post, posting))
    arn = "<SubscriptionArn>pending confirmation</SubscriptionArn>"
    return _answer("Subscribe", arn)


def _common(topic: str) -> dict[str, str]:
    now = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"MessageId": str(uuid.uuid4()), "TopicArn": topic, "Timestamp": now}


def envelope_posting(
    origin: str, endpoint: str, fields: dict[str, str], *, forged: bool = False
) -> Posting:
    """One signed message. A forged one is signed by a key that nobody certified."""
    signed = "".join(
        f"{name}\n{fields[name]}\n" for name in (*_SIGNED, "Type") if name in fields
    ).encode()
    private = new_key().private if forged else key().private
    signature = private.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    body = {
        **fields,
        "SignatureVersion": "2",
        "Signature": base64.b64encode(signature).decode(),
        "SigningCertURL": f"{origin}/sns/{key().name}",
    }
    return Posting(
        channel=Channel.EMAIL,
        url=endpoint,
        body=json.dumps(body).encode(),
        headers={
            "Content-Type": "text/plain; charset=UTF-8",
            "User-Agent": "Amazon Simple Notification Service Agent",
            "x-amz-sns-message-type": fields["Type"],
        },
        retry=_RETRY,
    )


def _members(world: World, topic: str) -> str:
    return "".join(
        f"<member><TopicArn>{escape(topic)}</TopicArn><Protocol>http</Protocol>"
        f"<Endpoint>{escape(endpoint)}</Endpoint><Owner>000000000000</Owner><SubscriptionArn>"
        f"{'PendingConfirmation' if token else f'{escape(topic)}:1'}</SubscriptionArn></member>"
        for endpoint, token in world.account.sns_subscriptions.items()
    )


def _answer(action: str, inner: str) -> web.Response:
    text = f'<{action}Response xmlns="{_XML}"><{action}Result>{inner}</{action}Result>' + (
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
        f"</{action}Response>"
    )
    return web.Response(text=text, content_type="text/xml")


def _error(status: int, code: str) -> web.Response:
    text = (
        f'<ErrorResponse xmlns="{_XML}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>refused</Message></Error></ErrorResponse>"
    )
    return web.Response(text=text, content_type="text/xml", status=status)
