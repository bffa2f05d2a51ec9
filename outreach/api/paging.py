"""Lists in pages. A cursor is sealed: it says nothing, and nobody makes one up.

Rows come in the order of their making, so a row that is added meanwhile comes at the end and
none is seen twice or left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from ninja import Field, Schema

from outreach.core.errors import BadInput, BadToken
from outreach.core.tokens import API_CURSOR
from outreach.organisation.lanes import sealer

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


class Window(Schema):
    """Which part of a list."""

    limit: int = Field(50, ge=1, le=200, description="How many at most.")
    after: str = Field("", max_length=200, description="`next` of the page before.")


class Page(Schema, Generic[Item]):
    """`next`: for the page after this one; null at the end."""

    items: list[Item]
    next: str | None


def page_of(rows: QuerySet[Row], window: Window, shape: Callable[[Row], Item]) -> Page[Item]:
    """One page of `rows`, by primary key. Raises BadInput for a cursor that is not ours."""
    found = rows.order_by("pk")
    if window.after:
        found = found.filter(pk__gt=position(window.after, 1)[0])
    part = list(found[: window.limit + 1])
    shown = part[: window.limit]
    more = len(part) > window.limit
    return Page(items=[shape(row) for row in shown], next=cursor(shown[-1].pk) if more else None)


def cursor(*numbers: int) -> str:
    """The place after the row of these numbers."""
    return sealer().seal(API_CURSOR, *numbers)


def position(text: str, parts: int) -> Sequence[int]:
    """Raises BadInput for a cursor that is not ours, or of another list."""
    try:
        numbers = sealer().open(API_CURSOR, text)
    except BadToken:
        numbers = ()
    if len(numbers) != parts:
        raise BadInput(
            "This is no cursor of this list.",
            where="after",
            remedy="Send what `next` of the page before says, or leave it out.",
        )
    return numbers
