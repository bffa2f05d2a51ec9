"""Endpoints of other systems, as administrators see and change them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import web_builders as build
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from web_client import AppClient

from outreach.core.clock import FrozenClock
from outreach.organisation.models import AuditEntry, Role, Staff
from outreach.outbound.alarms import look_after
from outreach.outbound.models import Hook, HookEvent, HookMessage, HookState, MessageState

URL = "https://hub.example.org/in"
MOST_STATEMENTS = 20


@pytest.fixture
def administrator(organisation: FrozenClock) -> Staff:
    return build.build_staff("Ada", Role.ADMINISTRATOR)


def build_dead(hook: Hook, number: int) -> None:
    moment = timezone.now() - timedelta(days=4)
    for _ in range(number):
        HookMessage.objects.create(
            hook=hook,
            event=HookEvent.CASE,
            body='{"secret": "body"}',
            state=MessageState.DEAD,
            made_at=moment,
            due_at=moment,
            give_up_at=moment,
            tries=14,
            problem="answered 500",
        )


def page(client: AppClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_no_endpoint_yet_says_what_one_is_for(client: AppClient, administrator: Staff) -> None:
    assert "No other system is told yet" in page(client.as_staff(administrator), "/endpoints")


def test_a_new_endpoint_shows_its_secret_once(client: AppClient, administrator: Staff) -> None:
    given = {"url": URL, "events": ["case.opened", "delivery.changed"]}
    answer = client.as_staff(administrator).post("/endpoints/new", given)
    found = re.search(r"whsec_[\w+/=]+", answer.content.decode())
    assert found is not None
    assert "no-store" in answer["Cache-Control"]
    hook = Hook.objects.get()
    assert (hook.url, hook.created_by) == (URL, administrator.email)
    for address in ("/endpoints", f"/endpoints/{hook.uuid}"):
        shown = page(client, address)
        assert URL in shown
        assert found[0] not in shown


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": URL}, "Tick at least one."),
        ({"url": "http://hub.example.org:0/", "events": ["case.opened"]}, "address"),
        ({"url": "https://user:word@hub.example.org/", "events": ["case.opened"]}, "password"),
    ],
)
def test_a_form_that_is_wrong_says_so_and_adds_nothing(
    client: AppClient, administrator: Staff, given: dict[str, object], said: str
) -> None:
    answer = client.as_staff(administrator).post("/endpoints/new", given)
    assert said in answer.content.decode()
    assert not Hook.objects.exists()


def test_pause_resume_and_end_are_in_the_log_with_their_reasons(
    client: AppClient, administrator: Staff
) -> None:
    hook = build.build_endpoint()
    home = f"/endpoints/{hook.uuid}"
    client.as_staff(administrator).post(f"{home}/pause", {"why": ""})
    hook.refresh_from_db()
    assert hook.state == HookState.ACTIVE
    client.post(f"{home}/pause", {"why": "They move house."})
    assert "They move house." in page(client, home)
    again = client.post(f"{home}/pause", {"why": "x"}, follow=True).content.decode()
    assert "This endpoint is paused." in again
    client.post(f"{home}/resume")
    hook.refresh_from_db()
    assert hook.state == HookState.ACTIVE
    client.post(f"{home}/end", {"why": "Replaced."})
    assert client.get(home).status_code == 404
    done = AuditEntry.objects.filter(subject=f"hook:{hook.uuid}").order_by("pk")
    assert list(done.values_list("action", "why")) == [
        ("hook.created", ""),
        ("hook.paused", "They move house."),
        ("hook.active", ""),
        ("hook.ended", "Replaced."),
    ]


def test_what_was_given_up_is_listed_without_its_words_and_sent_again(
    client: AppClient, administrator: Staff
) -> None:
    hook = build.build_endpoint()
    build_dead(hook, 2)
    home = f"/endpoints/{hook.uuid}"
    shown = page(client.as_staff(administrator), home)
    assert "answered 500" in shown
    assert "secret&quot;: " not in shown
    done = client.post(f"{home}/again", follow=True).content.decode()
    assert "2 messages wait again." in done
    assert not HookMessage.objects.filter(state=MessageState.DEAD).exists()


def test_another_secret_is_shown_once_and_the_old_one_signs_for_a_day(
    client: AppClient, administrator: Staff
) -> None:
    hook = build.build_endpoint()
    shown = client.as_staff(administrator).post(f"/endpoints/{hook.uuid}/secret")
    assert "whsec_" in shown.content.decode()
    hook.refresh_from_db()
    assert hook.old_secret is not None


def test_adding_ending_and_a_new_secret_ask_whether_it_is_still_they(
    client: AppClient, administrator: Staff
) -> None:
    hook = build.build_endpoint()
    home = f"/endpoints/{hook.uuid}"
    client.as_staff(administrator, proved=False)
    for address in (f"{home}/secret", f"{home}/end", "/endpoints/new"):
        answer = client.post(address, {"why": "x", "url": URL, "events": ["case.opened"]})
        assert answer["Location"].startswith("/confirm")
    assert Hook.objects.get().old_secret is None


def test_pages_of_endpoints_keep_to_their_budget_of_statements(
    client: AppClient, administrator: Staff
) -> None:
    for number in range(6):
        build_dead(build.build_endpoint(f"https://hub{number}.example.org/in"), 2)
    client.as_staff(administrator)
    for address in ("/endpoints", f"/endpoints/{Hook.objects.first().uuid}"):  # type: ignore[union-attr]  # made above
        page(client, address)
        with CaptureQueriesContext(connection) as found:
            page(client, address)
        assert len(found) <= MOST_STATEMENTS, address


def test_why_it_was_paused_by_itself_stands_there_in_german(
    client: AppClient, administrator: Staff
) -> None:
    hook = build.build_endpoint()
    since = timezone.now() - timedelta(hours=73)
    Hook.objects.update(
        failing_since=since,
        problem="nobody answers there; look whether the system runs and lets us in from outside",
    )
    look_after(hook.pk, is_gone=False)
    client.as_staff(administrator)
    shown = client.get(f"/endpoints/{hook.uuid}", headers={"Accept-Language": "de"})
    text = shown.content.decode()
    why = f"Seit {since:%Y-%m-%d %H:%M} UTC hat es nichts mehr erreicht."
    assert text.count(why) == 2  # as it stands, and in its history
    assert "Dort antwortet niemand;" in text
    assert "Nothing has reached" not in text
