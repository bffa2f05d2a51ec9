"""The one error tree.

Every error has a stable `code`, a plain sentence and the remedy, so that a
person sees what is wrong, where, and what to do. Providers translate their own
failures at their edge into `ProviderRefused`, `ProviderBusy` or `OutcomeUnknown`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar


class OutreachError(Exception):
    """Base of all our errors.

    `message`: one plain sentence, no personal data.
    `where`: the place (`file:line`, `row 7, column phone`), empty when there is none.
    `remedy`: what to do about it, empty when nothing can be done.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        return _Speech.say(self)


def in_english(error: OutreachError) -> str:
    """Place, sentence and remedy as they were written."""
    place = f"{error.where}: " if error.where else ""
    advice = f" {error.remedy}" if error.remedy else ""
    return f"{place}{error.message}{advice}"


class _Speech:
    say: Callable[[OutreachError], str] = staticmethod(in_english)


def speak_with(say: Callable[[OutreachError], str]) -> None:
    """Errors are said by `say` from now on. Called once, by the pages of staff at their start."""
    _Speech.say = staticmethod(say)


class BadInput(OutreachError):
    """Something that a person gave us cannot be used as it is."""

    code = "bad-input"


class BadAddress(BadInput):
    """Text that is not a phone number or mail address that we may use."""

    code = "bad-address"


class NotFound(BadInput):
    """The thing a person named does not exist here (or is not theirs to see)."""

    code = "not-found"


class NotAllowed(OutreachError):
    """The person asking may not do this."""

    code = "not-allowed"


class NotNow(OutreachError):
    """The state of things forbids it: a finished launch cannot be paused."""

    code = "not-now"


class BadToken(OutreachError):
    """A public token that we did not make, or made for another purpose."""

    code = "bad-token"


class CannotOpen(OutreachError):
    """Something encrypted for which we have no key, or that was changed."""

    code = "cannot-open"


class BadSignature(OutreachError):
    """A webhook whose signature is missing, malformed or wrong."""

    code = "bad-signature"


class Unavailable(OutreachError):
    """A server that we need (PostgreSQL, Redis) does not answer."""

    code = "unavailable"


class CannotRender(OutreachError):
    """A message that cannot be written for this recipient, for instance for a missing value."""

    code = "cannot-render"


@dataclass(frozen=True)
class Problem:
    """One finding about something a person gave us; a list of them is shown at once."""

    code: str
    message: str
    where: str = ""
    remedy: str = ""
    blocks: bool = True

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" {self.remedy}" if self.remedy else ""
        return f"{place}{self.message}{advice}"


class BadFile(BadInput):
    """A file with several findings; `problems` has them all, in file order."""

    code = "bad-file"

    def __init__(self, message: str, problems: list[Problem], *, where: str = "") -> None:
        super().__init__(message, where=where)
        self.problems = problems


class ProviderError(OutreachError):
    """Base of the three outcomes of a provider call that did not succeed.

    `provider_code`: the provider's own code as text (`21610`, `503`), for the ledger.
    """

    code = "provider"

    def __init__(self, message: str, *, provider_code: str = "", remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.provider_code = provider_code


class ProviderRefused(ProviderError):
    """The provider said no; sending the same again would change nothing.

    `kind` says what the refusal means for us, see `Refusal`.
    """

    code = "provider-refused"

    def __init__(
        self, message: str, *, provider_code: str = "", kind: str = "other", remedy: str = ""
    ) -> None:
        super().__init__(message, provider_code=provider_code, remedy=remedy)
        self.kind = kind


class Refusal:
    """The closed vocabulary of `ProviderRefused.kind`."""

    OPTED_OUT = "opted_out"  # the provider holds an opt-out: record it as a suppression
    COMPLAINED = "complained"  # the provider drops it because the person reported us as spam
    BAD_ADDRESS = "bad_address"  # no such number or mailbox; never again
    CANNOT_RECEIVE = "cannot_receive"  # landline or blocked carrier; never again by this channel
    UNREACHABLE = "unreachable"  # switched off, out of reach: the same may pass later
    PASSING = "passing"  # a limit or a queue on the other side was full: later it may pass
    NOT_ENABLED = "not_enabled"  # country or sender is not enabled on the account
    UNAUTHORISED = "unauthorised"  # our credentials are wrong: the lane is down, not the person
    CONTENT = "content"  # the message itself was refused
    OTHER = "other"


class ProviderBusy(ProviderError):
    """Nothing was sent and it may be tried again: 429, 503, no connection.

    `retry_after_seconds`: what the provider asked for, None when it did not say.
    """

    code = "provider-busy"

    def __init__(
        self, message: str, *, provider_code: str = "", retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message, provider_code=provider_code)
        self.retry_after_seconds = retry_after_seconds


class OutcomeUnknown(ProviderError):
    """The request may or may not have been accepted: 500, 502, 504, a reset, a timeout."""

    code = "outcome-unknown"
