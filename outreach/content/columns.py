"""One value of many recipients at once.

Owns reading a dotted path for a whole list, so that what many share (their school, the help
lines of their country) is cleaned and escaped once and not for each of them. A value is the one
that the template sees for that recipient alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from outreach.content.context import Seen, seen_by_template, value_at
from outreach.content.values import Values, clean_text

# What nearly every recipient has to themselves; everything else hangs on a record that many share.
_OWN = frozenset({"recipient", "links"})
Made = TypeVar("Made")


class Columns:
    """The values of `recipients` in `language`, path by path; each column is read once."""

    def __init__(self, recipients: Sequence[Values], language: str) -> None:
        self._recipients = recipients
        self._language = language
        self._columns: dict[str, list[Any]] = {}
        self._seen: dict[int, Seen] = {}

    def column(self, path: str) -> list[Any]:
        """The value of `path` for each recipient, None where something on the way is missing."""
        if path not in self._columns:
            self._columns[path] = self._own(path) if _is_own(path) else self._shared(path)
        return self._columns[path]

    def are_lines(self, path: str) -> bool:
        """Whether each value of `path` is one clean line that is ready to be printed."""
        return _is_own(path) and set(map(type, self.column(path))) == {str}

    def texts(self, paths: Iterable[str]) -> Iterator[str]:
        """All that stands in the columns of `paths`; what many share, once."""
        for path in paths:
            column = self.column(path)
            yield from map(str, column if _is_own(path) else set(column))

    def seen(self, index: int) -> Seen:
        """What the template sees for one of the recipients."""
        if index not in self._seen:
            self._seen[index] = seen_by_template(self._recipients[index], self._language)
        return self._seen[index]

    def _own(self, path: str) -> list[Any]:
        return [_clean(value) for value in map(attrgetter(path), self._recipients)]

    def _shared(self, path: str) -> list[Any]:
        root = path.partition(".")[0]
        records = [getattr(recipient, root, None) for recipient in self._recipients]
        first_with = {id(record): index for index, record in enumerate(records)}
        found = {key: value_at(self.seen(index), path) for key, index in first_with.items()}
        return [found[id(record)] for record in records]


def _is_own(path: str) -> bool:
    root, _, name = path.partition(".")
    return root in _OWN and bool(name)


def mapped(change: Callable[[Any], Made], values: Sequence[Any]) -> list[Made]:
    """`change` of each value, called once for those that are equal."""
    made = {value: change(value) for value in set(values)}
    return [made[value] for value in values]


def _clean(value: Any) -> Any:
    return clean_text(value) or None if isinstance(value, str) else value
