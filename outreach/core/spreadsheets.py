"""Cells that a spreadsheet shows and never runs (OWASP, "CSV injection")."""

from __future__ import annotations

_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\0")


def harmless(cell: str) -> str:
    """`cell`, with an apostrophe before what would begin a formula."""
    return f"'{cell}" if cell.startswith(_RUN_BY_SPREADSHEETS) else cell
