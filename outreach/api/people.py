"""People: who is on record, what they agreed to, and who leaves. Never an address in an answer."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from ninja import Field, Query, Router, Schema

from outreach.api.keys import Bearer, KeyedRequest, rows_of
from outreach.api.paging import Page, Window, page_of
from outreach.api.schools import school_of
from outreach.audience.models import (
    Address,
    Membership,
    MembershipState,
    Person,
    PersonAddress,
)
from outreach.consent.models import Consent
from outreach.consent.queries import active_suppressions, is_held
from outreach.core.errors import NotFound
from outreach.organisation.api_keys import actor_of_key
from outreach.organisation.models import ApiKey, ApiScope
from outreach.subscriptions.entering import Written, read_address
from outreach.subscriptions.roster.ending import end_memberships

router = Router(tags=["People"])


class MembershipOut(Schema):
    school: UUID
    role: Literal["guardian", "contact", "safeguarding_lead"]
    state: Literal["current", "ended"]
    age_groups: list[str]
    started_at: datetime
    ended_at: datetime | None


class PersonOut(Schema):
    """`language`: their own choice, else the list's. `channels`: for which an address is known."""

    id: UUID
    language: str
    channels: list[Literal["sms", "email"]]
    memberships: list[MembershipOut]


class SearchIn(Schema):
    address: str = Field(
        description="A mail address, or a phone number with its country code.", max_length=320
    )


class ActOut(Schema):
    """One act, as it is kept for good. `wording`: what the person read or signed."""

    at: datetime
    act: Literal["granted", "withdrawn", "lapsed"]
    topic: str
    school: UUID
    channel: Literal["sms", "email"]
    basis: str
    source: str
    wording: str


class ChannelOut(Schema):
    """What holds now for one address. `topics_stopped`: beside `everything_stopped`."""

    channel: Literal["sms", "email"]
    everything_stopped: bool
    topics_stopped: list[str]
    waiting_for_decision: bool


class ConsentOut(Schema):
    """`acts`: oldest first."""

    channels: list[ChannelOut]
    acts: list[ActOut]


class EndIn(Schema):
    why: str = Field(description="For the audit log, without personal data.", max_length=300)


class EndOut(Schema):
    """`ended`: memberships that ended now."""

    ended: int


@router.get(
    "/people",
    auth=Bearer(ApiScope.SEE_PEOPLE),
    response=Page[PersonOut],
    summary="Everybody on record",
    description="A key of one school gets that school's people, and their membership there.",
)
def people(
    request: KeyedRequest, window: Query[Window], school: UUID | None = None
) -> Page[PersonOut]:
    with rows_of(request.auth, reading=True):
        found = _people(request.auth)
        if school is not None:
            found = found.filter(memberships__school=school_of(request.auth, school)).distinct()
        return page_of(found, window, _person_out)


@router.post(
    "/people/search",
    auth=Bearer(ApiScope.SEE_PEOPLE),
    response=list[PersonOut],
    summary="Who has this address",
    description="POST, because an address has no place in a URL. Changes nothing.",
)
def search(request: KeyedRequest, given: SearchIn) -> list[PersonOut]:
    written = read_address(given.address)
    with rows_of(request.auth, reading=True):
        found = _people(request.auth).filter(pk__in=_owners(written)).order_by("pk")
        return [_person_out(person) for person in found]


@router.get(
    "/people/{uuid:person}/consent",
    auth=Bearer(ApiScope.SEE_PEOPLE),
    response=ConsentOut,
    summary="What somebody agreed to, with the proof",
)
def consent(request: KeyedRequest, person: UUID) -> ConsentOut:
    with rows_of(request.auth, reading=True):
        found = _person(request.auth, person)
        addresses = list(
            Address.objects.filter(persons__in=_links(request.auth, found))
            .distinct()
            .order_by("pk")
        )
        acts = Consent.objects.filter(address__in=addresses).select_related("topic", "school")
        if request.auth.school_id is not None:
            acts = acts.filter(school_id=request.auth.school_id)
        channels = {address.pk: address.channel for address in addresses}
        return ConsentOut(
            channels=[_channel_out(address) for address in addresses],
            acts=[_act_out(act, channels[act.address_id]) for act in acts.order_by("pk")],
        )


