"""Writing one email template for many recipients at once.

Owns the grouping: recipients for whom the template would take other branches, or do
more with a value than print it, get a text of their own; all others share one, with a
substitution key for each value that differs. One recipient goes the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from outreach.content.columns import Columns, mapped
from outreach.content.context import require_help
from outreach.content.email_drafts import Draft, Drafts, EmailTemplate
from outreach.content.messages import BulkEmail, CannotRenderSome
from outreach.content.readers import Readers
from outreach.content.slots import Place, Slot, escape, needs_no_escape, stands_in, text_of
from outreach.core.errors import CannotRender

# SendGrid: "the total collective size of your substitutions may not exceed 10,000
# bytes per personalization object" (docs.sendgrid.com, Mail Send; shared OpenAPI file).
MOST_SUBSTITUTION_BYTES = 10_000


def write_email(template: EmailTemplate, drafts: Drafts, readers: Readers) -> list[BulkEmail]:
    """Emails that together cover all `readers`, in the order of their first member.

    Raises CannotRenderSome when a value is missing for anybody; it has the rest.
    """
    if not len(readers):
        return []
    columns = Columns(readers, template.language)
    refused = _without_help(template, readers)
    if stands_in(drafts.nonce, columns.texts(template.usage.every())):
        drafts = drafts.afresh()
    written: list[BulkEmail] = []
    for group in _groups(template, columns, refused):
        written += _write_group(template, drafts, columns, group)
    written.sort(key=lambda mail: mail.members[0][0])
    if refused:
        raise CannotRenderSome(refused, written)
    return written


def _without_help(template: EmailTemplate, readers: Readers) -> dict[int, CannotRender]:
    if template.help_optional:
        return {}
    errors: dict[int, CannotRender] = {}
    for place, values in enumerate(readers.common):
        try:
            require_help(values, template.body.where)
        except CannotRender as error:
            errors[place] = error
    places = enumerate(readers.places)
    return {index: errors[place] for index, place in places if place in errors} if errors else {}


@dataclass(frozen=True)
class _Group:
    """Recipients, by index, whose texts differ only in what is printed.

    `alike`: all that the template looks at for them. `refused`: where those of them are noted who
    cannot be written to.
    """

    readers: list[int]
    alike: Hashable
    refused: dict[int, CannotRender]

    def of(self, column: Sequence[Any]) -> Sequence[Any]:
        """The part of a column of all recipients that is theirs."""
        whole = len(column) == len(self.readers)
        return column if whole else [column[index] for index in self.readers]


def _groups(
    template: EmailTemplate, columns: Columns, refused: dict[int, CannotRender]
) -> list[_Group]:
    readers = [index for index in range(len(columns.readers)) if index not in refused]
    usage = template.usage
    deciding: list[tuple[str, Callable[[Any], Any]]] = [
        *((path, _as_it_is) for path in sorted(usage.handled)),
        *((path, bool) for path in sorted(usage.tested)),
    ]
    differing = [columns.differing(path, judge) for path, judge in deciding]
    keys = list(zip(*filter(None, differing), strict=True))
    groups: dict[Hashable, list[int]] = {}
    for index in readers if keys else ():
        groups.setdefault(keys[index], []).append(index)
    return [
        _Group(
            members,
            tuple(judge(columns.value(path, members[0])) for path, judge in deciding),
            refused,
        )
        for members in (groups.values() if keys else [readers] if readers else [])
    ]


def _as_it_is(value: Any) -> Any:
    return value


def _write_group(
    template: EmailTemplate, drafts: Drafts, columns: Columns, group: _Group
) -> list[BulkEmail]:
    try:
        draft = drafts.draft(template, group.alike, columns.seen(group.readers[0]))
        fixed = {
            mark: escape(slot.value, place, slot.label, slot.where)
            for mark, (number, place) in draft.marks.items()
            if not (slot := draft.slots[number]).path
        }
    except CannotRender as error:
        group.refused.update(dict.fromkeys(group.readers, error))
        return []
    printed = {
        mark: _printed(draft.slots[number], place, columns, group)
        for mark, (number, place) in draft.marks.items()
        if mark not in fixed
    }
    return _mails(draft, fixed, _refuse_missing(printed, group), group)


def _printed(
    slot: Slot, place: Place, columns: Columns, group: _Group
) -> Sequence[str | CannotRender]:
    """What stands in place of a mark for each of the group, or why there is nothing."""

    def made(value: object) -> str | CannotRender:
        try:
            text = text_of(value, slot.label, slot.where)
            return escape(text, place, slot.label, slot.where)
        except CannotRender as error:
            return error

    if not columns.is_own(slot.path):
        common = mapped(made, columns.common(slot.path))
        return [common[place] for place in group.of(columns.readers.places)]
    values = group.of(columns.own(slot.path))
    if columns.are_lines(slot.path) and needs_no_escape(cast("Sequence[str]", values), place):
        return values
    return mapped(made, values)


def _refuse_missing(
    printed: Mapping[str, Sequence[str | CannotRender]], group: _Group
) -> dict[str, Sequence[str]]:
    """`printed` without those for whom something cannot be printed; they are noted as refused."""
    for column in printed.values():
        if set(map(type, column)) != {str}:
            for index, text in zip(group.readers, column, strict=True):
                if isinstance(text, CannotRender):
                    group.refused.setdefault(index, text)
    if not group.refused:
        return cast("dict[str, Sequence[str]]", printed)
    kept = [place for place, index in enumerate(group.readers) if index not in group.refused]
    group.readers[:] = [group.readers[place] for place in kept]
    return {mark: [str(column[place]) for place in kept] for mark, column in printed.items()}


def _mails(
    draft: Draft,
    fixed: Mapping[str, str],
    printed: Mapping[str, Sequence[str]],
    group: _Group,
) -> list[BulkEmail]:
    """One mail for all, and one each for those whose values a provider would not take."""
    if not group.readers:
        return []
    settled, differing = _settled(printed)
    rows: Iterable[tuple[str, ...]] = zip(*differing.values(), strict=True)
    keys = [dict(zip(differing, row, strict=True)) for row in rows] or [{} for _ in group.readers]
    large = _too_large(differing, keys)
    alone = [
        _mail(
            draft,
            {**fixed, **{mark: column[place] for mark, column in printed.items()}},
            ((group.readers[place], {}),),
        )
        for place in sorted(large)
    ]
    members = tuple(
        (index, keys[place]) for place, index in enumerate(group.readers) if place not in large
    )
    return [*alone, _mail(draft, {**fixed, **settled}, members)] if members else alone


def _settled(
    printed: Mapping[str, Sequence[str]],
) -> tuple[dict[str, str], dict[str, Sequence[str]]]:
    """What is put into the text itself, and the columns that differ from one to the next.

    A value that is the same for all is written in; a mark whose column is that of an earlier
    one becomes that one, so a link that stands in three places is one substitution.
    """
    written_in: dict[str, str] = {}
    differing: dict[str, Sequence[str]] = {}
    for mark, column in printed.items():
        if column.count(column[0]) == len(column):
            written_in[mark] = column[0]
        elif twin := next((key for key, other in differing.items() if other == column), None):
            written_in[mark] = twin
        else:
            differing[mark] = column
    return written_in, differing


def _too_large(
    differing: Mapping[str, Sequence[str]], keys: Sequence[Mapping[str, str]]
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


def _mail(
    draft: Draft, written_in: Mapping[str, str], members: tuple[tuple[int, Mapping[str, str]], ...]
) -> BulkEmail:
    return BulkEmail(*draft.filled(written_in), members)


def _size_bytes(keys: Mapping[str, str]) -> int:
    return sum(len(key) + len(value.encode()) for key, value in keys.items())
