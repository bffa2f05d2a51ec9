"""Failures on demand: which request or message fails next, and how.

Owns the list of faults; the provider folders ask it before they accept, after they
accepted, and before they post callbacks. A fault without a count lasts until cleared.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web

from outreach.core.channels import Channel


class FaultKind(StrEnum):
    HTTP_429 = "http_429"  # too many requests, with the provider's headers; nothing accepted
    HTTP_500 = "http_500"
    HTTP_502 = "http_502"
    HTTP_503 = "http_503"
    HTTP_504 = "http_504"
    HTTP_500_AFTER = "http_500_after"  # accepted, and answered 500 all the same
    RESET_BEFORE = "reset_before"  # connection reset after reading, nothing accepted
    RESET_AFTER = "reset_after"  # accepted, then the connection is reset
    SLOW = "slow"  # answered properly after `seconds`
    TIMEOUT_AFTER = "timeout_after"  # accepted, no answer for `seconds`, then a reset
    REFUSED = "refused"  # the API port is closed; both channels, until cleared
    DUPLICATE_CALLBACKS = "duplicate_callbacks"  # each callback comes `times` times
    SHUFFLED_CALLBACKS = "shuffled_callbacks"  # callbacks of one message change places
    FORGED_CALLBACKS = "forged_callbacks"  # a lie with a wrong signature comes first
    HELD_CALLBACKS = "held_callbacks"  # kept back until cleared


STATUS_OF = {
    FaultKind.HTTP_429: 429,
    FaultKind.HTTP_500: 500,
    FaultKind.HTTP_502: 502,
    FaultKind.HTTP_503: 503,
    FaultKind.HTTP_504: 504,
    FaultKind.HTTP_500_AFTER: 500,
}
_AFTER = {FaultKind.HTTP_500_AFTER, FaultKind.RESET_AFTER, FaultKind.TIMEOUT_AFTER}
_BEFORE = (set(STATUS_OF) - _AFTER) | {FaultKind.RESET_BEFORE, FaultKind.SLOW}


@dataclass
class Fault:
    """`left`: how many requests (or messages, for callbacks) it still hits; None for all.

    `seconds`: length of SLOW and TIMEOUT_AFTER. `retry_after_seconds`: what a 429 or 503 asks
    for. `reads`: hits GET requests too, not sends alone.
    """

    channel: Channel
    kind: FaultKind
    left: int | None = None
    seconds: float = 30.0
    retry_after_seconds: int = 1
    times: int = 2
    reads: bool = False


@dataclass(frozen=True)
class CallbackTwist:
    """What is done to the callbacks of one message."""

    times: int = 1
    shuffled: bool = False
    forged: bool = False


@dataclass
class FaultBoard:
    faults: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        self.faults.append(fault)

    def clear(self, channel: Channel | None = None, kind: FaultKind | None = None) -> None:
        self.faults = [
            fault
            for fault in self.faults
            if (channel and fault.channel != channel) or (kind and fault.kind != kind)
        ]

    def has(self, kind: FaultKind, channel: Channel | None = None) -> bool:
        return any(f.kind is kind and channel in (None, f.channel) for f in self.faults)

    def take_before(self, channel: Channel, *, read: bool = False) -> Fault | None:
        """The fault that hits this request before anything is accepted; it counts as used."""
        return self._take(channel, _BEFORE, read=read)

    def take_after(self, channel: Channel) -> Fault | None:
        """The fault that hits this request once its messages are accepted."""
        return self._take(channel, _AFTER, read=False)

    def twist(self, channel: Channel) -> CallbackTwist:
        """What to do to the callbacks of the next message."""
        if not self.faults:
            return _STRAIGHT
        copies = self._take(channel, {FaultKind.DUPLICATE_CALLBACKS}, read=False)
        shuffled = self._take(channel, {FaultKind.SHUFFLED_CALLBACKS}, read=False)
        forged = self._take(channel, {FaultKind.FORGED_CALLBACKS}, read=False)
        return CallbackTwist(copies.times if copies else 1, bool(shuffled), bool(forged))

    def _take(self, channel: Channel, kinds: set[FaultKind], *, read: bool) -> Fault | None:
        for fault in self.faults:
            if fault.channel == channel and fault.kind in kinds and (fault.reads or not read):
                self._use(fault)
                return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.left is None:
            return
        fault.left -= 1
        if fault.left <= 0:
            self.faults.remove(fault)


_STRAIGHT = CallbackTwist()


def reset_connection(request: web.BaseRequest) -> None:
    """Ends the connection with a TCP reset, as a crashed peer or a firewall does."""
    transport = request.transport
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        # Linger 0 makes close() send RST in place of FIN.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def act_out(fault: Fault, request: web.BaseRequest) -> web.Response | None:
    """Plays a fault that has no body of its own; None means: go on as if nothing had been."""
    if fault.kind is FaultKind.SLOW:
        await asyncio.sleep(fault.seconds)
        return None
    if fault.kind is FaultKind.TIMEOUT_AFTER:
        await asyncio.sleep(fault.seconds)
    reset_connection(request)
    return web.Response(status=500)
