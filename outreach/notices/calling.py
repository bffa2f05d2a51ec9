"""One call of a provider for one notice, prepared before the claim is committed.

Everything that can fail without the network (the mode, the account, the text) fails while
preparing; after the claim nothing is left but the call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from outreach.config.environment import environment
from outreach.core.channels import Channel
from outreach.core.clock import monotonic, real_seconds_until
from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused
from outreach.notices.models import Notice, NoticeKind
from outreach.notices.rules import MAY_REACH_SUPPRESSED
from outreach.organisation import lanes
from outreach.organisation.models import Organisation, Sender
from outreach.providers.port import (
    EmailProvider,
    EmailRecipient,
    EmailRequest,
    OutboundSms,
    Outcome,
    SmsProvider,
)

START_WITHIN_SECONDS = 2.0

Call = Callable[[], Awaitable[Outcome]]


def prepare_call(notice: Notice, sender: Sender, token: str) -> Call:
    """The call that carries `notice`. `token`: sealed, comes back in receipts.

    Raises NotAllowed when the mode forbids it, BadInput when the provider is not set up.
    """
    if notice.channel == Channel.SMS:
        return _sms_call(lanes.sms_provider(sender), notice, sender, token)
    return _email_call(lanes.email_provider(sender), notice, sender, token)


async def call_all(calls: Sequence[Call], claimed_at: float) -> list[Outcome | None]:
    """One outcome for each; None for a call that this process did not start in time, so
    that it can be given back (promise 7). `claimed_at`: of the monotonic clock."""

    async def one(call: Call) -> Outcome | None:
        return None if monotonic() - claimed_at > START_WITHIN_SECONDS else await call()

    return list(await asyncio.gather(*(one(call) for call in calls)))


def _sms_call(provider: SmsProvider, notice: Notice, sender: Sender, token: str) -> Call:
    message = OutboundSms(
        to=notice.destination,
        sender=sender.identity,
        body=notice.text,
        status_callback=lanes.status_urls(sender.provider)(token),
        validity_seconds=max(1, int(real_seconds_until(notice.expires_at))),
    )

    async def call() -> Outcome:
        try:
            return await provider.send(message)
        except (ProviderRefused, ProviderBusy, OutcomeUnknown) as error:
            return error

    return call


def _email_call(provider: EmailProvider, notice: Notice, sender: Sender, token: str) -> Call:
    recipient = EmailRecipient(
        to=notice.destination,
        from_name=_from_name(notice),
        from_address=sender.identity,
        reply_to=_reply_to(notice),
        # RFC 3834: no other machine answers this.
        headers={"Auto-Submitted": "auto-generated"},
        token=token,
        substitutions={},
    )
    request = EmailRequest(
        notice.subject,
        notice.html,
        notice.text,
        (recipient,),
        despite_opt_out=notice.kind in MAY_REACH_SUPPRESSED,
    )

    async def call() -> Outcome:
        return (await provider.send(request))[0]

    return call


def _reply_to(notice: Notice) -> str | None:
    """Who answers the help lines is heard; other notices are not answered."""
    domain = environment().inbound_domain
    is_heard = notice.kind == NoticeKind.CRISIS_HELP and bool(domain)
    return f"reply@{domain}" if is_heard else None


def _from_name(notice: Notice) -> str:
    """A test shows its colleague what parents would see."""
    if notice.kind == NoticeKind.TEST_SEND and notice.school is not None:
        return f"{notice.school.name} via {_organisation_name()}"
    return _organisation_name()


def _organisation_name() -> str:
    return Organisation.objects.values_list("name", flat=True).filter(pk=1).first() or ""
