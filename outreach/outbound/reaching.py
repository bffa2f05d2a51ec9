"""The request itself, and where it may not go.

An endpoint's address comes from outside, so it must not become a way into our own network: the
address of every connection is judged after its name was resolved, just before it is dialled, so
that a name that changes its mind in between (DNS rebinding) gains nothing. No redirect is
followed, no proxy of the environment is used, nothing of the answer but its status is read.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import aiohttp
from yarl import URL

from outreach.config.environment import Mode, environment
from outreach.core.errors import BadInput

TIMEOUT_SECONDS = 10.0
_LONGEST_URL = 500
# NAT64 (RFC 6052) carries an IPv4 address that would escape the judgement.
_NAT64 = IPv6Network("64:ff9b::/96")
_AddressInfo = tuple[
    int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]
]


@dataclass(frozen=True)
class Answer:
    """`status`: 0 where there was none. `problem`: why it does not count, "" for delivered.
    `asked_seconds`: how long the endpoint asks to wait."""

    status: int
    problem: str = ""
    asked_seconds: float = 0.0


class _Forbidden(OSError):
    """The name leads to an address that we do not call."""


def check_url(url: str) -> str:
    """The address, tidied. Raises BadInput for one that is never called."""
    try:
        parts = URL(url.strip())
        host, port = parts.host, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port or len(url) > _LONGEST_URL:
        raise BadInput("This is no address of a page.", where="url", remedy="https://…")
    if parts.user or parts.password or parts.fragment:
        raise BadInput(
            "The address has a password or a # part.",
            where="url",
            remedy="Check our signature instead; leave the rest out.",
        )
    if parts.scheme != "https" and not (_is_demo() and parts.scheme == "http"):
        raise BadInput("Only https is called.", where="url")
    if _literal_is_forbidden(host):
        raise BadInput(_where_to(), where="url")
    return str(parts)


def may_connect(address: str) -> bool:
    """Whether this IP address is called: of the public internet; in mode demo of this machine."""
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        if found in _NAT64 or found.sixtofour or found.teredo:
            return False
        found = found.ipv4_mapped or found
    return found.is_loopback if _is_demo() else _is_public(found)


async def post(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Sends `body` and says what came back; raises nothing that the other side can cause."""
    # A connection is made for each request: one that was kept would not be judged again.
    connector = aiohttp.TCPConnector(
        socket_factory=_socket, use_dns_cache=False, force_close=True, limit=1
    )
    limits = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(
                connector=connector,
                timeout=limits,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
            ) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            return _judged(answer)
    except TimeoutError:
        return Answer(0, f"no answer within {TIMEOUT_SECONDS:g} seconds")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Answer(0, _words_of(error))


def _judged(answer: aiohttp.ClientResponse) -> Answer:
    if 200 <= answer.status < 300:  # noqa: PLR2004  # the good ones
        return Answer(answer.status)
    if 300 <= answer.status < 400:  # noqa: PLR2004  # redirects
        return Answer(answer.status, f"answered {answer.status}: redirects are not followed")
    asked = answer.headers.get("Retry-After", "")
    seconds = float(asked) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 0.0  # noqa: PLR2004  # digits of a sane wait
    return Answer(answer.status, f"answered {answer.status}", seconds)


def _words_of(error: BaseException) -> str:
    """In plain words; the text of an error may show what stands in our network."""
    causes = [error, *getattr(error, "exceptions", ()), getattr(error, "os_error", None)]
    if any(isinstance(each, _Forbidden) for each in causes):
        return _where_to()
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "nobody knows its name; look whether the address is written rightly"
    if isinstance(error, aiohttp.ClientSSLError):
        return "its certificate is too old, or for another name; those who run it can renew it"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "nobody answers there; look whether the system runs and lets us in from outside"
    return "it broke the connection off; look into the log of that system"


def _socket(info: _AddressInfo) -> socket.socket:
    family, kind, protocol, _, where = info
    if not may_connect(str(where[0])):
        raise _Forbidden("not an address that is called")
    return socket.socket(family, kind, protocol)


def _literal_is_forbidden(host: str) -> bool:
    try:
        return not may_connect(host)
    except ValueError:
        return False  # a name: judged when it is resolved


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_demo() -> bool:
    return environment().mode is Mode.DEMO


def _where_to() -> str:
    if _is_demo():
        return "mode demo calls addresses of this machine only"
    return "its name leads into a private network, which is never called"
