"""Erasing an address: what stays is the keyed fingerprint that says "never send here".

The ledger and the history of consents keep their rows with an opaque number that leads
nowhere any more. A roster uploaded later finds the fingerprint and sends nothing.
"""

from __future__ import annotations

from django.db import transaction

from outreach.audience.models import (
    Address,
    AddressHash,
    Membership,
    MembershipState,
    Person,
    PersonAddress,
)
from outreach.consent.actions import withdraw
from outreach.consent.models import OwnDataLink, SignUp
from outreach.core.clock import now
from outreach.notices.actions import forget_destination
from outreach.organisation import audit
from outreach.organisation.audit import RECIPIENT, Actor
from outreach.subscriptions.opt_out import opt_out

# How the evidence of such a stop begins; the journal of stops knows an erasure by it.
ERASED = "erased at the person's wish"


def erase_address(address: Address) -> None:
    """Forgets the address and whoever had no other.

    Steps, each committed: the stop about everything; its consents end; then in one
    transaction the messages to it, its sign-ups, its links, its hashes, its persons and the
    address itself. Repeated, it changes nothing. Must not run in a transaction.
    """
    if not address.value:
        return
    evidence = f"{ERASED}, address:{address.pk}"
    opt_out(address.channel, address.match_key, evidence=evidence, actor=RECIPIENT)
    withdraw(address.pk, None, None, source="erased", wording="", actor=RECIPIENT)
    forget_address(address, "address.erased", actor=RECIPIENT)


def forget_address(address: Address, action: str, *, actor: Actor) -> None:
    """In one transaction: the messages to it, its sign-ups, its links, its hashes, its persons
    and the address itself. `action`: as the audit log calls it. Stops nothing by itself."""
    with transaction.atomic():
        forget_destination(address.channel, address.value, actor=actor)
        SignUp.objects.filter(channel=address.channel, match_key=address.match_key).delete()
        OwnDataLink.objects.filter(address=address).delete()
        AddressHash.objects.filter(address=address).delete()
        _forget_persons(address)
        audit.record(actor, action, f"address:{address.pk}")
        Address.objects.filter(pk=address.pk).update(
            value="", match_key=f"erased:{address.pk}", country="", textable=False
        )


def _forget_persons(address: Address) -> None:
    """Whoever has another address stays, without this one; the others lose what names them."""
    had = PersonAddress.objects.filter(address=address)
    owners = set(had.values_list("person_id", flat=True))
    had.delete()
    still = PersonAddress.objects.filter(person__in=owners).values_list("person_id", flat=True)
    gone = owners - set(still)
    Person.objects.filter(pk__in=gone).update(language="", zone="", channel="")
    Membership.objects.filter(person__in=gone).update(name="", language="", age_bands=[])
    Membership.objects.filter(person__in=gone, ended_at=None).update(
        state=MembershipState.ENDED, ended_at=now()
    )
