"""SendGrid's error answers. Source: OpenAPI file tsg_mail_v3, schema ErrorResponse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True)
class FieldError:
    """`field`: the path as SendGrid writes it, `personalizations.3.to.0.email`; None for none."""

    message: str
    field: str | None = None


def error_response(status: int, errors: Sequence[FieldError]) -> web.Response:
    body = {"errors": [{"message": error.message, "field": error.field} for error in errors]}
    return web.json_response(body, status=status)


UNAUTHORISED = FieldError("authorization required")
TOO_LARGE = FieldError("Payload too large")
TOO_MANY = FieldError("too many requests")
NOT_JSON = FieldError("Bad Request")
NOT_JSON_TYPE = FieldError("Content-Type should be application/json.")
SERVER_ERROR = FieldError("internal server error")
