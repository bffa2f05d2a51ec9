"""Setting up a provider: what its console has to say, and the proof that both sides agree.

The proof is whole: a rightly signed request is believed by the webhooks as they run, a wrongly
signed one is not, and where the provider can, it posts a test event of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from outreach.config.environment import environment
from outreach.core.channels import Channel
from outreach.core.clock import monotonic
from outreach.core.errors import BadInput, ProviderError
from outreach.core.ids import uuid7
from outreach.inbox.models import ProviderEvent
from outreach.notices.actions import queue_notice
from outreach.notices.models import NoticeKind
from outreach.organisation import lanes
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import Sender, Staff
from outreach.providers.port import ProviderName
from outreach.providers.registry import SMS
from outreach.providers.setup import AccountSetup, AccountState, Hook, WantedHooks
from outreach.providers.transport import Transport
from outreach.providers.vonage import callbacks as vonage

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}
_VOICE = "/webhooks/twilio/voice"
_EVENTS = {
    ProviderName.SENDGRID: "/webhooks/sendgrid/events",
    ProviderName.SES: "/webhooks/ses/events",
}
_VONAGE = "/webhooks/vonage/inbound"
_TEST_EVENT_SECONDS = 20.0
_LOOK_AGAIN_SECONDS = 0.1
_WORTH_SENDING = timedelta(hours=1)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Proof:
    """One thing that was tried. `words`: what came of it."""

    is_good: bool
    words: str
    remedy: str = ""


@dataclass(frozen=True)
class Setup:
    """How a provider is set up now."""

    state: AccountState
    hooks: Sequence[Hook]
    signing: Proof | None


def look(name: ProviderName) -> Setup:
    """Changes nothing. Raises BadInput when the provider is not set up, ProviderError."""
    wanted = wanted_hooks(name)
    return _with(name, lambda setup: _look_at(setup, wanted))


def set_up(name: ProviderName, *, actor: Actor) -> Setup:
    """Sets every webhook that is not right, and says who did it. Raises as `look`."""

    wanted = wanted_hooks(name)

    async def change(setup: AccountSetup) -> Setup:
        await setup.set_hooks(wanted)
        return await _look_at(setup, wanted)

    found = _with(name, change)
    record(actor, "provider.webhooks-set", f"provider:{name.value}")
    return found


def wanted_hooks(name: ProviderName) -> WantedHooks:
    """Where this provider is to reach us, by the settings and our senders."""
    env = environment()
    senders = Sender.objects.filter(provider=name.value, is_active=True, can_receive=True)
    return WantedHooks(
        origin=env.webhook_url.rstrip("/"),
        identities=tuple(senders.order_by("pk").values_list("identity", flat=True)),
        inbound_domain=env.inbound_domain if not env.imap_url else "",
        inbound_secret=env.inbound_secret,
    )


def prove_signatures(name: ProviderName) -> list[Proof]:
    """Right and wrong signatures against the webhooks as they run, and the provider's own test."""
    if name is ProviderName.TWILIO:
        return _prove_twilio()
    if name is ProviderName.VONAGE:
        return _prove_vonage()
    return [_forged(_EVENTS[name], b"[]", _JSON), _test_event(name)]


def send_test(name: ProviderName, staff: Staff, *, actor: Actor) -> str:
    """Queues one message to a colleague's own address; returns where it goes.

    Raises BadInput without a confirmed address, or without a sender of this provider.
    """
    channel = Channel.SMS if name in SMS else Channel.EMAIL
    is_text = channel is Channel.SMS
    to = staff.phone if is_text else staff.email
    proved = staff.phone_verified_at if is_text else staff.email_verified_at
    sender = Sender.objects.filter(provider=name.value, is_active=True).first()
    if not to or proved is None:
        raise BadInput(
            "This address of the colleague is not confirmed.",
            remedy=f"Confirm it: outreach staff verify {staff.email}.",
        )
    if sender is None:
        raise BadInput(
            f"No sender of {name.value} is in use.", remedy="Add one: outreach sender add."
        )
    queue_notice(
        NoticeKind.TEST_SEND,
        f"provider-setup:{uuid7()}",
        channel=channel,
        destination=to,
        sender=sender,
        school=None,
        subject="" if is_text else "Test of the mail provider",
        text="This is a test of Outreach. It works.",
        html="" if is_text else "<p>This is a test of Outreach. It works.</p>",
        expires_in=_WORTH_SENDING,
        actor=actor,
    )
    return to


