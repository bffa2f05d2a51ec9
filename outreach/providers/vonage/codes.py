"""Vonage's error codes and what each means for us.

Owns the one table for API answers, status webhooks and reports. Source of every row:
https://developer.vonage.com/api-errors/messages (read in November 2026) and `x-errors` of the
OpenAPI file messages-olympus.yml in Nexmo/api-specification. Refuses to guess: a code that is
not here is `OTHER`, not permanent.
"""

from __future__ import annotations

import re
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
_NOT_LISTED = CodeMeaning(Refusal.OTHER, False, "Vonage refused the message.")

CODES: Final[dict[int, CodeMeaning]] = {
    # Come back later
    1000: CodeMeaning(BUSY, False, "Too many requests at once."),
    1241: CodeMeaning(BUSY, False, "Too many messages to this number just now."),
    # The person said no
    1240: CodeMeaning(Refusal.OPTED_OUT, True, "The number has opted out of this sender."),
    # No such number
    1170: CodeMeaning(Refusal.BAD_ADDRESS, True, "The number is missing or not valid."),
    1190: CodeMeaning(Refusal.BAD_ADDRESS, True, "The number is no longer in use."),
    # Such a number takes no texts
    1050: CodeMeaning(Refusal.CANNOT_RECEIVE, True, "The number is barred from texts."),
    1280: CodeMeaning(Refusal.CANNOT_RECEIVE, True, "The carrier blocks texts to the number."),
    1310: CodeMeaning(Refusal.CANNOT_RECEIVE, True, "The device cannot receive the message."),
    # The account or the sender may not do this
    1060: CodeMeaning(Refusal.UNAUTHORISED, False, "The account is barred."),
    1070: CodeMeaning(Refusal.UNAUTHORISED, False, "The account has not enough credit."),
    1080: CodeMeaning(Refusal.UNAUTHORISED, False, "The account may not send over this API."),
    1120: CodeMeaning(Refusal.NOT_ENABLED, False, "The sender is not accepted there."),
    1140: CodeMeaning(Refusal.NOT_ENABLED, False, "The account may not do this."),
    1160: CodeMeaning(Refusal.NOT_ENABLED, False, "A trial account texts listed numbers only."),
    1250: CodeMeaning(Refusal.NOT_ENABLED, False, "There is no route to the number's network."),
    # The message
    1022: CodeMeaning(Refusal.CONTENT, False, "The message is not valid."),
    1090: CodeMeaning(Refusal.CONTENT, False, "The message is too long."),
    1210: CodeMeaning(Refusal.CONTENT, False, "The carrier filtered the message."),
    1270: CodeMeaning(Refusal.CONTENT, False, "The carrier's age limit stopped the message."),
    # It may pass
    1100: CodeMeaning(Refusal.PASSING, False, "The carrier could not be reached."),
    1180: CodeMeaning(Refusal.UNREACHABLE, False, "The phone is switched off or unreachable."),
    1200: CodeMeaning(Refusal.UNREACHABLE, False, "The number has changed its carrier."),
    1220: CodeMeaning(Refusal.UNREACHABLE, False, "The phone was busy."),
    1230: CodeMeaning(Refusal.UNREACHABLE, False, "The carrier's network failed."),
    1260: CodeMeaning(Refusal.UNREACHABLE, False, "The number could not be reached."),
    1290: CodeMeaning(Refusal.UNREACHABLE, False, "The phone's prepaid credit is used up."),
    1330: CodeMeaning(Refusal.UNREACHABLE, False, "The carrier gave no reason."),
    1331: CodeMeaning(Refusal.PASSING, False, "The carrier did not answer in time."),
    1360: CodeMeaning(Refusal.OTHER, False, "The validity period ended before delivery."),
    # Ours to mend
    1010: CodeMeaning(Refusal.OTHER, False, "A parameter is missing."),
    1020: CodeMeaning(Refusal.OTHER, False, "A parameter is not valid."),
    1040: CodeMeaning(Refusal.OTHER, False, "The message could not be processed."),
    1130: CodeMeaning(Refusal.OTHER, False, "The validity period is not valid."),
}
# "https://developer.vonage.com/api-errors/messages#1240"
_IN_TYPE = re.compile(r"#(\d{3,5})\Z")


def meaning_of(code: int | None) -> CodeMeaning:
    """The row for `code`; one that says OTHER, not permanent, for an unknown code or None."""
    return _NOT_LISTED if code is None else CODES.get(code, _NOT_LISTED)


def words_of(text: str) -> str:
    """What the code in `text` means, as a sentence; "" for one that is not listed."""
    found = CODES.get(int(text)) if text.isascii() and text.isdigit() else None
    return found.meaning if found else ""


def kind_of(text: str) -> str:
    """The `Refusal` that the code in `text` stands for; "" for one that is not listed."""
    found = CODES.get(int(text)) if text.isascii() and text.isdigit() else None
    return found.kind if found else ""


def read_code(error: object) -> int | None:
    """The code of an error as Vonage writes it: at the end of `type` (version 1), in `title`,
    or in `code`; None when there is none."""
    if not isinstance(error, dict):
        return None
    found = _IN_TYPE.search(str(error.get("type", "")))
    texts = (found[1] if found else "", str(error.get("title", "")), str(error.get("code", "")))
    return next((int(text) for text in texts if text.isascii() and text.isdigit()), None)
