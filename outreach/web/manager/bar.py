"""A bar of states: how much of a send has gone out, as numbers and as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outreach.delivery.models import DeliveryState
from outreach.web.words import STATE_ORDER, state_meaning, state_words

_WIDTH = 1000.0
# Never meant to go out, or not any more: they are counted, but not in the bar.
_LEFT_OUT = frozenset({DeliveryState.SKIPPED, DeliveryState.CANCELLED})
_UNDER_WAY = frozenset({DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN})
_GONE_OUT = frozenset({DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.BOUNCED})


@dataclass(frozen=True)
class Piece:
    """One state. `x` and `width` in thousandths of the bar; 0 wide when not drawn."""

    state: str
    words: str
    meaning: str
    number: int
    x: float
    width: float


@dataclass(frozen=True)
class Bar:
    """`planned` = the sum over all pieces; `to_send` leaves out who was left out on purpose."""

    pieces: tuple[Piece, ...]
    planned: int
    to_send: int
    gone_out: int

    @property
    def percent(self) -> int:
        """Rounded down: 100 only when everything has gone out."""
        return self.gone_out * 100 // self.to_send if self.to_send else 0

    @property
    def is_done(self) -> bool:
        """Whether all of it has gone out, or never will."""
        return not any(piece.state in _UNDER_WAY for piece in self.pieces)

    @property
    def drawn(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.width)


def bar_of(by_state: Mapping[str, int]) -> Bar:
    """The bar of these numbers, states without a message left away."""
    planned = sum(by_state.values())
    to_send = planned - sum(by_state.get(state, 0) for state in _LEFT_OUT)
    pieces: list[Piece] = []
    x = 0.0
    for state in STATE_ORDER:
        number = by_state.get(state, 0)
        if number:
            width = _WIDTH * number / to_send if state not in _LEFT_OUT else 0.0
            pieces.append(_piece(state, number, x, width))
            x += width
    return Bar(tuple(pieces), planned, to_send, sum(by_state.get(s, 0) for s in _GONE_OUT))


def _piece(state: DeliveryState, number: int, x: float, width: float) -> Piece:
    return Piece(
        state=state.value,
        words=state_words(state),
        meaning=state_meaning(state),
        number=number,
        x=round(x, 2),
        width=round(width, 2),
    )
