"""Addresses of the pages of endpoints."""

from __future__ import annotations

from django.urls import path

from outreach.web.manager.endpoints import page

PATHS = [
    path("endpoints", page.endpoints, name="endpoints"),
    path("endpoints/new", page.add, name="endpoint-new"),
    path("endpoints/<uuid:uuid>", page.endpoint, name="endpoint"),
    path("endpoints/<uuid:uuid>/secret", page.renew, name="endpoint-secret"),
    path("endpoints/<uuid:uuid>/pause", page.pause, name="endpoint-pause"),
    path("endpoints/<uuid:uuid>/resume", page.resume, name="endpoint-resume"),
    path("endpoints/<uuid:uuid>/again", page.send_again, name="endpoint-again"),
    path("endpoints/<uuid:uuid>/end", page.end, name="endpoint-end"),
]
