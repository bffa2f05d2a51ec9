"""One value of many readers at once.

Owns reading a dotted path for a whole list, so that what many share (their school, the help
lines of their country) is cleaned and escaped once and not for each of them. A value is the one
that the template sees for that reader alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, cast

from outreach.content.context import Seen, seen_by_template, seen_record, value_at
from outreach.content.language import direction_of
from outreach.content.readers import Readers
from outreach.content.values import are_clean, clean_text

# Their texts are clean lines as a template sees them; those of other records may not be.
_LINES = frozenset({"recipient", "links"})
Made = TypeVar("Made")


class Columns:
    """The values of `readers` in `language`, path by path; each is read once."""

    def __init__(self, readers: Readers, language: str) -> None:
        self.readers = readers
        self._language = language
        self._own: dict[str, list[Any]] = {}
        self._common: dict[str, list[Any]] = {}
        self._records: dict[str, list[Any]] = {}

    def is_own(self, path: str) -> bool:
        """Whether each reader has something to themselves at `path`."""
        return path in self.readers.own or any(
            each.startswith(f"{path}.") for each in self.readers.own
        )

    def own(self, path: str) -> list[Any]:
        """The value of a path that `is_own` for each reader, None where it is missing."""
        if path not in self._own:
            self._own[path] = self._read_own(path)
        return self._own[path]

    def common(self, path: str) -> list[Any]:
        """The value of any other path for each of the common records."""
        if path not in self._common:
            self._common[path] = self._read_common(path)
        return self._common[path]

    def value(self, path: str, index: int) -> Any:
        """The value of `path` for one reader."""
        if self.is_own(path):
            return self.own(path)[index]
        return self.common(path)[self.readers.places[index]]

    def differing(self, path: str, judge: Callable[[Any], Any]) -> list[Any] | None:
        """What `judge` makes of the value of `path` for each reader, or a number that stands for
        it; None where that is the same for all."""
        is_own = self.is_own(path)
        judged = list(map(judge, self.own(path) if is_own else self.common(path)))
        if judged.count(judged[0]) == len(judged):
            return None
        if is_own:
            return judged
        # Lists of help lines take long to be told apart: once for each record, not each reader.
        numbers = numbered(judged)
        return [numbers[place] for place in self.readers.places]

    def are_lines(self, path: str) -> bool:
        """Whether each reader's own value of `path` is one clean line, ready to be printed."""
        return path.partition(".")[0] in _LINES and set(map(type, self.own(path))) == {str}

    def texts(self, paths: Iterable[str]) -> Iterator[str]:
        """All that stands at `paths`; what many share, once."""
        for path in paths:
            is_own = self.is_own(path)
            yield from map(str, self.own(path) if is_own else set(self.common(path)))

    def seen(self, index: int) -> Seen:
        """What the template sees for one of the readers."""
        return seen_by_template(self.readers.values(index), self._language)

    def _read_own(self, path: str) -> list[Any]:
        if path not in self.readers.own:  # a record as a whole
            return [value_at(self.seen(index), path) for index in range(len(self.readers))]
        column = self.readers.own[path]
        if None not in column and are_clean(cast("Sequence[str]", column)):
            return list(column)
        return [clean_text(text) or None if text is not None else None for text in column]

    def _read_common(self, path: str) -> list[Any]:
        root = path.partition(".")[0]
        if root == "language":
            return [self._language] * len(self.readers.common)
        if root == "direction":
            return [direction_of(self._language)] * len(self.readers.common)
        if root not in self._records:
            self._records[root] = self._read_records(root)
        # One look at each record, however many have it in common.
        records = self._records[root]
        found = {id(record): value_at({root: record}, path) for record in records}
        return [found[id(record)] for record in records]

    def _read_records(self, root: str) -> list[Any]:
        records = [getattr(values, root) for values in self.readers.common]
        different = {id(record): record for record in records}
        seen = {key: seen_record(root, record, self._language) for key, record in different.items()}
        return [seen[id(record)] for record in records]


def numbered(values: Iterable[Any]) -> list[int]:
    """The same number for values that are equal."""
    numbers: dict[Any, int] = {}
    return [numbers.setdefault(value, len(numbers)) for value in values]


def mapped(change: Callable[[Any], Made], values: Sequence[Any]) -> list[Made]:
    """`change` of each value, called once for those that are equal."""
    made = {value: change(value) for value in set(values)}
    return [made[value] for value in values]
