"""Addresses of the pages of campaigns."""

from __future__ import annotations

from django.urls import path

from outreach.web.manager.campaign import branches, changing, files, texts, versions

_VERSION = "campaigns/<slug:slug>/<int:number>"
_STEP = f"{_VERSION}/steps/<slug:step>"

PATHS = [
    path("campaigns", versions.campaigns, name="campaigns"),
    path("campaigns/import", files.take_in, name="campaign-import"),
    path(_VERSION, versions.version, name="campaign-version"),
    path(f"{_VERSION}/check", versions.check, name="campaign-check"),
    path(f"{_VERSION}/changes", files.changes, name="campaign-changes"),
    path(f"{_VERSION}/file", changing.file, name="campaign-file"),
    path(f"{_VERSION}/export.zip", files.export, {"kind": "zip"}, name="campaign-zip"),
    path(f"{_VERSION}/export.yaml", files.export, {"kind": "yaml"}, name="campaign-yaml"),
    path(_STEP, texts.texts, name="campaign-texts"),
    path(f"{_STEP}/edit", changing.step, name="campaign-step"),
    path(f"{_STEP}/<str:language>/email.html", texts.email, name="campaign-email"),
    path(f"{_STEP}/<str:language>/<slug:channel>", changing.text, name="campaign-text"),
    path(
        f"{_STEP}/<str:language>/<slug:channel>/branches",
        branches.branches,
        name="campaign-branches",
    ),
    path(f"{_STEP}/<str:language>/<slug:channel>/test", branches.test, name="campaign-test"),
]
