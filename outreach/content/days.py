"""A day as parents read it, in their language."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date


def long_date(day: date, language: str) -> str:
    """24 November 2026, as `language` (a BCP 47 tag) writes it; English as in Britain."""
    locale = "en_GB" if language == "en" else language.replace("-", "_")
    return format_date(day, "long", locale=locale)
