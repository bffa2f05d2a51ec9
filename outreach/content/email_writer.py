"""Writing one email template for many recipients at once.

Owns the grouping: recipients for whom the template would take other branches, or do
more with a value than print it, get a text of their own; all others share one, with a
substitution key for each value that differs. One recipient goes the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, cast

from markupsafe import Markup

from outreach.content.columns import Columns, mapped
from outreach.content.context import Seen, require_help, run
from outreach.content.layout import Layout, PageParts
from outreach.content.markdown import render_markdown
from outreach.content.messages import BulkEmail, CannotRenderSome
from outreach.content.reading import Usage
from outreach.content.sandbox import Piece
from outreach.content.slots import (
    Place,
    Slot,
    SlotTable,
    escape,
    needs_no_escape,
    new_nonce,
    text_of,
)
from outreach.content.values import Values
from outreach.core.errors import CannotRender

# SendGrid: "the total collective size of your substitutions may not exceed 10,000
# bytes per personalization object" (docs.sendgrid.com, Mail Send; shared OpenAPI file).
MOST_SUBSTITUTION_BYTES = 10_000


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

    def usage(self) -> Usage:
        return reduce(Usage.__or__, (piece.usage for piece in self.pieces()))


@dataclass(frozen=True)
class _Draft:
    """The three texts with marks, before any value is written in."""

    subject: str
    html: str
    text: str

    def filled(self, table: SlotTable, keys: Mapping[str, str]) -> _Draft:
        """The texts with each mark that is in `keys` replaced."""
        texts = (self.subject, self.html, self.text)
        return _Draft(*(table.fill(text, keys) for text in texts))


def write_email(
    template: EmailTemplate, layout: Layout, recipients: Sequence[Values]
) -> list[BulkEmail]:
    """Emails that together cover all `recipients`, in the order of their first member.

    Raises CannotRenderSome when a value is missing for anybody; it has the rest.
    """
    columns = Columns(recipients, template.language)
    refused = _without_help(template, recipients)
    readers = [index for index in range(len(recipients)) if index not in refused]
    nonce = new_nonce(columns.texts(template.usage().every()))
    written: list[BulkEmail] = []
    for group in _groups(template, columns, readers):
        written += _write_group(template, layout, columns, _Group(group, nonce, refused))
    written.sort(key=lambda mail: mail.members[0][0])
    if refused:
        raise CannotRenderSome(refused, written)
    return written


def _without_help(template: EmailTemplate, recipients: Sequence[Values]) -> dict[int, CannotRender]:
    if template.help_optional:
        return {}
    countries = {id(values.help): values for values in recipients}
    errors: dict[int, CannotRender] = {}
    for key, values in countries.items():
        try:
            require_help(values, template.body.where)
        except CannotRender as error:
            errors[key] = error
    helps = enumerate(id(values.help) for values in recipients)
    return {index: errors[key] for index, key in helps if key in errors} if errors else {}


@dataclass(frozen=True)
class _Group:
    """Recipients, by index, whose texts differ only in what is printed.

    `refused`: where those of them are noted who cannot be written to.
    """

    readers: list[int]
    nonce: str
    refused: dict[int, CannotRender]

    def of(self, column: list[Any]) -> list[Any]:
        """The part of a column of all recipients that is theirs."""
        whole = len(column) == len(self.readers)
        return column if whole else [column[index] for index in self.readers]


def _groups(template: EmailTemplate, columns: Columns, readers: list[int]) -> list[list[int]]:
    usage = template.usage()
    deciding = [columns.column(path) for path in sorted(usage.handled)]
    deciding += [list(map(bool, columns.column(path))) for path in sorted(usage.tested)]
    if not deciding:
        return [readers] if readers else []
    keys = list(zip(*deciding, strict=True))
    groups: dict[tuple[Any, ...], list[int]] = {}
    for index in readers:
        groups.setdefault(keys[index], []).append(index)
    return list(groups.values())


def _write_group(
    template: EmailTemplate, layout: Layout, columns: Columns, group: _Group
) -> list[BulkEmail]:
    table = SlotTable(group.nonce, template.usage().handled)
    try:
        draft = _draft(template, layout, columns.seen(group.readers[0]), table)
    except CannotRender as error:
        group.refused.update(dict.fromkeys(group.readers, error))
        return []
    marks = table.marks_in(f"{draft.subject}\0{draft.html}\0{draft.text}")
    texts: dict[int, list[str | CannotRender]] = {}
    printed: dict[str, list[str | CannotRender]] = {}
    for mark, (number, place) in marks.items():
        slot = table.slots[number]
        if number not in texts:
            texts[number] = _texts(slot, columns, group)
        printed[mark] = _escaped(texts[number], place, slot)
    return _mails(draft, table, _refuse_missing(printed, group), group)


def _refuse_missing(
    printed: dict[str, list[str | CannotRender]], group: _Group
) -> dict[str, list[str]]:
    """`printed` without those for whom something cannot be printed; they are noted as refused."""
    for column in printed.values():
        if set(map(type, column)) != {str}:
            for index, text in zip(group.readers, column, strict=True):
                if isinstance(text, CannotRender):
                    group.refused.setdefault(index, text)
    if not group.refused:
        return cast("dict[str, list[str]]", printed)
    kept = [place for place, index in enumerate(group.readers) if index not in group.refused]
    group.readers[:] = [group.readers[place] for place in kept]
    return {mark: [str(column[place]) for place in kept] for mark, column in printed.items()}


def _draft(template: EmailTemplate, layout: Layout, seen: Seen, table: SlotTable) -> _Draft:
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
    return _Draft(table.place(subject, Place.TEXT), table.place(page, Place.HTML), text)


def _unless_empty(box: str) -> str:
    """ "" for a help box that holds nothing but its heading: of a letter to staff, who have no
    country."""
    lines = (line for line in box.splitlines() if line.strip())
    return "" if all(line.startswith("#") for line in lines) else box


def _texts(slot: Slot, columns: Columns, group: _Group) -> list[str | CannotRender]:
    """The text of a slot for each of the group, or why there is none."""

    def text(value: object) -> str | CannotRender:
        try:
            return text_of(value, slot.label, slot.where)
        except CannotRender as error:
            return error

    if not slot.path:
        return [slot.value] * len(group.readers)
    values = group.of(columns.column(slot.path))
    return values if columns.are_lines(slot.path) else mapped(text, values)


def _escaped(texts: list[str | CannotRender], place: Place, slot: Slot) -> list[str | CannotRender]:
    def in_place(text: str | CannotRender) -> str | CannotRender:
        try:
            return escape(text, place, slot.label, slot.where) if isinstance(text, str) else text
        except CannotRender as error:
            return error

    are_lines = set(map(type, texts)) == {str}
    if are_lines and needs_no_escape(cast("list[str]", texts), place):
        return texts
    return mapped(in_place, texts)


def _mails(
    draft: _Draft, table: SlotTable, printed: Mapping[str, list[str]], group: _Group
) -> list[BulkEmail]:
    """One mail for all, and one each for those whose values a provider would not take."""
    if not group.readers:
        return []
    written_in, differing = _settled(printed)
    rows: Iterable[tuple[str, ...]] = zip(*differing.values(), strict=True)
    keys = [dict(zip(differing, row, strict=True)) for row in rows] or [{} for _ in group.readers]
    large = _too_large(differing, keys)
    alone = [
        _mail(
            draft.filled(table, {mark: column[place] for mark, column in printed.items()}),
            ((group.readers[place], {}),),
        )
        for place in sorted(large)
    ]
    members = tuple(
        (index, keys[place]) for place, index in enumerate(group.readers) if place not in large
    )
    return [*alone, _mail(draft.filled(table, written_in), members)] if members else alone


def _settled(
    printed: Mapping[str, list[str]],
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What is put into the text itself, and the columns that differ from one to the next.

    A value that is the same for all is written in; a mark whose column is that of an earlier
    one becomes that one, so a link that stands in three places is one substitution.
    """
    written_in: dict[str, str] = {}
    differing: dict[str, list[str]] = {}
    for mark, column in printed.items():
        if column.count(column[0]) == len(column):
            written_in[mark] = column[0]
        elif twin := next((key for key, other in differing.items() if other == column), None):
            written_in[mark] = twin
        else:
            differing[mark] = column
    return written_in, differing


def _too_large(
    differing: Mapping[str, list[str]], keys: Sequence[Mapping[str, str]]
) -> frozenset[int]:
    """The places of those whose substitutions are more than a provider takes."""
    # A character has at most four bytes: nearly always that says enough, without counting.
    longest = sum(
        len(mark) + 4 * max(map(len, column), default=0) for mark, column in differing.items()
    )
    if longest <= MOST_SUBSTITUTION_BYTES:
        return frozenset()
    return frozenset(
        place for place, values in enumerate(keys) if _size_bytes(values) > MOST_SUBSTITUTION_BYTES
    )


def _mail(draft: _Draft, members: tuple[tuple[int, Mapping[str, str]], ...]) -> BulkEmail:
    return BulkEmail(draft.subject, draft.html, draft.text, members)


def _size_bytes(keys: Mapping[str, str]) -> int:
    return sum(len(key) + len(value.encode()) for key, value in keys.items())
