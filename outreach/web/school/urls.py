"""Addresses of a school's pages."""

from __future__ import annotations

from datetime import date

from django.urls import path, register_converter

from outreach.web.school import (
    bounds,
    contacts,
    days,
    front,
    holding,
    home,
    joining,
    parents,
    report,
    steps,
    uploads,
)


class DayConverter:
    """2026-11-05."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        """A ValueError is a 404."""
        return date.fromisoformat(value)

    def to_url(self, value: date | str) -> str:
        return str(value)


register_converter(DayConverter, "day")

_SCHOOL = "school/<uuid:school>"
_UPLOAD = f"{_SCHOOL}/lists/<uuid:uuid>"
_STEP = f"{_SCHOOL}/sends/<uuid:launch>/<str:step>/<day:day>"
_CONTACT = f"{_SCHOOL}/contacts/<uuid:uuid>"

PATHS = [
    path("school", home.rosters, name="rosters"),
    path(_SCHOOL, home.roster, name="roster"),
    path(f"{_SCHOOL}/basis", home.basis, name="roster-basis"),
    path(f"{_SCHOOL}/year", home.year, name="roster-year"),
    path(_UPLOAD, uploads.look, name="roster-upload"),
    path(f"{_UPLOAD}/columns", uploads.columns, name="roster-columns"),
    path(f"{_UPLOAD}/rows/<int:row>", uploads.row, name="roster-row"),
    path(f"{_UPLOAD}/bad-rows.csv", uploads.bad_rows, name="roster-bad-rows"),
    path(f"{_UPLOAD}/confirm", uploads.confirm, name="roster-confirm"),
    path(f"{_UPLOAD}/give-up", uploads.discard, name="roster-give-up"),
    path(f"{_SCHOOL}/home", front.home, name="school-home"),
    path(f"{_SCHOOL}/hold", holding.hold, name="school-hold"),
    path(f"{_SCHOOL}/go-on", holding.go_on, name="school-go-on"),
    path(_STEP, steps.step, name="school-step"),
    path(f"{_STEP}/change", steps.change, name="school-change"),
    path(f"{_STEP}/<str:language>.html", steps.email, name="school-step-email"),
    path(f"{_SCHOOL}/term-dates", days.days, name="school-days"),
    path(f"{_SCHOOL}/contacts", contacts.contacts_page, name="school-contacts"),
    path(f"{_SCHOOL}/contacts/new", contacts.invite, name="school-contact-invite"),
    path(f"{_CONTACT}/test", contacts.test, name="school-contact-test"),
    path(f"{_CONTACT}/phone", contacts.phone, name="school-contact-phone"),
    path(f"{_SCHOOL}/parents", parents.parents, name="school-parents"),
    path(f"{_SCHOOL}/parents/<uuid:uuid>", parents.parent, name="school-parent"),
    path(f"{_SCHOOL}/signing-up", joining.joining, name="school-joining"),
    path(f"{_SCHOOL}/report", report.report, name="school-report"),
    path("launches/<uuid:uuid>/bounds", bounds.bounds, name="launch-bounds"),
]
