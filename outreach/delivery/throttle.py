"""How fast a sender may go: a bucket of tokens shared by all workers, in Redis.

Redis only smooths rates (promise 4): without it each process keeps the pace by itself,
and what must never be exceeded (money, windows) is counted in PostgreSQL.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import redis.asyncio as redis
from redis.exceptions import RedisError

_LOG = logging.getLogger(__name__)

# GCRA (the leaky bucket as a meter): one number per sender says when its bucket is full
# again. Redis's own clock, so machines need not agree. KEYS: bucket, pause. ARGV: seconds a
# unit, units, burst in seconds. Returns the milliseconds to wait; nothing is taken then.
_TAKE = """
local paused = redis.call('PTTL', KEYS[2])
if paused > 0 then return paused end
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
if full_at < now then full_at = now end
local wait = full_at - now - tonumber(ARGV[3])
if wait > 0 then return math.ceil(wait * 1000) end
full_at = full_at + tonumber(ARGV[1]) * tonumber(ARGV[2])
redis.call('SET', KEYS[1], full_at, 'EX', math.ceil(full_at - now) + 60)
return 0
"""
_BURST_SECONDS = 1.0


class Throttle:
    """One process's view of the buckets. `url`: as REDIS_URL."""

    def __init__(self, url: str) -> None:
        self._redis = connect(url)
        self._script = self._redis.register_script(_TAKE)
        self._local: dict[int, float] = {}

    async def wait_seconds(self, sender_id: int, rate_per_second: float, units: int) -> float:
        """Takes `units` and returns 0, or takes nothing and returns how long to wait."""
        keys = [f"outreach:pace:{sender_id}", f"outreach:pause:{sender_id}"]
        try:
            wait = await self._script(keys, [1 / rate_per_second, units, _BURST_SECONDS])
            return float(wait) / 1000
        except (RedisError, OSError) as error:
            _LOG.info("Redis is away, keeping the pace alone: %s", type(error).__name__)
            return self._alone(sender_id, rate_per_second, units)

    async def pause(self, sender_id: int, seconds: float) -> None:
        """Nobody sends from this sender before `seconds` have passed: the provider is busy."""
        try:
            key = f"outreach:pause:{sender_id}"
            await self._redis.set(key, 1, px=max(1, int(seconds * 1000)))
        except (RedisError, OSError) as error:
            _LOG.info("Redis is away, the pause holds here only: %s", type(error).__name__)
            self._local[sender_id] = time.monotonic() + seconds

    async def close(self) -> None:
        await self._redis.aclose()

    def _alone(self, sender_id: int, rate_per_second: float, units: int) -> float:
        moment = time.monotonic()
        full_at = max(self._local.get(sender_id, moment), moment)
        wait = full_at - moment - _BURST_SECONDS
        if wait > 0:
            return wait
        self._local[sender_id] = full_at + units / rate_per_second
        return 0.0


def connect(url: str) -> redis.Redis:
    """A client for `redis://…` or Celery's `redis+socket:///path?virtual_host=N`."""
    options: dict[str, Any] = {"socket_timeout": 1, "socket_connect_timeout": 1}
    if url.startswith("redis+socket://"):
        path, _, query = url.removeprefix("redis+socket://").partition("?")
        number = query.removeprefix("virtual_host=") or "0"
        return redis.Redis(unix_socket_path=path, db=int(number), **options)
    return redis.Redis.from_url(url, **options)
