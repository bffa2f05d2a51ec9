"""The webhooks of Twilio's numbers, read and set through the SDK.

A messaging service has its webhook in another API, on another host, and a name cannot receive:
both are said to be done by hand (Twilio, "Services Resource", read in November 2026).
"""

from __future__ import annotations

from collections.abc import Sequence

from twilio.rest import Client

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.providers.setup import AccountState, Hook, WantedHooks
from outreach.providers.transport import Transport
from outreach.providers.twilio.account import TwilioAccount
from outreach.providers.twilio.client import TwilioHttpClient

# Twilio gives up after 15 seconds otherwise ("Webhook connection overrides").
TRY_AGAIN = "#rc=5&rp=all"
_ACTIVE = "active"


class TwilioSetup:
    """An `AccountSetup`. One per event loop."""

    def __init__(self, account: TwilioAccount, transport: Transport | None = None) -> None:
        self._account = account
        self._transport = transport or Transport(account.base_url)
        self._client = Client(
            account.account_sid,
            account.auth_token,
            http_client=TwilioHttpClient(account, self._transport),
            environment={"TWILIO_EDGE": ""},
        )

    async def state(self) -> AccountState:
        """See `AccountSetup.state`."""
        try:
            found = await self._client.api.v2010.accounts(self._account.account_sid).fetch_async()
        except ProviderRefused as refused:
            if refused.kind != Refusal.UNAUTHORISED:
                raise
            return AccountState(
                False,
                "Twilio does not accept the account or its auth token.",
                "Check OUTREACH_TWILIO_ACCOUNT_SID and OUTREACH_TWILIO_AUTH_TOKEN.",
            )
        except OutcomeUnknown as error:
            raise ProviderBusy(error.message, provider_code=error.provider_code) from error
        status = str(found.status)
        if status == _ACTIVE:
            return AccountState(True, "Twilio accepts the credentials; the account is active.")
        return AccountState(False, f"The Twilio account is {status}.", "Ask Twilio why.")

    async def hooks(self, wanted: WantedHooks) -> Sequence[Hook]:
        """See `AccountSetup.hooks`."""
        return [hook for each in wanted.identities for hook in await self._of(each, wanted)]

    async def set_hooks(self, wanted: WantedHooks) -> Sequence[Hook]:
        """See `AccountSetup.set_hooks`."""
        for number in filter(_is_number, wanted.identities):
            if all(hook.is_right for hook in await self._of(number, wanted)):
                continue
            for known in await self._numbers(number):
                await self._client.incoming_phone_numbers(known.sid).update_async(
                    sms_url=_sms_url(wanted),
                    sms_method="POST",
                    voice_url=_voice_url(wanted),
                    voice_method="POST",
                )
        return await self.hooks(wanted)

    async def signing_key(self, wanted: WantedHooks) -> str:
        """Twilio signs with the auth token."""
        return ""

    async def send_test_event(self, wanted: WantedHooks) -> bool:
        """Twilio has no such thing."""
        return False

    async def close(self) -> None:
        await self._transport.close()

    async def _of(self, identity: str, wanted: WantedHooks) -> list[Hook]:
        name = f"texts to {identity}"
        if not _is_number(identity):
            how = f"In Twilio's console, messaging service {identity}, Integration: {name}."
            return [Hook(name, _sms_url(wanted), "", by_hand=how)]
        known = await self._numbers(identity)
        if not known:
            return [Hook(name, _sms_url(wanted), "", by_hand=f"The account has no {identity}.")]
        return [
            Hook(name, _sms_url(wanted), known[0].sms_url or ""),
            Hook(f"calls to {identity}", _voice_url(wanted), known[0].voice_url or ""),
        ]

    async def _numbers(self, number: str):  # type: ignore[no-untyped-def]  # the SDK ships no types
        try:
            return await self._client.incoming_phone_numbers.list_async(
                phone_number=number, limit=1
            )
        except OutcomeUnknown as error:
            raise ProviderBusy(error.message, provider_code=error.provider_code) from error


def _is_number(identity: str) -> bool:
    return identity.startswith("+")


def _sms_url(wanted: WantedHooks) -> str:
    return f"{wanted.origin}/webhooks/twilio/inbound{TRY_AGAIN}"


def _voice_url(wanted: WantedHooks) -> str:
    return f"{wanted.origin}/webhooks/twilio/voice"
