"""Going out: a stop by reply, by link, by staff.

Each is committed when it returns (promise 7) and may be repeated: the second time it
changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from outreach.audience.models import Address, PersonAddress
from outreach.consent.actions import suppress
from outreach.consent.models import SuppressionReason
from outreach.consent.queries import latest_suppression
from outreach.core.channels import Channel
from outreach.core.errors import BadToken
from outreach.core.tokens import STOP_LINK
from outreach.delivery.models import Delivery, Fallback
from outreach.organisation.audit import RECIPIENT, Actor
from outreach.organisation.lanes import sealer


@dataclass(frozen=True)
class OptOut:
    """`suppression_id`: the block that this stop made or met. `is_new`: False for one met."""

    suppression_id: int
    is_new: bool


@dataclass(frozen=True)
class Stopped:
    """What a stop link stopped: mails about one topic to one address."""

    topic: str
    language: str
    is_new: bool


def opt_out(
    channel: str,
    match_key: str,
    *,
    evidence: str,
    actor: Actor,
    topic_id: int | None = None,
) -> OptOut:
    """Nothing goes to this address any more: about the topic, or (None) about anything.

    `match_key`: E.164, or the case-folded mail address; it need not be known to us.
    `evidence`: without personal data (`inbound:17`). Must not run inside a transaction.
    """
    is_new = suppress(
        channel,
        match_key,
        topic_id=topic_id,
        reason=SuppressionReason.ASKED,
        evidence=evidence,
        actor=actor,
    )
    made = latest_suppression(channel, match_key, topic_id)
    if made is None:
        raise LookupError("a suppression is never deleted, and this one is gone")
    return OptOut(made.pk, is_new)


def opt_out_of_mail_too(
    person_id: int, topic_id: int, *, evidence: str, actor: Actor
) -> list[OptOut]:
    """A stop by text also ends the mails about the topic to the same person."""
    keys = (
        PersonAddress.objects.filter(person_id=person_id, address__channel=Channel.EMAIL)
        .order_by("address_id")
        .values_list("address__match_key", flat=True)
        .distinct()
    )
    return [
        opt_out(Channel.EMAIL, key, topic_id=topic_id, evidence=evidence, actor=actor)
        for key in keys
    ]


def opt_out_by_link(token: str) -> Stopped:
    """Ends the mails about the topic of one message to its address; repeated calls change
    nothing. `token`: sealed for STOP_LINK. Raises BadToken.

    A message that fell back to another channel is stopped on both: which of the two carried the
    link is not asked of the reader.
    """
    delivery, address = _delivery_of(token)
    topic = delivery.batch.topic if delivery.batch else None
    for earlier in _fallen_back_from(delivery):
        opt_out(
            earlier.channel,
            earlier.match_key,
            topic_id=topic.pk if topic else None,
            evidence=f"link:{delivery.step_run_id}/{delivery.id}",
            actor=RECIPIENT,
        )
    done = opt_out(
        address.channel,
        address.match_key,
        topic_id=topic.pk if topic else None,
        evidence=f"link:{delivery.step_run_id}/{delivery.id}",
        actor=RECIPIENT,
    )
    return Stopped(topic.name if topic else "", delivery.language, done.is_new)


def _fallen_back_from(delivery: Delivery) -> list[Address]:
    kept = Fallback.objects.filter(step_run_id=delivery.step_run_id, delivery_id=delivery.id)
    return [each.address for each in kept.select_related("address")]


def stop_link_language(token: str) -> str:
    """The language of the message that carried the link, for the page. Raises BadToken."""
    return _delivery_of(token)[0].language


def _delivery_of(token: str) -> tuple[Delivery, Address]:
    match sealer().open(STOP_LINK, token):
        case (step_run_id, delivery_id):
            known = Delivery.objects.select_related("address", "batch__topic")
            found = known.filter(step_run_id=step_run_id, id=delivery_id).first()
        case _:
            found = None
    if found is None or found.address is None:
        raise BadToken(
            "This link belongs to a message that we no longer know.",
            remedy="Use the link from the latest message.",
        )
    return found, found.address
