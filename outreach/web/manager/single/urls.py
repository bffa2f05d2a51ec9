"""Addresses of messages of their own."""

from __future__ import annotations

from django.urls import path

from outreach.web.manager.single import correction, urgent

PATHS = [
    path("urgent", urgent.urgent, name="urgent"),
    path(
        "launches/<uuid:uuid>/steps/<uuid:run>/correct", correction.correct, name="launch-correct"
    ),
]
