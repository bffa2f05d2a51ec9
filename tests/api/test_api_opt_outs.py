"""The API as other systems meet it: keys, scopes, rates, and what an opt-out does."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.urls import get_resolver

from outreach.audience.models import Address
from outreach.consent.models import Suppression, SuppressionReason
from outreach.consent.queries import active_suppressions, is_suppressed
from outreach.core.clock import FrozenClock, now
from outreach.organisation.api_keys import create_key, revoke_key
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import ApiKey, ApiScope, AuditEntry, School
from outreach.organisation.permissions import Audience
from outreach.web.access import rule_of
from tests.api.conftest import Ask
from tests.delivery import delivery_builders as build
from tests.web.web_client import AppClient

ANNA = "anna@example.org"
PHONE = "+447700900123"
BOTH = (ApiScope.ADD_OPT_OUTS, ApiScope.SEE_OPT_OUTS)


def key_for(*scopes: ApiScope, **more: Any) -> str:
    return create_key("School website", scopes or BOTH, actor=OPERATOR, **more).secret


def opt_out_of(address: str, **more: str) -> dict[str, str]:
    return {"address": address, "evidence": "form on our website", **more}


def test_opt_out_is_in_force_when_the_answer_has_come(ask: Ask) -> None:
    answer = ask("opt-outs", key_for(), opt_out_of(f" {ANNA.title()} "))
    assert (answer.status_code, answer.json()["new"], answer.json()["channel"]) == (
        201,
        True,
        "email",
    )
    assert active_suppressions("email", ANNA).get().reason == SuppressionReason.ASKED


def test_repeating_it_changes_nothing(ask: Ask) -> None:
    key = key_for()
    answers = [ask("opt-outs", key, opt_out_of(PHONE)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert Suppression.objects.count() == 1


def test_one_topic_can_be_stopped(ask: Ask) -> None:
    assert ask("opt-outs", key_for(), opt_out_of(ANNA, topic="online-safety")).status_code == 201
    assert not is_suppressed("email", ANNA)
    assert ask("opt-outs", key_for(), opt_out_of(ANNA, topic="nothing")).status_code == 404


def test_key_of_one_school_stops_an_address_of_another_under_every_key(
    ask: Ask, school: School
) -> None:
    elsewhere = build.build_school("elsewhere")
    parent = build.build_parent(elsewhere, email=ANNA)
    parent.email.hashes.all().delete()  # as after a new key version
    key = key_for(school=school)
    assert ask("opt-outs", key, opt_out_of(ANNA)).status_code == 201
    digests = {bytes(row.digest) for row in Address.objects.get().hashes.all()}
    assert bytes(Suppression.objects.get().digest) in digests


def test_state_says_what_is_stopped(ask: Ask) -> None:
    key = key_for()
    ask("opt-outs", key, opt_out_of(ANNA, topic="online-safety"))
    assert ask("opt-outs/state", key, {"address": ANNA}).json() == {
        "everything": False,
        "topics": ["online-safety"],
        "waiting_for_decision": False,
    }


def test_key_of_one_school_learns_nothing_about_anothers_people(ask: Ask, school: School) -> None:
    build.build_parent(build.build_school("elsewhere"), email=ANNA)
    own = build.build_parent(school, email="own@example.org")
    key = key_for(school=school)
    known = ask("opt-outs/state", key, {"address": ANNA})
    unknown = ask("opt-outs/state", key, {"address": "nobody@example.org"})
    assert (known.status_code, unknown.status_code) == (404, 404)
    assert known.json() == unknown.json()
    assert ask("opt-outs/state", key, {"address": own.email.value}).status_code == 200


@pytest.mark.parametrize("key", ["", "ok_abcdefgh_" + "x" * 43, "nonsense", "ok_"])
def test_without_a_key_in_force_nothing_is_done(ask: Ask, key: str) -> None:
    answer = ask("opt-outs", key, opt_out_of(ANNA))
    assert (answer.status_code, answer.json()["code"]) == (401, "no-key")
    assert not Suppression.objects.exists()


def test_key_that_has_ended_opens_nothing(ask: Ask, frozen_clock: FrozenClock) -> None:
    revoked = create_key("a", BOTH, actor=OPERATOR)
    revoke_key(revoked.key.prefix, why="lost", actor=OPERATOR)
    expired = create_key("b", BOTH, expires_at=now() + timedelta(days=1), actor=OPERATOR)
    frozen_clock.tick(timedelta(days=2))
    for made in (revoked, expired):
        assert ask("opt-outs", made.secret, opt_out_of(ANNA)).status_code == 401


@pytest.mark.parametrize(
    ("path", "scope"),
    [("opt-outs", ApiScope.SEE_OPT_OUTS), ("opt-outs/state", ApiScope.ADD_OPT_OUTS)],
)
def test_key_does_only_what_its_scopes_say(ask: Ask, path: str, scope: ApiScope) -> None:
    answer = ask(path, key_for(scope), opt_out_of(ANNA))
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")


def test_key_that_is_used_too_often_waits(ask: Ask) -> None:
    key = key_for(most_a_minute=2)
    ApiKey.objects.update(minute=now(), used_in_minute=0)
    codes = [ask("opt-outs/state", key, {"address": ANNA}).status_code for _ in range(4)]
    # The minute may change once while the test runs.
    assert codes.count(429) >= 1
    assert 200 in codes


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"address": "not an address", "evidence": "x"}, 400),
        ({"address": "07700 900123", "evidence": "x"}, 400),
        ({"address": ANNA, "evidence": " "}, 400),
        ({"address": ANNA}, 422),
        ({"evidence": "x"}, 422),
        ({"address": ANNA, "evidence": "x", "why": "because"}, 422),
        ([], 422),
    ],
)
def test_what_cannot_be_used_is_said_and_changes_nothing(
    ask: Ask, body: object, status: int
) -> None:
    answer = ask("opt-outs", key_for(), body)
    assert answer.status_code == status
    assert answer.json()["code"] in {"bad-input", "bad-address"}
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_only_post_does_anything(ask: Ask, method: str) -> None:
    assert ask("opt-outs", key_for(), opt_out_of(ANNA), method=method).status_code == 405
    assert not Suppression.objects.exists()


def test_key_is_kept_as_a_hash_and_addresses_are_in_no_log(
    ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = key_for()
    ask("opt-outs", secret, opt_out_of(ANNA))
    ask("opt-outs", secret, opt_out_of("nonsense@"))
    stored = str([*ApiKey.objects.values(), *AuditEntry.objects.values()])
    assert secret not in stored + caplog.text
    assert ANNA not in str(list(AuditEntry.objects.values())) + caplog.text


def test_who_entered_it_is_in_the_audit_log(ask: Ask) -> None:
    ask("opt-outs", key_for(), opt_out_of(ANNA))
    entry = AuditEntry.objects.get(action="opt-out.entered")
    assert entry.actor == f"api-key:{ApiKey.objects.get().prefix}"
    assert entry.why == "form on our website"


def test_document_names_every_path_and_how_to_sign_in(ask: Ask) -> None:
    found = AppClient().get("/api/v1/openapi.json").json()
    assert {"/api/v1/opt-outs", "/api/v1/opt-outs/state"} <= set(found["paths"])
    assert found["components"]["securitySchemes"]["Bearer"]["scheme"] == "bearer"
    assert all(
        operation["security"] for path in found["paths"].values() for operation in path.values()
    )


def test_every_path_but_the_document_wants_a_key() -> None:
    (door,) = [each for each in get_resolver().url_patterns if str(each.pattern) == "api/v1/"]
    rules = {each.name: rule_of(each.callback) for each in door.url_patterns}
    open_to_all = {name for name, rule in rules.items() if rule and rule.audience != Audience.KEY}
    assert open_to_all == {"openapi-json"}
