"""What an SMTP server's reply means, by the command it answers.

Owns the table of reply codes (RFC 5321 section 4.2) and enhanced codes (RFC 3463). Refuses
to pass on the server's text, which usually quotes the address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal

_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REFUSED = 400
_PERMANENT = 500
_SIGN_IN_CODES = {530, 534, 535, 538}  # RFC 4954 section 6
_NO_SUCH_MAILBOX = {550, 551, 553}  # RFC 5321 section 4.2.3
_OUT_OF_REACH = "The mail server could not be reached: name, port, firewall or certificate."
# Code as it is kept -> what it means for whoever set the server up. The names are aiosmtplib's.
CODES: Final[Mapping[str, str]] = {
    "421": "The mail server takes no connection now.",
    "530": "The mail server wants a user and a password.",
    "534": "The mail server wants another way to sign in.",
    "535": "The mail server does not accept user and password.",
    "538": "The mail server wants encryption before the sign-in.",
    "SMTPConnectError": _OUT_OF_REACH,
    "SMTPConnectTimeoutError": _OUT_OF_REACH,
    "SMTPTimeoutError": "The mail server did not answer in time.",
    "SMTPReadTimeoutError": "The mail server did not answer in time.",
    "SMTPServerDisconnected": "The mail server hung up.",
    "SMTPNotSupported": "The mail server does not offer the encryption or sign-in that is set.",
    "SMTPException": "The mail server does not offer the encryption or sign-in that is set.",
}


def words_of(code: str) -> str:
    """What a kept code means, as a sentence; "" where its number says it all. `code`: as in
    `provider_code`, perhaps with the kind of refusal before it ("unauthorised 535 5.7.8")."""
    return next((CODES[part] for part in code.split() if part in CODES), "")


def outcome_of_sign_in(code: int, text: str) -> ProviderBusy | ProviderRefused:
    """A reply to the greeting, STARTTLS or AUTH."""
    return _outcome(code, text, Refusal.UNAUTHORISED)


def outcome_of_sender(code: int, text: str) -> ProviderBusy | ProviderRefused:
    """A reply to MAIL FROM: about our own address, never the recipient's."""
    return _outcome(code, text, Refusal.NOT_ENABLED)


def outcome_of_recipient(code: int, text: str) -> ProviderBusy | ProviderRefused:
    """A reply to RCPT TO. 5.1.x is about the address; 5.7.x says that we may not."""
    enhanced = _enhanced(text)
    if enhanced.startswith("5.7."):
        kind = Refusal.NOT_ENABLED
    elif enhanced.startswith("5.1.") or (not enhanced and code in _NO_SUCH_MAILBOX):
        kind = Refusal.BAD_ADDRESS
    else:
        kind = Refusal.OTHER
    return _outcome(code, text, kind)


def outcome_of_data(code: int, text: str) -> ProviderBusy | ProviderRefused | OutcomeUnknown:
    """A reply to DATA other than 250, before or after the content.

    What a 5xx refuses is the message. A 2xx or 3xx that nobody expects is no refusal.
    """
    if code < _REFUSED:
        return OutcomeUnknown("The mail server gave an unexpected reply.", provider_code=str(code))
    return _outcome(code, text, Refusal.CONTENT)


def _outcome(code: int, text: str, kind: str) -> ProviderBusy | ProviderRefused:
    provider_code = f"{code} {_enhanced(text)}".strip()
    if code < _PERMANENT:
        return ProviderBusy(
            "The mail server asks us to come back later.", provider_code=provider_code
        )
    if code in _SIGN_IN_CODES:
        kind = Refusal.UNAUTHORISED
    return ProviderRefused(
        "The mail server refused the message.", provider_code=provider_code, kind=kind
    )


def _enhanced(text: str) -> str:
    found = _ENHANCED.search(text)
    return found[1] if found else ""
