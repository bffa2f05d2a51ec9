"""Texts from a phone, over the signed webhook, to what they change."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from replies_house import (
    OUR_NUMBER,
    PARENT,
    House,
    all_inbound_is_read,
    cases,
    deliver_first_step,
    meanings,
)

from outreach.config.database import work_dsn
from outreach.config.environment import environment
from outreach.consent.actions import suppress
from outreach.consent.models import Suppression, SuppressionReason
from outreach.consent.queries import active_suppressions, is_suppressed
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.errors import NotNow
from outreach.inbox.models import InboundMessage
from outreach.notices.models import Notice
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Organisation, Sender
from outreach.replies.actions import read_waiting_replies
from outreach.replies.cases import close_case
from outreach.replies.models import Case, Reply
from outreach.replies.writer import Writer, find_writer
from outreach.sandbox.faults import FaultKind
from outreach.subscriptions.opt_out import opt_out
from tests.delivery import delivery_builders as build


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop", "Stop.", "  stop  ", "UNSUBSCRIBE", "end", "Quit!", "STOPALL", "revoke",
     "OptOut", "cancel", "opt out"],
)  # fmt: skip
def test_stop_suppresses_and_is_confirmed_once(house: House, text: str) -> None:
    house.text(text)
    assert is_suppressed("sms", PARENT)
    assert len(house.answers()) == 1
    assert "no more texts" in house.answers()[0]
    assert cases() == 0
    assert all_inbound_is_read()


def test_the_confirmation_says_that_everything_by_text_was_stopped(house: House) -> None:
    house.text("STOP")
    (answer,) = house.answers()
    assert "no more texts from us. To start again" in answer


def test_second_stop_is_not_confirmed_again(house: House) -> None:
    house.text("STOP")
    house.text("stop")
    assert len(house.answers()) == 1
    assert Suppression.objects.count() == 1
    assert meanings() == ["stop", "stop"]


def test_stop_is_not_confirmed_where_the_provider_does_it(house: House) -> None:
    Sender.objects.filter(channel="sms").update(opt_out_handled_by="provider")
    house.sandbox.configure(opt_out_handled_by="provider")
    house.text("STOP")
    assert is_suppressed("sms", PARENT)
    assert not Notice.objects.exists()


def test_stop_that_advanced_opt_out_has_answered_is_obeyed_in_silence(house: House) -> None:
    house.sandbox.configure(
        senders=[{"sender": OUR_NUMBER, "opt_out_handled_by": "provider", "advanced_opt_out": True}]
    )
    house.text("STOP")
    assert InboundMessage.objects.get().opt_out_type == "STOP"
    assert is_suppressed("sms", PARENT)
    assert not Notice.objects.exists()


def test_start_lifts_the_stop_and_is_confirmed(house: House) -> None:
    house.text("STOP")
    house.text("START")
    assert not is_suppressed("sms", PARENT)
    assert len(house.answers()) == 2
    assert meanings() == ["stop", "start"]


def test_stop_after_start_holds_and_is_confirmed_again(house: House) -> None:
    for text in ("STOP", "START", "STOP"):
        house.text(text)
    assert is_suppressed("sms", PARENT)
    assert len(house.answers()) == 3


def test_stop_and_start_waiting_together_are_read_in_their_order(house: House) -> None:
    for text in ("STOP", "START"):
        house.sandbox.reply_from_phone(PARENT, text, to=OUR_NUMBER)
        house.sandbox.wait_until_quiet()
    house.work()
    assert not is_suppressed("sms", PARENT)


def test_start_does_not_undo_what_staff_or_a_bounce_blocked(house: House) -> None:

    suppress("sms", PARENT, reason=SuppressionReason.STAFF, evidence="court", actor=OPERATOR)
    house.text("START")
    assert is_suppressed("sms", PARENT)


def test_help_names_the_organisation_and_the_countrys_help_line(house: House) -> None:
    Sender.objects.filter(channel="sms").update(countries=["GB"])
    house.text("HELP")
    (answer,) = house.answers()
    assert Organisation.objects.get().name in answer
    assert "STOP" in answer
    assert "999" in answer
    assert cases() == 0


@pytest.mark.parametrize(
    "text",
    ["Stop by the school tomorrow?", "Thank you!", "When does school start?"],
)
def test_other_text_opens_a_case_and_suppresses_nothing(house: House, text: str) -> None:
    house.text(text)
    assert not Suppression.objects.exists()
    assert not Notice.objects.exists()
    case = Case.objects.select_related("reply__inbound").get()
    assert case.reply.inbound.text == text
    assert case.state == "open"
    assert text not in case.reply.why


def test_picture_is_noted_as_a_file_and_is_nowhere_in_the_database(house: House) -> None:
    house.text("look at this", media_types=["image/jpeg", "video/mp4"])
    assert InboundMessage.objects.get().files_dropped == 2
    assert cases() == 1
    assert not _found_anywhere("Media")
    assert not _found_anywhere("image/jpeg")


def test_unknown_caller_is_heard_and_stopped(house: House) -> None:
    house.text("STOP", number="+447700900777")
    house.text("What is this?", number="+447700900778")
    assert is_suppressed("sms", "+447700900777")
    assert len(house.answers("+447700900777")) == 1
    assert cases() == 1
    assert Reply.objects.filter(address=None, sender__identity=OUR_NUMBER).count() == 2


def test_webhook_that_comes_again_is_read_once(house: House) -> None:
    house.sandbox.fail(Channel.SMS, FaultKind.DUPLICATE_CALLBACKS, times=5)
    house.text("STOP")
    house.work()
    assert Reply.objects.count() == 1
    assert len(house.answers()) == 1


def test_message_whose_work_was_cut_short_is_finished_without_a_second_answer(
    house: House,
) -> None:
    """Killed after the opt-out was committed and before the message was marked as read."""

    house.sandbox.reply_from_phone(PARENT, "STOP", to=OUR_NUMBER)
    house.sandbox.wait_until_quiet()
    message = InboundMessage.objects.get()
    opt_out("sms", PARENT, evidence=f"inbound:{message.pk}", actor=OPERATOR)
    house.work()
    assert len(house.answers()) == 1
    assert Suppression.objects.count() == 1
    assert all_inbound_is_read()


def test_confirmation_is_not_sent_when_it_would_come_too_late(house: House) -> None:
    house.sandbox.reply_from_phone(PARENT, "STOP", to=OUR_NUMBER)
    house.sandbox.wait_until_quiet()
    InboundMessage.objects.update(received_at=now() - timedelta(minutes=6))
    house.work()
    assert is_suppressed("sms", PARENT)
    assert house.answers() == []


def test_stop_ends_the_mails_about_the_topic_to_the_person_last_written_to(house: House) -> None:
    school = build.build_school()
    parent = build.build_parent(school, phone=PARENT)
    deliver_first_step()
    build.give_address(parent.person, school, "email", "anna@example.org")
    house.text("STOP")
    topic_id = active_suppressions("email", "anna@example.org").get().topic_id
    assert topic_id is not None
    assert is_suppressed("sms", PARENT)
    assert Reply.objects.get().school is not None


def test_message_on_which_we_fail_does_not_hold_up_the_stop_behind_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_on_the_first(message: InboundMessage) -> Writer:
        if message.text == "Good morning!":
            raise ZeroDivisionError
        return find_writer(message)

    for text in ("Good morning!", "STOP"):
        house.sandbox.reply_from_phone(PARENT, text, to=OUR_NUMBER)
        house.sandbox.wait_until_quiet()
    with monkeypatch.context() as broken:
        broken.setattr("outreach.replies.actions.find_writer", fail_on_the_first)
        house.work()
    assert is_suppressed("sms", PARENT)
    assert meanings() == ["stop"]

    read_waiting_replies()
    assert meanings() == ["stop", "other"]


def test_second_reader_leaves_the_reading_to_the_first(house: House) -> None:
    house.sandbox.reply_from_phone(PARENT, "STOP", to=OUR_NUMBER)
    house.sandbox.wait_until_quiet()
    with psycopg.connect(work_dsn(environment()), autocommit=True) as first:
        first.execute("SELECT pg_advisory_lock(7341003)")
        assert read_waiting_replies() == 0
        # The server closes a session a moment after its client has.
        first.execute("SELECT pg_advisory_unlock(7341003)")
    assert read_waiting_replies() == 1


def test_closing_a_case_says_who_and_what(house: House) -> None:

    house.text("Hello?")
    case = Case.objects.get()
    close_case(case, "Called back.", actor=OPERATOR)
    case.refresh_from_db()
    assert (case.state, case.closed_by, case.outcome) == ("closed", OPERATOR.name, "Called back.")
    with pytest.raises(NotNow):
        close_case(case, "Again.", actor=OPERATOR)


def _found_anywhere(text: str) -> bool:
    """Whether any row of any table holds `text`."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        for table in (name for name in names if not name.startswith("django_")):
            cursor.execute(
                f'SELECT EXISTS (SELECT 1 FROM "{table}" t WHERE t::text ILIKE %s)',  # noqa: S608
                [f"%{text}%"],
            )
            if cursor.fetchone() == (True,):
                return True
    return False
