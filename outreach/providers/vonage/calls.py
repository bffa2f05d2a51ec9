"""Calls of Vonage that send no text: reports, and the settings of our application.

Owns their credentials and what their failures mean. They may all be asked again, so an unknown
outcome is `ProviderBusy` here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.providers.transport import Answer, Transport, error_for_status
from outreach.providers.vonage.account import VonageAccount

_UNAUTHORISED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


class VonageCalls:
    """Basic authentication with key and secret (Application API, Reports API)."""

    def __init__(self, account: VonageAccount, transport: Transport) -> None:
        self._transport = transport
        pair = f"{account.api_key}:{account.api_secret}".encode()
        self._headers = {
            "Authorization": "Basic " + base64.b64encode(pair).decode("ascii"),
            "Accept": "application/json",
            "Content-Type": "application/json",
        }

    async def ask(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> Mapping[str, Any]:
        """The answer, 2xx, as JSON. Raises ProviderRefused, ProviderBusy."""
        content = None if body is None else json.dumps(body).encode()
        try:
            answer = await self._transport.request(
                method, path, headers=self._headers, body=content
            )
        except OutcomeUnknown as error:
            raise ProviderBusy(error.message, provider_code=error.provider_code) from error
        if answer.succeeded:
            return _read(answer)
        failed = error_for_status(answer)
        if isinstance(failed, ProviderBusy):
            raise failed
        if failed is not None:
            raise ProviderBusy(failed.message, provider_code=failed.provider_code)
        raise ProviderRefused(
            "Vonage refused to show or change its records.",
            provider_code=str(answer.status),
            kind=Refusal.UNAUTHORISED if answer.status in _UNAUTHORISED else Refusal.OTHER,
        )


def _read(answer: Answer) -> Mapping[str, Any]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise unreadable() from error
    if not isinstance(found, dict):
        raise unreadable()
    return found


def unreadable() -> ProviderBusy:
    return ProviderBusy("Vonage's answer cannot be read.", provider_code="unreadable")
