"""What an SMTP server's reply means, by the command it answers.

Owns the table of reply codes (RFC 5321 section 4.2) and enhanced codes (RFC 3463). Refuses
to pass on the server's text, which usually quotes the address.
"""

from __future__ import annotations

import re

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal

_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REFUSED = 400
_PERMANENT = 500
_SIGN_IN_CODES = {530, 534, 535, 538}  # RFC 4954 section 6
_NO_SUCH_MAILBOX = {550, 551, 553}  # RFC 5321 section 4.2.3


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
