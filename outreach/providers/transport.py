"""One HTTP request to a provider, and what is certain when it fails.

Owns the pooled connections, the timeouts and the line between "not a byte left"
(ProviderBusy) and "writing had begun" (OutcomeUnknown). Refuses to retry: a POST goes out
at most once. aiohttp itself repeats only idempotent methods on a stale connection
(`IDEMPOTENT_METHODS` in aiohttp/client.py, RFC 9112 section 9.3.1).
"""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address

import aiohttp
from yarl import URL

from outreach.core.errors import OutcomeUnknown, ProviderBusy

# A claimed chunk must start within two seconds or be given back (promise 7); the limit
# covers the wait for a free connection as well as making one.
CONNECT_SECONDS = 2.0
READ_SECONDS = 20.0
TOTAL_SECONDS = 30.0
# Two chunks are under way at once, each with at most 64 calls; a call that had to wait for a
# connection would wait after its claim (promise 7).
CONNECTIONS_PER_HOST = 128
# Load balancers commonly close idle connections after 60 seconds. A shorter time of ours
# means that we close first, and an idle close never looks like a lost answer.
KEEP_ALIVE_SECONDS = 15.0
DNS_SECONDS = 60
# Reset values above this are a Unix time, below it a number of seconds.
_SMALLEST_UNIX_TIME = 1_000_000_000
_ONE_PIECE_BYTES = 1_048_576
_NOTHING_DONE = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


@dataclass(frozen=True)
class Answer:
    """A whole response. `headers` compare case-insensitively."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def succeeded(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class Transport:
    """Connections to one provider.

    Bound to the event loop of its first request; `close` it there. Proxies, cookies and
    .netrc of the environment are not used, so that a demo reaches only its own sandbox.
    """

    def __init__(
        self,
        base_url: str,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        """`base_url`: scheme, host and perhaps a path. Raises ValueError for anything else."""
        url = URL(base_url)
        if url.scheme not in {"http", "https"} or not url.host:
            raise ValueError(f"{base_url!r} is not a base URL, write it like https://host")
        self._base = base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(
            total=total_seconds, connect=connect_seconds, sock_read=read_seconds
        )
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Sends `path` (from its first slash, encoded, query included) and reads the answer.

        Raises ProviderBusy when not a byte left, OutcomeUnknown for any later failure.
        """
        url = URL(self._base + path, encoded=True)
        try:
            return await self._exchange(method, url, headers, body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise ProviderBusy(
                "The provider could not be reached.", provider_code=type(error).__name__
            ) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise OutcomeUnknown(
                "The connection failed before the provider's answer was complete.",
                provider_code=type(error).__name__,
            ) from error

    async def _exchange(
        self, method: str, url: URL, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        async with self._open().request(
            method, url, data=_as_stream(body), headers=headers, allow_redirects=False
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=CONNECTIONS_PER_HOST,
                limit_per_host=CONNECTIONS_PER_HOST,
                keepalive_timeout=KEEP_ALIVE_SECONDS,
                ttl_dns_cache=DNS_SECONDS,
            )
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def is_loopback(url: str) -> bool:
    """Whether `url` names this machine by address, or as localhost.

    Read by the same library that the transport dials with, so that both see one host.
    """
    try:
        host = URL(url).host or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _as_stream(body: bytes | None) -> bytes | io.BytesIO | None:
    """aiohttp writes bytes in one piece and warns above 1 MiB, a stream in chunks."""
    return io.BytesIO(body) if body and len(body) > _ONE_PIECE_BYTES else body


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """What the provider asked us to wait, None when it did not say or said nonsense.

    `Retry-After` is seconds or an HTTP date (RFC 9110 section 10.2.3); `X-RateLimit-Reset`
    a Unix time (SendGrid, "Rate limits").
    """
    asked = _from_retry_after(headers.get("Retry-After", "").strip())
    if asked is None:
        asked = _from_reset(headers.get("X-RateLimit-Reset", "").strip())
    return None if asked is None else max(0.0, asked)


def _from_retry_after(text: str) -> float | None:
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None


def _from_reset(text: str) -> float | None:
    if not (text.isascii() and text.isdigit()):
        return None
    value = float(text)
    return value - time.time() if value >= _SMALLEST_UNIX_TIME else value


def error_for_status(answer: Answer) -> ProviderBusy | OutcomeUnknown | None:
    """The outcome that follows from the status alone; None for a 4xx, a refusal to be read.

    429 and 503 say that nothing was done. A redirect, a 408, any other 5xx or a 2xx that
    nobody expected leaves open whether the request was carried out.
    """
    code = str(answer.status)
    if answer.status in _NOTHING_DONE:
        return ProviderBusy(
            "The provider asks us to come back later.",
            provider_code=code,
            retry_after_seconds=retry_after_seconds(answer.headers),
        )
    refused = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
    if refused and answer.status != HTTPStatus.REQUEST_TIMEOUT:
        return None
    return OutcomeUnknown(
        f"The provider answered {code}, which does not say whether it took the message.",
        provider_code=code,
    )
