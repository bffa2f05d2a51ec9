"""Addresses of the pages. Every view here declares who may open it; see `access`."""

from __future__ import annotations

from django.urls import path

from outreach.web import health
from outreach.web.manager import cases, launches, progress, schools, sign_in, unknown
from outreach.web.manager.decisions import VERBS, decision
from outreach.web.public.advice import advice
from outreach.web.public.stop import stop

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("u/<str:token>", stop, name="stop"),
    path("advice/<str:country>/<str:language>", advice, name="advice"),
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("", launches.home, name="launches"),
    path("launches/new", launches.new, name="new-launch"),
    path("launches/<uuid:uuid>", progress.page, name="launch"),
    path("launches/<uuid:uuid>/live", progress.live, name="launch-live"),
    path("launches/<uuid:uuid>/pace.json", progress.pace, name="launch-pace"),
    path("launches/<uuid:uuid>/unknown", unknown.decide, name="launch-unknown"),
    *(
        path(f"launches/<uuid:uuid>/{verb.key}", decision(verb), name=f"launch-{verb.key}")
        for verb in VERBS.values()
    ),
    path(
        "launches/<uuid:launch>/schools/<uuid:school>/stop",
        schools.stop,
        name="launch-school-stop",
    ),
    path(
        "launches/<uuid:launch>/schools/<uuid:school>/lift",
        schools.lift,
        name="launch-school-lift",
    ),
    path("schools", schools.schools, name="schools"),
    path("schools/<uuid:school>/stop", schools.stop, name="school-stop"),
    path("schools/<uuid:school>/lift", schools.lift, name="school-lift"),
    path("cases", cases.cases, name="cases"),
    path("cases/<uuid:uuid>", cases.case, name="case"),
    path("cases/<uuid:uuid>/close", cases.close, name="case-close"),
    path("cases/<uuid:uuid>/stop", cases.stop, name="case-stop"),
    path("cases/<uuid:uuid>/release", cases.release, name="case-release"),
]
