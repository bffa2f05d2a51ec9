"""The aiohttp application: routes, limits, and what is answered.

204: committed. 200: a call, with what its caller hears. 400: signed, but nothing that we can
read. 403: not believed, nothing stored. 413: too large. 503: not stored, come again. A body is
read up to the limit of its route only.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from outreach.config.environment import Environment
from outreach.core.errors import BadInput, BadSignature, Unavailable
from outreach.inbox.store import Row
from outreach.organisation.address_keys import fingerprints
from outreach.providers.twilio.voice import CONTENT_TYPE
from outreach.webhooks import doors
from outreach.webhooks.doors import Keys, Request
from outreach.webhooks.grouped import GroupedStore
from outreach.webhooks.waking import Waker

_KIB = 1024
_MIB = 1024 * _KIB
BODY_SECONDS = 20.0
# Mails of up to 31 MB are held in memory while their files are dropped.
MAILS_AT_ONCE = 4

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Door:
    """`read`: verifies and parses. `secret_first`: the address proves the sender before the
    body is read. `prepare`: what `read` needs from elsewhere to verify."""

    path: str
    read: Callable[[Request, Keys], list[Row]]
    most_bytes: int
    secret_first: bool = False
    prepare: Callable[[Request, Keys], Awaitable[None]] | None = None


DOORS = (
    Door("/webhooks/twilio/status/{last}", doors.twilio_status, 64 * _KIB),
    Door("/webhooks/twilio/inbound", doors.twilio_inbound, 256 * _KIB),
    Door("/webhooks/sendgrid/events", doors.sendgrid_events, 4 * _MIB),
    Door("/webhooks/sendgrid/inbound/{last}", doors.sendgrid_inbound, 31 * _MIB, True),
    Door("/webhooks/vonage/status/{last}", doors.vonage_status, 64 * _KIB),
    Door("/webhooks/vonage/inbound", doors.vonage_inbound, 256 * _KIB),
    Door("/webhooks/ses/events", doors.ses_events, 512 * _KIB, prepare=doors.prepare_ses),
)

VOICE_PATH = "/webhooks/twilio/voice"
_VOICE_BYTES = 64 * _KIB


def build_app(env: Environment, dsn: str) -> web.Application:
    """The application. `dsn`: libpq connection string, role work."""
    app = web.Application()
    waker = Waker()
    store = GroupedStore(dsn, waker.stored, fingerprints(env.address_keys))
    keys = Keys.from_environment(env)
    mails = asyncio.Semaphore(MAILS_AT_ONCE)
    for door in DOORS:
        app.router.add_post(door.path, _handler(door, store, keys, mails))
    app.router.add_post(VOICE_PATH, _voice(keys))
    app.router.add_get("/healthz", _health(store))

    async def run_workers(_app: web.Application) -> AsyncIterator[None]:
        store.start()
        waker.start()
        yield
        await store.stop()
        await waker.stop()

    app.cleanup_ctx.append(run_workers)
    app.on_response_prepare.append(_harden)
    return app


async def _harden(_request: web.BaseRequest, answer: web.StreamResponse) -> None:
    """Nothing here is a page: no browser shall make one of it, and nobody learns our versions."""
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    answer.headers.pop("Server", None)


def _handler(door: Door, store: GroupedStore, keys: Keys, mails: asyncio.Semaphore) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            if not door.secret_first:
                asked = await _read(request, door.most_bytes)
                if door.prepare is not None:
                    await door.prepare(asked, keys)
                rows = door.read(asked, keys)
            else:
                doors.check_secret(request.match_info["last"], keys)
                async with mails:
                    asked = await _read(request, door.most_bytes)
                    # Seconds of parsing must not hold up the receipts.
                    rows = await asyncio.to_thread(door.read, asked, keys)
            if rows:
                await store.put(rows)
        except BadSignature:
            return web.Response(status=403)
        except BadInput:
            return web.Response(status=400)
        except Unavailable:
            return web.Response(status=503, headers={"Retry-After": "5"})
        return web.Response(status=204)

    return handle


def _voice(keys: Keys) -> Handler:
    """A call is answered at once and stores nothing."""

    async def handle(request: web.Request) -> web.Response:
        try:
            said = doors.twilio_voice(await _read(request, _VOICE_BYTES), keys)
        except BadSignature:
            return web.Response(status=403)
        return web.Response(text=said, content_type=CONTENT_TYPE)

    return handle


def _health(store: GroupedStore) -> Handler:
    async def health(_request: web.Request) -> web.Response:
        try:
            await store.put([])
        except Unavailable:
            return web.Response(status=503, text="The database does not answer.\n")
        return web.Response(text="ok\n")

    return health


async def _read(request: web.Request, most_bytes: int) -> Request:
    return Request(
        path=request.raw_path,
        headers=request.headers,
        content_type=request.headers.get("Content-Type", ""),
        body=await _body(request, most_bytes),
        last_part=request.match_info.get("last", ""),
    )


async def _body(request: web.Request, most_bytes: int) -> bytes:
    """The raw body, up to `most_bytes`. Raises HTTPRequestEntityTooLarge, HTTPRequestTimeout."""
    if (request.content_length or 0) > most_bytes:
        raise web.HTTPRequestEntityTooLarge(most_bytes, request.content_length or 0)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > most_bytes:
                    raise web.HTTPRequestEntityTooLarge(most_bytes, len(body))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)
