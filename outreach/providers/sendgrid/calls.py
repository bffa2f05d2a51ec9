"""Calls of SendGrid that send no mail: its lists, its settings, what a key may do.

Owns their headers and what their failures mean. They may all be asked again, so an unknown
outcome is `ProviderBusy` here.
"""

from __future__ import annotations

import json
from http import HTTPStatus

from sendgrid import __version__

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.providers.sendgrid.account import SendGridAccount
from outreach.providers.transport import Answer, Transport, error_for_status


class SendGridCalls:
    """`what`: what it would do, for the sentence of a refusal. `needs`: the key's permission."""

    def __init__(
        self, account: SendGridAccount, transport: Transport | None, *, what: str, needs: str
    ) -> None:
        self._transport = transport or Transport(account.base_url)
        self._what, self._needs = what, needs
        self._headers = {
            "Authorization": f"Bearer {account.api_key}",
            "User-Agent": f"sendgrid/{__version__};python",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }

    async def ask(self, method: str, path: str, body: object | None = None) -> Answer:
        """The answer, 2xx. Raises ProviderRefused, ProviderBusy."""
        content = None if body is None else json.dumps(body).encode()
        try:
            answer = await self._transport.request(
                method, path, headers=self._headers, body=content
            )
        except OutcomeUnknown as error:
            raise ProviderBusy(error.message, provider_code=error.provider_code) from error
        if answer.succeeded:
            return answer
        failed = error_for_status(answer)
        if isinstance(failed, ProviderBusy):
            raise failed
        if failed is not None:
            raise ProviderBusy(failed.message, provider_code=failed.provider_code)
        raise self._refused(answer.status)

    async def close(self) -> None:
        await self._transport.close()

    def _refused(self, status: int) -> ProviderRefused:
        denied = status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        return ProviderRefused(
            f"SendGrid refused to {self._what}.",
            provider_code=str(status),
            kind=Refusal.UNAUTHORISED if denied else Refusal.OTHER,
            remedy=f"The API key needs {self._needs}." if denied else "",
        )
