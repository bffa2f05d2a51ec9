"""What comes out of a template: finished messages, and why some could not be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outreach.content.segments import MOST_PARTS
from outreach.core.errors import CannotRender


@dataclass(frozen=True)
class BulkEmail:
    """One email for several recipients.

    `subject`, `html` and `text` contain substitution keys. `members`: the index of each
    recipient in the list that was given, with what replaces each key for that one;
    every value is already escaped for the place where its key stands.
    """

    subject: str
    html: str
    text: str
    members: tuple[tuple[int, Mapping[str, str]], ...]


@dataclass(frozen=True)
class SmsText:
    """A finished text. `encoding`: "GSM-7" or "UCS-2". `segments`: the parts it takes.

    `outside_gsm`: the characters that turned it into UCS-2, each once. `is_shortened`: whether
    it says less than the template has, to keep to its parts.
    """

    text: str
    encoding: str
    segments: int
    outside_gsm: tuple[str, ...]
    is_shortened: bool = False

    @property
    def most_segments(self) -> int:
        """What it may take for a reader of whom there is less to say: they get the fuller text."""
        return max(self.segments, *MOST_PARTS.values()) if self.is_shortened else self.segments


class CannotRenderSome(CannotRender):
    """Some or all of a list could not be written; the others are in `written`.

    `refused`: index in the list -> the reason for that recipient.
    """

    def __init__(self, refused: Mapping[int, CannotRender], written: list[BulkEmail]) -> None:
        first = refused[min(refused)]
        super().__init__(first.message, where=first.where, remedy=first.remedy)
        self.refused = refused
        self.written = written
