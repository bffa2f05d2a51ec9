"""A span for each page, named by its route: never the path, which may carry a token."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

from outreach.core import spans

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class TracingMiddleware:
    """Outermost, so that all of a page is in its span. Not there at all while nobody watches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not spans.is_on():
            raise MiddlewareNotUsed
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        method = request.method if request.method in _METHODS else "other"
        with spans.span(f"{method} page", {"method": str(method)}) as seen:
            response = self._get_response(request)
            match = request.resolver_match
            if match is None:  # a file, or no such page
                seen.note({"status": response.status_code})
            else:
                name = f"{method} {match.view_name or 'page'}"
                facts: spans.Facts = {"route": match.route, "status": response.status_code}
                seen.note(facts, name=name)
        return response
