"""Addresses of reports."""

from __future__ import annotations

from django.urls import path

from outreach.web.manager.reports import exports, page

PATHS = [
    path("reports", page.reports, name="reports"),
    path("reports/<slug:slug>", page.report, name="report"),
    path("reports/<slug:slug>.csv", exports.as_csv, name="report-csv"),
    path("reports/<slug:slug>.pdf", exports.as_pdf, name="report-pdf"),
]
