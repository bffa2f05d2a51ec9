"""The other side of the wire for provider tests: raw loopback servers that misbehave on cue.

They speak HTTP and SMTP by hand, because a web framework will not reset a connection in the
middle of an answer.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class SeenRequest:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answerer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def replies(status: int, body: str = "", headers: Mapping[str, str] | None = None) -> Answerer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(_head(status, len(body.encode()), headers) + body.encode())
        await writer.drain()

    return answer


def _head(status: int, length: int, headers: Mapping[str, str] | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {length}"]
    lines += ["Content-Type: application/json", *(f"{k}: {v}" for k, v in (headers or {}).items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def resets(writer: asyncio.StreamWriter) -> None:
    """Ends the connection with a TCP reset."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    writer.transport.abort()


async def hangs_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def breaks_off(writer: asyncio.StreamWriter) -> None:
    """A good status, then half a body, then nothing."""
    writer.write(_head(201, 1000) + b'{"sid": "SM1')
    await writer.drain()
    writer.close()


async def says_nothing(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def dribbles(writer: asyncio.StreamWriter) -> None:
    """A body that never ends, each byte within any read timeout."""
    writer.write(_head(201, 1_000_000))
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


@dataclass
class HttpPeer:
    """Answers each request with the next of `script`, the last one for ever."""

    script: list[Answerer]
    reset_on_connect: bool = False
    requests: list[SeenRequest] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.reset_on_connect:
            await resets(writer)
            return
        try:
            while (request := await _read_request(reader)) is not None:
                self.requests.append(request)
                answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                await answer(writer)
        except ConnectionError:
            pass
        finally:
            writer.close()


async def _read_request(reader: asyncio.StreamReader) -> SeenRequest | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, path, _ = head[0].split(" ")
    headers = dict(line.split(": ", 1) for line in head[1:] if line)
    body = await reader.readexactly(int(headers.get("Content-Length", 0)))
    return SeenRequest(method, path, headers, body)


@asynccontextmanager
async def http_peer(*script: Answerer, reset_on_connect: bool = False) -> AsyncIterator[HttpPeer]:
    peer = HttpPeer(list(script), reset_on_connect)
    async with _listening(peer.handle) as port:
        peer.port = port
        yield peer


@asynccontextmanager
async def _listening(
    handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    open_tasks: set[asyncio.Task[object]] = set()

    async def tracked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_tasks.add(task)
        try:
            await handle(reader, writer)
        except asyncio.CancelledError:
            writer.close()
        finally:
            open_tasks.discard(task)

    server = await asyncio.start_server(tracked, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(open_tasks):
            task.cancel()
        await asyncio.gather(*open_tasks, return_exceptions=True)


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class SmtpPeer:
    """A mail server that keeps what it accepts.

    `replies`: command ("MAIL", "RCPT", "DATA", "." …) -> the reply to give instead of the
    usual one; a value of "" hangs up, of "-" says nothing. `rejected`: address -> reply to
    its RCPT. `most_connections`: more are greeted with 421.
    """

    replies: dict[str, str] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)
    extensions: tuple[str, ...] = ()
    most_connections: int = 100
    messages: list[tuple[str, str, bytes]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _open: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def hang_up_all(self) -> None:
        for writer in self.writers:
            writer.close()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open += 1
        self.writers.append(writer)
        try:
            if self._open > self.most_connections:
                writer.write(b"421 4.7.0 too many connections\r\n")
                return
            writer.write(b"220 peer ready\r\n")
            await self._converse(reader, writer)
        except ConnectionError:
            pass
        finally:
            self._open -= 1
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        envelope = {"MAIL": "", "RCPT": ""}
        while line := (await reader.readline()).decode():
            verb = line.split(" ")[0].strip().upper()
            self.commands.append(line.strip())
            if verb in envelope:
                envelope[verb] = line[line.index("<") + 1 : line.index(">")]
            reply = self._reply(verb, envelope["RCPT"])
            if not await _write(writer, reply) or verb == "QUIT":
                return
            if verb == "DATA" and reply.startswith("354"):
                content = await reader.readuntil(b"\r\n.\r\n")
                if not await _write(writer, self._take(*envelope.values(), content[:-5])):
                    return

    def _take(self, sender: str, recipient: str, content: bytes) -> str:
        reply = self.replies.get(".", "250 2.0.0 taken")
        if reply.startswith("250"):
            self.messages.append((sender, recipient, content))
        return reply

    def _reply(self, verb: str, recipient: str) -> str:
        if verb == "RCPT" and recipient in self.rejected:
            return self.rejected[recipient]
        if verb == "EHLO" and "EHLO" not in self.replies:
            lines = ["peer", *self.extensions]
            return "\r\n".join(
                f"250{' ' if last else '-'}{text}"
                for text, last in ((t, t is lines[-1]) for t in lines)
            )
        usual = {"DATA": "354 go on", "QUIT": "221 bye"}.get(verb, "250 2.0.0 ok")
        return self.replies.get(verb, usual)


async def _write(writer: asyncio.StreamWriter, reply: str) -> bool:
    """False when the conversation is over."""
    if reply == "-":
        await says_nothing(writer)
    if not reply:
        return False
    writer.write(f"{reply}\r\n".encode())
    await writer.drain()
    return not reply.startswith("421")


@asynccontextmanager
async def smtp_peer(
    tls: ssl.SSLContext | None = None, **settings: object
) -> AsyncIterator[SmtpPeer]:
    peer = SmtpPeer(**settings)  # type: ignore[arg-type]  # named at each call
    async with _listening(peer.handle, tls) as port:
        peer.port = port
        yield peer
