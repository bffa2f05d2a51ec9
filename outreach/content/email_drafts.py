"""An email before any value is written in: three texts with marks.

Owns how a template and its frame become these texts, and keeps those that it has made: the chunks
of a large launch have readers alike in all that the template looks at. Refuses to print a value.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce

from markupsafe import Markup

from outreach.content.context import Seen, run
from outreach.content.layout import Layout, PageParts
from outreach.content.markdown import render_markdown
from outreach.content.reading import Usage
from outreach.content.sandbox import Piece
from outreach.content.slots import Mark, Place, Slot, SlotTable, fill, new_nonce
from outreach.core.errors import CannotRender

# Of one pack. Countries, schools without a sender that reads, names that are not known: each
# combination that a template asks for is one; a text is some 20 kB.
_MOST_KEPT = 32


@dataclass(frozen=True)
class EmailTemplate:
    """One compiled email. `sender`, `help_now` and `footer` are those of its language."""

    language: str
    subject: Piece
    preheader: Piece
    body: Piece
    sender: Piece
    help_now: Piece
    footer: Piece
    help_optional: bool

    def pieces(self) -> tuple[Piece, ...]:
        return (self.subject, self.preheader, self.body, self.sender, self.help_now, self.footer)

    @cached_property
    def usage(self) -> Usage:
        return reduce(Usage.__or__, (piece.usage for piece in self.pieces()))


@dataclass(frozen=True)
class Draft:
    """The three texts with marks. `slots`: what the marks stand for, by the number in them."""

    subject: str
    html: str
    text: str
    slots: tuple[Slot, ...] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict)

    def filled(self, values: Mapping[str, str]) -> tuple[str, str, str]:
        """Subject, HTML and text with each mark that is in `values` replaced."""
        return fill(self.subject, values), fill(self.html, values), fill(self.text, values)


class Drafts:
    """All drafts of one pack; their marks have `nonce` in common."""

    def __init__(self, layout: Layout) -> None:
        self.nonce = new_nonce()
        self._layout = layout
        self._kept: dict[tuple[str, Hashable], Draft] = {}

    def afresh(self) -> Drafts:
        """With other marks, for readers in whose values these ones stand."""
        return Drafts(self._layout)

    def draft(self, template: EmailTemplate, alike: Hashable, seen: Seen) -> Draft:
        """The draft for readers of whom one has `seen`; `alike`: all that the template looks at.

        Raises CannotRender.
        """
        key = (template.body.where, alike)
        kept = self._kept.get(key)
        if kept is None:
            kept = _drafted(template, self._layout, seen, self.nonce)
            while len(self._kept) >= _MOST_KEPT:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[key] = kept
        return kept


def _drafted(template: EmailTemplate, layout: Layout, seen: Seen, nonce: str) -> Draft:
    table = SlotTable(nonce, template.usage.handled)
    subject = " ".join(run(template.subject, seen, table.printer).split())
    if not subject:
        raise CannotRender("The subject is empty.", where=template.subject.where)
    preheader = " ".join(run(template.preheader, seen, table.printer).split())
    pieces = (template.body, template.help_now, template.footer)
    direction = seen["direction"]
    written = [run(piece, seen, table.printer) for piece in pieces]
    written[1] = _unless_empty(written[1])
    body, help_now, footer = (render_markdown(piece, table, direction) for piece in written)
    page = layout.page(
        PageParts(
            language=template.language,
            direction=direction,
            subject=subject,
            preheader=preheader,
            sender=run(template.sender, seen, table.printer),
            body=Markup(body.html),  # noqa: S704  # made by markdown-it, raw HTML off
            help_now=Markup(help_now.html),  # noqa: S704  # the same
            footer=Markup(footer.html),  # noqa: S704  # the same
        )
    )
    parts = (part.text for part in (body, help_now, footer) if part.text)
    text = f"\n\n{'-' * 40}\n\n".join(parts) + "\n"
    placed = (table.place(subject, Place.TEXT), table.place(page, Place.HTML), text)
    return Draft(*placed, tuple(table.slots), table.marks_in("\0".join(placed)))


def _unless_empty(box: str) -> str:
    """ "" for a help box that holds nothing but its heading: of a letter to staff, who have no
    country."""
    lines = (line for line in box.splitlines() if line.strip())
    return "" if all(line.startswith("#") for line in lines) else box
