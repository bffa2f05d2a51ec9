"""Schools, people, sends, deliveries and cases as other systems see them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from outreach.audience.models import Address, Membership, MembershipState, Person
from outreach.campaigns.models import Launch
from outreach.consent.actions import suppress
from outreach.consent.models import Suppression, SuppressionReason
from outreach.core.clock import FrozenClock, now
from outreach.core.locks import Lock
from outreach.organisation.api_keys import create_key
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import ApiAnswer, ApiKey, ApiScope, AuditEntry, Role, School
from outreach.subscriptions.roster.bringing_in import bring_in_waiting
from tests.api.conftest import Ask
from tests.delivery import delivery_builders as build
from tests.web import web_builders

ANNA = "anna@example.org"


def key_for(*scopes: ApiScope, **more: Any) -> str:
    return create_key("School system", scopes or tuple(ApiScope), actor=OPERATOR, **more).secret


def ids(answer: Any) -> list[str]:
    return [item["id"] for item in answer.json()["items"]]


# pages of a list


def test_pages_show_everybody_once_also_when_somebody_comes_meanwhile(
    ask: Ask, school: School
) -> None:
    build.build_parents(school, 5, "email")
    key = key_for()
    seen: list[str] = []
    after = ""
    while True:
        page = ask(f"people?limit=2&after={after}", key, method="GET").json()
        seen += [item["id"] for item in page["items"]]
        if len(seen) == 2:
            build.build_parent(school, email="late@example.org", name="Late")
        if page["next"] is None:
            break
        after = page["next"]
    assert sorted(seen) == sorted(
        str(uuid) for uuid in Person.objects.values_list("uuid", flat=True)
    )
    assert len(seen) == 6


@pytest.mark.parametrize("query", ["after=nonsense", "limit=0", "limit=201", "limit=x"])
def test_a_window_that_is_none_is_refused(ask: Ask, query: str) -> None:
    assert ask(f"schools?{query}", key_for(), method="GET").status_code in {400, 422}


def test_a_cursor_of_another_list_is_refused(ask: Ask, school: School) -> None:
    launch = running(school)
    build.build_parents(school, 2, "email")
    cursor = ask("people?limit=1", key_for(), method="GET").json()["next"]
    answer = ask(f"launches/{launch.uuid}/deliveries?after={cursor}", key_for(), method="GET")
    assert answer.status_code == 400


def test_every_answer_says_how_much_of_the_minute_is_left(ask: Ask) -> None:
    key = key_for(most_a_minute=50)
    first, second = (ask("schools", key, method="GET") for _ in range(2))
    left = [int(answer.headers["X-RateLimit-Remaining"]) for answer in (first, second)]
    assert first.headers["X-RateLimit-Limit"] == "50"
    assert left[1] in {left[0] - 1, 49}  # the minute may change between the two


# schools


def new_school(**more: object) -> dict[str, object]:
    return {
        "slug": "hill-top",
        "name": "Hill Top",
        "country": "gb",
        "zone": "Europe/London",
        "languages": ["en"],
    } | more


def test_a_school_is_added_shown_and_changed(ask: Ask) -> None:
    key = key_for()
    made = ask("schools", key, new_school())
    assert (made.status_code, made.json()["country"], made.json()["stopped"]) == (201, "GB", False)
    path = f"schools/{made.json()['id']}"
    changed = ask(path, key, {"name": "Hilltop School"}, method="PATCH")
    assert changed.json() == made.json() | {"name": "Hilltop School"}
    assert ask(path, key, method="GET").json() == changed.json()
    assert AuditEntry.objects.filter(action="school.changed").count() == 1


@pytest.mark.parametrize(
    "wrong", [{"zone": "Mars/Base"}, {"name": " "}, {"languages": []}, {"languages": ["en", "!"]}]
)
def test_a_school_is_not_half_changed(ask: Ask, school: School, wrong: dict[str, object]) -> None:
    answer = ask(f"schools/{school.uuid}", key_for(), {"region": "ENG"} | wrong, method="PATCH")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-input")
    assert School.objects.get().region == ""


# the same request again


def test_a_repeated_request_is_answered_again_and_not_done_again(ask: Ask) -> None:
    key = key_for()
    first, again = (ask("schools", key, new_school(), Idempotency_Key="a") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert School.objects.filter(slug="hill-top").count() == 1


def test_a_name_that_was_used_for_another_request_is_refused(ask: Ask) -> None:
    key = key_for()
    ask("schools", key, new_school(), Idempotency_Key="a")
    other = ask("schools", key, new_school(slug="other"), Idempotency_Key="a")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-key")
    assert not School.objects.filter(slug="other").exists()


def test_a_request_that_failed_may_be_sent_again_under_its_name(ask: Ask, school: School) -> None:
    key = key_for()
    taken = new_school(slug=school.slug)
    assert ask("schools", key, taken, Idempotency_Key="a").status_code == 409
    School.objects.update(slug="elsewhere")
    assert ask("schools", key, taken, Idempotency_Key="a").status_code == 201


def test_a_request_that_is_under_way_is_not_begun_twice(ask: Ask) -> None:
    key = key_for()
    with _under_way(ApiKey.objects.get(), "a"):
        assert ask("schools", key, new_school(), Idempotency_Key="a").status_code == 409
    assert not School.objects.filter(slug="hill-top").exists()


@contextmanager
def _under_way(key: ApiKey, name: str) -> Iterator[None]:
    """A request of this name that another process is busy with."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_lock(%s, hashtext(%s))", [Lock.API_REQUEST, f"{key.pk} {name}"]
        )
    try:
        yield
    finally:
        other.close()


