"""Vonage's error answers (RFC 7807). Source: developer.vonage.com/api-errors."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from aiohttp import web

_ERRORS = "https://developer.vonage.com/api-errors"


@dataclass(frozen=True)
class Problem:
    """`kind`: what follows the errors' address, such as "messages#1120"."""

    status: int
    kind: str
    title: str
    detail: str = ""

    def response(self) -> web.Response:
        return web.json_response(self.as_json(), status=self.status)

    def as_json(self) -> dict[str, str]:
        separator = "" if self.kind.startswith("#") else "/"
        return {
            "type": f"{_ERRORS}{separator}{self.kind}",
            "title": self.title,
            "detail": self.detail or self.title,
            "instance": secrets.token_hex(16),
        }


def of_code(code: int, title: str, status: int = 422) -> Problem:
    return Problem(status, f"messages#{code}", title)


UNAUTHORISED = Problem(401, "#unauthorized", "Unauthorized")
NOT_FOUND = Problem(404, "#not-found", "Not Found")
THROTTLED = of_code(1000, "Throttled", 429)
INTERNAL = of_code(1030, "Internal error", 500)
