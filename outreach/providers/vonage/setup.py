"""The webhooks of our Vonage application, read and set.

Source: Application API v2 (OpenAPI file application.v2.yml, November 2026): an application is
replaced as a whole, so what it has beside our webhooks is written back. That a number belongs to
the application is set in the dashboard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from outreach.core.errors import ProviderRefused, Refusal
from outreach.providers.setup import AccountState, Hook, WantedHooks
from outreach.providers.transport import Transport
from outreach.providers.vonage.account import VonageAccount
from outreach.providers.vonage.callbacks import NO_TOKEN
from outreach.providers.vonage.calls import VonageCalls

_NOT_FOUND = "404"
# What a PUT takes (schema of updateApplication); `keys` left out stay as they are.
_KEPT = ("name", "capabilities", "privacy")


class VonageSetup:
    """An `AccountSetup`. One per event loop."""

    def __init__(self, account: VonageAccount, transport: Transport | None = None) -> None:
        self._transport = transport or Transport(account.base_url)
        self._calls = VonageCalls(account, self._transport)
        self._path = f"/v2/applications/{quote(account.application_id, safe='')}"

    async def state(self) -> AccountState:
        """See `AccountSetup.state`."""
        try:
            await self._calls.ask("GET", self._path)
        except ProviderRefused as refused:
            if refused.provider_code == _NOT_FOUND:
                return AccountState(
                    False,
                    "The Vonage account has no such application.",
                    "Check OUTREACH_VONAGE_APPLICATION_ID.",
                )
            if refused.kind != Refusal.UNAUTHORISED:
                raise
            return AccountState(
                False,
                "Vonage does not accept the key and its secret.",
                "Check OUTREACH_VONAGE_API_KEY and OUTREACH_VONAGE_API_SECRET.",
            )
        return AccountState(True, "Vonage accepts the credentials; the application is there.")

    async def hooks(self, wanted: WantedHooks) -> Sequence[Hook]:
        """See `AccountSetup.hooks`."""
        webhooks = _webhooks(await self._calls.ask("GET", self._path))
        return [
            Hook(name, address, _address(webhooks, key)) for name, key, address in _wanted(wanted)
        ]

    async def set_hooks(self, wanted: WantedHooks) -> Sequence[Hook]:
        """See `AccountSetup.set_hooks`."""
        found = await self._calls.ask("GET", self._path)
        webhooks = _webhooks(found)
        ours = {key: address for _, key, address in _wanted(wanted)}
        if any(_address(webhooks, key) != address for key, address in ours.items()):
            await self._calls.ask("PUT", self._path, _changed(found, ours))
        return await self.hooks(wanted)

    async def signing_key(self, wanted: WantedHooks) -> str:
        """Vonage signs with the account's signature secret."""
        return ""

    async def send_test_event(self, wanted: WantedHooks) -> bool:
        """Vonage has no such thing."""
        return False

    async def close(self) -> None:
        await self._transport.close()


def _wanted(wanted: WantedHooks) -> list[tuple[str, str, str]]:
    """(name, Vonage's key, address). Each text names its own address for its states; without one
    for all, Vonage does not switch messages on."""
    origin = f"{wanted.origin}/webhooks/vonage"
    return [
        ("texts to us", "inbound_url", f"{origin}/inbound"),
        ("states of texts", "status_url", f"{origin}/status/{NO_TOKEN}"),
    ]


def _webhooks(application: Mapping[str, Any]) -> Mapping[str, Any]:
    messages = (application.get("capabilities") or {}).get("messages") or {}
    return dict(messages.get("webhooks") or {})


def _address(webhooks: Mapping[str, Any], key: str) -> str:
    return str((webhooks.get(key) or {}).get("address") or "")


def _changed(application: Mapping[str, Any], ours: Mapping[str, str]) -> Mapping[str, object]:
    body = {name: application[name] for name in _KEPT if name in application}
    capabilities = dict(application.get("capabilities") or {})
    messages = dict(capabilities.get("messages") or {})
    webhooks = {key: {"address": url, "http_method": "POST"} for key, url in ours.items()}
    messages |= {"version": "v1", "webhooks": {**(messages.get("webhooks") or {}), **webhooks}}
    return {**body, "capabilities": {**capabilities, "messages": messages}}