@router.post(
    "/schools/{uuid:school}/people/{uuid:person}/end",
    auth=Bearer(ApiScope.MANAGE_PEOPLE),
    response=EndOut,
    summary="Somebody leaves a school",
    description="Nothing more goes to them in this school's name. Repeating it changes nothing.",
)
def end(request: KeyedRequest, school: UUID, person: UUID, given: EndIn) -> EndOut:
    with rows_of(request.auth):
        left = school_of(request.auth, school)
        ids = Membership.objects.filter(
            person=_person(request.auth, person), school=left
        ).values_list("pk", flat=True)
        actor = actor_of_key(request.auth)
        return EndOut(ended=end_memberships(left, list(ids), why=given.why, actor=actor))


def _people(key: ApiKey) -> QuerySet[Person]:
    """Whom the key may see, with the memberships and addresses that it may see."""
    memberships = Membership.objects.select_related("school").order_by("pk")
    links = PersonAddress.objects.select_related("address").order_by("pk")
    found = Person.objects.filter(merged_into=None)
    if key.school_id is not None:
        memberships = memberships.filter(school_id=key.school_id)
        links = links.filter(school_id=key.school_id)
        found = found.filter(memberships__school_id=key.school_id).distinct()
    return found.prefetch_related(
        Prefetch("memberships", memberships), Prefetch("addresses", links)
    )


def _person(key: ApiKey, uuid: UUID) -> Person:
    found = _people(key).filter(uuid=uuid).first()
    if found is None:
        raise NotFound("There is no such person.")
    return found


def _links(key: ApiKey, person: Person) -> QuerySet[PersonAddress]:
    found = PersonAddress.objects.filter(person=person)
    return found if key.school_id is None else found.filter(school_id=key.school_id)


def _owners(written: Written) -> list[int]:
    links = PersonAddress.objects.filter(
        address__channel=written.channel, address__match_key=written.match_key
    )
    return list(links.values_list("person_id", flat=True))


def _person_out(person: Person) -> PersonOut:
    current = [each for each in person.memberships.all() if each.state == MembershipState.CURRENT]
    language = person.language or next((each.language for each in current if each.language), "")
    return PersonOut.model_validate(
        {
            "id": person.uuid,
            "language": language,
            "channels": sorted({str(link.address.channel) for link in person.addresses.all()}),
            "memberships": [_membership_out(each) for each in person.memberships.all()],
        }
    )


def _membership_out(membership: Membership) -> MembershipOut:
    return MembershipOut.model_validate(
        {
            "school": membership.school.uuid,
            "role": membership.role,
            "state": membership.state,
            "age_groups": membership.age_bands,
            "started_at": membership.started_at,
            "ended_at": membership.ended_at,
        }
    )


def _channel_out(address: Address) -> ChannelOut:
    blocks = active_suppressions(address.channel, address.match_key).select_related("topic")
    topics = {block.topic.slug for block in blocks if block.topic is not None}
    return ChannelOut.model_validate(
        {
            "channel": address.channel,
            "everything_stopped": any(block.topic_id is None for block in blocks),
            "topics_stopped": sorted(topics),
            "waiting_for_decision": is_held(address.pk),
        }
    )


def _act_out(act: Consent, channel: str) -> ActOut:
    return ActOut.model_validate(
        {
            "at": act.at,
            "act": act.act,
            "topic": act.topic.slug,
            "school": act.school.uuid,
            "channel": channel,
            "basis": act.basis,
            "source": act.source,
            "wording": act.wording,
        }
    )
