"""Messages in memory, bounded: past the limit the oldest drop and the counts stay."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar


class _Record(Protocol):
    sequence: int

    @property
    def person(self) -> str: ...


RecordT = TypeVar("RecordT", bound=_Record)


@dataclass
class Thread(Generic[RecordT]):
    """The messages of one phone or mailbox, oldest first; `total` counts dropped ones too."""

    person: str
    messages: deque[RecordT] = field(default_factory=deque)
    total: int = 0


class MessageStore(Generic[RecordT]):
    """Records by key and by person; `threads` has the person with the newest message last."""

    def __init__(self, max_messages: int) -> None:
        self._max_messages = max_messages
        self._by_key: dict[str, RecordT] = {}
        self.threads: OrderedDict[str, Thread[RecordT]] = OrderedDict()
        self._next = 0

    def __len__(self) -> int:
        return len(self._by_key)

    def next_sequence(self) -> int:
        self._next += 1
        return self._next

    def add(self, key: str, record: RecordT) -> None:
        self._by_key[key] = record
        thread = self.threads.setdefault(record.person, Thread(record.person))
        thread.messages.append(record)
        thread.total += 1
        self.threads.move_to_end(record.person)
        if len(self._by_key) > self._max_messages:
            self._drop_oldest()

    def get(self, key: str) -> RecordT | None:
        return self._by_key.get(key)

    def oldest_first(self) -> Iterator[RecordT]:
        return iter(self._by_key.values())

    def newest_first(self) -> Iterator[RecordT]:
        return reversed(self._by_key.values())

    def of(self, person: str) -> list[RecordT]:
        """The person's messages, oldest first; empty for somebody unknown."""
        thread = self.threads.get(person)
        return list(thread.messages) if thread else []

    def _drop_oldest(self) -> None:
        oldest = self._by_key.pop(next(iter(self._by_key)))
        thread = self.threads[oldest.person]
        thread.messages.popleft()
        if not thread.messages:
            del self.threads[oldest.person]
