"""Addresses of the calendar."""

from __future__ import annotations

from django.urls import path

from outreach.web.manager.calendar import moving, page

PATHS = [
    path("calendar", page.calendar, name="calendar"),
    path(
        "launches/<uuid:uuid>/steps/<slug:step>/<str:day>/move",
        moving.move,
        name="launch-step-move",
    ),
]
