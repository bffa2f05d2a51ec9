"""Replies that wait for a person: what is shown, and what each decision does."""

from __future__ import annotations

from datetime import timedelta

import pytest
import web_builders as build
from web_client import AppClient

from outreach.consent.models import Hold, Suppression
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.notices.models import Notice, NoticeKind
from outreach.organisation.alert_tests import token_of_test
from outreach.organisation.models import AlertTest, AuditEntry, Role, School, Sender, Staff
from outreach.replies.models import CaseKind, CaseState
from tests.organisation import contact_builders as contacts


def test_urgent_replies_come_first_then_the_newest(
    client: AppClient, manager: Staff, school: School, organisation: FrozenClock
) -> None:
    for text, kind in (
        ("older", CaseKind.QUESTION),
        ("held", CaseKind.HOLD),
        ("newer", CaseKind.QUESTION),
    ):
        build.build_case(school, text, kind=kind)
        organisation.tick(timedelta(minutes=1))
    shown = client.as_staff(manager).get("/cases").content.decode()
    places = [shown.index(f"<blockquote>{text}") for text in ("held", "newer", "older")]
    assert places == sorted(places)
    assert shown.count("</span> On hold</span>") == 1


def test_reply_is_shown_whole_with_what_we_understood_and_why(
    client: AppClient, manager: Staff, school: School
) -> None:
    case = build.build_case(school, "First line\n<b>second</b>")
    case.reply.inbound.files_dropped = 1
    case.reply.inbound.save()
    shown = client.as_staff(manager).get(f"/cases/{case.uuid}").content.decode()
    for words in (
        "First line<br>&lt;b&gt;second",
        "It may be a stop, or not",
        "Something that a person has to read",
        "A file was sent with it",
        "Greenhill",
    ):
        assert words in shown


def test_mail_shows_its_own_words_first_and_what_it_answers_apart(
    client: AppClient, manager: Staff, school: School
) -> None:
    quoted = "On 23 Nov 2026 at 18:58, Greenhill <hello@outreach.test> wrote:\n> Dear family"
    case = build.build_case(school, f"What is this about?\n\n{quoted}")
    client.as_staff(manager)
    shown = client.get(f"/cases/{case.uuid}").content.decode()
    assert '<blockquote class="whole">What is this about?</blockquote>' in shown
    assert "&gt; Dear family</pre>" in shown
    listed = client.get("/cases").content.decode()
    assert "<blockquote>What is this about?</blockquote>" in listed


def test_case_closes_with_an_outcome_in_the_name_of_who_decided(
    client: AppClient, manager: Staff, school: School
) -> None:
    case = build.build_case(school)
    address = f"/cases/{case.uuid}/close"
    assert client.as_staff(manager).post(address, {"outcome": ""}).status_code == 200
    client.post(address, {"outcome": "Called back."})
    case.refresh_from_db()
    assert (case.state, case.closed_by) == (CaseState.CLOSED, manager.email)
    assert "Called back." in client.get("/cases?closed").content.decode()


def test_decided_case_neither_waits_nor_is_on_hold_any_more(
    client: AppClient, manager: Staff, school: School
) -> None:
    case = build.build_case(school, kind=CaseKind.HOLD)
    client.as_staff(manager).post(f"/cases/{case.uuid}/close", {"outcome": "Called back"})
    shown = client.get("/cases?closed").content.decode()
    assert "Called back" in shown
    assert "</span> On hold</span>" not in shown
    assert "Put here for a person to read." in shown


def test_case_closed_by_somebody_else_is_not_closed_again(
    client: AppClient, manager: Staff, school: School
) -> None:
    case = build.build_case(school)
    address = f"/cases/{case.uuid}/close"
    client.as_staff(manager).post(address, {"outcome": "First."})
    shown = client.post(address, {"outcome": "Second."}, follow=True).content.decode()
    case.refresh_from_db()
    assert case.outcome == "First."
    assert "closed already" in shown


