"""Amazon's error names and what each means for us.

Sources (November 2026): the errors of SendEmail in the SES API v2 reference, "Common Errors" of
the same, "Amazon SES email sending errors" of the developer guide. Refuses to guess: a name that
is not here is `OTHER`.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from outreach.core.errors import ProviderBusy, ProviderError, ProviderRefused, Refusal
from outreach.providers.transport import Answer, error_for_status, retry_after_seconds

BUSY: Final = "busy"
CODES: Final[Mapping[str, tuple[str, str]]] = {
    # Come back later; not always with a 429
    "TooManyRequestsException": (BUSY, "More mails a second, or a day, than the account may."),
    "Throttling": (BUSY, "Too many requests at once."),
    "ThrottlingException": (BUSY, "Too many requests at once."),
    "RequestThrottled": (BUSY, "Too many requests at once."),
    # The account may not send at all: nothing is wrong with the person, so nobody is failed
    "AccountSuspendedException": (Refusal.UNAUTHORISED, "The account may send no mail any more."),
    "SendingPausedException": (Refusal.UNAUTHORISED, "Sending is paused for the account."),
    "MailFromDomainNotVerifiedException": (
        Refusal.UNAUTHORISED,
        "The mail domain of the sender is not verified.",
    ),
    "NotFoundException": (Refusal.UNAUTHORISED, "The configuration set does not exist."),
    "LimitExceededException": (Refusal.UNAUTHORISED, "A limit of the account is reached."),
    # Our credentials
    "AccessDeniedException": (Refusal.UNAUTHORISED, "The key may not do this."),
    "AccessDenied": (Refusal.UNAUTHORISED, "The key may not do this."),
    "AuthorizationError": (Refusal.UNAUTHORISED, "The key may not do this."),
    "ExpiredTokenException": (Refusal.UNAUTHORISED, "The credentials have expired."),
    "IncompleteSignature": (Refusal.UNAUTHORISED, "The signature is not complete."),
    "InvalidClientTokenId": (Refusal.UNAUTHORISED, "The key is not known."),
    "OptInRequired": (Refusal.UNAUTHORISED, "The account has no such service."),
    "RequestExpired": (Refusal.UNAUTHORISED, "The clock of this machine is wrong."),
    "SignatureDoesNotMatch": (Refusal.UNAUTHORISED, "The secret of the key is wrong."),
    "InvalidSignatureException": (Refusal.UNAUTHORISED, "Secret or clock are wrong."),
    "UnrecognizedClientException": (Refusal.UNAUTHORISED, "The key is not known."),
    # The message
    "MessageRejected": (Refusal.CONTENT, "Amazon refused the message."),
}
_NOT_LISTED = (Refusal.OTHER, "Amazon refused the message.")
# While an account is in Amazon's own sandbox, and for a sender that nobody has verified, the
# message is "rejected" too, with a text that names the identities.
_NOT_VERIFIED = "not verified"
_UNAUTHORISED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def error_of(answer: Answer, parsed: Mapping[str, Any]) -> ProviderError:
    """What an answer that is no 2xx means. `parsed`: as botocore read it, {} for nothing."""
    by_status = error_for_status(answer)
    if by_status is not None:
        return by_status
    error = parsed.get("Error") or {}
    code = str(error.get("Code") or "")
    kind, meaning = CODES.get(code, _NOT_LISTED)
    if kind == BUSY:
        wait = retry_after_seconds(answer.headers)
        return ProviderBusy(meaning, provider_code=code, retry_after_seconds=wait)
    if kind == Refusal.OTHER and answer.status in _UNAUTHORISED:
        kind = Refusal.UNAUTHORISED
    if kind == Refusal.CONTENT and _NOT_VERIFIED in str(error.get("Message", "")).lower():
        kind = Refusal.UNAUTHORISED
        meaning = "The sender is not verified, or the account is in Amazon's sandbox."
    return ProviderRefused(meaning, provider_code=code or str(answer.status), kind=kind)


def words_of(code: str) -> str:
    """What an error's name means, as a sentence; "" for one that is not listed."""
    return CODES[code][1] if code in CODES else ""
