"""By which channel a person would rather be written to, as they told a school or the office.

Refuses to open a channel: it only orders those that the person agreed to, and planning takes
another one where the preferred one cannot be used.
"""

from __future__ import annotations

from django.db import transaction

from outreach.audience.models import Address, Person
from outreach.core.channels import Channel
from outreach.core.errors import NotFound
from outreach.organisation.audit import Actor, record


def prefer_channel(
    of_channel: str, match_key: str, preferred: Channel | None, *, actor: Actor, why: str
) -> int:
    """For everybody who has this address; None: as each campaign has it. Returns how many
    changed. Raises NotFound when nobody here has the address."""
    address = Address.objects.filter(channel=of_channel, match_key=match_key).first()
    owners = Person.objects.filter(addresses__address=address, merged_into=None)
    if address is None or not owners.exists():
        raise NotFound("Nobody here has this address.", remedy="Bring the school's list in first.")
    wanted = preferred or ""
    changed = 0
    with transaction.atomic():
        for person in owners.exclude(channel=wanted).distinct().order_by("pk"):
            Person.objects.filter(pk=person.pk).update(channel=wanted)
            details = {"channel": str(wanted)}
            record(
                actor, "person.prefers-channel", f"person:{person.uuid}", why=why, details=details
            )
            changed += 1
    return changed
