"""Somebody in distress writes: the answer, the alerts, and that nothing is taken for a stop."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from replies_house import OUR_NUMBER, PARENT, House, deliver_first_step, meanings

from outreach.consent.actions import suppress
from outreach.consent.models import Hold, Suppression, SuppressionReason
from outreach.consent.queries import is_suppressed
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.inbox.models import InboundMessage
from outreach.notices.models import Notice, NoticeKind
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Organisation, Role, School, Sender
from outreach.replies.cases import close_case, look_at, make_stop, release
from outreach.replies.models import Case, CaseAlert
from outreach.replies.upkeep import look_after_cases
from outreach.sandbox.faults import FaultKind
from tests.delivery import delivery_builders as build
from tests.organisation import contact_builders as contacts
from tests.webhooks.webhook_door import mail_to_us

IN_DISTRESS = "Somebody is blackmailing my daughter with her pictures"
ANNA = "anna@example.org"
DUTY_PHONE = "+447700900501"


@pytest.fixture
def school(house: House) -> School:
    """A school with its child-protection contact, one parent, and the first step delivered."""
    contacts.build_duty_contact()
    school = build.build_school()
    contacts.build_lead(school)
    build.build_parent(school, phone=PARENT)
    deliver_first_step()
    house.sandbox.wait_until_quiet()
    return school


@pytest.fixture
def temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this process, the door's threads included, would put what it spools to disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def help_texts(house: House, number: str = PARENT) -> list[str]:
    found = Notice.objects.filter(kind=NoticeKind.CRISIS_HELP, destination=number)
    sent = {each.text for each in found}
    return [text for text in house.answers(number) if text in sent]


def alerted() -> list[str]:
    """Whom alerts went to, in their order."""
    found = Notice.objects.filter(kind=NoticeKind.CRISIS_ALERT).order_by("id")
    return list(found.values_list("destination", flat=True))


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        (IN_DISTRESS, "In danger now? Call 999."),
        ("Meine Tochter wird mit Nacktfotos erpresst", "In Gefahr? Rufen Sie sofort 999 an."),
        ("Mi hija está siendo chantajeada con fotos", "¿Hay peligro ahora? Llame al 999."),
        ("Mojego syna ktoś szantażuje zdjęciami", "Niebezpieczeństwo? Proszę dzwonić: 999."),
        ("Nekdo izsiljuje mojega sina z golimi slikami", "In danger now? Call 999."),
    ],
    ids=["en", "de", "es", "pl", "a language without such a text"],
)
def test_the_answer_comes_at_once_in_the_language_of_the_reply(
    house: House, school: School, text: str, begins: str
) -> None:
    house.text(text)
    (answer,) = help_texts(house)
    assert answer.startswith(begins)
    assert "Childline 0800 1111" in answer
    assert not Suppression.objects.exists()
    assert meanings() == ["crisis"]
    case = Case.objects.get()
    assert (case.kind, case.priority) == ("crisis", 1)


def test_campaigns_to_the_address_are_held_and_a_stop_in_it_is_noted(
    house: House, school: School
) -> None:
    house.text(f"{IN_DISTRESS}. Stop texting me")
    assert Hold.objects.filter(address__match_key=PARENT, released_at=None).exists()
    assert not Suppression.objects.exists()
    assert Case.objects.get().stop_requested


def test_unknown_number_gets_the_lines_of_the_country_it_wrote_to(house: House) -> None:
    Sender.objects.filter(channel="sms").update(countries=["GB"])
    house.text(IN_DISTRESS, number="+447700900777")
    (answer,) = help_texts(house, "+447700900777")
    assert "999" in answer
    assert Case.objects.get().reply.address is None


def test_known_mail_is_answered_by_mail(house: House) -> None:
    build.build_parent(build.build_school(), email=ANNA)
    deliver_first_step()
    house.sandbox.wait_until_quiet()
    house.sandbox.reply_from_mailbox(ANNA, IN_DISTRESS)
    house.work()
    mail = house.sandbox.messages(Channel.EMAIL, ANNA)[-1]
    assert mail["subject"] == "Thank you for writing"
    assert mail["text"].startswith("In danger now? Call 999.")
    assert mail["reply_to"] == "reply@reply.outreach.test"
    assert Hold.objects.filter(address__match_key=ANNA).exists()


def test_mail_of_a_stranger_is_answered_too(house: House) -> None:
    build.build_school()
    asked = mail_to_us(IN_DISTRESS, to="hello@reply.outreach.test", sender="new@example.org")
    assert house.door.post(asked) == 204
    house.work()
    (mail,) = house.sandbox.messages(Channel.EMAIL, "new@example.org")
    assert "999" in mail["text"]
    assert not Hold.objects.exists()


def test_address_that_stopped_our_messages_gets_the_help_lines(
    house: House, school: School
) -> None:
    suppress("sms", PARENT, reason=SuppressionReason.ASKED, evidence="test", actor=OPERATOR)
    house.text(IN_DISTRESS)
    assert len(help_texts(house)) == 1
    assert is_suppressed("sms", PARENT)


def test_further_messages_join_the_case_and_are_not_answered_again_for_hours(
    house: House, school: School, frozen_clock: FrozenClock
) -> None:
    for text in (IN_DISTRESS, "he wants money now", "He threatens to send the pictures to all"):
        house.text(text)
    assert len(help_texts(house)) == 1
    assert Case.objects.get().replies.count() == 3
    frozen_clock.tick(timedelta(hours=7))
    house.text(IN_DISTRESS)
    assert len(help_texts(house)) == 2


def test_lines_that_are_closed_now_are_not_called_open(house: House) -> None:
    Sender.objects.filter(channel="sms").update(countries=["DE"])
    house.text("Meine Tochter wird mit Nacktfotos erpresst")
    (answer,) = help_texts(house)
    # Monday, 11:00 in Berlin: the parents' line is open, the children's is not yet.
    assert "Jetzt erreichbar: Elterntelefon" in answer
    assert "Nicht immer erreichbar: Nummer gegen Kummer 116 111 (Mo-Sa 14-20 Uhr)" in answer


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ("Mon-Fri 9:00-16:00", "reads messages now"),
        ("Mon-Fri 17:00-20:00", "please do not wait for us"),
        ("", "please do not wait for us"),
    ],
)
def test_it_says_honestly_whether_anyone_reads_now(house: House, hours: str, words: str) -> None:
    Organisation.objects.update(reading_hours=hours, reading_zone="Europe/London")
    house.text(IN_DISTRESS)
    assert words in help_texts(house)[0]


def test_duty_contact_and_the_schools_contact_are_alerted_without_the_words(
    house: House, school: School, frozen_clock: FrozenClock
) -> None:
    frozen_clock.set(frozen_clock.now().replace(hour=2))  # quiet hours hold no alert
    house.text(IN_DISTRESS)
    assert set(alerted()) == {
        "dora@staff.outreach.test",
        DUTY_PHONE,
        "lead-greenhill@staff.outreach.test",
        "+447700900500",
    }
    (text,) = house.answers(DUTY_PHONE)
    assert f"/cases/{Case.objects.get().uuid}" in text
    for notice in Notice.objects.filter(kind=NoticeKind.CRISIS_ALERT):
        written = f"{notice.subject} {notice.text} {notice.html}"
        assert "blackmail" not in written
        assert PARENT not in written
        assert notice.state in {"accepted", "delivered"}


def test_nobody_opened_it_so_the_next_contact_and_then_administrators_are_alerted(
    house: House, school: School, frozen_clock: FrozenClock
) -> None:
    contacts.build_ready_contact("Emil", Role.DUTY_CONTACT, phone="+447700900502")
    contacts.build_contact("Ada", Role.ADMINISTRATOR, phone="+447700900503")
    house.text(IN_DISTRESS)
    for _ in range(2):
        assert "ada@staff.outreach.test" not in alerted()
        frozen_clock.tick(timedelta(minutes=16))
        look_after_cases()
        house.work()
    by_round = {
        number: set(CaseAlert.objects.filter(round=number).values_list("staff__name", flat=True))
        for number in range(3)
    }
    assert by_round == {
        0: {"Dora", "Lead-greenhill"},
        1: {"Dora", "Emil", "Lead-greenhill"},
        2: {"Dora", "Emil", "Lead-greenhill", "Ada"},
    }


def test_alerts_end_when_somebody_opens_the_case_and_begin_again_with_the_next_call(
    house: House, school: School, frozen_clock: FrozenClock
) -> None:
    house.text(IN_DISTRESS)
    look_at(Case.objects.get(), actor=OPERATOR)
    before = len(alerted())
    frozen_clock.tick(timedelta(hours=1))
    look_after_cases()
    assert len(alerted()) == before
    house.text("Help, he threatens to publish the pictures of my daughter")
    assert len(alerted()) > before
    assert Case.objects.get().seen_at is None


def test_without_any_contact_the_administrators_are_alerted_at_once(house: House) -> None:
    contacts.build_contact("Ada", Role.ADMINISTRATOR, phone="")
    house.text(IN_DISTRESS)
    assert alerted() == ["ada@staff.outreach.test"]
    assert CaseAlert.objects.get(channel="sms").problem == "no phone number"


def test_doubt_is_held_and_people_are_reminded_of_it_again_and_again(
    house: House, school: School, frozen_clock: FrozenClock
) -> None:
    contacts.build_contact("Mara", Role.MANAGER)
    house.text("xqzt vvrk")
    case = Case.objects.get()
    assert case.kind == "hold"
    assert Hold.objects.filter(address__match_key=PARENT).exists()
    for expected in (0, 1, 2):
        reminders = Notice.objects.filter(
            kind=NoticeKind.CASE_REMINDER, destination="mara@staff.outreach.test"
        )
        assert reminders.count() == expected
        frozen_clock.tick(timedelta(hours=25))
        look_after_cases()


def test_released_hold_lets_the_next_message_through_and_the_case_can_close(
    house: House, school: School
) -> None:
    house.text("xqzt vvrk")
    case = Case.objects.get()
    release(case, "A greeting in Sorbian.", actor=OPERATOR)
    close_case(case, "Answered.", actor=OPERATOR)
    assert not Hold.objects.filter(released_at=None).exists()


def test_hold_made_a_stop_blocks_texts_and_mails_of_the_topic(house: House, school: School) -> None:
    house.text("xqzt vvrk")
    make_stop(Case.objects.get(), actor=OPERATOR)
    assert is_suppressed("sms", PARENT)
    assert not Hold.objects.filter(released_at=None).exists()


def test_words_of_a_closed_case_are_erased_after_their_time(
    house: House, school: School, frozen_clock: FrozenClock
) -> None:
    house.text(IN_DISTRESS)
    case = Case.objects.get()
    release(case, "They called the police.", actor=OPERATOR)
    close_case(case, "With the police.", actor=OPERATOR)
    frozen_clock.tick(timedelta(days=29))
    look_after_cases()
    assert InboundMessage.objects.get(text=IN_DISTRESS)
    frozen_clock.tick(timedelta(days=2))
    look_after_cases()
    case.refresh_from_db()
    reply = case.replies.select_related("inbound").get()
    assert (reply.inbound.text, reply.matched, case.outcome) == ("", [], "With the police.")
    assert case.text_erased_at == now()


def test_yes_that_nobody_asked_for_does_nothing(house: House) -> None:
    house.text("YES")
    assert house.answers() == []
    assert not Case.objects.exists()


def test_webhook_that_comes_twice_alerts_once(house: House, school: School) -> None:
    house.sandbox.fail(Channel.SMS, FaultKind.DUPLICATE_CALLBACKS, times=5)
    house.text(IN_DISTRESS)
    house.work()
    assert len(alerted()) == 4
    assert len(help_texts(house)) == 1


def test_pictures_are_nowhere_after_a_text_and_a_mail_with_them(
    house: House,
    temporary_files: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("DEBUG")
    house.text(IN_DISTRESS, media_types=["image/jpeg"])
    asked = mail_to_us(IN_DISTRESS, files={"photo.jpg": b"\xff\xd8SECRETBYTES" * 50_000})
    assert house.door.post(asked) == 204
    house.work()
    assert sorted(InboundMessage.objects.values_list("files_dropped", flat=True)) == [1, 1]
    said = caplog.text + "".join(capfd.readouterr())
    for trace in ("SECRETBYTES", "photo.jpg", "/Media/", "image/jpeg"):
        assert not _database_holds(trace)
        assert trace not in said
    assert list(temporary_files.iterdir()) == []


def _database_holds(text: str) -> bool:
    """Whether any row of any table of ours holds `text`."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        for table in (name for name in names if not name.startswith("django_")):
            cursor.execute(
                f'SELECT EXISTS (SELECT 1 FROM "{table}" t WHERE t::text LIKE %s)',  # noqa: S608
                [f"%{text}%"],
            )
            if cursor.fetchone() == (True,):
                return True
    return False


def test_our_number_is_the_one_that_answers(house: House, school: School) -> None:
    house.text(IN_DISTRESS)
    assert Notice.objects.get(kind=NoticeKind.CRISIS_HELP).sender.identity == OUR_NUMBER
