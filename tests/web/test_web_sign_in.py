"""Signing in: who gets in, what is said to who does not, and when the door closes."""

from __future__ import annotations

from datetime import timedelta

import pytest
import web_builders as build
from django.utils import timezone
from web_client import AppClient

from outreach.organisation.models import Staff
from outreach.organisation.sign_in_models import SignInTry, StaffSession

WRONG = "Email address and password do not match"


def sign_in(client: AppClient, email: str, password: str, **more: str):  # type: ignore[no-untyped-def]
    return client.post("/sign-in", {"email": email, "password": password, **more})


def test_staff_sign_in_whatever_the_case_of_their_address(
    client: AppClient, manager: Staff
) -> None:
    answer = sign_in(client, "MARA@Outreach.Test", build.PASSWORD)
    assert answer["Location"] == "/"
    assert "Mara" in client.get("/").content.decode()


def test_cookie_goes_with_the_browser_and_is_out_of_script_reach(
    client: AppClient, manager: Staff
) -> None:
    cookie = sign_in(client, manager.email, build.PASSWORD).cookies["sessionid"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == ("", True, "Lax")


def test_session_laid_out_before_the_sign_in_is_worth_nothing_after_it(
    client: AppClient, manager: Staff
) -> None:
    client.post("/sign-in/passkey/question")
    laid_out = client.cookies["sessionid"].value
    sign_in(client, manager.email, build.PASSWORD)
    assert client.cookies["sessionid"].value != laid_out
    thief = AppClient()
    thief.cookies["sessionid"] = laid_out
    assert thief.get("/account").status_code == 302


@pytest.mark.parametrize(
    "moved",
    [
        {"seen_at": timezone.now() - timedelta(minutes=61)},
        {"expire_date": timezone.now() - timedelta(seconds=1)},
    ],
    ids=["an hour without use", "twelve hours"],
)
def test_session_ends_by_itself(
    client: AppClient, manager: Staff, moved: dict[str, object]
) -> None:
    sign_in(client, manager.email, build.PASSWORD)
    assert client.get("/account").status_code == 200
    StaffSession.objects.update(**moved)
    assert client.get("/account").status_code == 302


def test_absolute_end_does_not_move_with_use_and_idle_end_does(
    client: AppClient, manager: Staff
) -> None:
    sign_in(client, manager.email, build.PASSWORD)
    session = StaffSession.objects.get(staff=manager)
    assert session.expire_date - session.begun_at == timedelta(hours=12)
    earlier = timezone.now() - timedelta(minutes=30)
    StaffSession.objects.update(seen_at=earlier)
    client.get("/account", headers={"Sec-Fetch-Mode": "cors"})
    assert StaffSession.objects.get().seen_at == earlier  # a page that asks by itself
    client.get("/account")
    after = StaffSession.objects.get()
    assert after.seen_at > earlier
    assert after.expire_date == session.expire_date


def test_wrong_password_and_unknown_address_get_the_same_sentence(
    client: AppClient, manager: Staff
) -> None:
    for email in (manager.email, "nobody@outreach.test"):
        answer = sign_in(client, email, "wrong")
        assert answer.status_code == 200
        assert WRONG in answer.content.decode()


@pytest.mark.parametrize("email", ["mara@outreach.test", "nobody@outreach.test"])
def test_each_wrong_password_after_five_makes_the_wait_longer_and_no_account_is_closed(
    client: AppClient, manager: Staff, email: str
) -> None:
    answers = [sign_in(client, email, f"wrong {number}") for number in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert answers[-1]["Retry-After"] == "15"
    assert "The account is not closed" in answers[-1].content.decode()
    wait_over()
    assert sign_in(client, email, "wrong").status_code == 200
    assert sign_in(client, email, "wrong")["Retry-After"] == "30"


def test_right_password_after_the_wait_forgets_the_wrong_ones(
    client: AppClient, manager: Staff
) -> None:
    for number in range(7):
        sign_in(client, manager.email, f"wrong {number}")
    wait_over()
    assert sign_in(client, manager.email, build.PASSWORD)["Location"] == "/"
    fresh = AppClient()
    assert [sign_in(fresh, manager.email, "x").status_code for _ in range(5)] == [200] * 5


def test_stranger_elsewhere_does_not_slow_the_owner_down(client: AppClient, manager: Staff) -> None:
    home, away = {"REMOTE_ADDR": "203.0.114.7"}, {"REMOTE_ADDR": "198.51.200.9"}
    words = {"email": manager.email, "password": build.PASSWORD}
    assert client.post("/sign-in", words, **home)["Location"] == "/"
    stranger = AppClient()
    wrong = words | {"password": "wrong"}
    for _ in range(40):  # also more than the account may be tried from anywhere
        SignInTry.objects.update(until=None)
        stranger.post("/sign-in", wrong, **away)
    assert stranger.post("/sign-in", wrong, **away).status_code == 429
    assert AppClient().post("/sign-in", words, **home)["Location"] == "/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:1"])
def test_sign_in_leads_only_to_pages_of_ours(
    client: AppClient, manager: Staff, elsewhere: str
) -> None:
    answer = sign_in(client, manager.email, build.PASSWORD, next=elsewhere)
    assert answer["Location"] == "/"


def test_sign_out_needs_a_post_and_ends_the_session(client: AppClient, manager: Staff) -> None:
    client.as_staff(manager)
    assert client.get("/sign-out").status_code == 405
    assert client.get("/").status_code == 200
    client.post("/sign-out")
    assert client.get("/").status_code == 302
    assert not StaffSession.objects.filter(staff=manager).exists()


def wait_over() -> None:
    """The wait of every door has passed."""
    SignInTry.objects.update(until=timezone.now() - timedelta(seconds=1))
