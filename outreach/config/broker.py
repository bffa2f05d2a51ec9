"""Redis as the broker, going away and coming back under a worker.

A task that ends after its channel was closed is acknowledged, or put back, by way of that channel.
kombu 5.7 then stumbles over the missing connection with an AttributeError, which nobody expects:
it ends the worker with everything that it has under way. Here it is what it means, a connection
that is gone, and every caller of kombu and Celery goes on from that.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import redis as redis_transport
from redis.exceptions import ConnectionError as ConnectionGone


class Channel(redis_transport.Channel):
    """A channel that says so when it is used after it was closed."""

    def _get_pool(self, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise ConnectionGone("The channel to Redis was closed.")
        return super()._get_pool(asynchronous=asynchronous)  # type: ignore[misc]  # not in the stubs


def install() -> None:
    """Every connection to Redis that kombu makes from now on has such channels."""
    redis_transport.Transport.Channel = Channel