@pytest.mark.parametrize("is_known", [True, False])
def test_this_is_a_stop_blocks_the_address_and_closes_the_case(
    client: AppClient, manager: Staff, school: School, is_known: bool
) -> None:
    address = build.build_address(school) if is_known else None
    case = build.build_case(school if is_known else None, "leave me alone", address=address)
    client.as_staff(manager).post(f"/cases/{case.uuid}/stop")
    block = Suppression.objects.get()
    case.refresh_from_db()
    assert (block.channel, block.actor) == ("email", manager.email)
    assert block.evidence == f"inbound:{case.reply.inbound_id}"
    assert case.state == CaseState.CLOSED


def test_hold_ends_with_a_reason_and_the_case_stays_open(
    client: AppClient, manager: Staff, school: School
) -> None:
    address = build.build_address(school)
    case = build.build_case(school, address=address)
    hold = Hold.objects.create(address=address, reason="A call for help.", actor="x", at=now())
    shown = client.as_staff(manager).get(f"/cases/{case.uuid}").content.decode()
    assert "A call for help." in shown
    client.post(f"/cases/{case.uuid}/release", {"why": ""})
    hold.refresh_from_db()
    assert hold.released_at is None
    client.post(f"/cases/{case.uuid}/release", {"why": "All is well."})
    hold.refresh_from_db()
    case.refresh_from_db()
    assert (hold.released_by, case.state) == (manager.email, CaseState.OPEN)


def test_nothing_to_decide_says_what_would_come_here(client: AppClient, manager: Staff) -> None:
    assert "Nothing waits for you" in client.as_staff(manager).get("/cases").content.decode()


def looks() -> list[str]:
    """Who looked at which case, from the log."""
    found = AuditEntry.objects.filter(action="case looked at").order_by("id")
    return list(found.values_list("actor", flat=True))


def test_call_for_help_exists_only_for_those_who_may_read_it(
    client: AppClient, manager: Staff, school: School
) -> None:
    case = build.build_case(school, "he threatens her", kind=CaseKind.CRISIS)
    address = f"/cases/{case.uuid}"
    client.as_staff(manager)
    assert "Nothing waits for you" in client.get("/cases").content.decode()
    assert client.get(address).status_code == 404
    for verb in ("read", "close", "stop", "release", "keep"):
        assert client.post(f"{address}/{verb}", {"outcome": "x", "why": "x"}).status_code == 404
    elsewhere = contacts.build_lead(build.build_school("elsewhere"))
    assert client.as_staff(elsewhere).get(address).status_code == 404


@pytest.mark.parametrize("is_of_the_school", [True, False], ids=["lead", "duty contact"])
def test_words_of_a_call_for_help_are_shown_only_with_a_line_in_the_log(
    client: AppClient, school: School, is_of_the_school: bool
) -> None:
    reader = contacts.build_lead(school) if is_of_the_school else contacts.build_duty_contact()
    case = build.build_case(school, "he threatens her", kind=CaseKind.CRISIS)
    address = f"/cases/{case.uuid}"
    client.as_staff(reader)
    for shown in (client.get("/cases"), client.get(address)):
        assert "he threatens her" not in shown.content.decode()
        assert "Nobody has opened it yet" in shown.content.decode()
    assert looks() == []
    for number in (1, 2):
        assert "he threatens her" in client.post(f"{address}/read").content.decode()
        assert looks() == [reader.email] * number
    case.refresh_from_db()
    assert (case.seen_by, case.next_alert_at) == (reader.email, None)


def test_mail_that_proves_nothing_says_that_nothing_is_held_and_what_can_be_done(
    client: AppClient, school: School
) -> None:
    client.as_staff(contacts.build_duty_contact())
    stranger = build.build_case(None, "he blackmails her", kind=CaseKind.CRISIS)
    shown = client.post(f"/cases/{stranger.uuid}/read").content.decode()
    assert "Nothing is on hold." in shown
    assert "ask the school who it is" in shown
    address = build.build_address(school)
    known = build.build_case(school, "he blackmails her", kind=CaseKind.CRISIS, address=address)
    assert "Nothing is on hold." not in client.post(f"/cases/{known.uuid}/read").content.decode()


