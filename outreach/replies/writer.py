"""Who wrote to us: the sender they wrote to, their address, and what we last sent there."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.audience.models import Address
from outreach.core.channels import Channel
from outreach.core.errors import BadToken
from outreach.core.tokens import STOP_LINK
from outreach.delivery.models import Delivery
from outreach.delivery.queries import LastDelivery, last_delivery_to
from outreach.inbox.models import InboundMessage
from outreach.organisation.lanes import sealer
from outreach.organisation.models import School, Sender
from outreach.replies.mailboxes import read_mailbox

# A Twilio messaging service sends from a pool: what comes back names a number of the pool.
_MESSAGING_SERVICE = "MG"


@dataclass(frozen=True)
class Writer:
    """`match_key`: what to block, None when nothing proves whose address it is.

    `is_unsubscribing`: wrote to the mailbox that exists for nothing else.
    """

    match_key: str | None
    sender: Sender | None = None
    address: Address | None = None
    last: LastDelivery | None = None
    school: School | None = None
    is_unsubscribing: bool = False


def find_writer(message: InboundMessage) -> Writer:
    """By the number for a text, by the token of our own address for a mail."""
    return _by_number(message) if message.channel == Channel.SMS else _by_token(message)


def _by_number(message: InboundMessage) -> Writer:
    # Twilio signed the request, so the number is the caller's.
    number = message.from_address.strip()
    address = Address.objects.filter(channel=Channel.SMS, match_key=number).first()
    last = last_delivery_to(address.pk) if address else None
    return Writer(number, _sender(message), address, last, _school(last))


def _sender(message: InboundMessage) -> Sender | None:
    senders = Sender.objects.filter(channel=message.channel)
    exact = senders.filter(identity=message.to_address).first()
    if exact is not None:
        return exact
    services = senders.filter(
        is_active=True, can_receive=True, identity__startswith=_MESSAGING_SERVICE
    )
    found = list(services[:2])
    return found[0] if len(found) == 1 else None


def _by_token(message: InboundMessage) -> Writer:
    mailbox = read_mailbox(message.to_address)
    delivery = _delivery(mailbox.purpose, mailbox.token) if mailbox else None
    if mailbox is None or delivery is None or delivery.address is None or delivery.batch is None:
        return Writer(None)
    last = LastDelivery(
        delivery.step_run_id,
        delivery.id,
        delivery.school_id,
        delivery.person_id,
        delivery.language,
        delivery.batch.topic_id,
    )
    return Writer(
        delivery.address.match_key,
        delivery.batch.sender,
        delivery.address,
        last,
        delivery.school,
        is_unsubscribing=mailbox.purpose == STOP_LINK,
    )


def _delivery(purpose: str, token: str) -> Delivery | None:
    try:
        step_run_id, delivery_id = sealer().open(purpose, token)
    except (BadToken, ValueError):
        return None
    found = Delivery.objects.select_related("address", "batch__sender", "school")
    return found.filter(step_run_id=step_run_id, id=delivery_id).first()


def _school(last: LastDelivery | None) -> School | None:
    return School.objects.filter(pk=last.school_id).first() if last else None
