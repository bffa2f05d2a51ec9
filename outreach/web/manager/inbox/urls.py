"""Addresses of replies and cases."""

from __future__ import annotations

from django.urls import path

from outreach.web.manager.inbox import case
from outreach.web.manager.inbox.page import cases
from outreach.web.manager.inbox.together import together

PATHS = [
    path("cases", cases, name="cases"),
    path("cases/together", together, name="cases-together"),
    path("cases/<uuid:uuid>", case.case, name="case"),
    path("cases/<uuid:uuid>/close", case.close, name="case-close"),
    path("cases/<uuid:uuid>/stop", case.stop, name="case-stop"),
    path("cases/<uuid:uuid>/release", case.let_go, name="case-release"),
    path("cases/<uuid:uuid>/read", case.read, name="case-read"),
    path("cases/<uuid:uuid>/keep", case.keep, name="case-keep"),
    path("cases/<uuid:uuid>/take", case.take_it, name="case-take"),
]
