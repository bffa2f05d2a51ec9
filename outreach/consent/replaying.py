"""Stops that are known by their fingerprint alone: those of the journal beside a backup."""

from __future__ import annotations

from outreach.audience.models import Address, AddressHash
from outreach.consent.lock import taking_rights_away
from outreach.consent.models import Suppression, SuppressionReason, Topic
from outreach.core.clock import now
from outreach.organisation.audit import Actor


def suppress_digest(
    channel: str,
    digest: bytes,
    key_version: int,
    *,
    topic: Topic | None,
    reason: SuppressionReason,
    evidence: str,
    actor: Actor,
) -> bool:
    """ "Never send here", committed on return; False when it was so already. See `suppress`."""
    with taking_rights_away():
        met = Suppression.objects.filter(
            channel=channel, digest=digest, topic=topic, lifted_at=None
        )
        if met.exists():
            return False
        Suppression.objects.create(
            channel=channel,
            digest=digest,
            key_version=key_version,
            topic=topic,
            reason=reason,
            evidence=evidence,
            actor=actor.name,
            at=now(),
        )
    return True


def address_of_digest(channel: str, digest: bytes) -> Address | None:
    """The address that has this fingerprint, if we still know it."""
    found = AddressHash.objects.filter(address__channel=channel, digest=digest)
    known = found.select_related("address").first()
    return known.address if known else None
