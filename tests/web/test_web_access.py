"""Who may open what: every address, every role, another school's objects."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import web_builders as build
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, path
from web_client import AppClient

from outreach.campaigns.models import LaunchState
from outreach.core.clock import FrozenClock
from outreach.organisation.models import Role, School, Staff
from outreach.organisation.permissions import Right
from outreach.web.access import Audience, public, rule_of

GUARDED = {
    "launches": None,
    "new-launch": Right.MANAGE_LAUNCHES,
    "launch": Right.SEE_LAUNCHES,
    "launch-live": Right.SEE_LAUNCHES,
    "launch-pace": Right.SEE_LAUNCHES,
    "launch-unknown": Right.MANAGE_LAUNCHES,
    "launch-review": Right.MANAGE_LAUNCHES,
    "launch-approve": Right.APPROVE_LAUNCHES,
    "launch-start": Right.MANAGE_LAUNCHES,
    "launch-pause": Right.MANAGE_LAUNCHES,
    "launch-resume": Right.MANAGE_LAUNCHES,
    "launch-cancel": Right.MANAGE_LAUNCHES,
    "launch-urgent": Right.MANAGE_LAUNCHES,
    "launch-approve-urgent": Right.APPROVE_URGENT,
    "launch-end-urgent": Right.MANAGE_LAUNCHES,
    "launch-spread": Right.MANAGE_LAUNCHES,
    "launch-rehearsal": Right.SEE_LAUNCHES,
    "version-rehearsal": Right.SEE_LAUNCHES,
    "launch-messages": Right.SEE_LAUNCHES,
    "launch-message": Right.SEE_LAUNCHES,
    "senders": Right.MANAGE_SENDERS,
    "sender-health": Right.SEE_LAUNCHES,
    "sender-writer": Right.MANAGE_SENDERS,
    "sender-limit": Right.MANAGE_SENDERS,
    "sender-warm-up": Right.MANAGE_SENDERS,
    "sender-resume": Right.MANAGE_SENDERS,
    "account-limit": Right.MANAGE_SENDERS,
    "launch-school-stop": Right.STOP_SCHOOL,
    "launch-school-lift": Right.STOP_SCHOOL,
    "schools": Right.STOP_SCHOOL,
    "school-stop": Right.STOP_SCHOOL,
    "school-lift": Right.STOP_SCHOOL,
    "school-poster": Right.MANAGE_AUDIENCE,
    "rosters": Right.MANAGE_AUDIENCE,
    "roster": Right.MANAGE_AUDIENCE,
    "roster-basis": Right.MANAGE_AUDIENCE,
    "roster-year": Right.MANAGE_AUDIENCE,
    "roster-upload": Right.MANAGE_AUDIENCE,
    "roster-columns": Right.MANAGE_AUDIENCE,
    "roster-row": Right.MANAGE_AUDIENCE,
    "roster-bad-rows": Right.MANAGE_AUDIENCE,
    "roster-confirm": Right.MANAGE_AUDIENCE,
    "roster-give-up": Right.MANAGE_AUDIENCE,
    "cases": Right.SEE_CASES,
    "case": Right.SEE_CASES,
    "case-close": Right.DECIDE_CASES,
    "case-stop": Right.DECIDE_CASES,
    "case-release": Right.DECIDE_CASES,
    "case-read": Right.SEE_CASES,
    "case-keep": Right.DECIDE_CASES,
    "enter-opt-out": Right.MANAGE_AUDIENCE,
    "readiness": Right.MANAGE_LAUNCHES,
    "readiness-test": Right.MANAGE_LAUNCHES,
    "sign-out": None,
}
FOR_ANYONE = {
    "healthz",
    "readyz",
    "stop",
    "advice",
    "sign-in",
    "test-alert",
    "openapi-json",
    "join",
    "join-confirm",
    "preferences",
    "about-me",
    "own-data",
    "genuine",
    "genuine-code",
}
POST_ONLY = {
    "roster-give-up",
    "case-close",
    "case-stop",
    "case-release",
    "case-read",
    "case-keep",
    "readiness-test",
    "sign-out",
}
ROLES = {
    Role.ADMINISTRATOR: set(Right),
    Role.MANAGER: set(Right)
    - {Right.APPROVE_LAUNCHES, Right.APPROVE_URGENT, Right.MANAGE_STAFF, Right.SEE_CRISES},
    Role.APPROVER: {Right.SEE_LAUNCHES, Right.APPROVE_LAUNCHES, Right.APPROVE_URGENT},
    Role.AUDITOR: {Right.SEE_LAUNCHES},
    Role.SCHOOL_STAFF: {Right.STOP_SCHOOL, Right.MANAGE_AUDIENCE},
    Role.SAFEGUARDING_LEAD: {
        Right.STOP_SCHOOL,
        Right.SEE_CASES,
        Right.DECIDE_CASES,
        Right.SEE_CRISES,
    },
    Role.DUTY_CONTACT: {Right.SEE_CASES, Right.DECIDE_CASES, Right.SEE_CRISES},
}
SCHOOL_ROLES = {Role.SCHOOL_STAFF, Role.SAFEGUARDING_LEAD}


def patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        else:
            yield entry


def test_every_address_declares_its_rule() -> None:
    undeclared = [entry.name for entry in patterns() if rule_of(entry.callback) is None]
    assert undeclared == []


def test_every_address_has_the_rule_that_it_should_have() -> None:
    every = {(entry.name, rule_of(entry.callback)) for entry in patterns()}
    # The API checks its keys itself (tests/api).
    rules = {name: rule for name, rule in every if rule and rule.audience is not Audience.KEY}
    anyone = {name for name, rule in rules.items() if rule and rule.audience is Audience.ANYONE}
    guarded = {name: rule.right for name, rule in rules.items() if rule and name not in anyone}
    assert anyone == FOR_ANYONE
    assert guarded == GUARDED


@pytest.fixture
def addresses(manager: Staff, approver: Staff, school: School) -> dict[str, str]:
    """The address of every guarded page, of a running launch and of `school`'s case."""
    launch = build.build_running(manager, approver)
    case = build.build_case(school)
    found = {"launches": "/", "new-launch": "/launches/new", "schools": "/schools"}
    found |= {"readiness": "/alerts", "readiness-test": f"/alerts/{manager.uuid}/test"}
    found |= {"cases": "/cases", "case": f"/cases/{case.uuid}", "sign-out": "/sign-out"}
    sender = build.build_sender()
    found |= {"enter-opt-out": "/opt-outs/new"}
    found |= {"senders": "/senders", "account-limit": "/accounts/twilio/limit"}
    found |= {"sender-health": "/senders/health"}
    delivery = build.build_delivery(launch, build.build_address(school), school)
    message = f"/messages/{delivery.step_run.uuid}/{delivery.id}"
    parts = {"": "", "pace": "/pace.json", "message": message}
    found |= build.roster_addresses(school, build.build_upload(school))
    version = launch.version
    found["version-rehearsal"] = f"/campaigns/{version.campaign.slug}/{version.number}/rehearsal"
    found |= {"school-poster": f"/schools/{school.uuid}/poster/en.pdf"}
    for name in GUARDED:
        if name in found:
            continue
        kind, _, rest = name.partition("-")
        if kind == "sender":
            found[name] = f"/senders/{sender.uuid}/{rest}"
        elif kind == "launch" and not rest.startswith("school"):
            part = parts.get(rest, f"/{rest}")
            found[name] = f"/launches/{launch.uuid}{part}"
        elif kind == "launch":
            verb = rest.removeprefix("school-")
            found[name] = f"/launches/{launch.uuid}/schools/{school.uuid}/{verb}"
        elif kind in {"school", "case"} and rest:
            uuid = school.uuid if kind == "school" else case.uuid
            found[name] = f"/{kind}s/{uuid}/{rest}"
    return found


