"""A test send: one message of a campaign to a member of staff, marked as a test.

Goes the way of every single message (claimed, sent by the sender's own provider, counted), to a
confirmed address of staff and to nobody else. Its links belong to no delivery, so they act on
nobody. What a text costs is taken from the day's spending cap.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction

from outreach.audience.models import Membership, MembershipRole, MembershipState
from outreach.campaigns.models import CampaignVersion
from outreach.campaigns.versions import definition_of
from outreach.content import count_segments
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.errors import BadInput, NotAllowed, NotFound, NotNow
from outreach.core.ids import uuid7
from outreach.core.phones import normalise_phone
from outreach.delivery.preview import (
    AS_IT_IS,
    Reader,
    Source,
    Supposed,
    preview_email,
    preview_text,
)
from outreach.notices.actions import queue_notice
from outreach.notices.models import NoticeKind
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import Organisation, School, Sender, SmsPrice, Staff
from outreach.organisation.senders import sender_for

MARK = "[Test]"
_WORTH_SENDING = timedelta(hours=1)
_LARGEST_STAFF = 500

# Gives a row when the whole price fits below the ceiling, none otherwise.
_RESERVE = """
INSERT INTO delivery_spend AS s (key, micros, messages)
SELECT %(key)s, %(price)s, 1 WHERE %(price)s <= %(cap)s
ON CONFLICT (key) DO UPDATE
  SET micros = s.micros + excluded.micros, messages = s.messages + excluded.messages
  WHERE s.micros + excluded.micros <= %(cap)s
RETURNING micros
"""


@dataclass(frozen=True)
class StaffTest:
    """What is sent to whom. `name`: whom it greets, None where no name is known; `supposed`: a
    branch to go through, see `preview_settings`."""

    version: CampaignVersion
    step_key: str
    channel: Channel
    language: str
    school: School
    to: Staff
    name: str | None
    supposed: Supposed = AS_IT_IS


@dataclass(frozen=True)
class _Message:
    """A finished message. `price`: of a text, in millionths of the currency."""

    sender: Sender
    subject: str
    html: str
    text: str
    price: int


def send_test(test: StaffTest, *, actor: Actor) -> str:
    """Queues the message and writes down who had it sent to whom. Returns the address.

    Raises NotFound without such a step, language or text, BadInput for an address that is not
    confirmed, NotAllowed for one at which a parent is written to, NotNow without a sender, a
    price, or money left of today's cap, CannotRender.
    """
    _require_text(test)
    address = _address_of(test)
    _refuse_parents(test, address)
    message = _written(test, address)
    with transaction.atomic():
        _reserve(message)
        _queue(test, address, message, actor)
        record(
            actor,
            "campaign.test-sent",
            f"campaign:{test.version.campaign.slug}@{test.version.number}",
            details={
                "step": test.step_key,
                "language": test.language,
                "channel": test.channel.value,
                "school": test.school.slug,
                "to": f"staff:{test.to.uuid}",
            },
        )
    return address


def staff_to_test(channel: Channel) -> list[Staff]:
    """Whom a test may go to by this channel: active staff with a confirmed address, by name."""
    found = Staff.objects.filter(is_active=True).order_by("name", "pk")
    if channel is Channel.EMAIL:
        found = found.filter(email_verified_at__isnull=False)
    else:
        found = found.filter(phone_verified_at__isnull=False).exclude(phone="")
    return list(found[:_LARGEST_STAFF])


def _require_text(test: StaffTest) -> None:
    definition = definition_of(test.version)
    steps = {step.key: step for step in definition.steps}
    if test.step_key not in steps:
        raise NotFound(f"There is no step {test.step_key!r}.", remedy=f"Steps: {', '.join(steps)}.")
    if test.language not in definition.languages:
        raise NotFound(
            f"The campaign is not written in {test.language!r}.",
            remedy=f"Known: {', '.join(definition.languages)}.",
        )
    channels = [str(each) for each in steps[test.step_key].channels]
    if test.channel.value not in channels:
        raise NotFound(
            f"The step {test.step_key!r} does not go by {test.channel.value}.",
            remedy=f"It goes by: {', '.join(channels)}.",
        )


def _address_of(test: StaffTest) -> str:
    """The confirmed address of whom it goes to."""
    staff = test.to
    is_mail = test.channel is Channel.EMAIL
    confirmed_at = staff.email_verified_at if is_mail else staff.phone_verified_at
    address = staff.email if is_mail else staff.phone
    if not staff.is_active or not address or confirmed_at is None:
        option = "" if is_mail else " --phone"
        raise BadInput(
            f"This address of {staff.name} is not confirmed.",
            remedy=f"Confirm that it is theirs: outreach staff verify {staff.email}{option}.",
        )
    return address


def _refuse_parents(test: StaffTest, address: str) -> None:
    """Somebody may be staff and a parent. At the address of the parent a test would be taken
    for the message, and a STOP to it would end the real ones."""
    parents = Membership.objects.filter(
        person__addresses__address__channel=test.channel,
        person__addresses__address__match_key=address,
        role=MembershipRole.GUARDIAN,
        state=MembershipState.CURRENT,
    )
    if parents.exists():
        raise NotAllowed(
            f"At this address of {test.to.name} a parent is written to, so no test goes there.",
            remedy="Send it to a colleague, or by the other channel.",
        )


def _written(test: StaffTest, address: str) -> _Message:
    country = ""
    if test.channel is Channel.SMS:
        country = normalise_phone(address, test.school.country).country
    sender = sender_for(test.channel, country or test.school.country)
    if sender is None:
        raise NotNow(
            f"No sender carries {test.channel.value} to {country or test.school.country}.",
            remedy="Add one: outreach sender add.",
        )
    source = Source(definition_of(test.version), test.version.files)
    reader = Reader(test.school, test.language, test.name, country, test.supposed)
    if test.channel is Channel.EMAIL:
        mail = preview_email(source, test.step_key, reader)
        return _Message(sender, f"{MARK} {mail.subject}", mail.html, mail.text, 0)
    text = f"{MARK} {preview_text(source, test.step_key, reader).text}"
    return _Message(sender, "", "", text, _price(text, reader.lands_in))


def _price(text: str, country: str) -> int:
    price = SmsPrice.objects.filter(country=country).first()
    if price is None:
        raise NotNow(
            f"No price is set for {country}, so no text goes there.",
            remedy=f"Set it: outreach price set {country} AMOUNT.",
        )
    return price.micros * count_segments(text).segments


def _reserve(message: _Message) -> None:
    """In the transaction that queues it. What is not sent in the end stays counted: a cap may
    be too careful, never too generous."""
    if not message.price:
        return
    cap = Organisation.objects.values_list("day_cap_micros", flat=True).get(pk=1)
    key = f"day:{now():%Y-%m-%d}"
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, {"key": key, "price": message.price, "cap": cap})
        if cursor.fetchone() is None:
            raise NotNow(
                "The spending cap of today leaves too little for this text.",
                remedy="Wait until tomorrow, or test by email.",
            )


def _queue(test: StaffTest, address: str, message: _Message, actor: Actor) -> None:
    queue_notice(
        NoticeKind.TEST_SEND,
        f"test:{uuid7()}",
        channel=test.channel,
        destination=address,
        sender=message.sender,
        school=test.school,
        subject=message.subject,
        html=message.html,
        text=message.text,
        expires_in=_WORTH_SENDING,
        actor=actor,
    )
