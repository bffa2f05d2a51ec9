"""Where the sandbox posts to in the tests of providers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Doors:
    """Where the sandbox posts to: (path, headers, body) of each request."""

    url: str = ""
    posts: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.posts.append((request.path, headers, await request.read()))
        return web.Response(status=204)

    async def posted(self, path: str, count: int) -> list[tuple[str, dict[str, str], bytes]]:
        async with asyncio.timeout(15):
            while len(found := [post for post in self.posts if post[0] == path]) < count:
                await asyncio.sleep(0.01)
        return found