def _fall_over(*_: Any, **__: Any) -> None:
    raise ConnectionError("the database went away")


def test_what_fails_after_it_was_done_is_undone_with_its_answer(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = key_for()
    with monkeypatch.context() as patch:
        patch.setattr(ApiAnswer, "save", _fall_over)
        with pytest.raises(ConnectionError):
            ask("schools", key, new_school(), Idempotency_Key="a")
    assert not School.objects.filter(slug="hill-top").exists()
    assert ask("schools", key, new_school(), Idempotency_Key="a").status_code == 201


def test_names_of_two_keys_have_nothing_to_do_with_each_other(ask: Ask) -> None:
    assert ask("schools", key_for(), new_school(), Idempotency_Key="a").status_code == 201
    other = ask("schools", key_for(), new_school(slug="other"), Idempotency_Key="a")
    assert other.status_code == 201


# people


def rows(*people: dict[str, str]) -> dict[str, object]:
    return {"rows": [{"consent": "yes"} | each for each in people]}


BEN = {"guardian name": "Ben Roe", "guardian email": "ben@example.org"}


@pytest.mark.django_db(transaction=True)
def test_a_list_is_brought_in_by_a_worker_and_says_what_came_of_it(
    ask: Ask, school: School
) -> None:
    build.build_version()
    key = key_for(school=school)
    School.objects.update(consent_wording="Yes", consent_dated_on="2026-09-01")
    bad = {"guardian name": "Cy", "guardian email": "cy@"}
    given = ask(f"schools/{school.uuid}/lists", key, rows(BEN, bad))
    assert given.status_code == 202, given.json()
    assert [(each["row"], each["taken"]) for each in given.json()["problems"]] == [(2, False)]
    assert "cy@" not in given.content.decode()
    assert bring_in_waiting()
    done = ask(f"schools/{school.uuid}/lists/{given.json()['id']}", key, method="GET").json()
    assert (done["state"], done["counts"]["new"], done["counts"]["consents"]) == ("done", 1, 1)
    assert "invited" not in str(done)
    assert Person.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_list_never_brings_back_who_said_stop(ask: Ask, school: School) -> None:
    build.build_version()
    School.objects.update(consent_wording="Yes", consent_dated_on="2026-09-01")
    suppress(
        "email", "ben@example.org", reason=SuppressionReason.ASKED, evidence="x", actor=OPERATOR
    )
    ask(f"schools/{school.uuid}/lists", key_for(), rows(BEN))
    bring_in_waiting()
    assert Suppression.objects.filter(lifted_at=None).count() == 1


def test_a_column_that_means_nothing_is_refused(ask: Ask, school: School) -> None:
    answer = ask(f"schools/{school.uuid}/lists", key_for(), {"rows": [{"shoe size": "43"}]})
    assert answer.status_code == 400
    assert "shoe size" not in answer.content.decode()


def test_somebody_is_found_by_address_and_the_address_comes_back_nowhere(
    ask: Ask, school: School
) -> None:
    parent = build.build_parent(school, email=ANNA)
    key = key_for()
    found = ask("people/search", key, {"address": f" {ANNA.upper()}"})
    assert ids_of(found) == [str(parent.person.uuid)]
    consent = ask(f"people/{parent.person.uuid}/consent", key, method="GET")
    for answer in (found, consent, ask("people", key, method="GET")):
        assert ANNA not in answer.content.decode().lower()
    assert consent.json()["acts"][0]["act"] == "granted"
    assert consent.json()["channels"] == [
        {
            "channel": "email",
            "everything_stopped": False,
            "topics_stopped": [],
            "waiting_for_decision": False,
        }
    ]


def ids_of(answer: Any) -> list[str]:
    return [each["id"] for each in answer.json()]


def test_consent_shows_a_stop(ask: Ask, school: School) -> None:
    parent = build.build_parent(school, email=ANNA)
    suppress("email", ANNA, reason=SuppressionReason.ASKED, evidence="x", actor=OPERATOR)
    found = ask(f"people/{parent.person.uuid}/consent", key_for(), method="GET").json()
    assert found["channels"][0]["everything_stopped"]


@pytest.mark.django_db(transaction=True)
def test_somebody_leaves_a_school_once(ask: Ask, school: School) -> None:
    parent = build.build_parent(school, email=ANNA)
    path = f"schools/{school.uuid}/people/{parent.person.uuid}/end"
    answers = [ask(path, key_for(), {"why": "moved"}).json() for _ in range(2)]
    assert answers == [{"ended": 1}, {"ended": 0}]
    assert Membership.objects.get().state == MembershipState.ENDED


# sends


def running(school: School) -> Launch:
    maker = web_builders.build_staff("Mara", Role.MANAGER)
    approver = web_builders.build_staff("Ben", Role.APPROVER)
    return web_builders.build_running(maker, approver)


def test_a_send_shows_its_numbers_and_pauses_and_resumes(ask: Ask, school: School) -> None:
    launch = running(school)
    web_builders.count_up(launch, delivered=12, pending=3)
    key = key_for()
    assert ids(ask("launches", key, method="GET")) == [str(launch.uuid)]
    path = f"launches/{launch.uuid}"
    shown = ask(path, key, method="GET").json()
    assert (shown["planned"], shown["counts"]["delivered"]) == (15, 12)
    assert ask(f"{path}/pause", key, {"why": ""}).status_code == 422
    assert ask(f"{path}/pause", key, {"why": "a typo"}).json()["state"] == "paused"
    assert ask(f"{path}/pause", key, {"why": "again"}).status_code == 409
    assert ask(f"{path}/resume", key).json()["state"] == "running"
    assert ask(f"{path}/cancel", key, {"why": "enough"}).json()["state"] == "cancelled"
    assert AuditEntry.objects.exists()


def test_a_draft_has_a_maker_and_nobody_can_approve_by_key(ask: Ask, school: School) -> None:
    build.build_version()
    wish = {"campaign": "tiny", "name": "Autumn", "starts_on": now().date().isoformat()}
    assert ask("launches", key_for(), wish).status_code == 403
    maker = web_builders.build_staff("Mara", Role.MANAGER)
    key = key_for(staff=maker)
    made = ask("launches", key, wish, Idempotency_Key="autumn")
    assert made.status_code == 201, made.json()
    launch = Launch.objects.get()
    assert (launch.created_by, launch.state) == (maker, "draft")
    path = f"launches/{launch.uuid}/review"
    assert ask(path, key, {}).status_code == 409  # nobody has reviewed its texts
    assert ask(path, key, {"accepts_unreviewed": True}).json()["state"] == "in_review"
    assert ask(f"launches/{launch.uuid}/approve", key).status_code == 404


def test_a_key_is_not_made_for_somebody_who_may_not_make_sends(db: None) -> None:
    auditor = web_builders.build_staff("Ada", Role.AUDITOR)
    with pytest.raises(Exception, match="may not"):
        key_for(staff=auditor)


def test_deliveries_come_without_address_and_in_pages(ask: Ask, school: School) -> None:
    launch = running(school)
    for number in range(3):
        parent = build.build_parent(school, email=f"p{number}@example.org", name=f"P{number}")
        web_builders.build_delivery(launch, Address.objects.latest("pk"), school, "accepted")
        assert parent.email
    key = key_for()
    path = f"launches/{launch.uuid}/deliveries"
    first = ask(f"{path}?limit=2", key, method="GET")
    second = ask(f"{path}?limit=2&after={first.json()['next']}", key, method="GET")
    assert len({*ids(first), *ids(second)}) == 3
    assert second.json()["next"] is None
    assert "example.org" not in first.content.decode()
    assert ids(ask(f"{path}?state=failed", key, method="GET")) == []


def test_cases_say_that_somebody_waits_and_never_what_they_wrote(ask: Ask, school: School) -> None:
    case = web_builders.build_case(school, "a very private line")
    answer = ask("cases?state=open", key_for(), method="GET")
    assert ids(answer) == [str(case.uuid)]
    assert "private" not in answer.content.decode()


# the wall between schools


def test_a_key_of_one_school_meets_nothing_of_another(
    ask: Ask, school: School, frozen_clock: FrozenClock
) -> None:
    launch = running(school)
    parent = build.build_parent(school, email=ANNA)
    web_builders.build_delivery(launch, Address.objects.get(), school, "accepted")
    web_builders.build_case(school, "words", address=Address.objects.get())
    other = build.build_school("elsewhere")
    key = key_for(school=other)
    for path in ("people", "cases", f"launches/{launch.uuid}/deliveries"):
        assert ids(ask(path, key, method="GET")) == [], path
    assert ids(ask("schools", key, method="GET")) == [str(other.uuid)]
    assert ask("people/search", key, {"address": ANNA}).json() == []
    for method, path, body in (
        ("GET", f"schools/{school.uuid}", None),
        ("PATCH", f"schools/{school.uuid}", {"name": "Ours now"}),
        ("POST", f"schools/{school.uuid}/lists", rows(BEN)),
        ("GET", f"schools/{school.uuid}/lists/{launch.uuid}", None),
        ("GET", f"people?school={school.uuid}", None),
        ("GET", f"people/{parent.person.uuid}/consent", None),
        ("POST", f"schools/{school.uuid}/people/{parent.person.uuid}/end", {"why": "x"}),
        ("POST", f"schools/{other.uuid}/people/{parent.person.uuid}/end", {"why": "x"}),
    ):
        assert ask(path, key, body, method=method).status_code == 404, path
    for method, path, sent in (
        ("GET", "launches", None),
        ("GET", f"launches/{launch.uuid}", None),
        ("POST", f"launches/{launch.uuid}/pause", {"why": "x"}),
        ("POST", "schools", new_school()),
    ):
        assert ask(path, key, sent, method=method).status_code == 403, path


def test_every_path_needs_its_scope(ask: Ask) -> None:
    document = ask("openapi.json", "", method="GET").json()
    somewhere = "01a200af-d061-7732-bbe8-b1def730742b"
    tried = 0
    for path, operations in document["paths"].items():
        for method in operations:
            filled = path.removeprefix("/api/v1/")
            for name in ("school", "person", "launch", "upload", "hook"):
                filled = filled.replace(f"{{{name}}}", somewhere)
            assert "{" not in filled, filled
            assert ask(filled, "", {}, method=method.upper()).status_code == 401, path
            tried += allowed_scopes(ask, filled, method.upper()) == 1
    assert tried == sum(len(operations) for operations in document["paths"].values())


def allowed_scopes(ask: Ask, path: str, method: str) -> int:
    """How many scopes, each alone, get further than "may not"."""
    answers = [ask(path, key_for(scope), {}, method=method) for scope in ApiScope]
    return sum(
        answer.status_code != 403 or "This key may not" not in answer.json()["message"]
        for answer in answers
    )
