"""One function per kind of request: from what came in to the rows that are stored.

Each verifies first and fails closed: without a configured secret nothing is believed.
Addresses are built from the configured public origin, never from the Host header.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from outreach.config.environment import Environment
from outreach.content.voice import spoken_help
from outreach.core.clock import now
from outreach.core.errors import BadSignature
from outreach.core.phones import country_of_number
from outreach.inbox.store import Row, event_row, message_row
from outreach.providers.sendgrid import callbacks as sendgrid
from outreach.providers.sendgrid.inbound import parse_inbound as parse_mail
from outreach.providers.ses import callbacks as ses
from outreach.providers.ses.certificates import SnsCertificates
from outreach.providers.ses.envelope import CONFIRMATION, read_envelope
from outreach.providers.ses.envelope import verify as verify_sns
from outreach.providers.transport import is_loopback
from outreach.providers.twilio import callbacks as twilio
from outreach.providers.twilio.voice import say_and_hang_up
from outreach.providers.vonage import callbacks as vonage

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 300
Params = list[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """`path`: as it came, still encoded, with its query. `headers` compare without case."""

    path: str
    headers: Mapping[str, str]
    content_type: str
    body: bytes
    last_part: str = ""


@dataclass(frozen=True)
class Keys:
    """What requests are checked against; empty means that nothing passes. `sns`: the keys of
    Amazon's certificates, as they become known."""

    origin: str
    twilio_auth_tokens: tuple[str, ...]
    sendgrid_public_keys: tuple[str, ...]
    inbound_secret: str
    vonage_secrets: tuple[str, ...] = ()
    ses_topic_arns: tuple[str, ...] = ()
    sns: SnsCertificates = field(default_factory=SnsCertificates)

    @classmethod
    def from_environment(cls, env: Environment) -> Keys:
        tokens = (env.twilio_auth_token, *env.twilio_auth_token_old)
        return cls(
            origin=env.webhook_url.rstrip("/"),
            twilio_auth_tokens=tuple(token for token in tokens if token),
            sendgrid_public_keys=tuple(env.sendgrid_webhook_public_keys),
            inbound_secret=env.inbound_secret,
            vonage_secrets=tuple(env.vonage_signature_secrets),
            ses_topic_arns=tuple(env.ses_topic_arns),
            sns=SnsCertificates(env.ses_base_url if is_loopback(env.ses_base_url) else ""),
        )


def twilio_status(request: Request, keys: Keys) -> list[Row]:
    """A receipt of one text. Raises BadSignature, BadInput."""
    params = _signed_by_twilio(request, keys)
    return [event_row(twilio.parse_status(params, request.last_part), now())]


def twilio_inbound(request: Request, keys: Keys) -> list[Row]:
    """A text to us. Media are not fetched, only counted. Raises BadSignature, BadInput."""
    return [message_row(twilio.parse_inbound(_signed_by_twilio(request, keys)), now())]


def sendgrid_events(request: Request, keys: Keys) -> list[Row]:
    """Up to some thousand receipts of mails. Raises BadSignature, BadInput."""
    timestamp = request.headers.get(sendgrid.TIMESTAMP_HEADER, "")
    signature = request.headers.get(sendgrid.SIGNATURE_HEADER, "")
    sendgrid.verify(request.body, timestamp, signature, keys.sendgrid_public_keys)
    received_at = now()
    return [event_row(event, received_at) for event in sendgrid.parse_events(request.body)]


def sendgrid_inbound(request: Request, keys: Keys) -> list[Row]:
    """A mail to us; its files are dropped. Raises BadSignature, BadInput."""
    check_secret(request.last_part, keys)
    return [message_row(parse_mail(request.content_type, request.body), now())]


def vonage_status(request: Request, keys: Keys) -> list[Row]:
    """A state of one text. Raises BadSignature, BadInput."""
    _signed_by_vonage(request, keys)
    return [event_row(vonage.parse_status(request.body), now())]


def vonage_inbound(request: Request, keys: Keys) -> list[Row]:
    """A text to us. Media are not fetched, only counted. Raises BadSignature, BadInput."""
    _signed_by_vonage(request, keys)
    return [message_row(vonage.parse_inbound(request.body), now())]


async def prepare_ses(request: Request, keys: Keys) -> None:
    """Learns the key of a message that claims to be of a topic of ours, from the one place where
    such keys are; says yes to a subscription once its message is verified.

    Raises BadSignature, Unavailable.
    """
    envelope = read_envelope(request.body, keys.ses_topic_arns)
    await keys.sns.learn(envelope)
    if envelope.kind == CONFIRMATION:
        verify_sns(envelope, keys.sns.key_of(envelope))
        await keys.sns.confirm(envelope)


def ses_events(request: Request, keys: Keys) -> list[Row]:
    """What became of one mail. Raises BadSignature, BadInput."""
    envelope = read_envelope(request.body, keys.ses_topic_arns)
    verify_sns(envelope, keys.sns.key_of(envelope))
    return [] if envelope.kind == CONFIRMATION else [event_row(ses.parse_event(envelope), now())]


def twilio_voice(request: Request, keys: Keys) -> str:
    """A call to one of our numbers: TwiML with the help lines of the number's country.

    Without the database, so that it is answered whatever else is down. Raises BadSignature.
    """
    params = dict(_signed_by_twilio(request, keys))
    country = country_of_number(params.get("To", ""))
    return say_and_hang_up((each.voice, each.sentences) for each in spoken_help(country, now()))


def check_secret(secret: str, keys: Keys) -> None:
    """Inbound Parse is not signed: the last part of its address is the proof.

    Raises BadSignature; asked before the body is read, which may be 30 MB.
    """
    expected = keys.inbound_secret
    if not expected or not hmac.compare_digest(secret.encode(), expected.encode()):
        raise BadSignature("This address is not the one of our inbound mail.")


def _signed_by_twilio(request: Request, keys: Keys) -> Params:
    params = _form(request)
    signature = request.headers.get("X-Twilio-Signature", "")
    twilio.verify(keys.origin + request.path, params, signature, keys.twilio_auth_tokens)
    return params


def _signed_by_vonage(request: Request, keys: Keys) -> None:
    vonage.verify(request.body, request.headers.get("Authorization", ""), keys.vonage_secrets)


def _form(request: Request) -> Params:
    """The decoded form, duplicates and empty values kept: both are part of the signature."""
    if request.content_type.split(";", 1)[0].strip().lower() != _FORM:
        raise BadSignature("Twilio sends forms.")
    try:
        return parse_qsl(
            request.body.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise BadSignature("This form cannot be read.") from error
