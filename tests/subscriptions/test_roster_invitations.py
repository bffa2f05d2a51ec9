"""Invitations: once ever, by day, and a consent only after the parent's own yes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from join_house import build_house, notices, token_in
from roster_school import Upload, consenting, read

from outreach.audience.models import Address, Person, RosterUpload, UploadState
from outreach.consent.actions import suppress
from outreach.consent.models import Consent, SignUp, SuppressionReason, Topic
from outreach.consent.queries import is_suppressed
from outreach.core.clock import FrozenClock
from outreach.core.errors import BadToken
from outreach.notices.models import NoticeKind
from outreach.organisation.audit import OPERATOR, RECIPIENT
from outreach.organisation.models import AuditEntry, School
from outreach.subscriptions.invitations import ANSWER_WITHIN, by_day, invite
from outreach.subscriptions.opt_in import confirm_by_link, confirm_by_reply
from outreach.subscriptions.roster import bringing_in
from outreach.subscriptions.roster.bringing_in import BroughtIn, bring_in, bring_in_waiting
from outreach.subscriptions.roster.uploads import confirm_upload, take_upload

HEADING = "name,email,mobile,language,consent\n"
ANNA = "Anna,anna@example.org,,de,yes\n"
BOB = "Bob,,07700 900123,,yes\n"


@pytest.fixture
def school(as_work: None, frozen_clock: FrozenClock) -> School:
    found = build_house()
    Topic.objects.get_or_create(slug="online-safety", defaults={"name": "Online safety"})
    School.objects.filter(pk=found.pk).update(consent_basis="invitation")
    found.refresh_from_db()
    return found


def bring(school: School, lines: str) -> BroughtIn:
    return bring_in(
        school,
        read(Upload(school), lines, heading=HEADING),
        file_name="list.csv",
        file_sha256="0" * 64,
        topics=list(Topic.objects.all()),
        end_gone=None,
        actor=OPERATOR,
    )


def asked() -> Iterable[str]:
    return [notice.destination for notice in notices(NoticeKind.INVITATION)]


def test_parent_is_asked_in_their_language_and_nothing_counts_yet(school: School) -> None:
    assert bring(school, ANNA).invited == 1
    (notice,) = notices(NoticeKind.INVITATION)
    assert "Ja, schreiben Sie mir" in notice.text
    assert "wir fragen nicht noch einmal" in notice.text
    assert consenting() == []


def test_long_list_is_taken_up_where_the_task_before_stopped(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringing_in, "_TASK_SECONDS", -1.0)
    monkeypatch.setattr(bringing_in, "_ROWS_AT_ONCE", 1)
    content = (HEADING + ANNA + BOB + "Cleo,cleo@example.org,,,yes\n").encode()
    upload = take_upload(school, "list.csv", content, actor=OPERATOR)
    confirm_upload(upload, end_gone=None, actor=OPERATOR)
    for number in (1, 2, 3):
        assert RosterUpload.objects.get().state == UploadState.CONFIRMED
        assert bring_in_waiting()
        assert len(list(asked())) == number
    assert not bring_in_waiting()
    done = RosterUpload.objects.get()
    assert (done.state, done.sealed, done.result["asked"]) == (UploadState.DONE, None, 3)
    assert AuditEntry.objects.filter(action="roster.import").count() == 1


def test_yes_by_link_makes_it_a_confirmed_invitation(school: School) -> None:
    bring(school, ANNA)
    (notice,) = notices(NoticeKind.INVITATION)
    confirm_by_link(token_in(notice, "join/confirm"))
    consent = Consent.objects.get()
    assert (consent.basis, consent.actor) == ("invitation", RECIPIENT.name)
    assert consent.source.startswith("invited by greenhill")
    assert consent.wording in notice.text
    assert Person.objects.count() == 1


def test_yes_by_text_confirms_the_phone(school: School) -> None:
    bring(school, BOB)
    assert asked() == ["+447700900123"]
    confirm_by_reply("+447700900123", evidence="inbound:1")
    assert Consent.objects.get().basis == "invitation"


def test_nobody_is_asked_a_second_time(school: School, frozen_clock: FrozenClock) -> None:
    bring(school, ANNA)
    frozen_clock.tick(ANSWER_WITHIN + timedelta(days=1))
    SignUp.objects.all().delete()
    Address.objects.all().delete()
    Person.objects.all().delete()
    assert bring(school, ANNA).invited == 0
    assert asked() == ["anna@example.org"]


def test_who_has_stopped_is_not_asked_and_stays_stopped(school: School) -> None:
    reason = SuppressionReason.ASKED
    suppress("email", "anna@example.org", reason=reason, evidence="inbound:1", actor=RECIPIENT)
    assert bring(school, ANNA).invited == 0
    assert asked() == []
    assert is_suppressed("email", "anna@example.org")


def test_who_said_no_in_the_list_is_not_asked(school: School) -> None:
    joint = "Jörg,anna@example.org,,,no\n"
    assert bring(school, ANNA + joint + BOB.replace("yes", "no")).invited == 0


def test_number_is_asked_only_where_there_is_no_mail_address(school: School) -> None:
    bring(school, "Cy,cy@example.org,07700 900124,,yes\n")
    assert asked() == ["cy@example.org"]


def test_late_yes_counts_for_nothing(school: School, frozen_clock: FrozenClock) -> None:
    bring(school, ANNA)
    (notice,) = notices(NoticeKind.INVITATION)
    frozen_clock.tick(ANSWER_WITHIN)
    with pytest.raises(BadToken):
        confirm_by_link(token_in(notice, "join/confirm"))
    assert consenting() == []


def test_school_with_another_basis_invites_nobody(school: School) -> None:
    School.objects.update(consent_basis="signed_form", consent_wording="Yes.")
    school.refresh_from_db()
    rows = read(Upload(school), ANNA, heading=HEADING).rows
    assert invite(school, rows, list(Topic.objects.all()), actor=OPERATOR) == 0


@pytest.mark.parametrize(
    ("moment", "goes_at"),
    [
        ("2026-11-02T10:00", "2026-11-02T10:00"),
        ("2026-11-02T06:30", "2026-11-02T09:00"),
        ("2026-11-02T19:00", "2026-11-03T09:00"),
        ("2026-11-02T23:59", "2026-11-03T09:00"),
    ],
)
def test_invitation_goes_out_by_day(moment: str, goes_at: str) -> None:
    there = datetime.fromisoformat(f"{moment}+00:00")
    expected = datetime.fromisoformat(f"{goes_at}+00:00")
    assert by_day(there, "Europe/London") == expected
    assert by_day(there, "Europe/London").tzinfo is UTC
