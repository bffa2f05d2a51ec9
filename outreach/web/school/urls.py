"""Addresses of a school's pages."""

from __future__ import annotations

from django.urls import path

from outreach.web.school import home, uploads

_UPLOAD = "school/<uuid:school>/lists/<uuid:uuid>"

PATHS = [
    path("school", home.rosters, name="rosters"),
    path("school/<uuid:school>", home.roster, name="roster"),
    path("school/<uuid:school>/basis", home.basis, name="roster-basis"),
    path("school/<uuid:school>/year", home.year, name="roster-year"),
    path(_UPLOAD, uploads.look, name="roster-upload"),
    path(f"{_UPLOAD}/columns", uploads.columns, name="roster-columns"),
    path(f"{_UPLOAD}/rows/<int:row>", uploads.row, name="roster-row"),
    path(f"{_UPLOAD}/bad-rows.csv", uploads.bad_rows, name="roster-bad-rows"),
    path(f"{_UPLOAD}/confirm", uploads.confirm, name="roster-confirm"),
    path(f"{_UPLOAD}/give-up", uploads.discard, name="roster-give-up"),
]
