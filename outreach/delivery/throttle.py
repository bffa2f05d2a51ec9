"""How fast a sender and its account may go: buckets of tokens shared by all workers, in Redis.

Redis only smooths rates (promise 4): without it each process keeps the pace by itself,
and what must never be exceeded (money, messages a day, windows, the pauses that a provider
asked for) stands in PostgreSQL.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import redis.asyncio as redis
from redis.exceptions import RedisError

_LOG = logging.getLogger(__name__)

# GCRA (the leaky bucket as a meter): one number per bucket says when it is full again. Redis's
# own clock, so machines need not agree. KEYS: bucket and pause of each. ARGV: burst in seconds,
# units, then seconds a unit of each (0: no bucket, only its pause). Returns the milliseconds to
# wait; nothing is taken then.
_TAKE = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local wait = 0
local full = {}
for i = 1, #KEYS / 2 do
  wait = math.max(wait, redis.call('PTTL', KEYS[2 * i]) / 1000)
  if tonumber(ARGV[2 + i]) > 0 then
    full[i] = math.max(tonumber(redis.call('GET', KEYS[2 * i - 1]) or now), now)
    wait = math.max(wait, full[i] - now - tonumber(ARGV[1]))
  end
end
if wait > 0 then return math.ceil(wait * 1000) end
for i, full_at in pairs(full) do
  full_at = full_at + tonumber(ARGV[2]) * tonumber(ARGV[2 + i])
  redis.call('SET', KEYS[2 * i - 1], full_at, 'EX', math.ceil(full_at - now) + 60)
end
return 0
"""
_BURST_SECONDS = 1.0
# After a failure nobody asks for so long: a Redis that hangs would cost every chunk a second.
_REST_SECONDS = 2.0
_LONGEST_PAUSE_SECONDS = 30.0


@dataclass(frozen=True)
class Bucket:
    """`name`: `sender:<id>`, `account:<provider>` or `launch:<id>`. `rate_per_second`: None for no
    limit."""

    name: str
    rate_per_second: float | None

    @property
    def seconds_a_unit(self) -> float:
        return 1 / self.rate_per_second if self.rate_per_second else 0.0


class Throttle:
    """One process's view of the buckets. `url`: as REDIS_URL."""

    def __init__(self, url: str) -> None:
        self._redis = connect(url)
        self._script = self._redis.register_script(_TAKE)
        self._local: dict[str, float] = {}
        self._resting_until = 0.0

    async def wait_seconds(self, buckets: Sequence[Bucket], units: int) -> float:
        """Takes `units` from all and returns 0, or takes nothing and returns how long to wait."""
        if time.monotonic() < self._resting_until:
            return self._alone(buckets, units)
        keys = [key for each in buckets for key in (_pace_key(each.name), _pause_key(each.name))]
        rates = [each.seconds_a_unit for each in buckets]
        try:
            return float(await self._script(keys, [_BURST_SECONDS, units, *rates])) / 1000
        except (RedisError, OSError) as error:
            _LOG.info("Redis is away, keeping the pace alone: %s", type(error).__name__)
            self._resting_until = time.monotonic() + _REST_SECONDS
            return self._alone(buckets, units)

    async def pause(self, name: str, seconds: float) -> None:
        """Hastens a pause that stands in PostgreSQL: passes under way see it at their next chunk.

        Kept no longer than a pass lasts, so that a pause which staff lift is soon over here too.
        """
        kept = min(seconds, _LONGEST_PAUSE_SECONDS)
        self._local[_pause_key(name)] = time.monotonic() + kept
        try:
            await self._redis.set(_pause_key(name), 1, px=max(1, int(kept * 1000)))
        except (RedisError, OSError) as error:
            _LOG.info("Redis is away, the claim looks at the pause: %s", type(error).__name__)

    async def close(self) -> None:
        await self._redis.aclose()

    def _alone(self, buckets: Sequence[Bucket], units: int) -> float:
        moment = time.monotonic()
        pauses = [self._local.get(_pause_key(each.name), moment) - moment for each in buckets]
        paced = [each for each in buckets if each.rate_per_second]
        full = {each: max(self._local.get(_pace_key(each.name), moment), moment) for each in paced}
        waits = [full_at - moment - _BURST_SECONDS for full_at in full.values()]
        wait = max(0.0, *pauses, *waits)
        if wait == 0:
            for each, full_at in full.items():
                self._local[_pace_key(each.name)] = full_at + units * each.seconds_a_unit
        return wait


def _pace_key(name: str) -> str:
    return f"outreach:pace:{name}"


def _pause_key(name: str) -> str:
    return f"outreach:pause:{name}"


def connect(url: str) -> redis.Redis:
    """A client for `redis://…` or Celery's `redis+socket:///path?virtual_host=N`."""
    options: dict[str, Any] = {"socket_timeout": 1, "socket_connect_timeout": 1}
    if url.startswith("redis+socket://"):
        path, _, query = url.removeprefix("redis+socket://").partition("?")
        number = query.removeprefix("virtual_host=") or "0"
        return redis.Redis(unix_socket_path=path, db=int(number), **options)
    return redis.Redis.from_url(url, **options)
