"""Where each page lives."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("outreach.api.urls", namespace="api-1")),
    path("", include("outreach.web.urls")),
]
