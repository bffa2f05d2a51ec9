"""Posting to the product: a schedule of what is due, and each provider's habit of retrying.

Refuses hosts that are not loopback and were not named at the start: nothing a
campaign contains can make the sandbox call the world.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import heapq
import ipaddress
import itertools
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

import aiohttp

from outreach.core import clock
from outreach.core.channels import Channel

_log = logging.getLogger(__name__)
_WORKERS = 64
Job = Callable[[], Awaitable[None]]


class Failure(StrEnum):
    """Why a callback did not arrive; the values are Twilio's words for its retry policy."""

    CONNECT = "ct"
    READ_TIMEOUT = "rt"
    CLIENT_ERROR = "4xx"
    SERVER_ERROR = "5xx"
    REDIRECT = "3xx"


@dataclass(frozen=True)
class RetryPolicy:
    """`retries`: after the first try. `total_seconds`: from the first try to the last."""

    retries: int
    on: frozenset[Failure]
    total_seconds: float
    connect_seconds: float = 5.0
    read_seconds: float = 15.0


@dataclass(frozen=True)
class Posting:
    """One request to the product. `url` carries no fragment."""

    channel: Channel
    url: str
    body: bytes
    headers: Mapping[str, str]
    retry: RetryPolicy


class Schedule:
    """Runs jobs when they are due, at most `_WORKERS` at a time.

    One heap of plain tuples and one timer: a timer of the event loop for each of a
    hundred thousand waiting callbacks compares in Python and costs several times more.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Job]] = []
        self._number = itertools.count()
        self._ready: asyncio.Queue[Job] = asyncio.Queue()
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._running = 0
        self._open = False

    @property
    def pending(self) -> int:
        return len(self._heap) + self._ready.qsize() + self._running

    def after(self, seconds: float, job: Job) -> None:
        due = clock.monotonic() + max(0.0, seconds)
        heapq.heappush(self._heap, (due, next(self._number), job))
        if self._heap[0][0] == due:
            self._changed.set()

    def clear(self) -> None:
        self._heap.clear()
        while not self._ready.empty():
            self._ready.get_nowait()

    def start(self) -> None:
        self._open = True
        self._tasks = [asyncio.create_task(self._work()) for _ in range(_WORKERS)]
        self._tasks.append(asyncio.create_task(self._pump()))

    async def stop(self) -> None:
        self._open = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pump(self) -> None:
        while self._open:
            self._changed.clear()
            now = clock.monotonic()
            while self._heap and self._heap[0][0] <= now:
                self._ready.put_nowait(heapq.heappop(self._heap)[2])
            wait = self._heap[0][0] - now if self._heap else None
            # Not wait_for: on Python 3.11 it swallows a cancellation that meets a result.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._changed.wait()

    async def _work(self) -> None:
        while self._open:
            job = await self._ready.get()
            self._running += 1
            try:
                await job()
            except Exception:  # the top of a worker: one bad job must not silence the others
                _log.exception("a scheduled job of the sandbox failed")
            finally:
                self._running -= 1


class Poster:
    """Posts callbacks, holds them back on demand, retries as the provider would."""

    def __init__(self, schedule: Schedule, allowed_hosts: frozenset[str]) -> None:
        self._schedule = schedule
        self._allowed_hosts = allowed_hosts
        self._session: aiohttp.ClientSession | None = None
        self._held: list[Posting] = []
        self.holding: set[Channel] = set()
        self.retry_base_seconds = 0.5
        self.counts: Counter[str] = Counter()
        self.last_failure = ""

    @property
    def held(self) -> int:
        return len(self._held)

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_WORKERS, keepalive_timeout=4),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()

    def clear(self) -> None:
        self._held.clear()
        self.holding.clear()
        self.counts.clear()
        self.last_failure = ""

    def release(self, channel: Channel | None = None) -> int:
        """Lets go of what was held, in its order; returns how many."""
        going: list[Posting] = []
        staying: list[Posting] = []
        for posting in self._held:
            (going if channel in (None, posting.channel) else staying).append(posting)
        self._held = staying
        self.holding -= {channel} if channel else set(Channel)
        for posting in going:
            self._schedule.after(0, functools.partial(self.post, posting))
        return len(going)

    async def post(self, posting: Posting) -> None:
        """Tries once; what fails is tried again later by the posting's policy."""
        if posting.channel in self.holding:
            self._held.append(posting)
            return
        await self._try(posting, 0, clock.monotonic())

    async def post_once(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """One POST as a mail program does it: no retry, no redirect. Returns the status.

        Raises OSError or aiohttp.ClientError when nobody answers, ValueError for a host that
        the sandbox may not call.
        """
        self._refuse_foreign(url)
        return await self._send(url, body, headers, aiohttp.ClientTimeout(total=15))

    async def _try(self, posting: Posting, attempt: int, began: float) -> None:
        failure = await self._attempt(posting)
        if failure is None:
            return
        policy = posting.retry
        pause = self.retry_base_seconds * 2**attempt * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing
        late = clock.monotonic() + pause - began > policy.total_seconds
        if failure not in policy.on or attempt >= policy.retries or late:
            self.counts["given_up"] += 1
            return
        self.counts["retried"] += 1
        self._schedule.after(pause, lambda: self._try(posting, attempt + 1, began))

    async def _attempt(self, posting: Posting) -> Failure | None:
        policy = posting.retry
        timeout = aiohttp.ClientTimeout(
            total=policy.read_seconds, sock_connect=policy.connect_seconds
        )
        self.counts["posted"] += 1
        try:
            self._refuse_foreign(posting.url)
            status = await self._send(posting.url, posting.body, posting.headers, timeout)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return self._note(Failure.CONNECT, str(error))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return self._note(Failure.READ_TIMEOUT, repr(error))
        except ValueError as error:
            return self._note(Failure.CONNECT, str(error))
        if status < 300:  # noqa: PLR2004 - HTTP's own classes
            self.counts["answered"] += 1
            return None
        return self._note(_CLASS[min(status // 100, 5)], f"answered {status}")

    async def _send(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout: aiohttp.ClientTimeout
    ) -> int:
        if self._session is None:
            raise OSError("the sandbox is not running")
        async with self._session.post(
            url, data=body, headers=headers, timeout=timeout, allow_redirects=False
        ) as answer:
            await answer.read()
            return answer.status

    def _note(self, failure: Failure, why: str) -> Failure:
        self.counts[f"failed_{failure.value}"] += 1
        self.last_failure = why
        return failure

    def _refuse_foreign(self, url: str) -> None:
        host = urlsplit(url).hostname or ""
        if not is_loopback(host) and host not in self._allowed_hosts:
            raise ValueError(
                f"The sandbox may not call {host!r}; start it with --callback-host to allow it."
            )


_CLASS = {
    3: Failure.REDIRECT,
    4: Failure.CLIENT_ERROR,
    5: Failure.SERVER_ERROR,
}


def is_loopback(host: str) -> bool:
    """True for `localhost` and addresses of this machine alone; names are not looked up."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
