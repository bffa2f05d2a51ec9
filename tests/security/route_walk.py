"""Every address that the pages and the API answer to, with what it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver

from outreach.organisation.permissions import Rule
from outreach.web.access import View, rule_of

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


class Route(NamedTuple):
    """`path`: with its parameters, as `cases/<uuid:uuid>`."""

    name: str
    path: str
    rule: Rule
    view: View


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[Route]:
    for entry in (resolver or get_resolver()).url_patterns:
        path = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, path)
        elif isinstance(entry, URLPattern):
            rule = rule_of(entry.callback)
            assert rule is not None, path
            yield Route(entry.name or "", path, rule, entry.callback)
