"""SendGrid's webhooks and what its key may do, read and set.

Source: OpenAPI file tsg_webhooks_v3; "API Key Permissions" for the names of scopes (November
2026). Opens and clicks are not asked for: we do not track people.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from outreach.core.errors import ProviderBusy, ProviderRefused, Refusal
from outreach.providers.sendgrid.account import SendGridAccount
from outreach.providers.sendgrid.calls import SendGridCalls
from outreach.providers.setup import AccountState, Hook, WantedHooks
from outreach.providers.transport import Answer, Transport

_EVENT = "/v3/user/webhooks/event/settings"
_PARSE = "/v3/user/webhooks/parse/settings"
_NEEDED = {"mail.send", "suppression.read", "suppression.create", "suppression.delete"}
_EVENTS_WANTED = {
    "processed": True,
    "delivered": True,
    "deferred": True,
    "bounce": True,
    "dropped": True,
    "spam_report": True,
    "unsubscribe": True,
    "group_unsubscribe": True,
    "group_resubscribe": True,
    "open": False,
    "click": False,
}
_NAME = "Outreach"


class SendGridSetup:
    """An `AccountSetup`. One per event loop."""

    def __init__(self, account: SendGridAccount, transport: Transport | None = None) -> None:
        self._calls = SendGridCalls(
            account,
            transport,
            what="show or change its webhook settings",
            needs="Mail Settings and User Account: webhooks, full access",
        )

    async def state(self) -> AccountState:
        """See `AccountSetup.state`."""
        try:
            answer = await self._calls.ask("GET", "/v3/scopes")
        except ProviderRefused as refused:
            if refused.kind != Refusal.UNAUTHORISED:
                raise
            return AccountState(
                False, "SendGrid does not accept the API key.", "Check OUTREACH_SENDGRID_API_KEY."
            )
        lacks = sorted(_NEEDED - set(_read(answer).get("scopes", [])))
        if lacks:
            return AccountState(
                False,
                f"The SendGrid API key may not: {', '.join(lacks)}.",
                "Give the key Mail Send and Suppressions: full access.",
            )
        return AccountState(True, "SendGrid accepts the key, and it may do what we need.")

    async def hooks(self, wanted: WantedHooks) -> Sequence[Hook]:
        """See `AccountSetup.hooks`."""
        found = [_event_hook(wanted, await self._ours(wanted))]
        if wanted.inbound_domain and wanted.inbound_secret:
            found.append(await self._parse_hook(wanted))
        return found

    async def set_hooks(self, wanted: WantedHooks) -> Sequence[Hook]:
        """See `AccountSetup.set_hooks`."""
        ours = await self._ours(wanted)
        if not _event_hook(wanted, ours).is_right:
            ours = await self._set_event_hook(wanted, ours)
        if not ours.get("public_key"):
            await self._calls.ask("PATCH", f"{_EVENT}/signed/{ours['id']}", {"enabled": True})
        if wanted.inbound_domain and wanted.inbound_secret:
            await self._set_parse(wanted)
        return await self.hooks(wanted)

    async def signing_key(self, wanted: WantedHooks) -> str:
        """See `AccountSetup.signing_key`; "" also while our webhook is not signed."""
        ours = await self._ours(wanted)
        return str(ours.get("public_key") or "")

    async def send_test_event(self, wanted: WantedHooks) -> bool:
        """See `AccountSetup.send_test_event`."""
        ours = await self._ours(wanted)
        if not ours:
            return False
        body = {"id": ours["id"], "url": _events_url(wanted)}
        await self._calls.ask("POST", "/v3/user/webhooks/event/test", body)
        return True

    async def close(self) -> None:
        await self._calls.close()

    async def _ours(self, wanted: WantedHooks) -> Mapping[str, Any]:
        """Our webhook by its address, else by the name that we give it; {} for none."""
        hooks = _read(await self._calls.ask("GET", f"{_EVENT}/all")).get("webhooks", [])
        for by in (("url", _events_url(wanted)), ("friendly_name", _NAME)):
            for hook in hooks:
                if hook.get(by[0]) == by[1]:
                    return dict(hook)
        return {}

    async def _set_event_hook(
        self, wanted: WantedHooks, ours: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        body = {
            "enabled": True,
            "url": _events_url(wanted),
            "friendly_name": _NAME,
            **_EVENTS_WANTED,
        }
        if ours:
            return _read(await self._calls.ask("PATCH", f"{_EVENT}/{ours['id']}", body))
        return _read(await self._calls.ask("POST", _EVENT, body))

    async def _parse_hook(self, wanted: WantedHooks) -> Hook:
        settings = _read(await self._calls.ask("GET", _PARSE)).get("result", [])
        current = {each.get("hostname"): each.get("url", "") for each in settings}
        name = f"mails to {wanted.inbound_domain}"
        return Hook(name, _parse_url(wanted), str(current.get(wanted.inbound_domain, "")))

    async def _set_parse(self, wanted: WantedHooks) -> None:
        hook = await self._parse_hook(wanted)
        if hook.is_right:
            return
        body = {"url": hook.wanted, "spam_check": False, "send_raw": False}
        if hook.current:
            path = f"{_PARSE}/{quote(wanted.inbound_domain, safe='')}"
            await self._calls.ask("PATCH", path, body)
        else:
            await self._calls.ask("POST", _PARSE, {**body, "hostname": wanted.inbound_domain})


def _event_hook(wanted: WantedHooks, ours: Mapping[str, Any]) -> Hook:
    """Right only when it is on, signed, and tells every event that we need."""
    complete = all(ours.get(name) is True for name, on in _EVENTS_WANTED.items() if on)
    is_on = bool(ours.get("enabled")) and complete and bool(ours.get("public_key"))
    current = str(ours.get("url", ""))
    if current == _events_url(wanted) and not is_on:
        current += " (off, not signed, or without some events)"
    return Hook("events of mails", _events_url(wanted), current)


def _events_url(wanted: WantedHooks) -> str:
    return f"{wanted.origin}/webhooks/sendgrid/events"


def _parse_url(wanted: WantedHooks) -> str:
    return f"{wanted.origin}/webhooks/sendgrid/inbound/{wanted.inbound_secret}"


def _read(answer: Answer) -> Mapping[str, Any]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise _unreadable() from error
    if not isinstance(found, dict):
        raise _unreadable()
    return found


def _unreadable() -> ProviderBusy:
    return ProviderBusy("SendGrid's settings cannot be read.", provider_code="unreadable")
