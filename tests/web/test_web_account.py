"""One's own account: second factors, recovery codes, sessions, a new password."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
import web_builders as build
from django.utils import timezone
from web_client import AppClient

from outreach.config.environment import environment
from outreach.organisation.models import AuditEntry, Staff
from outreach.organisation.second_factor import factors_of
from outreach.organisation.sign_in_models import AuthenticatorApp, SignInTry, StaffSession

NEW_PASSWORD = "seven brave orange otters"


def code_of(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(timezone.now(), counter_offset=steps)


@pytest.fixture
def secret(client: AppClient, manager: Staff) -> str:
    """The secret of an app that the manager set up in this browser, with a code of before."""
    client.as_staff(manager)
    client.post("/account/app/begin")
    page = client.get("/account/app").content.decode()
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found is not None
    secret = found[1].replace(" ", "")
    answer = client.post("/account/app", {"code": code_of(secret, -1)})
    assert "Your recovery codes" in answer.content.decode()
    return secret


def half_way(client: AppClient, manager: Staff) -> AppClient:
    """Past the password, before the code."""
    client.post("/sign-in", {"email": manager.email, "password": build.PASSWORD})
    return client


def test_app_is_drawn_without_style_or_script_and_counts_only_after_a_right_code(
    client: AppClient, manager: Staff
) -> None:
    client.as_staff(manager)
    client.post("/account/app/begin")
    page = client.get("/account/app").content.decode()
    assert "<svg" in page
    assert "style=" not in page
    answer = client.post("/account/app", {"code": "000000"})
    assert "This code is not right" in answer.content.decode()
    assert not factors_of(manager).has_app


def test_secret_of_the_app_is_not_readable_in_the_database(secret: str, manager: Staff) -> None:
    stored = bytes(AuthenticatorApp.objects.get(staff=manager).secret)
    assert secret.encode() not in stored


def test_sign_in_then_asks_for_the_code_and_opens_nothing_before(
    secret: str, manager: Staff
) -> None:
    client = half_way(AppClient(), manager)
    assert client.get("/account").status_code == 302
    assert client.get("/sign-in/code").status_code == 200
    before = client.cookies["sessionid"].value
    answer = client.post("/sign-in/code", {"code": code_of(secret)})
    assert answer["Location"] == "/"
    assert client.cookies["sessionid"].value != before
    assert client.get("/account").status_code == 200


def test_nothing_of_an_earlier_session_stays_in_a_new_one(
    client: AppClient, secret: str, manager: Staff
) -> None:
    assert client.session["second"]
    AuthenticatorApp.objects.all().delete()
    half_way(client, manager)
    assert client.get("/account").status_code == 200
    assert "second" not in client.session


def test_page_that_was_asked_for_opens_after_the_code(secret: str, manager: Staff) -> None:
    client = AppClient()
    words = {"email": manager.email, "password": build.PASSWORD, "next": "/alerts"}
    client.post("/sign-in", words)
    assert client.post("/sign-in/code", {"code": code_of(secret)})["Location"] == "/alerts"


def test_each_code_is_right_once(secret: str, manager: Staff) -> None:
    code = code_of(secret)
    assert half_way(AppClient(), manager).post("/sign-in/code", {"code": code}).status_code == 302
    again = half_way(AppClient(), manager).post("/sign-in/code", {"code": code})
    assert "used before" in again.content.decode()


def test_guessing_codes_is_slowed_down(secret: str, manager: Staff) -> None:
    client = half_way(AppClient(), manager)
    answers = [client.post("/sign-in/code", {"code": f"00000{n}"}).status_code for n in range(8)]
    assert answers[-1] == 429
    # Another browser does not help: the account itself is slowed down.
    other = half_way(AppClient(), manager)
    assert other.post("/sign-in/code", {"code": "111111"}).status_code == 429


def test_password_that_changed_meanwhile_ends_the_half_way(secret: str, manager: Staff) -> None:
    client = half_way(AppClient(), manager)
    manager.set_password(NEW_PASSWORD)
    manager.save()
    assert client.post("/sign-in/code", {"code": code_of(secret)})["Location"] == "/sign-in"


def test_in_mode_live_the_pages_open_once_a_second_factor_is_set_up(
    client: AppClient, manager: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_MODE", "live")
    environment.cache_clear()
    try:
        client.as_staff(manager)
        assert client.get("/alerts")["Location"] == "/account"
        assert "First: a second factor" in client.get("/account").content.decode()
        client.post("/account/app/begin")
        client.post("/account/app", {"code": code_of(client.session["new_app"])})
        assert client.get("/alerts").status_code == 200
        # A browser that has only the password is no way around.
        other = AppClient().as_staff(manager)
        assert other.get("/alerts")["Location"] == "/account"
    finally:
        environment.cache_clear()


def test_recovery_code_signs_in_once_and_stands_in_the_log(
    client: AppClient, secret: str, manager: Staff
) -> None:
    page = client.post("/account/recovery-codes").content.decode()
    codes = re.findall(r"<code>([a-z0-9-]{14})</code>", page)
    assert len(set(codes)) == 10
    other = half_way(AppClient(), manager)
    typed = codes[0].upper().replace("-", " ")
    assert other.post("/sign-in/code", {"code": typed})["Location"] == "/"
    again = half_way(AppClient(), manager)
    assert again.post("/sign-in/code", {"code": codes[0]}).status_code == 200
    assert factors_of(manager).recovery_codes == 9
    assert AuditEntry.objects.filter(action="staff.recovery-code-used").count() == 1


def test_first_second_factor_signs_other_browsers_out(client: AppClient, manager: Staff) -> None:
    thief = half_way(AppClient(), manager)
    assert thief.get("/account").status_code == 200
    client.as_staff(manager)
    client.post("/account/app/begin")
    secret = client.session["new_app"]
    client.post("/account/app", {"code": code_of(secret)})
    assert thief.get("/account").status_code == 302
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("proof", [build.PASSWORD, "code"])
def test_proof_by_password_or_code_lets_go_on(secret: str, manager: Staff, proof: str) -> None:
    client = AppClient().as_staff(manager, proved=False)
    asked = client.get("/account/password")
    assert asked["Location"] == "/confirm?next=%2Faccount%2Fpassword"
    words = {"proof": code_of(secret) if proof == "code" else proof, "next": "/account/password"}
    assert client.post("/confirm", words | {"proof": "wrong"}).status_code == 200
    assert client.post("/confirm", words)["Location"] == "/account/password"
    assert client.get("/account/password").status_code == 200


def test_proof_is_over_after_ten_minutes(client: AppClient, manager: Staff) -> None:
    client.as_staff(manager)
    session = client.session
    session["proved"] = int((timezone.now() - timedelta(minutes=11)).timestamp())
    session.save()
    assert client.get("/account/password").status_code == 302
    answer = client.post("/account/app/begin", headers={"Referer": "http://testserver/account"})
    assert answer["Location"] == "/confirm?next=%2Faccount"


def test_new_password_signs_out_every_other_browser_and_keeps_this_one(
    client: AppClient, manager: Staff
) -> None:
    other = half_way(AppClient(), manager)
    client.as_staff(manager)
    twice = {"password": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert client.post("/account/password", twice)["Location"] == "/account"
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 302


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        (NEW_PASSWORD, "other words here", "not the same"),
        ("short", "short", "at least 12"),
        ("Sommer2026!!", "Sommer2026!!", "easy to guess"),
        ("MaraMaraMara1", "MaraMaraMara1", "easy to guess"),
    ],
)
def test_password_is_refused_with_the_reason(
    client: AppClient, manager: Staff, password: str, again: str, said: str
) -> None:
    answer = client.as_staff(manager).post(
        "/account/password", {"password": password, "again": again}
    )
    assert said in answer.content.decode()
    manager.refresh_from_db()
    assert manager.check_password(build.PASSWORD)


def test_a_password_that_is_easy_to_guess_is_refused_in_german_on_a_german_page(
    client: AppClient, manager: Staff
) -> None:
    given = {"password": "Sommer2026!!", "again": "Sommer2026!!"}
    answer = client.as_staff(manager).post(
        "/account/password", given, headers={"Accept-Language": "de"}
    )
    assert "Dieses Passwort ist leicht zu erraten" in answer.content.decode()


def test_one_sees_where_one_is_signed_in_and_ends_one_or_all_others(
    client: AppClient, manager: Staff
) -> None:
    phone, school_pc = half_way(AppClient(), manager), half_way(AppClient(), manager)
    agent = "Mozilla/5.0 (Android 16; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
    words = {"email": manager.email, "password": build.PASSWORD}
    client.post("/sign-in", words, headers={"User-Agent": agent})
    page = client.get("/account").content.decode()
    assert "Firefox, Android" in page
    key = phone.cookies["sessionid"].value
    uuid = StaffSession.objects.get(session_key=key).uuid
    client.post(f"/account/sessions/{uuid}/end")
    assert (phone.get("/account").status_code, school_pc.get("/account").status_code) == (302, 200)
    client.post("/account/sessions/end-others")
    assert school_pc.get("/account").status_code == 302
    assert client.get("/account").status_code == 200


def test_session_of_somebody_else_is_as_good_as_none(
    client: AppClient, manager: Staff, approver: Staff
) -> None:
    half_way(AppClient(), approver)
    uuid = StaffSession.objects.get(staff=approver).uuid
    assert client.as_staff(manager).post(f"/account/sessions/{uuid}/end").status_code == 404
    assert StaffSession.objects.filter(uuid=uuid).exists()


def test_passkey_answer_without_a_question_or_from_nobody_signs_nobody_in(
    client: AppClient, manager: Staff
) -> None:
    answer = client.post("/sign-in/passkey", {"answer": "{}"})
    assert "took too long" in answer.content.decode()
    client.post("/sign-in/passkey/question")
    forged = '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {}}'
    assert (
        "does not sign in here"
        in client.post("/sign-in/passkey", {"answer": forged}).content.decode()
    )
    assert client.get("/account").status_code == 302


def test_passkeys_are_offered_under_a_name_and_not_under_a_number(
    client: AppClient, manager: Staff, settings
) -> None:  # type: ignore[no-untyped-def]  # pytest-django's settings
    settings.ALLOWED_HOSTS = ["127.0.0.1", "outreach.example"]
    client.as_staff(manager)
    named = client.get("/account", headers={"Host": "outreach.example"}).content.decode()
    number = client.get("/account", headers={"Host": "127.0.0.1:8000"}).content.decode()
    assert "Add a passkey" in named
    assert "Add a passkey" not in number
    assert "under their host name" in number


def test_tries_keep_no_address_in_plain(client: AppClient, manager: Staff) -> None:
    half_way(client, manager)
    assert all(len(bytes(row.key)) == 16 for row in SignInTry.objects.all())
