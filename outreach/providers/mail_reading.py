"""What every way in for mail shares: the headers worth keeping, and words from bytes."""

from __future__ import annotations

import re
from html import unescape

import nh3

LONGEST_TEXT = 64_000
LONGEST_HEADER = 998
# What tells a person's reply from a machine's, and which message it answers.
KEPT_HEADERS = (
    "Auto-Submitted",
    "Content-Type",
    "From",
    "In-Reply-To",
    "Precedence",
    "References",
    "Return-Path",
    "X-Auto-Response-Suppress",
    "X-Autoreply",
)
_LINE_ENDS = re.compile(r"(?i)<br\s*/?>|</(?:p|div|tr|li|h[1-6]|blockquote)>")


def decode(data: bytes, charset: str) -> str:
    """The words, whatever the charset claims to be."""
    try:
        return data.decode(charset, "replace")
    except (LookupError, ValueError):
        return data.decode("utf-8", "replace")


def without_markup(html: str) -> str:
    """The words of a mail that has no plain text; block ends become line ends."""
    return unescape(nh3.clean(_LINE_ENDS.sub("\n", html), tags=set())).strip()
