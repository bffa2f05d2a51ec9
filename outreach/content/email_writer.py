"""Writing one email template for many recipients at once.

Owns the grouping: recipients for whom the template would take other branches, or do
more with a value than print it, get a text of their own; all others share one, with a
substitution key for each value that differs. One recipient goes the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from markupsafe import Markup

from outreach.content.context import Seen, require_help, run, seen_by_template, value_at
from outreach.content.layout import Layout, PageParts
from outreach.content.markdown import markdown_to_html, markdown_to_text
from outreach.content.messages import BulkEmail, CannotRenderSome
from outreach.content.reading import Usage
from outreach.content.sandbox import Piece
from outreach.content.slots import Mark, Place, SlotTable, escape, new_nonce, text_of
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
class _Member:
    index: int
    seen: Seen


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
    refused: dict[int, CannotRender] = {}
    written: list[BulkEmail] = []
    for group in _groups(template, recipients, refused):
        written += _write_group(template, layout, group, refused)
    written.sort(key=lambda mail: mail.members[0][0])
    if refused:
        raise CannotRenderSome(refused, written)
    return written


def _groups(
    template: EmailTemplate, recipients: Sequence[Values], refused: dict[int, CannotRender]
) -> list[list[_Member]]:
    usage = template.usage()
    handled, tested = sorted(usage.handled), sorted(usage.tested)
    groups: dict[tuple[object, ...], list[_Member]] = {}
    for index, values in enumerate(recipients):
        try:
            if not template.help_optional:
                require_help(values, template.body.where)
        except CannotRender as error:
            refused[index] = error
            continue
        seen = seen_by_template(values, template.language)
        key = (
            *(value_at(seen, path) for path in handled),
            *(bool(value_at(seen, path)) for path in tested),
        )
        groups.setdefault(key, []).append(_Member(index, seen))
    return list(groups.values())


def _write_group(
    template: EmailTemplate,
    layout: Layout,
    group: list[_Member],
    refused: dict[int, CannotRender],
) -> list[BulkEmail]:
    table = SlotTable(new_nonce(_texts(group)), template.usage().handled)
    try:
        draft = _draft(template, layout, group[0].seen, table)
    except CannotRender as error:
        refused.update({member.index: error for member in group})
        return []
    marks = table.marks_in(f"{draft.subject}\0{draft.html}\0{draft.text}")
    filled: dict[int, dict[str, str]] = {}
    for member in group:
        try:
            filled[member.index] = _fill(member, marks, table)
        except CannotRender as error:
            refused[member.index] = error
    return _mails(draft, table, filled)


def _draft(template: EmailTemplate, layout: Layout, seen: Seen, table: SlotTable) -> _Draft:
    subject = " ".join(run(template.subject, seen, table.printer).split())
    if not subject:
        raise CannotRender("The subject is empty.", where=template.subject.where)
    preheader = " ".join(run(template.preheader, seen, table.printer).split())
    pieces = (template.body, template.help_now, template.footer)
    body, help_now, footer = (run(piece, seen, table.printer) for piece in pieces)
    page = layout.page(
        PageParts(
            language=template.language,
            direction=seen["direction"],
            subject=subject,
            preheader=preheader,
            sender=run(template.sender, seen, table.printer),
            body=Markup(markdown_to_html(body, table)),  # noqa: S704  # made by markdown-it, raw HTML off
            help_now=Markup(markdown_to_html(help_now, table)),  # noqa: S704  # the same
            footer=Markup(markdown_to_html(footer, table)),  # noqa: S704  # the same
        )
    )
    parts = (markdown_to_text(part, table) for part in (body, help_now, footer))
    text = f"\n\n{'-' * 40}\n\n".join(part for part in parts if part) + "\n"
    return _Draft(table.place(subject, Place.TEXT), table.place(page, Place.HTML), text)


def _fill(member: _Member, marks: Mapping[str, Mark], table: SlotTable) -> dict[str, str]:
    filled = {}
    for mark, (number, place) in marks.items():
        slot = table.slots[number]
        value = slot.value
        if slot.path:
            value = text_of(value_at(member.seen, slot.path), slot.label, slot.where)
        filled[mark] = escape(value, place, slot.label, slot.where)
    return filled


def _mails(draft: _Draft, table: SlotTable, filled: dict[int, dict[str, str]]) -> list[BulkEmail]:
    """One mail for all, and one each for those whose values a provider would not take."""
    if not filled:
        return []
    first = next(iter(filled.values()))
    same = {
        mark: value
        for mark, value in first.items()
        if all(other[mark] == value for other in filled.values())
    }
    members: list[tuple[int, Mapping[str, str]]] = []
    alone: list[BulkEmail] = []
    for index, values in filled.items():
        keys = {mark: value for mark, value in values.items() if mark not in same}
        if _size_bytes(keys) > MOST_SUBSTITUTION_BYTES:
            alone.append(_mail(draft.filled(table, values), ((index, {}),)))
        else:
            members.append((index, keys))
    if members:
        alone.append(_mail(draft.filled(table, same), tuple(members)))
    return alone


def _mail(draft: _Draft, members: tuple[tuple[int, Mapping[str, str]], ...]) -> BulkEmail:
    return BulkEmail(draft.subject, draft.html, draft.text, members)


def _size_bytes(keys: Mapping[str, str]) -> int:
    return sum(len(key) + len(value.encode()) for key, value in keys.items())


def _texts(group: list[_Member]) -> list[str]:
    """Everything a nonce must not be found in."""
    names = ("recipient", "school", "organisation", "links", "sms")
    return [str(member.seen[name]) for member in group for name in names]
