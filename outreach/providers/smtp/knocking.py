"""Trying the mail server without a message: can we get in?

Owns the whole visit: connect, EHLO, TLS, sign-in where one is set, NOOP, QUIT. Refuses MAIL and
everything after it, so nothing is ever sent by looking.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiosmtplib import SMTPException, SMTPResponseException

from outreach.core.errors import ProviderBusy
from outreach.providers.smtp.account import SmtpAccount
from outreach.providers.smtp.connection import LaneDown, connect
from outreach.providers.smtp.replies import outcome_of_sign_in

ANSWER_SECONDS = 5.0
WHOLE_SECONDS = 15.0


async def knock(account: SmtpAccount) -> None:
    """Returns when the server lets us in. Raises ProviderRefused when it does not, ProviderBusy
    when it cannot be reached or is busy; what was heard stands in the error's `__cause__`."""
    try:
        await asyncio.wait_for(_visit(account), WHOLE_SECONDS)
    except TimeoutError as error:
        raise ProviderBusy(
            "The mail server could not be reached.", provider_code="SMTPTimeoutError"
        ) from error


async def _visit(account: SmtpAccount) -> None:
    try:
        smtp = await connect(account, ANSWER_SECONDS)
    except LaneDown as down:
        raise down.outcome from down.__cause__
    try:
        await smtp.noop(timeout=ANSWER_SECONDS)
        with suppress(SMTPException, OSError):  # we were let in; nothing depends on its goodbye
            await smtp.quit(timeout=ANSWER_SECONDS)
    except SMTPResponseException as error:
        raise outcome_of_sign_in(error.code, error.message) from error
    except (SMTPException, OSError) as error:
        raise ProviderBusy(
            "The mail server hung up.", provider_code=type(error).__name__
        ) from error
    finally:
        smtp.close()
