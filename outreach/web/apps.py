"""Django's entry for this room."""

from __future__ import annotations

from django.apps import AppConfig


class Room(AppConfig):
    name = "outreach.web"
    label = "web"

    def ready(self) -> None:
        """Errors speak the language of the page; in English, as everywhere else, as written."""
        from outreach.core.errors import speak_with
        from outreach.web.sentences import say

        speak_with(say)
