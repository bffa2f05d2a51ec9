"""The first of what may be thousands, and how many more there are."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def first_of(found: QuerySet[Row], most: int) -> tuple[list[Row], int]:
    """At most `most` of them, in their order, and how many there are beside these. They are
    counted only where there may be more: a short list costs one statement."""
    rows = list(found[:most])
    return rows, found.count() - most if len(rows) == most else 0
