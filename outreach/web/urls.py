"""Addresses of the pages. Every view here declares who may open it; see `access`."""

from __future__ import annotations

from django.urls import path

from outreach.web import health, language, metrics
from outreach.web.manager import (
    deliveries,
    groups,
    launches,
    moves,
    opt_outs,
    pace,
    progress,
    readiness,
    rehearsal,
    retry,
    schools,
    sender_health,
    senders,
    unknown,
)
from outreach.web.manager.calendar.urls import PATHS as CALENDAR_PATHS
from outreach.web.manager.campaign.urls import PATHS as CAMPAIGN_PATHS
from outreach.web.manager.decisions import VERBS, decision
from outreach.web.manager.endpoints.urls import PATHS as ENDPOINT_PATHS
from outreach.web.manager.home.page import home
from outreach.web.manager.inbox.urls import PATHS as INBOX_PATHS
from outreach.web.manager.people.page import people, person
from outreach.web.manager.people.preview import email as person_preview_email
from outreach.web.manager.people.preview import preview as person_preview
from outreach.web.manager.reports.urls import PATHS as REPORT_PATHS
from outreach.web.manager.single.urls import PATHS as SINGLE_PATHS
from outreach.web.public.about_me import about_me, own
from outreach.web.public.advice import advice
from outreach.web.public.answer import answer
from outreach.web.public.genuine import genuine
from outreach.web.public.join import confirm, join
from outreach.web.public.poster import poster
from outreach.web.public.preferences import preferences
from outreach.web.public.stop import stop
from outreach.web.school.urls import PATHS as SCHOOL_PATHS
from outreach.web.staff.alert_test import test_alert
from outreach.web.staff.urls import PATHS as STAFF_PATHS

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("language", language.change, name="language"),
    path("u/<str:token>", stop, name="stop"),
    path("a/<str:token>", answer, name="answer"),
    path("join/<slug:slug>", join, name="join"),
    path("join/confirm/<str:token>", confirm, name="join-confirm"),
    path("p/<str:token>", preferences, name="preferences"),
    path("about-me", about_me, name="about-me"),
    path("about-me/<str:token>", own, name="own-data"),
    path("genuine", genuine, name="genuine"),
    path("genuine/<str:code>", genuine, name="genuine-code"),
    path("schools/<uuid:school>/poster/<str:language>.pdf", poster, name="school-poster"),
    path("advice/<str:country>/<str:language>", advice, name="advice"),
    *STAFF_PATHS,
    path("", home, name="home"),
    path("launches", launches.sends, name="launches"),
    *CALENDAR_PATHS,
    *CAMPAIGN_PATHS,
    *REPORT_PATHS,
    path("people", people, name="people"),
    path("people/story", person, name="person"),
    path("people/preview", person_preview, name="person-preview"),
    path("people/preview/email", person_preview_email, name="person-preview-email"),
    *SINGLE_PATHS,
    *moves.PATHS,
    path("launches/new", launches.new, name="new-launch"),
    path("launches/<uuid:uuid>", progress.page, name="launch"),
    path("launches/<uuid:uuid>/live", progress.live, name="launch-live"),
    path("launches/<uuid:uuid>/pace.json", progress.pace, name="launch-pace"),
    path("launches/<uuid:uuid>/groups", groups.groups, name="launch-groups"),
    path("launches/<uuid:uuid>/retry", retry.retry, name="launch-retry"),
    path("launches/<uuid:uuid>/unknown", unknown.decide, name="launch-unknown"),
    path("launches/<uuid:uuid>/rehearsal", rehearsal.of_launch, name="launch-rehearsal"),
    path(
        "campaigns/<slug:slug>/<int:number>/rehearsal",
        rehearsal.of_version,
        name="version-rehearsal",
    ),
    path("launches/<uuid:uuid>/spread", pace.spread, name="launch-spread"),
    path("launches/<uuid:uuid>/messages", deliveries.deliveries, name="launch-messages"),
    path(
        "launches/<uuid:uuid>/messages/<uuid:run>/<int:number>",
        deliveries.delivery,
        name="launch-message",
    ),
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
    *SCHOOL_PATHS,
    path("schools/<uuid:school>/stop", schools.stop, name="school-stop"),
    path("schools/<uuid:school>/lift", schools.lift, name="school-lift"),
    path("opt-outs/new", opt_outs.enter, name="enter-opt-out"),
    path("alerts", readiness.readiness, name="readiness"),
    path("alerts/<uuid:uuid>/test", readiness.test, name="readiness-test"),
    path("alert/<str:token>", test_alert, name="test-alert"),
    path("senders", senders.senders, name="senders"),
    path("senders/health", sender_health.health, name="sender-health"),
    path("senders/<uuid:uuid>/writer", sender_health.decide, name="sender-writer"),
    path("senders/<uuid:uuid>/limit", senders.limit, name="sender-limit"),
    path("senders/<uuid:uuid>/warm-up", senders.warm_up, name="sender-warm-up"),
    path("senders/<uuid:uuid>/resume", senders.resume, name="sender-resume"),
    path("accounts/<slug:provider>/limit", senders.limit_account, name="account-limit"),
    *INBOX_PATHS,
    *ENDPOINT_PATHS,
]
