"""Signing in below the pages: what is kept, for how long, and what a changed key does."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from django.contrib.auth.hashers import identify_hasher, make_password
from django.utils import timezone

from outreach.config.environment import environment
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Staff
from outreach.organisation.second_factor.app_codes import add_app, is_code_of_app, new_secret
from outreach.organisation.second_factor.recovery_codes import new_codes, use_code
from outreach.organisation.sessions import SessionStore, forget_old_sessions
from outreach.organisation.sign_in_models import AuthenticatorApp, SignInTry, StaffSession
from outreach.organisation.staff import create_staff
from outreach.organisation.tries import Door, TooManyTries, begin_try, forget_old_tries

pytestmark = pytest.mark.django_db
PASSWORD = "four quiet purple hens"


@pytest.fixture
def anna() -> Staff:
    return create_staff(email="anna@outreach.test", name="Anna", password=PASSWORD, actor=OPERATOR)


def code_of(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(timezone.now(), counter_offset=steps)


def test_password_is_kept_with_argon2id(anna: Staff) -> None:
    assert identify_hasher(anna.password).algorithm == "argon2"
    assert anna.password.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$")


def test_password_of_an_earlier_version_opens_and_is_renewed(anna: Staff) -> None:
    anna.password = make_password(PASSWORD, hasher="scrypt")
    anna.save()
    assert anna.check_password(PASSWORD)
    anna.refresh_from_db()
    assert identify_hasher(anna.password).algorithm == "argon2"


def test_app_and_recovery_codes_outlive_a_new_secret_key(
    anna: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = new_secret()
    add_app(anna, secret, code_of(secret, -1), actor=OPERATOR)
    codes = new_codes(anna, actor=OPERATOR)
    old = environment().secret_key
    try:
        monkeypatch.setenv("OUTREACH_SECRET_KEY", "another key of thirty-two letters and more")
        monkeypatch.setenv("OUTREACH_SECRET_KEY_OLD", old)
        environment.cache_clear()
        assert is_code_of_app(anna, code_of(secret))
        assert use_code(anna, codes[0], actor=OPERATOR)
        monkeypatch.delenv("OUTREACH_SECRET_KEY_OLD")
        environment.cache_clear()
        assert not is_code_of_app(anna, code_of(secret, 1))
        assert not use_code(anna, codes[1], actor=OPERATOR)
    finally:
        monkeypatch.undo()
        environment.cache_clear()


def test_code_of_two_steps_ago_or_ahead_is_wrong(anna: Staff) -> None:
    secret = new_secret()
    add_app(anna, secret, code_of(secret, -1), actor=OPERATOR)
    AuthenticatorApp.objects.update(last_step=0)
    assert not is_code_of_app(anna, code_of(secret, -3))
    assert not is_code_of_app(anna, code_of(secret, 3))
    assert is_code_of_app(anna, code_of(secret))


def test_many_at_once_are_counted_before_they_are_looked_at() -> None:
    for _ in range(6):
        begin_try(Door.PASSWORD, "anna@outreach.test", "")
    with pytest.raises(TooManyTries) as caught:
        begin_try(Door.PASSWORD, "anna@outreach.test", "")
    assert caught.value.seconds == 15


def test_wait_grows_to_a_quarter_of_an_hour_and_no_further() -> None:
    waits = set()
    for _ in range(20):
        try:
            begin_try(Door.PASSWORD, "anna@outreach.test", "")
        except TooManyTries as error:
            waits.add(error.seconds)
            SignInTry.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert waits == {15, 30, 60, 120, 240, 480, 900}


def test_counts_are_forgotten_after_a_day_and_known_networks_after_ninety() -> None:
    begin_try(Door.PASSWORD, "anna@outreach.test", "")
    begin_try(Door.PASSWORD, "bob@outreach.test", "")
    two_days_ago = timezone.now() - timedelta(days=2)
    SignInTry.objects.update(last_at=two_days_ago)
    known = SignInTry.objects.order_by("pk")[:1].get()
    SignInTry.objects.filter(pk=known.pk).update(succeeded_at=two_days_ago)
    forget_old_tries()
    assert list(SignInTry.objects.values_list("pk", flat=True)) == [known.pk]
    SignInTry.objects.update(last_at=timezone.now() - timedelta(days=91))
    forget_old_tries()
    assert not SignInTry.objects.exists()


def test_sessions_that_are_over_are_deleted(anna: Staff) -> None:
    for _ in range(2):
        session = SessionStore()
        session["_auth_user_id"] = str(anna.pk)
        session.create()
    StaffSession.objects.filter(session_key=session.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    forget_old_sessions()
    assert StaffSession.objects.get().staff == anna
