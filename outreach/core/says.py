"""What a message can promise to say; the definition names it and `content` looks for it."""

from __future__ import annotations

from enum import StrEnum


class Says(StrEnum):
    """One thing that a family should know after reading."""

    DO_NOT_PAY = "do-not-pay"
    KEEP_EVIDENCE = "keep-evidence"
    TELL_SOMEONE = "tell-someone"
    WHERE_TO_REPORT = "where-to-report"
