"""Numbers as Vonage writes them: E.164 without the plus sign; a name stays as it is.

Source: Messages API, `to` and `from` ("Don't use a leading + or 00").
"""

from __future__ import annotations

import re

_DIGITS = re.compile(r"[1-9]\d{6,14}")


def to_vonage(identity: str) -> str:
    """ "+447700900123" -> "447700900123"."""
    return identity.removeprefix("+")


def from_vonage(identity: str) -> str:
    """ "447700900123" -> "+447700900123"; a short code or a name as it is."""
    return f"+{identity}" if _DIGITS.fullmatch(identity) else identity