def expected(name: str, held: set[Right]) -> set[int]:
    """The answers to GET that are right for someone with these rights."""
    right = GUARDED[name]
    if right is not None and right not in held:
        return {403}
    if name in POST_ONLY:
        return {405}
    if name.startswith("launch-school") and Right.SEE_LAUNCHES not in held:
        return {404}
    return {200, 302} if name in {"launches", "rosters"} else {200}


@pytest.mark.parametrize("role", list(ROLES), ids=str)
def test_each_role_opens_its_pages_and_no_other(
    client: AppClient, addresses: dict[str, str], school: School, role: Role
) -> None:
    at = school if role in SCHOOL_ROLES else None
    client.as_staff(build.build_staff("Someone", role, school=at))
    answers = {name: client.get(address).status_code for name, address in addresses.items()}
    wrong = {n: code for n, code in answers.items() if code not in expected(n, ROLES[role])}
    assert wrong == {}


@pytest.mark.parametrize("role", sorted(SCHOOL_ROLES), ids=str)
def test_objects_of_another_school_are_as_good_as_none(
    client: AppClient, addresses: dict[str, str], role: Role
) -> None:
    other = build.build_school("elsewhere")
    client.as_staff(build.build_staff("Someone", role, school=other))
    for name in ("school-stop", "school-lift", "launch-school-stop", "launch-school-lift"):
        assert client.get(addresses[name]).status_code == 404
        assert client.post(addresses[name], {"why": "because"}).status_code == 404
    refused = 404 if role == Role.SAFEGUARDING_LEAD else 403
    assert client.get(addresses["case"]).status_code == refused
    for name in ("case-close", "case-stop", "case-release"):
        answer = client.post(addresses[name], {"outcome": "x", "why": "x"})
        assert answer.status_code == refused
    assert "Greenhill" not in client.get("/schools").content.decode()


