"""What every SendGrid door does first: the key, and a fault that was asked for."""

from __future__ import annotations

import hmac

from aiohttp import web

from outreach.core import clock
from outreach.sandbox.faults import STATUS_OF, Fault, FaultKind, act_out
from outreach.sandbox.sendgrid import answers
from outreach.sandbox.sendgrid.answers import error_response
from outreach.sandbox.world import World


def authorised(world: World, request: web.Request) -> bool:
    """Whether the request carries the key of this sandbox."""
    known = f"Bearer {world.config.sendgrid_api_key}"
    given = request.headers.get("Authorization", "")
    return hmac.compare_digest(given.encode(), known.encode())


async def fault_answer(fault: Fault, request: web.Request) -> web.Response | None:
    """Plays a fault; None means: go on as if nothing had been."""
    status = STATUS_OF.get(fault.kind)
    if status is None:
        return await act_out(fault, request)
    if fault.kind is not FaultKind.HTTP_429:
        return error_response(status, [answers.SERVER_ERROR])
    answer = error_response(status, [answers.TOO_MANY])
    # Source: SendGrid, "Rate limits": the three headers, Reset in Unix seconds.
    reset_at = int(clock.SystemClock().now().timestamp()) + fault.retry_after_seconds
    answer.headers["X-RateLimit-Limit"] = "600"
    answer.headers["X-RateLimit-Remaining"] = "0"
    answer.headers["X-RateLimit-Reset"] = str(reset_at)
    answer.headers["Retry-After"] = str(fault.retry_after_seconds)
    return answer
