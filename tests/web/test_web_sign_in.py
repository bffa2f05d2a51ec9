"""Signing in: who gets in, what is said to who does not, and when the door closes."""

from __future__ import annotations

import pytest
import web_builders as build
from django.conf import settings
from web_client import AppClient

from outreach.organisation.models import Staff

WRONG = "Email address and password do not match"


def sign_in(client: AppClient, email: str, password: str, **more: str):  # type: ignore[no-untyped-def]
    return client.post("/sign-in", {"email": email, "password": password, **more})


def test_staff_sign_in_whatever_the_case_of_their_address(
    client: AppClient, manager: Staff
) -> None:
    answer = sign_in(client, "MARA@Outreach.Test", build.PASSWORD)
    assert answer["Location"] == "/"
    assert "Mara" in client.get("/").content.decode()


def test_session_ends_after_twelve_hours_and_is_out_of_script_reach(
    client: AppClient, manager: Staff
) -> None:
    cookie = sign_in(client, manager.email, build.PASSWORD).cookies["sessionid"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (43200, True, "Lax")


def test_wrong_password_and_unknown_address_get_the_same_sentence(
    client: AppClient, manager: Staff
) -> None:
    for email in (manager.email, "nobody@outreach.test"):
        answer = sign_in(client, email, "wrong")
        assert answer.status_code == 200
        assert WRONG in answer.content.decode()


def test_ten_wrong_passwords_close_the_door_and_say_so(client: AppClient, manager: Staff) -> None:
    answers = [
        sign_in(client, manager.email, f"wrong {number}")
        for number in range(settings.AXES_FAILURE_LIMIT)
    ]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    late = sign_in(client, manager.email, build.PASSWORD)
    for answer in (answers[-1], late):
        assert answer.status_code == 429
        assert "closed for fifteen minutes" in answer.content.decode()


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
