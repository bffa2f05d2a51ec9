"""One of many keys: as one array, where `__in` makes each of thousands a parameter of its own."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, F, Func, Value


def among(column: str, keys: Iterable[int]) -> Func:
    """The condition that `column` is one of `keys`."""
    array = Value(list(keys), output_field=ArrayField(BigIntegerField()))
    return Func(
        F(column),
        array,
        template="%(expressions)s)",
        arg_joiner=" = ANY (",
        output_field=BooleanField(),
    )
