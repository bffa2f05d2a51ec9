"""The HTTP server: routes, the two ports, starting and stopping.

The main port has everything. The API port has the same application and can be closed
by the fault `refused`, so that a client really meets a refused connection while the
control API goes on answering.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import ValidationError

from outreach.core.errors import BadInput, NotFound, NotNow, OutreachError
from outreach.sandbox import control_api, views
from outreach.sandbox.config import SandboxConfig
from outreach.sandbox.control_api import API_DOOR, ApiDoor
from outreach.sandbox.posting import is_loopback
from outreach.sandbox.rendering import error_page
from outreach.sandbox.sendgrid import routes as sendgrid
from outreach.sandbox.ses import routes as ses
from outreach.sandbox.twilio import routes as twilio
from outreach.sandbox.vonage import routes as vonage
from outreach.sandbox.world import WORLD, World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_PROVIDERS = ("/2010-04-01/", "/v3/", "/v1/messages", "/v2/", "/sns")


@dataclass(frozen=True)
class RunningSandbox:
    """`url`: pages, control API and both provider APIs. `api_url`: the port that can be closed."""

    world: World
    url: str
    api_url: str
    _runner: web.AppRunner

    async def stop(self) -> None:
        await self.world.schedule.stop()
        await self.world.poster.stop()
        await self._runner.cleanup()


async def start_sandbox(config: SandboxConfig) -> RunningSandbox:
    """Starts a sandbox in this event loop. Raises BadInput for a host or port it may not take."""
    if not is_loopback(config.host) and not config.allow_other_machines:
        raise BadInput(
            f"The sandbox has no sign-in and would be open to everybody who reaches {config.host}.",
            remedy="Leave the host at 127.0.0.1, or say --allow-other-machines.",
        )
    world = World.new(config)
    runner = web.AppRunner(build_app(world), access_log=None, handle_signals=False)
    await runner.setup()
    door = _RealDoor(runner, config.host, config.api_port)
    port = config.port
    try:
        main = await _listen(runner, config.host, port)
        port = config.api_port
        await door.open()
    except OSError as error:
        await runner.cleanup()
        raise BadInput(
            f"Port {port} on {config.host} cannot be used: {error.strerror or error}.",
            remedy="Stop what uses it, or choose another with --port and --api-port.",
        ) from error
    runner.app[API_DOOR].append(door)
    world.schedule.start()
    await world.poster.start()
    return RunningSandbox(world, _url(config.host, main), door.url, runner)


def build_app(world: World) -> web.Application:
    app = web.Application(middlewares=[_guard], client_max_size=sendgrid.LARGEST_BODY_BYTES)
    app[WORLD] = world
    app[API_DOOR] = []
    app.add_routes(twilio.routes())
    app.add_routes(sendgrid.routes())
    app.add_routes(vonage.routes())
    app.add_routes(ses.routes())
    app.add_routes(control_api.routes())
    app.add_routes(views.routes())
    return app


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keeps other sites out of the pages and the control API, and turns our errors into answers."""
    if request.path.startswith(_PROVIDERS):
        return await handler(request)
    if refusal := _foreign(request):
        raise web.HTTPForbidden(text=refusal)
    try:
        return await handler(request)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return _answer(request, BadInput(first["msg"], where=place))
    except OutreachError as error:
        return _answer(request, error)


def _foreign(request: web.Request) -> str:
    """Why this request comes from a place that has no business here; "" when it may pass.

    The sandbox has no sign-in, so a web page elsewhere must neither post to it nor
    reach it through a name of its own (DNS rebinding).
    """
    config = request.app[WORLD].config
    host = urlsplit(f"//{request.host}").hostname or ""
    if not config.allow_other_machines and not is_loopback(host):
        return "The sandbox answers on this machine's own name only."
    origin = request.headers.get("Origin")
    if request.method != "GET" and origin and urlsplit(origin).netloc != request.host:
        return "This form was sent by another site."
    return ""


def _answer(request: web.Request, error: OutreachError) -> web.Response:
    status = {NotFound: 404, NotNow: 409}.get(type(error), 400)
    if request.path.startswith("/sandbox/"):
        body = {"code": error.code, "message": str(error)}
        return web.json_response(body, status=status)
    return error_page(error, status)


class _RealDoor(ApiDoor):
    """A listening socket that can be closed and opened again on the same port."""

    def __init__(self, runner: web.AppRunner, host: str, port: int) -> None:
        self._runner, self._host, self._port = runner, host, port
        self._site: web.TCPSite | None = None

    async def open(self) -> None:
        if self._site is None:
            self._site = web.TCPSite(self._runner, self._host, self._port, reuse_address=True)
            await self._site.start()
            self._port = _port_of(self._site)
            self.url = _url(self._host, self._port)

    async def close(self) -> None:
        """Stops listening and ends kept connections, else a pooled client would notice nothing."""
        if self._site is None:
            return
        await self._site.stop()
        self._site = None
        for connection in self._runner.server.connections if self._runner.server else ():
            transport = connection.transport
            if transport and transport.get_extra_info("sockname")[1] == self._port:
                transport.abort()


async def _listen(runner: web.AppRunner, host: str, port: int) -> int:
    site = web.TCPSite(runner, host, port, reuse_address=True)
    await site.start()
    return _port_of(site)


def _port_of(site: web.TCPSite) -> int:
    server = site._server
    sockets: list[socket.socket] = list(getattr(server, "sockets", ()))
    return int(sockets[0].getsockname()[1])


def _url(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
