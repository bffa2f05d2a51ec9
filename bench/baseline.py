"""The loops that the lanes are compared with: no ledger, no consent, no database.

`python -m bench.baseline sdk|aiohttp URL MESSAGES CONCURRENCY` says "ready", waits for a line, so
that several start together, posts that many and prints its seconds; so does
`… smtp PORT MESSAGES CONNECTIONS`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

import aiohttp
from aiosmtplib import SMTP

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
_MAIL_FROM = "hello@outreach.test"
# As long as a message of the lane.
_MAIL = (
    b"From: School 1 <hello@outreach.test>\r\nTo: parent@example.org\r\nSubject: Hello\r\n\r\n"
    + b"Online blackmail can happen to any child. Talk early, stay calm, tell them.\r\n" * 105
)

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


async def smtp_loop(port: str, messages: int, connections: int) -> None:
    """A bare client that sends the same message over kept connections."""
    numbers = iter(range(messages))
    clients = [SMTP(hostname="127.0.0.1", port=int(port)) for _ in range(connections)]
    for client in clients:
        await client.connect()

    async def send(client: SMTP) -> None:
        for number in numbers:
            await client.sendmail(_MAIL_FROM, [f"parent{number}@example.org"], _MAIL)

    await asyncio.gather(*(send(client) for client in clients))
    for client in clients:
        await client.quit()


LOOPS = {"sdk": sdk_loop, "aiohttp": aiohttp_loop, "smtp": smtp_loop}


def main(kind: str, target: str, messages: int, concurrency: int) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    begun_at = time.monotonic()
    asyncio.run(LOOPS[kind](target, messages, concurrency))
    print(time.monotonic() - begun_at)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
