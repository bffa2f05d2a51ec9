"""Django's entry for this room."""

from __future__ import annotations

from django.apps import AppConfig


class Room(AppConfig):
    name = "outreach.outbound"
    label = "outbound"