def test_case_on_hold_closes_only_after_the_hold_was_decided(
    client: AppClient, manager: Staff, school: School
) -> None:
    address = build.build_address(school)
    case = build.build_case(school, "xqzt", kind=CaseKind.HOLD, address=address)
    Hold.objects.create(address=address, reason="perhaps a stop", actor="x", at=now())
    client.as_staff(manager)
    shown = client.post(f"/cases/{case.uuid}/close", {"outcome": "ok"}, follow=True)
    assert "still on hold" in shown.content.decode()
    shown = client.post(f"/cases/{case.uuid}/keep", {"why": "We call them."}, follow=True)
    assert "Kept on hold" in shown.content.decode()
    assert "We call them." in shown.content.decode()
    client.post(f"/cases/{case.uuid}/stop")
    case.refresh_from_db()
    assert case.state == CaseState.CLOSED
    assert not Hold.objects.filter(released_at=None).exists()
    assert Suppression.objects.exists()


def test_stop_in_a_call_for_help_is_one_button_and_the_case_stays_open(
    client: AppClient, school: School
) -> None:
    lead = contacts.build_lead(school)
    address = build.build_address(school)
    case = build.build_case(school, "help, and stop", kind=CaseKind.CRISIS, address=address)
    case.stop_requested = True
    case.save()
    shown = client.as_staff(lead).post(f"/cases/{case.uuid}/read").content.decode()
    assert "They asked us to stop too" in shown
    client.post(f"/cases/{case.uuid}/stop")
    case.refresh_from_db()
    assert case.state == CaseState.OPEN
    assert Suppression.objects.get().actor == lead.email


def test_the_page_of_alerts_says_for_each_channel_how_the_last_one_fared(
    client: AppClient, manager: Staff, school: School
) -> None:
    build.build_sender("email")
    lead = contacts.build_contact("Lea", Role.SAFEGUARDING_LEAD, school)
    shown = client.as_staff(manager).get("/alerts").content.decode()
    assert "No alert was ever sent." in shown
    assert "No sender reaches everybody who is to be alerted." in shown
    said = client.post(f"/alerts/{lead.uuid}/test", follow=True).content.decode()
    assert "no sender of texts writes to GB" in said
    assert "by email and by text." not in said
    Notice.objects.update(state="failed", reason="unauthorised 535 5.7.8")
    Sender.objects.update(provider="smtp")
    shown = client.get("/alerts").content.decode()
    assert "The last alert did not go." in shown
    assert "The mail server does not accept user and password. (535 5.7.8)" in shown
    assert "Mend that first (in the terminal: outreach doctor), then send a test alert." in shown


def test_manager_sends_a_test_alert_and_its_link_confirms_it_by_post_alone(
    client: AppClient, manager: Staff, school: School
) -> None:
    for channel in ("email", "sms"):
        build.build_sender(channel)
    lead = contacts.build_contact("Lea", Role.SAFEGUARDING_LEAD, school)
    shown = client.as_staff(manager).get("/alerts").content.decode()
    assert "No test alert yet" in shown
    client.post(f"/alerts/{lead.uuid}/test")
    assert Notice.objects.filter(kind=NoticeKind.TEST_ALERT).count() == 2
    test = AlertTest.objects.get()
    link = f"/alert/{token_of_test(test, Channel.SMS)}"
    assert link in Notice.objects.get(channel="sms").text
    client.logout()
    client.get(link)
    test.refresh_from_db()
    assert test.acknowledged_at is None
    assert client.post(link).status_code == 200
    test.refresh_from_db()
    assert test.acknowledged_by == "sms"
    assert "Confirmed" in client.as_staff(manager).get("/alerts").content.decode()
    assert client.get("/alert/abcdef234567").status_code == 404
