"""Endpoints of webhooks as another system adds and ends them."""

from __future__ import annotations

import pytest

from outreach.organisation.api_keys import create_key
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import ApiAnswer, ApiScope, AuditEntry, School
from outreach.outbound.models import Happening, Hook
from tests.api.conftest import Ask

WISH = {"url": "http://127.0.0.1:9/in", "events": ["delivery.changed", "case.opened"]}


@pytest.fixture
def key(school: School) -> str:
    return create_key("Hub", [ApiScope.MANAGE_HOOKS], actor=OPERATOR).secret


def test_an_endpoint_is_added_shown_and_ended(ask: Ask, key: str) -> None:
    made = ask("hooks", key, WISH)
    assert made.status_code == 201, made.json()
    secret = made.json()["secret"]
    path = f"hooks/{made.json()['id']}"
    shown = ask(path, key, method="GET")
    assert shown.json()["state"] == "active"
    listed = ask("hooks", key, method="GET")
    assert [each["id"] for each in listed.json()["items"]] == [made.json()["id"]]
    assert secret not in shown.content.decode() + listed.content.decode()
    assert ask("hooks", key, WISH).status_code == 409
    assert ask(f"{path}/secret", key).json()["secret"] != secret
    assert ask(path, key, method="DELETE").status_code == 204
    assert ask(path, key, method="GET").status_code == 404
    assert AuditEntry.objects.filter(action__startswith="hook.").count() == 3


def test_the_secret_is_kept_sealed_and_in_no_stored_answer(ask: Ask, key: str) -> None:
    secret = ask("hooks", key, WISH, Idempotency_Key="a").json()["secret"]
    assert secret.encode() not in bytes(Hook.objects.get().secret)
    assert not ApiAnswer.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"events": []}, {"events": ["x"]}, {"url": "ftp://x"}, {"url": "https://8.8.8.8/"}]
)
def test_an_endpoint_that_cannot_be_is_refused(
    ask: Ask, key: str, wrong: dict[str, object]
) -> None:
    assert ask("hooks", key, WISH | wrong).status_code in {400, 422}


def test_a_key_of_one_school_has_no_endpoints(ask: Ask, school: School) -> None:
    own = create_key("Hub", [ApiScope.MANAGE_HOOKS], school=school, actor=OPERATOR).secret
    for method, path in (("GET", "hooks"), ("POST", "hooks")):
        assert ask(path, own, WISH, method=method).status_code == 403


def test_a_stop_that_comes_in_by_the_pages_own_role_is_noted(ask: Ask, key: str) -> None:
    ask("hooks", key, WISH | {"events": ["consent.changed"]})
    stop = create_key("Site", [ApiScope.ADD_OPT_OUTS], actor=OPERATOR).secret
    given = {"address": "anna@example.org", "evidence": "form on our website"}
    assert ask("opt-outs", stop, given).status_code == 201
    assert Happening.objects.get().act == "stopped"
