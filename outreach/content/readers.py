"""The readers of one message, many at once.

Owns what they have in common and what each has to themselves: a thousand readers of twenty
schools are twenty records and a few lists. Refuses to clean or to judge a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from outreach.content.values import Values


@dataclass(frozen=True)
class Readers:
    """`common`: values that some have in common; `places`: for each reader, which of them.

    `own`: dotted path (`recipient.name`, `links.stop`) -> for each reader what stands there in
    place of what is in `common`.
    """

    common: Sequence[Values]
    places: Sequence[int]
    own: Mapping[str, Sequence[str | None]] = field(default_factory=dict)

    @classmethod
    def each(cls, values: Sequence[Values]) -> Self:
        """Readers who are given one by one."""
        return cls(values, range(len(values)))

    def __len__(self) -> int:
        return len(self.places)

    def values(self, index: int) -> Values:
        """All that the message to one of them may be made of."""
        shared = self.common[self.places[index]]
        records: dict[str, Any] = {}
        for path, column in self.own.items():
            root, _, name = path.partition(".")
            record = records.get(root, getattr(shared, root))
            records[root] = replace(record, **{name: column[index]})
        return replace(shared, **records)
