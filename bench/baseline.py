"""The loops that the lanes are compared with: no ledger, no consent, no database.

`python -m bench.baseline sdk|aiohttp|email URL MESSAGES CONCURRENCY` posts that many and ends.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

import aiohttp

from outreach.providers.port import OutboundSms
from outreach.providers.twilio import client as twilio
from outreach.providers.twilio.account import TwilioAccount

_ACCOUNT = "AC" + "a" * 32
_BODY = "School 1: Online safety tip. Emergency 999. Help: Childline 0800 1111 Stop: reply STOP"
_CALLBACK = (
    "http://127.0.0.1:8001/webhooks/twilio/status/"
    "hqmpbfxcfeew4622dugjfsqxhlbmmf54sqn4mjfc72ha#rc=5&rp=all"
)
_FROM = "+447700900999"

Post = Callable[[int], Awaitable[object]]


async def _loop(post: Post, messages: int, concurrency: int) -> None:
    numbers = iter(range(messages))

    async def one() -> None:
        for number in numbers:
            await post(number)

    await asyncio.gather(*(one() for _ in range(concurrency)))


async def sdk_loop(url: str, messages: int, concurrency: int) -> None:
    """The same SDK and transport as the product's."""
    adapter = twilio.TwilioSms(TwilioAccount(_ACCOUNT, "t" * 32, url))
    await _loop(lambda n: adapter.send(_message(n)), messages, concurrency)
    await adapter.close()


async def aiohttp_loop(url: str, messages: int, concurrency: int) -> None:
    """A bare client that posts the same bytes."""
    address = f"{url}/2010-04-01/Accounts/{_ACCOUNT}/Messages.json"
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": aiohttp.encode_basic_auth(_ACCOUNT, "t" * 32),
    }
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def post(number: int) -> None:
            async with session.post(address, data=_bytes(number)) as answer:
                await answer.read()

        await _loop(post, messages, concurrency)


def _message(number: int) -> OutboundSms:
    return OutboundSms(f"+4474{number:08d}", _FROM, _BODY, _CALLBACK, 36_000)


def _bytes(number: int) -> bytes:
    message = _message(number)
    return urlencode(
        {
            "To": message.to,
            "StatusCallback": message.status_callback,
            "ValidityPeriod": message.validity_seconds,
            "From": message.sender,
            "Body": message.body,
        }
    ).encode()


LOOPS = {"sdk": sdk_loop, "aiohttp": aiohttp_loop}

if __name__ == "__main__":
    kind, target, count, at_once = sys.argv[1:]
    asyncio.run(LOOPS[kind](target, int(count), int(at_once)))
