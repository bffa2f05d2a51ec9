"""Turning a page template into an answer, with the headers that keep everything else out."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from importlib import resources
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.sandbox.sendgrid.compose import subject_of

_OURS_ONLY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_STATIC = {"style.css": "text/css", "refresh.js": "text/javascript", "icon.svg": "image/svg+xml"}


async def static_file(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in _STATIC:
        raise web.HTTPNotFound
    return web.Response(
        text=_file(name), content_type=_STATIC[name], headers={"Cache-Control": "max-age=300"}
    )


def error_page(error: OutreachError, status: int) -> web.Response:
    return render_page("error.html", status=status, error=error)


def render_page(name: str, *, status: int = 200, **values: object) -> web.Response:
    text = _environment().get_template(name).render(clock=clock.installed(), **values)
    headers = {
        "Content-Security-Policy": _OURS_ONLY,
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("outreach.sandbox", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["when"] = _when
    environment.filters["path"] = quote
    environment.globals["subject_of"] = subject_of
    return environment


def _when(moment: datetime) -> str:
    """The time alone for today, with the day otherwise; UTC, as the clock of the sandbox shows."""
    pattern = "%H:%M" if moment.date() == clock.now().date() else "%a %d %b %Y, %H:%M"
    return f"{moment:{pattern}}"


@lru_cache
def _file(name: str) -> str:
    return resources.files("outreach.sandbox").joinpath("pages", name).read_text(encoding="utf-8")
