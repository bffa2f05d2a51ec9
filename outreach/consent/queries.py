"""Reads of consent."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from outreach.consent.hashing import hasher
from outreach.consent.models import ConsentState, Hold, Suppression


def active_suppressions(channel: str, match_key: str) -> QuerySet[Suppression]:
    """Suppressions in force for an address, of every scope and under every key version."""
    digests = [keyed.digest for keyed in hasher().every(channel, match_key)]
    return Suppression.objects.filter(channel=channel, digest__in=digests, lifted_at=None)


def latest_suppression(channel: str, match_key: str, topic_id: int | None) -> Suppression | None:
    """The newest suppression of exactly this scope, in force or lifted."""
    digests = [keyed.digest for keyed in hasher().every(channel, match_key)]
    made = Suppression.objects.filter(channel=channel, digest__in=digests, topic=topic_id)
    return made.order_by("-id").first()


def is_suppressed(channel: str, match_key: str, topic_id: int | None = None) -> bool:
    """Whether nothing may go here: about anything, or about this topic when one is named."""
    about = Q(topic_id=None)
    if topic_id is not None:
        about |= Q(topic_id=topic_id)
    return active_suppressions(channel, match_key).filter(about).exists()


def is_held(address_id: int) -> bool:
    """Whether the address waits for a person's decision."""
    return Hold.objects.filter(address_id=address_id, released_at=None).exists()


def has_consent(address_id: int, topic_id: int, school_id: int) -> bool:
    """Whether the newest act for this address, topic and school is a grant."""
    return ConsentState.objects.filter(
        address_id=address_id, topic_id=topic_id, school_id=school_id, granted=True
    ).exists()
