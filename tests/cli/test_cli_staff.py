"""Staff at the terminal: invitations, links, sessions, a lost second factor."""

from __future__ import annotations

import re

import pytest
from cli_terminal import outreach
from click.testing import CliRunner

from outreach.cli.program import program
from outreach.core.clock import now
from outreach.notices.models import Notice
from outreach.organisation.accounts import accept_invitation
from outreach.organisation.links import open_link
from outreach.organisation.models import AuditEntry, Sender, Staff
from outreach.organisation.second_factor import factors_of
from outreach.organisation.second_factor.recovery_codes import new_codes
from outreach.organisation.sessions import SessionStore
from outreach.organisation.sign_in_models import LinkKind, Passkey
from outreach.organisation.staff import actor_of

pytestmark = pytest.mark.django_db
EMAIL = "nora@outreach.test"
PASSWORD = "seven brave orange otters"
INVITE = ("staff", "invite", EMAIL, "--name", "Nora", "--role", "manager")


def token_in(text: str) -> str:
    found = re.search(r"https?://\S+/(\w+)", text)
    assert found is not None
    return found[1]


@pytest.fixture
def nora() -> Staff:
    outreach(*INVITE)
    answer = outreach("staff", "link", EMAIL, "--print")
    return accept_invitation(token_in(answer.out), PASSWORD)


def test_invitation_goes_by_mail_and_without_a_sender_its_link_is_printed() -> None:
    answer = outreach(*INVITE)
    assert "no sender for email" in answer.out
    assert open_link(LinkKind.INVITATION, token_in(answer.out)).staff.email == EMAIL
    Sender.objects.create(
        channel="email",
        provider="smtp",
        identity="hello@outreach.test",
        can_receive=False,
        opt_out_handled_by="us",
        rate_per_second=1,
    )
    answer = outreach("staff", "link", EMAIL)
    assert answer.out == f"A mail with a link goes to {EMAIL}.\n"
    assert Notice.objects.get().destination == EMAIL


def test_operator_makes_a_link_for_a_new_password(nora: Staff) -> None:
    answer = outreach("staff", "link", EMAIL, "--print")
    assert open_link(LinkKind.PASSWORD_RESET, token_in(answer.out)).staff == nora


def test_sessions_are_shown_and_ended(nora: Staff) -> None:
    assert "signed in nowhere" in outreach("staff", "sessions", EMAIL).out
    session = SessionStore()
    session.update({"_auth_user_id": str(nora.pk), "device": "Firefox, Windows"})
    session.create()
    assert "Firefox, Windows" in outreach("staff", "sessions", EMAIL).out
    assert outreach("staff", "sessions", EMAIL, "--end").out == "Ended: 1.\n"
    assert not SessionStore(session.session_key).load()


def test_lost_second_factor_is_taken_away_with_a_reason(nora: Staff) -> None:
    Passkey.objects.create(
        staff=nora, name="x", credential=b"1", public_key=b"2", sign_count=0, added_at=now()
    )
    new_codes(nora, actor=actor_of(nora))
    assert outreach("staff", "reset-second-factor", EMAIL).code == 2
    outreach("staff", "reset-second-factor", EMAIL, "--why", "phone stolen")
    factors = factors_of(nora)
    assert (factors.has_any, factors.recovery_codes) == (False, 0)
    assert AuditEntry.objects.get(action="staff.second-factor-reset").why == "phone stolen"


def test_closed_account_is_out_and_may_be_invited_again(nora: Staff) -> None:
    outreach("staff", "close", EMAIL, "--why", "left us")
    nora.refresh_from_db()
    assert not nora.is_active
    answer = outreach("staff", "link", EMAIL, "--print")
    assert accept_invitation(token_in(answer.out), PASSWORD).is_active


def test_who_is_asked_for_a_password_is_told_that_one_can_be_made() -> None:
    words = ["staff", "add", EMAIL, "--name", "Nora"]
    done = CliRunner(env={"OUTREACH_AS": ""}).invoke(program, words, input=f"{PASSWORD}\n" * 2)
    assert done.exit_code == 0, done.output
    assert "--generate-password" in done.output.split("Password")[0]
    assert Staff.objects.get().check_password(PASSWORD)
