"""The WSGI application of the pages."""

from __future__ import annotations

import os

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "outreach.config.settings")


def _application() -> WSGIHandler:
    ready = get_wsgi_application()
    # Its rooms can be imported once Django is set up.
    from outreach.config.database import app_dsn
    from outreach.config.environment import environment
    from outreach.config.sign_of_life import SignOfLife
    from outreach.config.start import refuse_unknown_keys

    refuse_unknown_keys()
    SignOfLife(app_dsn(environment())).keep_showing()
    return ready


application = _application()