def test_row_security_hides_other_schools_even_from_a_query_that_forgets(
    client: AppClient, school: School
) -> None:
    build.build_school("elsewhere")
    seen: list[str] = []

    def forgetful(request: HttpRequest) -> HttpResponse:
        seen.extend(School.objects.values_list("slug", flat=True))
        return HttpResponse("")

    staff = build.build_staff("Someone", Role.SCHOOL_STAFF, school=school)
    with _routes(path("forgetful", _signed_in(forgetful))):
        client.as_staff(staff).get("/forgetful")
        client.as_staff(staff).post("/forgetful")
    assert seen == ["greenhill", "greenhill"]


def test_public_page_sees_no_school(client: AppClient, school: School) -> None:
    seen: list[int] = []

    @public
    def open_page(request: HttpRequest) -> HttpResponse:
        seen.append(School.objects.count())
        return HttpResponse("")

    with _routes(path("open", open_page)):
        client.get("/open")
        client.post("/open")
    assert seen == [0, 0]


def test_what_a_request_may_see_ends_with_it(client: AppClient, manager: Staff) -> None:
    client.as_staff(manager).post("/launches/new", {})
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('outreach.schools', true)")
        assert cursor.fetchone()[0] == ""


def test_get_cannot_write_even_if_a_view_tried(client: AppClient, manager: Staff) -> None:
    def writing(request: HttpRequest) -> HttpResponse:
        Staff.objects.update(name="changed")
        return HttpResponse("")

    client.raise_request_exception = False
    with _routes(path("writing", _signed_in(writing))):
        assert client.as_staff(manager).get("/writing").status_code == 500
    manager.refresh_from_db()
    assert manager.name == "Mara"


def test_view_without_a_rule_answers_nobody(client: AppClient, manager: Staff) -> None:
    with _routes(path("undeclared", lambda request: HttpResponse("secret"))):
        assert client.as_staff(manager).get("/undeclared").status_code == 404


def test_stranger_is_sent_to_the_sign_in_and_back(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    address = f"/launches/{build.build_running(manager, approver).uuid}"
    answer = client.get(address)
    assert answer["Location"] == f"/sign-in?next={address}"
    answer = client.post(
        "/sign-in", {"email": manager.email, "password": build.PASSWORD, "next": address}
    )
    assert answer["Location"] == address


def test_part_of_a_page_sends_the_whole_page_to_the_sign_in(client: AppClient, db: None) -> None:
    answer = client.get(
        "/launches/0192d7c0-0000-7000-8000-000000000000/live", headers={"HX-Request": "true"}
    )
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in")


def test_person_whose_account_was_closed_is_out_at_once(
    client: AppClient, manager: Staff, organisation: FrozenClock
) -> None:
    client.as_staff(manager)
    Staff.objects.filter(pk=manager.pk).update(is_active=False)
    assert client.get("/").status_code == 302


def test_post_without_its_csrf_token_changes_nothing(
    manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    strict = AppClient(enforce_csrf_checks=True).as_staff(manager)
    answer = strict.post(f"/launches/{launch.uuid}/pause", {"why": "forged"})
    launch.refresh_from_db()
    assert (answer.status_code, launch.state) == (403, LaunchState.RUNNING)
    assert "send it again" in answer.content.decode()


def test_pages_carry_strict_headers(client: AppClient, manager: Staff) -> None:
    answer = client.as_staff(manager).get("/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]


def _signed_in(view):  # type: ignore[no-untyped-def]  # any view, as the decorator takes it
    from outreach.web.access import signed_in

    return signed_in(view)


def _routes(*extra: URLPattern) -> override_settings:
    module = type("Routes", (), {"urlpatterns": [*get_resolver().url_patterns, *extra]})
    return override_settings(ROOT_URLCONF=module)
