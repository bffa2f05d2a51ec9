"""Every answer carries the headers that hold a browser back, whatever it answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings
from route_walk import PARAMETER, routes

from outreach.organisation.models import Role
from outreach.organisation.permissions import Audience
from tests.web import web_builders as build
from tests.web.web_client import AppClient

_NOWHERE = "0192d7c0-0000-7000-8000-000000000000"
_EXACT = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# The only pages that are shown in a frame, of our own pages, with their own still stricter rule.
_FRAMED = {"campaign-email", "person-preview-email"}
# Whoever has no cookie proves who they are by the sealed part of the address, or by nothing.
_WITHOUT_CSRF = {
    "stop",
    "answer",
    "join",
    "join-confirm",
    "preferences",
    "about-me",
    "own-data",
    "test-alert",
    "language",
}


def filled(path: str) -> str:
    """The address of something that is not there."""
    values = {"uuid": _NOWHERE, "uuidstr": _NOWHERE, "int": "1", "slug": "none"}
    values["day"] = "2026-11-02"
    return "/" + PARAMETER.sub(lambda found: values.get(found[1], "none"), path)


def addresses() -> Iterator[tuple[str, str]]:
    yield from ((name, filled(path)) for name, path, _, _ in routes())
    yield from (("", path) for path in ("/no-such-page", "/static/web/outreach.js"))
    yield from (("", path) for path in ("/static/web/icon.svg", "/static/no-such-file"))


def missing(name: str, answer: HttpResponse) -> list[str]:
    """The headers that are not as they should be."""
    policy = answer.get("Content-Security-Policy", "")
    wrong = [each for each, value in _EXACT.items() if answer.get(each) != value]
    if "default-src 'none'" not in policy or "frame-ancestors" not in policy:
        wrong.append("Content-Security-Policy")
    if "unsafe-eval" in policy or "*" in policy or "http:" in policy:
        wrong.append("Content-Security-Policy is loose")
    if name not in _FRAMED and (answer.get("X-Frame-Options") != "DENY" or "unsafe" in policy):
        wrong.append("X-Frame-Options")
    if "camera=()" not in answer.get("Permissions-Policy", ""):
        wrong.append("Permissions-Policy")
    if answer.get("Strict-Transport-Security") != "max-age=31536000":
        wrong.append("Strict-Transport-Security")
    if "Server" in answer or "X-Powered-By" in answer:
        wrong.append("Server")
    return wrong


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_every_answer_has_every_header(db: None, settings: Settings, is_signed_in: bool) -> None:
    build.build_organisation()
    settings.SECURE_HSTS_SECONDS = 31_536_000  # as with an https address; see the next test
    client = AppClient(raise_request_exception=False)
    if is_signed_in:
        client.as_staff(build.build_staff("Ada", Role.ADMINISTRATOR))
    wrong = {}
    for name, address in addresses():
        answer = client.get(address, secure=True)
        if found := missing(name, answer):
            wrong[address] = found
    assert wrong == {}


def test_refusals_have_them_too(db: None, settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    client = AppClient(enforce_csrf_checks=True, raise_request_exception=False)
    forged = client.post("/sign-in", {"email": "x"}, secure=True)
    elsewhere = client.get("/sign-in", secure=True, headers={"Host": "evil.example"})
    method = AppClient().delete("/sign-in", secure=True)
    keyless = client.get("/api/v1/schools", secure=True)
    answers = (forged, elsewhere, method, keyless)
    assert [answer.status_code for answer in answers] == [403, 400, 405, 401]
    assert [missing("", answer) for answer in answers] == [[], [], [], []]


_SETTINGS = """
import json
from django.conf import settings
names = ("SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
         "SESSION_COOKIE_NAME", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "DEBUG",
         "USE_X_FORWARDED_HOST")
print(json.dumps({name: getattr(settings, name) for name in names}))
"""


def test_an_https_address_brings_hsts_and_cookies_that_no_http_page_can_lay_out() -> None:
    environ = os.environ | {
        "OUTREACH_PUBLIC_URL": "https://messages.example.org",
        "DJANGO_SETTINGS_MODULE": "outreach.config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", _SETTINGS], env=environ, capture_output=True, check=True, text=True
    )
    assert json.loads(done.stdout) == {
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_NAME": "__Host-sessionid",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "DEBUG": False,
        "USE_X_FORWARDED_HOST": False,
    }


def test_nothing_that_needs_a_cookie_is_done_without_the_token_of_its_form(db: None) -> None:
    build.build_organisation()
    strict: Client = AppClient(enforce_csrf_checks=True).as_staff(
        build.build_staff("Ada", Role.ADMINISTRATOR)
    )
    strict.raise_request_exception = False
    done = {}
    for _, path, rule, _ in routes():
        if rule.audience is Audience.STAFF:
            answer = strict.post(filled(path), {"why": "forged"})
            if answer.status_code != 403:
                done[path] = answer.status_code
    assert done == {}


def test_only_pages_without_a_sign_in_take_a_form_without_its_token() -> None:
    exempt = {
        route.name
        for route in routes()
        if getattr(route.view, "csrf_exempt", False) and route.rule.audience is not Audience.KEY
    }
    assert exempt - {"openapi-json"} <= _WITHOUT_CSRF
