"""Opt-outs that somebody enters for a person: a parent called the school, another system asks.

The address need not be known here: it is blocked before it is ever imported. Each is committed
when it returns, may be repeated, and is in the audit log without the address itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from outreach.audience.models import Address, PersonAddress
from outreach.consent.actions import lift, suppress
from outreach.consent.models import Suppression, SuppressionReason, Topic
from outreach.consent.queries import active_suppressions, is_held, latest_suppression
from outreach.core.channels import Channel
from outreach.core.emails import normalise_email
from outreach.core.errors import BadInput, NotFound
from outreach.core.phones import normalise_phone
from outreach.organisation import audit
from outreach.organisation.audit import Actor
from outreach.organisation.models import School

_LONGEST_EVIDENCE = 150


class Why(StrEnum):
    """Why somebody is taken off the list by somebody else."""

    ASKED = "asked"  # the person said so: START may end it again
    NOT_THEIRS = "not_theirs"  # a wrong number, an address that belongs to somebody else
    OTHER = "other"


_REASONS = {
    Why.ASKED: SuppressionReason.ASKED,
    Why.NOT_THEIRS: SuppressionReason.STAFF,
    Why.OTHER: SuppressionReason.STAFF,
}


@dataclass(frozen=True)
class Written:
    """An address as somebody wrote it, understood. `match_key`: E.164, or case-folded mail."""

    channel: Channel
    match_key: str


@dataclass(frozen=True)
class Entered:
    """`suppression_id`: the block that was made or met. `is_new`: False for one met."""

    suppression_id: int
    channel: Channel
    is_new: bool


@dataclass(frozen=True)
class State:
    """Whether messages may go to an address as far as opt-outs and holds are concerned.

    `everything`: nothing may. `topics`: slugs of the topics that are stopped. `is_held`: a
    person still has to decide.
    """

    everything: bool
    topics: tuple[str, ...]
    is_held: bool


def read_address(text: str, country: str = "") -> Written:
    """A phone number or a mail address. `country`: ISO alpha-2 of numbers without a country
    code, "" when there is none. Raises BadAddress."""
    if "@" in text:
        return Written(Channel.EMAIL, normalise_email(text).match_key)
    return Written(Channel.SMS, normalise_phone(text.strip(), country or "ZZ").e164)


def enter_opt_out(
    written: Written,
    why: Why,
    *,
    evidence: str,
    actor: Actor,
    topic: Topic | None = None,
) -> Entered:
    """Blocks the address: for one topic, or (None) for everything. Committed on return.

    `evidence`: how it is known, without personal data ("phone call, 3 November"). Must not run
    inside a transaction. Raises BadInput without evidence.
    """
    proof = " ".join(evidence.split())
    if not proof or len(proof) > _LONGEST_EVIDENCE:
        raise BadInput(
            "It is not said how the opt-out is known.",
            where="evidence",
            remedy=f"Say it in at most {_LONGEST_EVIDENCE} characters: phone call, 3 November.",
        )
    reason = _REASONS[why]
    is_new = suppress(
        written.channel,
        written.match_key,
        topic_id=topic.pk if topic else None,
        reason=reason,
        evidence=f"{why}: {proof}",
        actor=actor,
    )
    made = latest_suppression(written.channel, written.match_key, topic.pk if topic else None)
    if made is None:
        raise LookupError("a suppression is never deleted, and this one is gone")
    details = {"channel": written.channel, "topic": topic.slug if topic else None, "new": is_new}
    audit.record(actor, "opt-out.entered", f"suppression:{made.pk}", why=proof, details=details)
    return Entered(made.pk, written.channel, is_new)


def lift_block(written: Written, *, why: str, actor: Actor) -> int:
    """Ends blocks that staff entered or that came of a bounce; returns how many.

    A person's own stop and a complaint stay: those the person alone can end.
    """
    reasons = (SuppressionReason.STAFF, SuppressionReason.BOUNCE)
    ids = active_suppressions(written.channel, written.match_key).filter(reason__in=reasons)
    subjects = [f"suppression:{pk}" for pk in ids.values_list("pk", flat=True)]
    with transaction.atomic():
        ended = lift(written.channel, written.match_key, evidence=why, actor=actor, reasons=reasons)
        for subject in subjects:
            audit.record(actor, "opt-out.lifted", subject, why=why)
    return ended


def opt_out_state(written: Written, *, school: School | None = None) -> State:
    """What holds for an address. Raises NotFound when `school` is named and does not know it:
    no school learns about another's people, and not whether somebody opted out elsewhere."""
    address = Address.objects.filter(channel=written.channel, match_key=written.match_key).first()
    if school is not None and not _is_on_roster(address, school):
        raise NotFound("This address is not on the roster of the school.")
    blocks = active_suppressions(written.channel, written.match_key).select_related("topic")
    return State(
        everything=any(block.topic_id is None for block in blocks),
        topics=tuple(sorted(_slugs(list(blocks)))),
        is_held=address is not None and is_held(address.pk),
    )


def _is_on_roster(address: Address | None, school: School) -> bool:
    return (
        address is not None
        and PersonAddress.objects.filter(address=address, school=school).exists()
    )


def _slugs(blocks: list[Suppression]) -> set[str]:
    return {block.topic.slug for block in blocks if block.topic is not None}


def topic_named(slug: str) -> Topic:
    """Raises NotFound."""
    found = Topic.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Topic.objects.order_by("slug").values_list("slug", flat=True))
        raise NotFound(f"There is no topic {slug!r}.", remedy=f"Known: {known or 'none yet'}.")
    return found
