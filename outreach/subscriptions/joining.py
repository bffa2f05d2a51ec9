"""Signing up, first half: somebody asks that messages come to an address.

Nothing counts yet: the address itself has to say yes, by the link in a mail or by a text from
the phone (`opt_in`). The answer is the same for a known, an unknown and a stopped address, and
an address that stopped everything is not written to at all: whoever types it in proves nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db import transaction

from outreach.consent.models import SignUp, Topic
from outreach.consent.queries import is_suppressed
from outreach.core.channels import Channel
from outreach.core.clock import installed, now
from outreach.core.emails import Email
from outreach.core.phones import Phone
from outreach.organisation.models import School, Sender, SmsPrice
from outreach.organisation.senders import sender_for
from outreach.organisation.settings import organisation
from outreach.subscriptions.letters import alert_of_flood, send_question
from outreach.subscriptions.limits import Reached, Scope, count, forget_old_counts
from outreach.subscriptions.wording import wording_for

# Long enough for a mail that waits over the weekend; a text is answered at once or never.
EMAIL_WAITS = timedelta(days=7)
TEXT_WAITS = timedelta(days=2)
# Sign-ups of one mobile number range: all digits but the last four.
_OPEN_DIGITS = 4


class Asked(StrEnum):
    """What the page says. `HEARD` tells nothing about the address."""

    HEARD = "heard"
    TOO_MANY = "too_many"


@dataclass(frozen=True)
class Target:
    """An address as somebody typed it or texted from it. `country`: of a number, else ""."""

    channel: Channel
    value: str
    match_key: str
    country: str = ""

    @classmethod
    def of_email(cls, email: Email) -> Target:
        return cls(Channel.EMAIL, email.address, email.match_key)

    @classmethod
    def of_phone(cls, phone: Phone) -> Target:
        return cls(Channel.SMS, phone.e164, phone.e164, phone.country)


@dataclass(frozen=True)
class Wish:
    """What one form or one text asks for. `evidence`: how it was asked (`page`, `inbound:17`),
    without personal data. `sender`: the number that was written to, None for a page."""

    school: School
    topics: Sequence[Topic]
    language: str
    targets: Sequence[Target]
    evidence: str
    sender: Sender | None = None


def text_sender(country: str) -> Sender | None:
    """The number from which parents in `country` are texted, if they may sign up for texts:
    it can receive a YES, the country has a price, and the organisation allows it."""
    sender = sender_for(Channel.SMS, country)
    if sender is None or not sender.can_receive:
        return None
    return sender if SmsPrice.objects.filter(country=country).exists() else None


def may_text(phone: Phone, school: School) -> bool:
    """Whether this number may be signed up at all: a mobile number of an allowed country."""
    allowed = organisation().sign_up_countries or [school.country]
    return phone.textable and phone.country in allowed and text_sender(phone.country) is not None


def ask_on_page(wish: Wish, network: str) -> Asked:
    """Asks each address whether it is meant, unless a limit or a stop forbids it.

    `network`: the visitor's network, "" when it is not known. Must not run in a transaction.
    """
    forget_what_is_over()
    reached = _over_limits(wish, network)
    if reached is not None:
        return Asked.TOO_MANY
    form = uuid.uuid4()
    for target in wish.targets:
        if count(Scope.ADDRESS, f"{target.channel}:{target.match_key}") is None:
            ask_address(wish, target, form)
    return Asked.HEARD


def ask_address(wish: Wish, target: Target, form: uuid.UUID) -> SignUp | None:
    """Stores the wish of one address and queues the question; None where a stop forbids it."""
    if is_suppressed(target.channel, target.match_key):
        return None
    sender = wish.sender or _sender_of(target, wish.school)
    if sender is None:
        return None
    words = wording_for(wish.language, wish.school, wish.topics, target.channel)
    waits = EMAIL_WAITS if target.channel is Channel.EMAIL else TEXT_WAITS
    moment = now()
    with transaction.atomic():
        sign_up = SignUp.objects.create(
            form=form,
            channel=target.channel,
            value=target.value,
            match_key=target.match_key,
            country=target.country,
            school=wish.school,
            language=wish.language,
            wording=words.text,
            wording_version=words.version,
            evidence=wish.evidence,
            sender=sender,
            asked_at=moment,
            # Whoever confirms lives by a real clock, also in a time-lapse.
            expires_at=moment + waits * max(1.0, installed().speed),
        )
        sign_up.topics.set(wish.topics)
        send_question(sign_up, sender)
    return sign_up


def forget_what_is_over() -> None:
    """Deletes sign-ups past their time: unconfirmed ones were nobody's yet, and what was
    confirmed stands in the consent."""
    SignUp.objects.filter(expires_at__lt=now()).delete()
    forget_old_counts()


def _sender_of(target: Target, school: School) -> Sender | None:
    if target.channel is Channel.EMAIL:
        return sender_for(Channel.EMAIL, school.country)
    return text_sender(target.country)


def _over_limits(wish: Wish, network: str) -> Reached | None:
    """The first limit reached; each of them counts this attempt."""
    found = [count(Scope.SCHOOL, wish.school.slug, school=wish.school)]
    if network:
        found.append(count(Scope.NETWORK, network))
    for target in wish.targets:
        if target.channel is Channel.SMS:
            numbers = target.match_key[:-_OPEN_DIGITS]
            found.append(count(Scope.NUMBERS, numbers, school=wish.school))
    reached = [each for each in found if each is not None]
    for each in reached:
        if each.is_news:
            alert_of_flood(each, wish.school)
    return reached[0] if reached else None
