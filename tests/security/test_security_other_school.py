"""Every address of pages and API, with every identifier of another school's objects.

Whatever is asked and sent, by every role that is bound to a school: none of the other school's
words comes back, and none of its rows changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import pytest
from django.http import HttpResponse
from route_walk import PARAMETER, routes
from test_security_row_walls import as_app, rows_of, walled
from two_schools import Life

from outreach.organisation.models import Role
from outreach.organisation.permissions import Audience, Rule
from tests.web import web_builders as build
from tests.web.web_client import AppClient
from tests.web.web_rules import ROLES

_NOT_THERE = {403, 404, 405}
# What their own account page, and pages without an object, may answer as well.
_OWN = {200, 302, 400, 422}
_API = "api/v1/"
# An address may be stopped by any school, and for all of them: nobody is to wait for a school.
_FOR_ALL_SCHOOLS = "api/v1/opt-outs"


@dataclass(frozen=True)
class Address:
    """`path`: no parameter is left. `names_theirs`: it has an identifier of the other school."""

    name: str
    path: str
    rule: Rule
    names_theirs: bool


def _fillings(parameter: tuple[str, str], theirs: Life) -> tuple[str, ...]:
    """What to try in this place of an address."""
    kind, name = parameter
    if name == "school":
        return (str(theirs.school.uuid),)
    if name == "launch":
        return (str(theirs.delivery.step_run.launch.uuid), *theirs.identifiers)
    if kind in {"uuid", "uuidstr"}:
        return theirs.identifiers
    if name == "step":
        return ("launch",)
    return {
        "int": (str(theirs.delivery.id if name == "number" else 2),),
        "slug": (theirs.school.slug,) if name == "slug" else ("launch",),
        "day": ("2026-11-02",),
    }.get(kind, ("2026-11-02" if name == "day" else "en",))


def addresses(theirs: Life) -> Iterator[Address]:
    for name, path, rule, _ in routes():
        parameters = PARAMETER.findall(path)
        for values in product(*(_fillings(each, theirs) for each in parameters)):
            filled = path
            for value in values:
                filled = PARAMETER.sub(value, filled, count=1)
            names = any(value in theirs.identifiers for value in values)
            yield Address(name, f"/{filled}", rule, names)


def body_for(theirs: Life) -> dict[str, str]:
    """Every field that a form could take an identifier from, with theirs."""
    school, person = theirs.identifiers[0], theirs.identifiers[1]
    return {
        "why": "because",
        "outcome": "done",
        "reason": "because",
        "name": "changed",
        "school": str(theirs.school.pk),
        "schools": str(theirs.school.pk),
        "school_id": school,
        "person": person,
        "case": theirs.identifiers[4],
        "upload": theirs.identifiers[3],
        "sure": "yes",
        "confirm": "yes",
        "end_gone": "yes",
        "evidence": "call",
        "language": "en",
        "basis": "other",
        "next": "/",
    }


def their_rows(theirs: Life) -> dict[str, list[str]]:
    with as_app(str(theirs.school.pk)):
        return {table: rows_of(table) for table in walled()}


def gives_away(answer: HttpResponse, theirs: Life) -> bool:
    said = b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined]
    headers = " ".join(f"{name}: {value}" for name, value in answer.items())
    return theirs.mark in (said.decode(errors="replace") + headers).casefold()


@pytest.mark.parametrize("role", [Role.SCHOOL_STAFF, Role.SAFEGUARDING_LEAD], ids=str)
def test_no_page_gives_away_or_changes_what_is_another_schools(
    client: AppClient, two_lives: tuple[Life, Life], role: Role
) -> None:
    mine, theirs = two_lives
    before = their_rows(theirs)
    client.as_staff(build.build_staff("Someone", role, school=mine.school))
    client.raise_request_exception = False
    wrong = {}
    refused: set[str] = set()
    for address in addresses(theirs):
        if address.rule.audience is not Audience.STAFF or address.name in {
            "sign-out",
            "account-end-others",
        }:
            continue
        if address.rule.right is not None and address.rule.right not in ROLES[role]:
            if address.name in refused:  # whatever the object
                continue
            refused.add(address.name)
        for method in (client.get, client.post):
            answer = method(address.path, body_for(theirs))
            right = _NOT_THERE if address.names_theirs else _NOT_THERE | _OWN
            if answer.status_code not in right or gives_away(answer, theirs):
                wrong[f"{method.__name__} {address.path} {address.name}"] = answer.status_code
    assert wrong == {}
    assert their_rows(theirs) == before


def test_no_public_page_says_a_word_about_a_school_without_its_link(
    client: AppClient, two_lives: tuple[Life, Life]
) -> None:
    _, theirs = two_lives
    before = their_rows(theirs)
    client.raise_request_exception = False
    shown = set()
    for address in addresses(theirs):
        if address.rule.audience is Audience.ANYONE:
            for method in (client.get, client.post):
                answer = method(address.path, body_for(theirs))
                assert answer.status_code < 500, address
                if gives_away(answer, theirs):
                    shown.add(address.name)
    # The page to sign up at a school, whose address is on its posters, has its name.
    assert shown == {"join"}
    assert their_rows(theirs) == before


def test_no_key_of_a_school_reads_or_changes_what_is_another_schools(
    client: AppClient, two_lives: tuple[Life, Life]
) -> None:
    mine, theirs = two_lives
    before = their_rows(theirs)
    client.raise_request_exception = False
    body = body_for(theirs) | {
        "address": theirs.address.value,
        "zone": "Europe/London",
        "country": "GB",
        "slug": "third",
        "languages": ["en"],
        "campaign": "tiny",
        "starts_on": "2026-11-09",
        "rows": [{"guardian name": "X", "guardian email": theirs.address.value, "consent": "yes"}],
    }
    wrong = {}
    for address in addresses(theirs):
        if not address.path.startswith(f"/{_API}") or address.path.startswith(
            f"/{_FOR_ALL_SCHOOLS}"
        ):
            continue
        for method in ("GET", "POST", "PATCH", "PUT", "DELETE"):
            answer = client.generic(
                method,
                address.path,
                "" if method == "GET" else json.dumps(body),
                "application/json",
                headers={"Authorization": f"Bearer {mine.key}"},
            )
            right = _NOT_THERE if address.names_theirs else _NOT_THERE | _OWN
            if answer.status_code not in right or gives_away(answer, theirs):
                wrong[f"{method} {address.path}"] = answer.status_code
    assert wrong == {}
    assert their_rows(theirs) == before


def test_the_same_key_opens_what_is_its_own(
    client: AppClient, two_lives: tuple[Life, Life]
) -> None:
    """Or the walk above would prove nothing."""
    mine, _ = two_lives
    for path in ("schools", f"schools/{mine.school.uuid}", "people", "cases"):
        answer = client.get(f"/{_API}{path}", headers={"Authorization": f"Bearer {mine.key}"})
        assert answer.status_code == 200
        assert str(mine.identifiers[0]) in answer.content.decode(), path


def test_an_address_of_another_school_cannot_be_asked_after(
    client: AppClient, two_lives: tuple[Life, Life]
) -> None:
    mine, theirs = two_lives
    answers = [
        client.generic(
            "POST",
            f"/{_FOR_ALL_SCHOOLS}/state",
            json.dumps({"address": address}),
            "application/json",
            headers={"Authorization": f"Bearer {mine.key}"},
        )
        for address in (theirs.address.value, "nobody@mailbox.example")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert answers[0].content == answers[1].content
