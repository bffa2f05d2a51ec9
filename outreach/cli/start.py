"""Wakes Django, once, for the commands that need it."""

from __future__ import annotations

import os


def start_django(*, role: str = "work") -> None:
    """Reads the settings and makes the rooms usable, in database role `role`.

    Raises BadInput for a setting that cannot be used. A process keeps the role it began with.
    """
    os.environ.setdefault("OUTREACH_DATABASE_ROLE", role)
    import django
    from django.apps import apps

    if apps.ready:
        return
    # Celery's application is what carries wake-ups to the workers; it names the settings too.
    import outreach.config.celery

    assert outreach.config.celery.app  # noqa: S101  # imported for what it installs
    django.setup()
