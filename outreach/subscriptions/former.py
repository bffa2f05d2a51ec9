"""Forgetting the addresses of people who are nobody's any more.

Owns which addresses those are. What stays of them is what stays of an erased one: a keyed
"never send here" if there was one, and an opaque number in the ledger.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from outreach.audience.models import Address, Membership, MembershipState, PersonAddress
from outreach.consent.models import ConsentState, Hold
from outreach.organisation.audit import Actor
from outreach.subscriptions.erasing import forget_address


def former_addresses(before: datetime) -> QuerySet[Address]:
    """Addresses whose people all left every school before then, that agree to nothing now, and
    about which nobody has to decide."""
    persons = PersonAddress.objects.filter(address=OuterRef("pk"))
    here = Membership.objects.filter(person__addresses__address=OuterRef("pk"))
    agrees = ConsentState.objects.filter(address=OuterRef("pk"), granted=True)
    held = Hold.objects.filter(address=OuterRef("pk"), released_at=None)
    return (
        Address.objects.filter(Exists(persons), ~Exists(agrees), ~Exists(held))
        .exclude(value="")
        .filter(created_at__lt=before)
        .exclude(Exists(here.filter(state=MembershipState.CURRENT)))
        .exclude(Exists(here.filter(ended_at__gte=before)))
    )


def forget_former(before: datetime, limit: int, *, actor: Actor) -> int:
    """Forgets up to `limit` of them, each in a transaction of its own; returns how many."""
    found = list(former_addresses(before).order_by("pk")[:limit])
    for address in found:
        forget_address(address, "address.forgotten", actor=actor)
    return len(found)