def _with(
    name: ProviderName, work: Callable[[AccountSetup], Coroutine[Any, Any, Result]]
) -> Result:
    """Runs `work` on the provider's console, on the loop of the adapters."""
    setup = lanes.account_setup(name)
    if setup is None:
        raise BadInput(
            f"{name.value} is not set up.",
            remedy="Enter its account in the settings: docs/settings.md.",
        )

    async def whole() -> Result:
        try:
            return await work(setup)
        finally:
            await setup.close()

    return lanes.run_async(whole())


async def _look_at(setup: AccountSetup, wanted: WantedHooks) -> Setup:
    state = await setup.state()
    hooks = await setup.hooks(wanted) if state.is_good else []
    key = await setup.signing_key(wanted) if state.is_good else ""
    return Setup(state, hooks, _signing(key) if key else None)


def _signing(key: str) -> Proof:
    if key in environment().sendgrid_webhook_public_keys:
        return Proof(True, "The key with which SendGrid signs is in our settings.")
    return Proof(
        False,
        "SendGrid signs with a key that is not in our settings.",
        f"Add it: OUTREACH_SENDGRID_WEBHOOK_PUBLIC_KEYS={key}",
    )


def _prove_twilio() -> list[Proof]:
    env = environment()
    body = {"To": "+15005550006", "From": "+15005550006"}
    validator = RequestValidator(env.twilio_auth_token)
    signature = validator.compute_signature(env.webhook_url.rstrip("/") + _VOICE, body)
    form = urlencode(body).encode()
    headers = {**_FORM, "X-Twilio-Signature": signature}
    status = _post(_VOICE, form, headers)
    good = status == HTTPStatus.OK
    right = Proof(
        good,
        f"A request signed as Twilio signs is answered with {status}.",
        "" if good else _why(status),
    )
    return [right, _forged(_VOICE, form, {**_FORM, "X-Twilio-Signature": "no"})]


def _prove_vonage() -> list[Proof]:
    """A signed body that is no message: the door believes it (400) and stores nothing."""
    secrets = environment().vonage_signature_secrets
    if not secrets:
        remedy = "Set OUTREACH_VONAGE_SIGNATURE_SECRETS; until then nothing of Vonage is believed."
        return [Proof(False, "There is no signature secret.", remedy)]
    body = b"{}"
    status = _post(_VONAGE, body, {**_JSON, "Authorization": vonage.sign(body, secrets[0])})
    good = status == HTTPStatus.BAD_REQUEST
    words = f"A request signed as Vonage signs, but empty, is answered with {status}."
    right = Proof(good, words, "" if good else _why(status))
    return [right, _forged(_VONAGE, body, {**_JSON, "Authorization": "Bearer no"})]


def _forged(path: str, body: bytes, headers: dict[str, str]) -> Proof:
    status = _post(path, body, headers)
    good = status == HTTPStatus.FORBIDDEN
    words = f"A wrongly signed request is answered with {status}."
    return Proof(good, words, "" if good else _why(status))


def _test_event(name: ProviderName) -> Proof:
    """The provider posts an event to us, and it has to come into the inbox."""
    wanted = wanted_hooks(name)
    last = _last_event(name)
    if not _with(name, lambda setup: setup.send_test_event(wanted)):
        return Proof(False, "There is no webhook yet to test.", "Set it with --set.")
    ends = monotonic() + _TEST_EVENT_SECONDS
    while _last_event(name) == last:
        if monotonic() > ends:
            return Proof(
                False,
                "The provider's own signed test event did not come in.",
                "Is its key in the settings, and does it reach OUTREACH_WEBHOOK_URL?",
            )
        time.sleep(_LOOK_AGAIN_SECONDS)
    return Proof(True, "The provider's own signed test event came in.")


def _last_event(name: ProviderName) -> int:
    events = ProviderEvent.objects.filter(provider=name.value).order_by("-pk")
    return events.values_list("pk", flat=True).first() or 0


def _post(path: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of the answer; 0 when there is none."""

    async def ask() -> int:
        transport = Transport(environment().webhook_url)
        try:
            answer = await transport.request("POST", path, headers=headers, body=body)
        except ProviderError:
            return 0
        finally:
            await transport.close()
        return answer.status

    return lanes.run_async(ask())


def _why(status: int) -> str:
    if status == 0:
        return "Nobody answers at OUTREACH_WEBHOOK_URL: is the process webhooks up, the name right?"
    return (
        "The webhooks check signatures against OUTREACH_WEBHOOK_URL as they were started with it: "
        "is it the public address, and are their tokens, secrets and topics the same?"
    )
