"""Saying how long a piece of work took and what it belongs to, for whoever wants to watch.

Rooms say `with span("texts to the provider", messages=64)`; the wiring installs what becomes of
it, and without that it costs the making of an argument list. What may be said is a closed list:
counts and our own words, never a name, an address, a text, a token or a path (promise 10).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Literal, Protocol

Fact = Literal[
    "accepted",
    "adapter",
    "busy",
    "ids",
    "messages",
    "method",
    "not_called",
    "queue",
    "refused",
    "route",
    "status",
    "task",
    "unknown",
]
Facts = dict[Fact, int | str]


class Span(Protocol):
    def note(self, facts: Facts, *, name: str = "") -> None:
        """Adds what is known only now; `name` replaces the span's."""
        ...


class Tracer(Protocol):
    def span(self, name: str, facts: Facts) -> AbstractContextManager[Span]: ...


class _Silent:
    """What everybody gets while nobody watches."""

    def __enter__(self) -> _Silent:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def note(self, facts: Facts, *, name: str = "") -> None:
        pass


_SILENT = _Silent()


class _Installed:
    tracer: Tracer | None = None


def install(tracer: Tracer | None) -> None:
    """Makes `tracer` what becomes of this process's spans; None for nothing."""
    _Installed.tracer = tracer


def is_on() -> bool:
    """Whether somebody watches."""
    return _Installed.tracer is not None


def span(name: str, facts: Facts | None = None) -> AbstractContextManager[Span]:
    """A piece of work, until the end of its `with` block. `name`: our own words."""
    tracer = _Installed.tracer
    return _SILENT if tracer is None else tracer.span(name, facts or {})
