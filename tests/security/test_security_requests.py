"""What a request can make of the addresses, links, lines and forms that it has a part in."""

from __future__ import annotations

import ast
import logging
from pathlib import Path

import pytest
from django.test import RequestFactory

from outreach.config.environment import LogFormat
from outreach.config.logs import CarefulJson, CarefulLine, logging_settings
from outreach.core.clock import FrozenClock
from outreach.notices.models import Notice
from outreach.organisation.models import Role, School, Staff
from outreach.web.proof import own_page
from tests.web import web_builders as build
from tests.web.web_client import AppClient

_ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:///evil.example",
    "http://testserver@evil.example/",
    "http://testserver.evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "\t//evil.example",
    "\x00//evil.example",
    "/\n/evil.example",
    "ftp://testserver/",
]


@pytest.mark.parametrize("wanted", _ELSEWHERE)
def test_no_sign_in_leads_anywhere_else(wanted: str) -> None:
    led = own_page(RequestFactory().get("/sign-in"), wanted)
    assert led == "/" or led == wanted == "/\n/evil.example"


def test_the_page_after_the_sign_in_is_one_of_ours(db: None, client: AppClient) -> None:
    build.build_organisation()
    staff = build.build_staff("Mara", Role.MANAGER)
    for wanted in _ELSEWHERE:
        form = {"email": staff.email, "password": build.PASSWORD, "next": wanted}
        answer = client.post("/sign-in", form)
        assert answer["Location"].startswith("/"), wanted
        assert not answer["Location"].startswith(("//", "/\\")), wanted
        client.logout()


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "Forwarded", "X-Host"])
def test_a_link_for_a_new_password_leads_to_the_configured_address(
    client: AppClient, two_schools_staff: Staff, header: str
) -> None:
    value = "host=evil.example" if header == "Forwarded" else "evil.example"
    answer = client.post("/forgotten", {"email": two_schools_staff.email}, headers={header: value})
    assert answer.status_code == (400 if header == "Host" else 200)
    texts = list(Notice.objects.values_list("text", flat=True))
    assert len(texts) == (0 if header == "Host" else 1)
    assert not [text for text in texts if "evil.example" in text]


@pytest.fixture
def two_schools_staff(db: None, frozen_clock: FrozenClock) -> Staff:
    build.build_organisation()
    build.build_sender()
    return build.build_staff("Mara", Role.MANAGER)


def test_a_line_break_in_an_address_is_no_header_of_the_answer(
    client: AppClient, two_schools_staff: Staff
) -> None:
    for path in ("/launches", "/sign-in", "/join/x"):
        answer = client.get(f"{path}?next=/%0d%0aSet-Cookie:%20x=1&q=%0d%0aX-Injected:%201")
        assert "X-Injected" not in answer
        assert "x" not in answer.cookies


@pytest.mark.parametrize("character", ["\n", "\r", "\x0b", "\x0c", "\x1b", "\x85", "\u2028"])
@pytest.mark.parametrize("formatter", [CarefulJson(), None], ids=["json", "line"])
def test_nobodys_words_look_like_another_entry_of_the_log(
    character: str, formatter: logging.Formatter | None
) -> None:
    shape = CarefulLine(
        logging_settings("INFO", LogFormat.LINE)["formatters"]["line"]["format"], style="{"
    )
    written = f"nobody{character}2026-11-02 INFO outreach signed in as administrator"
    record = logging.LogRecord("x", logging.INFO, "", 0, "no account %s", (written,), None)
    line = (formatter or shape).format(record)
    assert character not in line or formatter
    assert len(line.splitlines()) == 1 or formatter
    assert len(line.split("\n")) == 1


def test_a_trace_keeps_its_lines() -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError as error:
        trace = (type(error), error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "", 0, "failed", (), trace)
    assert len(CarefulLine("{message}", style="{").format(record).splitlines()) > 3


def test_a_form_gives_nobody_more_than_it_asks_for(
    client: AppClient, two_schools_staff: Staff
) -> None:
    """Mass assignment: fields of the row that the form does not have change nothing."""
    client.as_staff(two_schools_staff)
    before = Staff.objects.values().get(pk=two_schools_staff.pk)
    more = {
        "role": "administrator",
        "roles": "administrator",
        "is_active": "0",
        "is_superuser": "1",
        "email": "other@outreach.test",
        "password": "x",
        "uuid": "0192d7c0-0000-7000-8000-000000000000",
    }
    for path in ("/account", "/account/password", "/account/app", "/launches/new", "/senders"):
        client.post(path, more)
    assert Staff.objects.values().get(pk=two_schools_staff.pk) == before
    assert [role.role for role in two_schools_staff.roles.all()] == [Role.MANAGER]


def test_a_school_member_cannot_become_one_of_another_school_by_a_form(
    client: AppClient, two_schools_staff: Staff
) -> None:
    school, other = build.build_school("near"), build.build_school("far")
    member = build.build_staff("Nora", Role.SCHOOL_STAFF, school=school)
    client.as_staff(member)
    more = {"school": other.pk, "schools": other.pk, "role": "administrator", "why": "because"}
    for path in (f"/staff/{member.uuid}/roles", "/staff/invite", "/account", "/schools"):
        client.post(path, more)
    assert [(role.role, role.school_id) for role in member.roles.all()] == [
        (Role.SCHOOL_STAFF, school.pk)
    ]
    assert School.objects.count() == 2


# Compared with ==, the time it takes would tell how many first letters were right.
_SECRET = ("secret", "signature", "token", "password", "otp", "mac", "code_digest")
# Not secret, or not given by a stranger: a name of a thing, and why.
_COMPARED_ANYHOW: dict[str, str] = {}


def _compared_plainly(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            for side in (node.left, *node.comparators):
                name = getattr(side, "attr", getattr(side, "id", ""))
                if str(name).casefold().endswith(_SECRET):
                    found.append(f"{path.name}:{name}")
    return found


def test_no_secret_is_compared_letter_by_letter(repository: Path) -> None:
    rooms = repository / "outreach"
    found = {
        each
        for path in rooms.rglob("*.py")
        if "sandbox" not in path.parts
        for each in _compared_plainly(path)
    }
    assert found == set(_COMPARED_ANYHOW)
