"""What we hold about an address: asked for, shown, erased; and separated guardians."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta

import pytest
from join_house import ANNA, PHONE, ask, build_house, mail, notices, phone, token_in

from outreach.audience.models import Address, AddressHash, Membership, Person, PersonAddress
from outreach.consent.models import Consent, ConsentState, OwnDataLink, SignUp, Suppression
from outreach.consent.queries import has_consent, is_suppressed
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock
from outreach.core.errors import BadToken
from outreach.core.tokens import OWN_DATA, OWN_DATA_OPEN, PREFERENCES
from outreach.delivery.actions import plan_step_run
from outreach.delivery.models import Delivery
from outreach.inbox.models import InboundMessage
from outreach.notices.models import Notice, NoticeKind
from outreach.organisation.audit import RECIPIENT
from outreach.organisation.lanes import sealer
from outreach.organisation.models import School
from outreach.replies.forgetting import forget_writer
from outreach.replies.models import Case, Reply
from outreach.subscriptions.erasing import erase_address
from outreach.subscriptions.joining import Target
from outreach.subscriptions.opt_in import confirm_by_link
from outreach.subscriptions.opt_out import opt_out
from outreach.subscriptions.own_data import link_language, open_link, own_data, send_link
from outreach.subscriptions.preferences import preferences_of
from tests.delivery import delivery_builders as build


@pytest.fixture
def school(db: None, frozen_clock: FrozenClock) -> School:
    return build_house()


def link(target: Target | None = None) -> str:
    send_link(target or mail(), "en")
    return token_in(notices(NoticeKind.OWN_DATA_LINK)[-1], "about-me")


def code(target: Target | None = None) -> str:
    return open_link(link(target))


def test_link_goes_to_the_address_itself_and_to_nobody_unknown(school: School) -> None:
    build.build_parent(school, email=ANNA, phone=PHONE)
    for target in (mail(), phone(), mail("stranger@example.org"), phone("+447700900124")):
        send_link(target, "de")
    assert [each.destination for each in notices(NoticeKind.OWN_DATA_LINK)] == [ANNA, PHONE]


def test_stopped_address_gets_no_link(school: School) -> None:
    build.build_parent(school, phone=PHONE)
    opt_out("sms", PHONE, evidence="x", actor=RECIPIENT)
    send_link(phone(), "en")
    assert notices(NoticeKind.OWN_DATA_LINK) == []


def test_link_is_sent_three_times_a_day_at_most(school: School) -> None:
    build.build_parent(school, email=ANNA)
    for _ in range(6):
        send_link(mail(), "en")
    assert len(notices(NoticeKind.OWN_DATA_LINK)) == 3


def test_link_opens_once_and_within_an_hour(school: School, frozen_clock: FrozenClock) -> None:
    build.build_parent(school, email=ANNA)
    first, second = link(), link()
    assert link_language(first) == "en"
    opened = open_link(first)
    assert own_data(opened).address == ANNA
    with pytest.raises(BadToken):
        open_link(first)
    frozen_clock.tick(timedelta(minutes=16))
    with pytest.raises(BadToken):
        own_data(opened)
    frozen_clock.tick(timedelta(minutes=45))
    with pytest.raises(BadToken):
        open_link(second)


def test_code_opens_for_its_purpose_only(school: School) -> None:
    parent = build.build_parent(school, email=ANNA)
    token = link()
    for wrong in (
        sealer().seal(OWN_DATA_OPEN, 1),
        sealer().seal(PREFERENCES, 2, parent.email.pk, 20_000),
        token[:-2],
        "",
    ):
        with pytest.raises(BadToken):
            open_link(wrong)
    with pytest.raises(BadToken):
        own_data(token)
    with pytest.raises(BadToken):
        own_data(sealer().seal(OWN_DATA, 1))


def test_a_link_opens_nothing_of_the_person_who_has_its_number_after_a_restore(
    school: School, frozen_clock: FrozenClock
) -> None:
    build.build_parent(school, email=ANNA)
    waiting, opened = link(), code()
    numbers = list(OwnDataLink.objects.order_by("pk").values_list("pk", flat=True))
    OwnDataLink.objects.all().delete()
    frozen_clock.tick(timedelta(seconds=1))
    other = build.build_parent(school, email="other@example.org").email
    for number in numbers:
        moment = frozen_clock.now()
        OwnDataLink.objects.create(
            pk=number,
            address=other,
            language="en",
            made_at=moment,
            expires_at=moment + timedelta(hours=1),
            opened_at=moment if number == numbers[1] else None,
        )
    for wrong in (waiting, sealer().seal(OWN_DATA, numbers[0])):
        with pytest.raises(BadToken):
            open_link(wrong)
    for wrong in (opened, sealer().seal(OWN_DATA_OPEN, numbers[1])):
        with pytest.raises(BadToken):
            own_data(wrong)


def test_shows_consents_stops_and_messages_of_this_address(
    school: School, frozen_clock: FrozenClock
) -> None:
    ask(school, mail())
    confirm_by_link(token_in(notices(NoticeKind.JOIN_CONFIRMATION)[0], "join/confirm"))
    opt_out("email", ANNA, evidence="x", actor=RECIPIENT, topic_id=build.Topic.objects.get().pk)
    shown = own_data(code())
    assert [(line.granted, line.school) for line in shown.consents] == [(True, "Greenhill")]
    assert shown.consents[0].wording.startswith("I agree that")
    assert [(line.topic, line.ended_at) for line in shown.stops] == [("Online safety", None)]
    assert [line.title for line in shown.messages][:2] == [
        "Question whether a sign-up is meant",
        "Receipt of a consent",
    ]


def test_a_message_is_called_as_its_mail_was_headed(school: School) -> None:
    ask(school, mail())
    confirm_by_link(token_in(notices(NoticeKind.JOIN_CONFIRMATION)[0], "join/confirm"))
    plan_step_run(build.first_run(build.build_running_launch()).pk)
    Delivery.objects.update(state="delivered", attempt=1)
    shown = own_data(code())
    assert [line.title for line in shown.messages if line.kind == "campaign"] == [
        "A message from Greenhill"
    ]


def shared_phone(school: School) -> tuple[Person, Person]:
    """Two separated guardians of one child: one phone, a mail address each."""
    first = build.build_parent(school, phone=PHONE, email="anna@example.org", name="Anna Berg")
    second = build.build_parent(
        school, phone=first.phone, email="joerg@example.org", name="Jörg Meier"
    )
    return first.person, second.person


def test_page_of_a_shared_phone_names_neither_guardian_nor_their_other_addresses(
    school: School,
) -> None:
    shared_phone(school)
    InboundMessage.objects.create(
        provider="twilio",
        message_id="SM1",
        channel="sms",
        from_address=PHONE,
        to_address="+447700900999",
        text="He is threatening me",
        received_at=school.created_at,
    )
    shown = json.dumps(asdict(own_data(code(phone()))), default=str)
    for secret in ("Anna", "Jörg", "joerg@", "anna@", "threatening"):
        assert secret not in shown


def test_one_guardian_stops_and_erases_without_touching_the_other(school: School) -> None:
    _, other = shared_phone(school)
    erase_address(Address.objects.get(match_key="anna@example.org"))
    assert not is_suppressed("email", "joerg@example.org")
    kept = Address.objects.get(match_key="joerg@example.org")
    assert has_consent(kept.pk, build.Topic.objects.get().pk, school.pk)
    assert Membership.objects.get(person=other).name == "Jörg Meier"
    page = preferences_of(sealer().seal(PREFERENCES, 2, kept.pk, 20_759))
    assert page.address == kept
    assert len(page.choices) == 1


def test_erasing_leaves_the_fingerprint_and_opaque_numbers(school: School) -> None:
    ask(school, mail(), language="de")
    confirm_by_link(token_in(notices(NoticeKind.JOIN_CONFIRMATION)[0], "join/confirm"))
    plan_step_run(build.first_run(build.build_running_launch()).pk)
    address = Address.objects.get()
    erase_address(address)
    erase_address(Address.objects.get())

    address.refresh_from_db()
    assert (address.value, address.match_key) == ("", f"erased:{address.pk}")
    assert not AddressHash.objects.exists()
    assert not PersonAddress.objects.exists()
    assert not SignUp.objects.exists()
    assert Person.objects.get().language == ""
    assert Membership.objects.get().state == "ended"
    assert not ConsentState.objects.filter(granted=True).exists()
    assert set(Notice.objects.values_list("destination", "text", "subject", "html")) == {
        ("", "", "", "")
    }
    assert Delivery.objects.get().address_id == address.pk
    assert {each.act for each in Consent.objects.all()} == {"granted", "withdrawn"}
    block = Suppression.objects.get()
    assert (block.topic_id, block.reason) == (None, "asked")
    assert is_suppressed("email", ANNA)


def test_roster_uploaded_again_after_erasing_sends_nothing(school: School) -> None:
    build.build_parent(school, email=ANNA)
    erase_address(Address.objects.get())
    build.build_parent(school, email=ANNA)
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    assert [(each.state, each.reason) for each in Delivery.objects.all()] == [
        ("skipped", "suppressed")
    ]


def test_message_that_waits_for_a_person_is_not_forgotten(school: School) -> None:
    kept, gone = (
        InboundMessage.objects.create(
            provider="twilio",
            message_id=f"SM{number}",
            channel="sms",
            from_address=PHONE,
            to_address="+447700900999",
            text="help",
            received_at=school.created_at,
            processed_at=school.created_at,
        )
        for number in range(2)
    )
    reply = Reply.objects.create(inbound=kept, meaning="other", why="x", at=school.created_at)
    case = Case.objects.create(reply=reply, opened_at=school.created_at)
    Reply.objects.update(case=case)
    assert forget_writer(Channel.SMS, PHONE) == 1
    kept.refresh_from_db()
    gone.refresh_from_db()
    assert (kept.text, gone.text, gone.from_address) == ("help", "", "")
