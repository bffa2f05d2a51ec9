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
from web_rules import FIXED, FOR_ANYONE, GUARDED, POST_ONLY, ROLES, SCHOOL_ROLES

from outreach.campaigns.models import LaunchState
from outreach.config.environment import environment
from outreach.core.clock import FrozenClock
from outreach.organisation.models import Role, School, Staff
from outreach.organisation.permissions import Right
from outreach.web.access import Audience, public, rule_of


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
    sender = build.build_sender()
    found = FIXED | {"readiness-test": f"/alerts/{manager.uuid}/test"}
    found |= {"case": f"/cases/{case.uuid}"}
    delivery = build.build_delivery(launch, build.build_address(school), school)
    message = f"/messages/{delivery.step_run.uuid}/{delivery.id}"
    correct = f"/steps/{delivery.step_run.uuid}/correct"
    parts = {"": "", "pace": "/pace.json", "message": message, "correct": correct}
    found |= build.roster_addresses(school, build.build_upload(school))
    version = launch.version
    found["version-rehearsal"] = f"/campaigns/{version.campaign.slug}/{version.number}/rehearsal"
    found |= build.campaign_addresses(version)
    found["launch-step-move"] = f"/launches/{launch.uuid}/steps/launch/2026-11-02/move"
    found |= {"school-poster": f"/schools/{school.uuid}/poster/en.pdf"}
    found |= build.staff_addresses(manager)
    found |= build.school_addresses(school, launch)
    found |= build.endpoint_addresses()
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
    return {200, 302} if name in {"home", "rosters", "account-app"} else {200}


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


@pytest.mark.parametrize("role", [*sorted(SCHOOL_ROLES), None], ids=str)
def test_no_address_with_an_object_of_another_school_answers_by_any_method(
    client: AppClient, addresses: dict[str, str], school: School, role: Role | None
) -> None:
    other = build.build_school("elsewhere")
    roles = [role] if role else []
    client.as_staff(build.build_staff("Someone", *roles, school=other))
    of_school = {
        name: address
        for name, address in addresses.items()
        if str(school.uuid) in address or name.partition("-")[0] == "case"
    }
    assert len(of_school) > 15
    for name, address in of_school.items():
        answers = client.get(address).status_code, client.post(address, {"why": "x"}).status_code
        assert set(answers) <= {403, 404, 405}, name


def test_what_cannot_be_taken_back_asks_first_whether_it_is_still_they(
    client: AppClient, addresses: dict[str, str]
) -> None:
    client.as_staff(build.build_staff("Ada", Role.ADMINISTRATOR), proved=False)
    fresh = {entry.name for entry in patterns() if (r := rule_of(entry.callback)) and r.is_fresh}
    changing = {name for name in GUARDED if name.startswith("staff-")} - {"staff-member"}
    assert fresh >= changing | {"audit-export", "account-password", "account-app-remove"}
    for name in fresh & set(addresses):
        ask = client.post if name in POST_ONLY else client.get
        assert ask(addresses[name])["Location"].startswith("/confirm?next="), name


@pytest.mark.parametrize("role", list(ROLES), ids=str)
def test_in_mode_live_roles_that_send_or_read_replies_need_a_second_factor_first(
    client: AppClient, school: School, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    monkeypatch.setenv("OUTREACH_MODE", "live")
    environment.cache_clear()
    try:
        client.as_staff(build.build_staff("Someone", role, school=at(school, role)))
        is_free = role in {Role.AUDITOR, Role.SCHOOL_STAFF}
        answers = {a: client.get(a) for a in ("/", "/audit", "/cases", "/schools", "/staff")}
        sent_away = {
            address
            for address, answer in answers.items()
            if answer.status_code == 302 and answer["Location"] == "/account"
        }
        opened = {address for address, answer in answers.items() if answer.status_code == 200}
        assert (not sent_away) if is_free else (sent_away and not opened)
        assert client.get("/account").status_code == 200
    finally:
        environment.cache_clear()


def at(school: School, role: Role) -> School | None:
    return school if role in SCHOOL_ROLES else None


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
