"""Twilio's error codes and what each means for us.

Owns the one table for API answers, message lists and status callbacks. Source of every row:
https://www.twilio.com/docs/api/errors/CODE. Twilio adds and splits codes from time to time
(changelog, 10 July 2024), so it refuses to guess: a code that is not here is `OTHER`, not
permanent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from outreach.core.errors import Refusal


@dataclass(frozen=True)
class CodeMeaning:
    """`kind`: a `Refusal`, or BUSY. `permanent`: never send to this number again."""

    kind: str
    permanent: bool
    meaning: str


BUSY: Final = "busy"
_NOT_LISTED = CodeMeaning(Refusal.OTHER, False, "Twilio refused the message.")

CODES: Final[dict[int, CodeMeaning]] = {
    # Come back later
    14107: CodeMeaning(BUSY, False, "Too many messages between these two numbers just now."),
    20429: CodeMeaning(BUSY, False, "Too many requests at once."),
    21611: CodeMeaning(BUSY, False, "The sender's queue at Twilio is full."),
    # The person said no
    21610: CodeMeaning(Refusal.OPTED_OUT, True, "The number has opted out of this sender."),
    # No such number
    21211: CodeMeaning(Refusal.BAD_ADDRESS, True, "The number is not valid."),
    21217: CodeMeaning(Refusal.BAD_ADDRESS, True, "The number does not look valid."),
    21266: CodeMeaning(Refusal.BAD_ADDRESS, True, "The number is the sender's own."),
    21604: CodeMeaning(Refusal.BAD_ADDRESS, True, "The number is missing."),
    21614: CodeMeaning(Refusal.BAD_ADDRESS, True, "The number is not a mobile number."),
    30005: CodeMeaning(Refusal.BAD_ADDRESS, True, "The number is unknown or no longer in use."),
    # Such a number takes no texts
    21265: CodeMeaning(Refusal.CANNOT_RECEIVE, True, "The number is a short code."),
    21268: CodeMeaning(Refusal.CANNOT_RECEIVE, True, "The number is an information service."),
    21635: CodeMeaning(Refusal.CANNOT_RECEIVE, True, "The number is a landline."),
    30004: CodeMeaning(Refusal.CANNOT_RECEIVE, True, "The number blocks messages."),
    30006: CodeMeaning(Refusal.CANNOT_RECEIVE, True, "A landline, or a carrier without texts."),
    # The account or the sender may not do this
    21212: CodeMeaning(Refusal.NOT_ENABLED, False, "The sender is not valid."),
    21267: CodeMeaning(Refusal.NOT_ENABLED, False, "A trial account has no named sender."),
    21408: CodeMeaning(Refusal.NOT_ENABLED, False, "The country is not enabled."),
    21603: CodeMeaning(Refusal.NOT_ENABLED, False, "The sender is missing."),
    21606: CodeMeaning(Refusal.NOT_ENABLED, False, "The sender cannot text this destination."),
    21608: CodeMeaning(Refusal.NOT_ENABLED, False, "A trial account texts verified numbers only."),
    21612: CodeMeaning(Refusal.NOT_ENABLED, False, "This sender cannot reach this number."),
    21659: CodeMeaning(Refusal.NOT_ENABLED, False, "The sender is not a Twilio number."),
    21660: CodeMeaning(Refusal.NOT_ENABLED, False, "The sender belongs to another account."),
    21661: CodeMeaning(Refusal.NOT_ENABLED, False, "The sender cannot send texts."),
    21701: CodeMeaning(Refusal.NOT_ENABLED, False, "The messaging service does not exist."),
    21703: CodeMeaning(Refusal.NOT_ENABLED, False, "The messaging service has no numbers."),
    30032: CodeMeaning(Refusal.NOT_ENABLED, False, "The toll-free number is not verified."),
    30033: CodeMeaning(Refusal.NOT_ENABLED, False, "The sender's registration is suspended."),
    30034: CodeMeaning(Refusal.NOT_ENABLED, False, "The sender is not registered for the US."),
    30037: CodeMeaning(Refusal.NOT_ENABLED, False, "Outbound messaging is switched off."),
    # Our credentials
    20003: CodeMeaning(Refusal.UNAUTHORISED, False, "The account sid or auth token is wrong."),
    20005: CodeMeaning(Refusal.UNAUTHORISED, False, "The account is not active."),
    20008: CodeMeaning(Refusal.UNAUTHORISED, False, "Test credentials cannot do this."),
    20404: CodeMeaning(Refusal.UNAUTHORISED, False, "The account does not exist at this address."),
    30002: CodeMeaning(Refusal.UNAUTHORISED, False, "The account is suspended."),
    # The message
    21602: CodeMeaning(Refusal.CONTENT, False, "The message is empty."),
    21605: CodeMeaning(Refusal.CONTENT, False, "The message is too long."),
    21617: CodeMeaning(Refusal.CONTENT, False, "The message is longer than 1,600 characters."),
    21619: CodeMeaning(Refusal.CONTENT, False, "The message is empty."),
    30007: CodeMeaning(Refusal.CONTENT, False, "The carrier filtered the message."),
    # It may pass
    21609: CodeMeaning(Refusal.OTHER, False, "The status callback is not a valid URL."),
    30001: CodeMeaning(Refusal.PASSING, False, "The message waited too long in the queue."),
    30003: CodeMeaning(Refusal.UNREACHABLE, False, "The phone is switched off or unreachable."),
    30008: CodeMeaning(Refusal.UNREACHABLE, False, "The carrier gave no reason."),
    30009: CodeMeaning(Refusal.OTHER, False, "A part of the message was lost."),
    30010: CodeMeaning(Refusal.OTHER, False, "The message costs more than the price limit."),
    30022: CodeMeaning(Refusal.PASSING, False, "The US carriers' rate was exceeded."),
    30023: CodeMeaning(Refusal.OTHER, False, "The US carriers' daily cap was reached."),
    30036: CodeMeaning(Refusal.OTHER, False, "The validity period ended before delivery."),
    30410: CodeMeaning(Refusal.UNREACHABLE, False, "The carrier did not answer in time."),
    63038: CodeMeaning(Refusal.OTHER, False, "The account's daily limit of messages is reached."),
}


def meaning_of(code: int | None) -> CodeMeaning:
    """The row for `code`; one that says OTHER, not permanent, for an unknown code or None."""
    return _NOT_LISTED if code is None else CODES.get(code, _NOT_LISTED)


def words_of(text: str) -> str:
    """What the code in `text` means, as a sentence; "" for one that is not listed."""
    found = CODES.get(read_code(text) or 0)
    return found.meaning if found else ""


def kind_of(text: str) -> str:
    """The `Refusal` that the code in `text` stands for; "" for one that is not listed."""
    found = CODES.get(read_code(text) or 0)
    return found.kind if found else ""


def read_code(text: object) -> int | None:
    """Twilio's code from JSON (a number, text or null) or a form field; None when none."""
    try:
        return int(str(text)) or None
    except ValueError:
        return None
