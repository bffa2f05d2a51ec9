"""Rosters from text, as a school's browser would upload them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Protocol

from outreach.audience.importing import Roster, read_roster

TODAY = date(2026, 11, 21)


class ReadText(Protocol):
    def __call__(
        self,
        text: str | bytes,
        country: str = "GB",
        *,
        encoding: str = "utf-8",
        mapping: Mapping[str, str] | None = None,
    ) -> Roster: ...


def reader_in(folder: Path) -> ReadText:
    """A function that writes its text into one file of `folder` and reads that."""

    def read_text(
        text: str | bytes,
        country: str = "GB",
        *,
        encoding: str = "utf-8",
        mapping: Mapping[str, str] | None = None,
    ) -> Roster:
        path = folder / "roster.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return read_roster(path, country=country, mapping=mapping, today=TODAY)

    return read_text
