"""Promise 9: scanners that open every public link, by GET and HEAD, change nothing.

Thirty rounds in the ordinary run; SCANS=10000 makes it ten thousand requests.
"""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import web_builders as build
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.test import RequestFactory
from psycopg import sql

from outreach.consent.actions import Grant, grant
from outreach.consent.models import OwnDataLink, SignUp, Topic
from outreach.core.clock import now
from outreach.core.emails import normalise_email
from outreach.core.tokens import ANSWER_LINK, JOIN_LINK, PREFERENCES, STOP_LINK
from outreach.delivery.genuine import code_of
from outreach.notices.staff_letters import address_of
from outreach.organisation.audit import RECIPIENT
from outreach.organisation.lanes import sealer
from outreach.organisation.links import make_link
from outreach.organisation.models import School, Staff
from outreach.organisation.sign_in_models import LinkKind
from outreach.subscriptions.joining import Target, Wish, ask_on_page
from outreach.subscriptions.letters import own_data_token

BROKEN = ("/u/abc", "/p/abc")
REQUESTS = int(os.environ.get("SCANS", "330"))
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
_ROWS = sql.SQL("SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {} t")


@pytest.fixture
def links(school: School, manager: Staff, approver: Staff) -> list[str]:
    """One good link of each kind, and bad ones."""
    topic = Topic.objects.create(slug="online-safety", name="Online safety")
    build.build_sender()
    address = build.build_address(school)
    given = Grant(address.pk, topic.pk, school.pk, "signed_form", "paper", "I agree.")
    grant([given], actor=RECIPIENT)
    delivery = build.build_delivery(build.build_running(manager, approver), address, school)
    ask_on_page(
        Wish(school, [topic], "en", [Target.of_email(normalise_email("b@x.example"))], "page"), ""
    )
    own = OwnDataLink.objects.create(
        address=address, language="en", made_at=now(), expires_at=now() + timedelta(hours=1)
    )
    seal = sealer().seal
    return [
        f"/u/{seal(STOP_LINK, delivery.step_run_id, delivery.id)}",
        f"/a/{seal(ANSWER_LINK, delivery.step_run_id, delivery.id)}",
        "/join/greenhill",
        f"/join/confirm/{seal(JOIN_LINK, SignUp.objects.get().pk)}",
        f"/p/{seal(PREFERENCES, 1, delivery.step_run_id, delivery.id)}",
        "/about-me",
        f"/about-me/{own_data_token(own)}",
        f"/genuine/{code_of(delivery.step_run_id, school.pk)}",
        "/genuine?number=%2B447700900999&day=2026-11-02",
        *BROKEN,
        "/advice/gb/en",
        "/sign-in",
        "/forgotten",
        *(urlsplit(address_of(make_link(manager, kind))).path for kind in LinkKind),
    ]


def everything() -> str:
    """A digest of every row of every table."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(_ROWS.format(sql.Identifier(table)))
            digest.update(repr((table, cursor.fetchone())).encode())
    return digest.hexdigest()


@pytest.fixture
def as_scanned() -> None:
    """For the rest of the test the rights of the web process, and no right to write at all: what
    a page tried to change would be an answer of 500, in any table, also when it is undone."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # those checks lock rows
        cursor.execute("SET LOCAL ROLE outreach_app")
        cursor.execute("SET TRANSACTION READ ONLY")


def test_scanners_on_every_link_change_nothing(
    links: list[str], request: pytest.FixtureRequest
) -> None:
    before = everything()
    request.getfixturevalue("as_scanned")
    pages, factory = BaseHandler(), RequestFactory(headers={"User-Agent": "LinkScanner/1.0"})
    pages.load_middleware()
    seen: dict[str, set[int]] = {link: set() for link in links}
    for number in range(REQUESTS):
        link = links[number // 2 % len(links)]
        # Without the test client's own work, so that ten thousand are a matter of a minute.
        answer = pages.get_response((factory.head if number % 2 else factory.get)(link))
        seen[link].add(answer.status_code)
    assert {link: {404} if link in BROKEN else {200} for link in links} == seen
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE outreach_owner")
    assert everything() == before
