"""One kept connection to the mail server and one message over it.

Owns connecting, reconnecting when the kept connection has died, and the line between "not
accepted for certain" and unknown: until DATA nothing can have been accepted; from DATA on, a
connection that breaks without a reply leaves it open (RFC 5321 section 6.1).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from aiosmtplib import (
    SMTP,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from outreach.core.errors import (
    OutcomeUnknown,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    Refusal,
)
from outreach.providers.smtp.account import SmtpAccount, SmtpTls
from outreach.providers.smtp.replies import (
    outcome_of_data,
    outcome_of_recipient,
    outcome_of_sender,
    outcome_of_sign_in,
)

CONNECT_SECONDS = 10.0
REPLY_SECONDS = 30.0
# Servers may close after five idle minutes (RFC 5321 section 4.5.3.2.7), many do sooner.
KEEP_ALIVE_SECONDS = 30.0
_CLOSING = 421
_LOST = (SMTPServerDisconnected, SMTPTimeoutError, OSError)


class LaneDown(Exception):
    """No connection can be had now: `outcome` holds for every message still waiting."""

    def __init__(self, outcome: ProviderBusy | ProviderRefused) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


class Connection:
    """Used by one task at a time, in one event loop."""

    def __init__(self, account: SmtpAccount, *, reply_seconds: float = REPLY_SECONDS) -> None:
        self._account = account
        self._reply_seconds = reply_seconds
        self._smtp: SMTP | None = None
        self._used_at = 0.0

    async def transmit(self, sender: str, recipient: str, message: bytes) -> None:
        """Returns when the server has accepted `message` (CRLF lines).

        Raises ProviderRefused, ProviderBusy, OutcomeUnknown, or LaneDown without a
        connection.
        """
        smtp = await self._envelope(sender, recipient)
        try:
            await smtp.data(message, timeout=self._reply_seconds)
        except SMTPDataError as error:
            raise await self._after_refusal(error, outcome_of_data) from error
        except (*_LOST, SMTPException) as error:
            self._drop()
            raise OutcomeUnknown(
                "The mail server's answer to the message was lost.",
                provider_code=type(error).__name__,
            ) from error
        self._used_at = time.monotonic()

    async def _envelope(self, sender: str, recipient: str) -> SMTP:
        """MAIL and RCPT; once more on a new connection when a kept one turns out dead."""
        kept = self._is_fresh()
        try:
            return await self._announce(await self._connected(), sender, recipient)
        except _LOST as error:
            self._drop()
            if not kept:
                raise _lost(error) from error
        try:
            return await self._announce(await self._connected(), sender, recipient)
        except _LOST as error:
            self._drop()
            raise _lost(error) from error

    async def _announce(self, smtp: SMTP, sender: str, recipient: str) -> SMTP:
        try:
            await smtp.mail(sender, timeout=self._reply_seconds)
            await smtp.rcpt(recipient, timeout=self._reply_seconds)
        except SMTPSenderRefused as error:
            raise await self._after_refusal(error, outcome_of_sender) from error
        except SMTPRecipientRefused as error:
            raise await self._after_refusal(error, outcome_of_recipient) from error
        except SMTPResponseException as error:
            raise await self._after_refusal(error, outcome_of_sign_in) from error
        return smtp

    async def _after_refusal(
        self, error: SMTPResponseException, meaning: Callable[[int, str], ProviderError]
    ) -> ProviderError:
        """Clears the envelope, so that the connection can carry the next message."""
        try:
            if self._smtp is not None and error.code != _CLOSING:
                await self._smtp.rset(timeout=self._reply_seconds)
                self._used_at = time.monotonic()
            else:
                self._drop()
        except (*_LOST, SMTPException):
            self._drop()
        return meaning(error.code, error.message)

    def _is_fresh(self) -> bool:
        if self._smtp is None or not self._smtp.is_connected:
            return False
        return time.monotonic() - self._used_at < KEEP_ALIVE_SECONDS

    async def _connected(self) -> SMTP:
        if self._smtp is not None and self._is_fresh():
            return self._smtp
        self._drop()
        smtp = await connect(self._account, min(CONNECT_SECONDS, self._reply_seconds))
        self._smtp, self._used_at = smtp, time.monotonic()
        return smtp

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    async def close(self) -> None:
        if self._smtp is not None and self._smtp.is_connected:
            try:
                await self._smtp.quit(timeout=CONNECT_SECONDS)
            except (*_LOST, SMTPException):
                pass  # the server may have hung up first; nothing depends on its goodbye
        self._drop()


async def connect(account: SmtpAccount, seconds: float) -> SMTP:
    """Greeting, TLS and sign-in, `seconds` at most for each answer. Raises LaneDown."""
    smtp = SMTP(
        hostname=account.host,
        port=account.port,
        username=account.username or None,
        password=account.password or None,
        use_tls=account.tls is SmtpTls.TLS,
        start_tls=account.tls is SmtpTls.STARTTLS,
        timeout=seconds,
    )
    try:
        await smtp.connect()
    except SMTPResponseException as error:
        smtp.close()
        raise LaneDown(outcome_of_sign_in(error.code, error.message)) from error
    except (SMTPConnectError, *_LOST) as error:
        smtp.close()
        raise LaneDown(_lost(error)) from error
    except SMTPException as error:
        smtp.close()
        raise LaneDown(
            ProviderRefused(
                "The mail server does not offer the encryption or sign-in that is set.",
                provider_code=type(error).__name__,
                kind=Refusal.UNAUTHORISED,
            )
        ) from error
    return smtp


def _lost(error: BaseException) -> ProviderBusy:
    return ProviderBusy("The mail server could not be reached.", provider_code=type(error).__name__)
