"""Signing up: asked on the page, counted only after the address itself said yes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from join_house import ANNA, PHONE, ask, build_house, mail, notices, phone, token_in

from outreach.audience.models import Address, Membership, Person, PersonAddress
from outreach.consent.models import Consent, SignUp
from outreach.consent.queries import has_consent, is_suppressed
from outreach.core.clock import FrozenClock
from outreach.core.errors import BadToken
from outreach.core.tokens import JOIN_LINK
from outreach.notices.models import NoticeKind
from outreach.organisation.audit import OPERATOR, RECIPIENT
from outreach.organisation.lanes import sealer
from outreach.organisation.models import School, SmsPrice
from outreach.organisation.standstill import begin_standstill
from outreach.subscriptions.joining import Asked
from outreach.subscriptions.opt_in import (
    confirm_by_link,
    confirm_by_reply,
    pending_for,
    sign_up_by_link,
)
from outreach.subscriptions.opt_out import opt_out
from outreach.subscriptions.wording import wording_for
from tests.delivery import delivery_builders as build


@pytest.fixture
def school(db: None, frozen_clock: FrozenClock) -> School:
    return build_house()


def topic_id() -> int:
    return build.Topic.objects.get().pk


def confirm_last_mail() -> None:
    confirm_by_link(token_in(notices(NoticeKind.JOIN_CONFIRMATION)[-1], "join/confirm"))


def test_nothing_counts_before_the_address_said_yes(school: School) -> None:
    assert ask(school, mail(), phone()) is Asked.HEARD
    assert not Consent.objects.exists()
    assert not Address.objects.exists()
    assert [each.destination for each in notices(NoticeKind.JOIN_CONFIRMATION)] == [ANNA, PHONE]


def test_link_confirms_with_the_exact_words_that_were_shown(school: School) -> None:
    ask(school, mail("Anna@Example.org"), language="de")
    confirm_last_mail()
    consent = Consent.objects.get()
    words = wording_for("de", school, [consent.topic], mail().channel)
    assert consent.wording == words.text
    assert words.version in consent.source
    assert "confirmed by link" in consent.source
    assert consent.basis == "own_sign_up"
    assert has_consent(consent.address_id, topic_id(), school.pk)
    person = Person.objects.get()
    assert person.language == "de"
    assert Membership.objects.get().school == school


def test_receipt_says_what_when_and_how_to_stop_in_the_same_language(school: School) -> None:
    ask(school, mail(), phone(), language="de")
    confirm_last_mail_of("email")
    confirm_by_reply(PHONE, evidence="inbound:1")
    by_mail, by_text = notices(NoticeKind.CONSENT_RECEIPT)
    for receipt in (by_mail, by_text):
        assert "2. November 2026" in receipt.text
        assert "Ich bin einverstanden" in receipt.text
    assert "/p/" in by_mail.text
    assert "STOP" in by_text.text
    assert by_text.destination == PHONE


def confirm_last_mail_of(channel: str) -> None:
    asked = [each for each in notices(NoticeKind.JOIN_CONFIRMATION) if each.channel == channel]
    confirm_by_link(token_in(asked[-1], "join/confirm"))


def test_confirming_again_changes_nothing_and_sends_nothing(school: School) -> None:
    ask(school, mail())
    token = token_in(notices(NoticeKind.JOIN_CONFIRMATION)[0], "join/confirm")
    assert [confirm_by_link(token).is_new for _ in range(3)] == [True, False, False]
    assert Consent.objects.count() == 1
    assert len(notices(NoticeKind.CONSENT_RECEIPT)) == 1


def test_link_is_over_after_a_week(school: School, frozen_clock: FrozenClock) -> None:
    ask(school, mail())
    frozen_clock.tick(timedelta(days=7, seconds=1))
    with pytest.raises(BadToken):
        confirm_last_mail()
    ask(school, mail("ben@example.org"))
    assert SignUp.objects.count() == 1  # what is over is forgotten
    assert not Consent.objects.exists()


def test_link_does_not_confirm_the_sign_up_that_has_its_number_after_a_restore(
    school: School, frozen_clock: FrozenClock
) -> None:
    ask(school, mail())
    token = token_in(notices(NoticeKind.JOIN_CONFIRMATION)[-1], "join/confirm")
    frozen_clock.tick(timedelta(seconds=1))
    SignUp.objects.update(asked_at=frozen_clock.now())  # another one under the same number
    with pytest.raises(BadToken):
        confirm_by_link(token)


def test_link_of_an_earlier_release_confirms_what_was_asked_before_any_restore(
    school: School, frozen_clock: FrozenClock
) -> None:
    ask(school, mail())
    token = sealer().seal(JOIN_LINK, SignUp.objects.get().pk)
    assert sign_up_by_link(token) == SignUp.objects.get()
    frozen_clock.tick(timedelta(seconds=1))
    begin_standstill("restored", actor=OPERATOR)
    assert sign_up_by_link(token) == SignUp.objects.get()
    SignUp.objects.update(asked_at=frozen_clock.now())
    with pytest.raises(BadToken):
        sign_up_by_link(token)


def test_yes_from_the_phone_confirms_what_was_asked_and_nothing_else(school: School) -> None:
    ask(school, phone())
    assert confirm_by_reply("+447700900124", evidence="inbound:1") is None
    joined = confirm_by_reply(PHONE, evidence="inbound:2")
    assert joined is not None
    assert joined.is_new
    assert "inbound:2" in Consent.objects.get().source
    assert confirm_by_reply(PHONE, evidence="inbound:3") is None
    assert pending_for("sms", PHONE) is None


def test_yes_is_too_late_after_two_days(school: School, frozen_clock: FrozenClock) -> None:
    ask(school, phone())
    frozen_clock.tick(timedelta(days=2, seconds=1))
    assert confirm_by_reply(PHONE, evidence="inbound:2") is None
    assert not Consent.objects.exists()


def test_address_that_stopped_everything_gets_the_same_answer_and_no_message(
    school: School,
) -> None:
    for target in (mail(), phone()):
        opt_out(target.channel, target.match_key, evidence="x", actor=RECIPIENT)
    assert ask(school, mail(), phone()) is Asked.HEARD
    assert notices(NoticeKind.JOIN_CONFIRMATION) == []


def test_own_confirmation_by_link_ends_the_stop_of_its_topic(school: School) -> None:
    opt_out("email", ANNA, evidence="x", actor=RECIPIENT, topic_id=topic_id())
    ask(school, mail())
    confirm_last_mail()
    assert not is_suppressed("email", ANNA, topic_id())


def test_number_of_a_country_without_price_is_not_texted(school: School) -> None:
    SmsPrice.objects.all().delete()
    assert ask(school, phone()) is Asked.HEARD
    assert notices(NoticeKind.JOIN_CONFIRMATION) == []


def test_both_addresses_of_one_form_belong_to_one_person(school: School) -> None:
    ask(school, mail(), phone())
    confirm_last_mail_of("email")
    confirm_by_reply(PHONE, evidence="inbound:1")
    assert Person.objects.count() == 1
    assert PersonAddress.objects.count() == 2


def test_parent_known_from_the_roster_stays_one_person(school: School) -> None:
    known = build.build_parent(school, email=ANNA, consent=False)
    ask(school, mail())
    confirm_last_mail()
    assert Person.objects.get() == known.person
    assert PersonAddress.objects.count() == 1


def test_two_guardians_on_one_address_stay_two_and_keep_their_languages(school: School) -> None:
    first = build.build_parent(school, email=ANNA, consent=False)
    build.build_parent(school, email=first.email, consent=False, name="Ben")
    ask(school, mail(), language="es")
    confirm_last_mail()
    assert Person.objects.count() == 2
    assert set(Person.objects.values_list("language", flat=True)) == {""}
