"""The rows that a person's own sign-up makes: address, person, membership.

Refuses to merge: an address that several adults share stays shared, and none of them learns
of another.
"""

from __future__ import annotations

from outreach.audience.models import (
    Address,
    Membership,
    MembershipRole,
    MembershipState,
    Person,
    PersonAddress,
)
from outreach.consent.models import SignUp
from outreach.core.clock import now
from outreach.organisation.address_key_register import require_keys_of_now
from outreach.subscriptions.roster.hashes import write_hashes


def store_address(sign_up: SignUp) -> Address:
    """The address of a sign-up, stored with its hashes when it is new."""
    same = Address.objects.filter(channel=sign_up.channel, match_key=sign_up.match_key)
    address = same.first() or _new_address(sign_up)
    write_hashes([address])
    return address


def _new_address(sign_up: SignUp) -> Address:
    require_keys_of_now()  # or it is here already, under a key that others have
    address, _ = Address.objects.get_or_create(
        channel=sign_up.channel,
        match_key=sign_up.match_key,
        defaults={
            "value": sign_up.value,
            "country": sign_up.country,
            "textable": True,
            "created_at": now(),
        },
    )
    return address


def person_for(sign_up: SignUp, address: Address) -> Person:
    """Whose sign-up this is: of those who have the address, one of the school before another;
    else whoever confirmed another address of the same form; else somebody new."""
    owners = _owners(address)
    person = _of_school(owners, sign_up) or (owners[0] if owners else _of_form(sign_up))
    if person is None:
        person = Person.objects.create(language=sign_up.language, created_at=now())
    elif len(owners) <= 1 and person.language != sign_up.language:
        person.language = sign_up.language
        person.save(update_fields=["language"])
    _enrol(person, sign_up)
    _give(person, address, sign_up)
    return person


def _owners(address: Address) -> list[Person]:
    found = Person.objects.filter(addresses__address=address, merged_into=None)
    return list(found.distinct().order_by("pk"))


def _of_school(owners: list[Person], sign_up: SignUp) -> Person | None:
    here = Membership.objects.filter(person__in=owners, school=sign_up.school)
    first = here.order_by("person_id").select_related("person").first()
    return first.person if first else None


def _of_form(sign_up: SignUp) -> Person | None:
    same = SignUp.objects.filter(form=sign_up.form, person__isnull=False)
    first = same.select_related("person").first()
    return first.person if first else None


def _enrol(person: Person, sign_up: SignUp) -> None:
    membership, is_new = Membership.objects.get_or_create(
        person=person,
        school=sign_up.school,
        role=MembershipRole.GUARDIAN,
        defaults={"language": sign_up.language, "started_at": now()},
    )
    if not is_new and membership.state != MembershipState.CURRENT:
        membership.state = MembershipState.CURRENT
        membership.ended_at = None
        membership.save(update_fields=["state", "ended_at"])


def _give(person: Person, address: Address, sign_up: SignUp) -> None:
    """`school` empty: as they told us, so no roster takes it away again."""
    known = PersonAddress.objects.filter(person=person, address=address)
    if not known.filter(school=sign_up.school).exists():
        PersonAddress.objects.get_or_create(
            person=person, address=address, school=None, defaults={"created_at": now()}
        )
