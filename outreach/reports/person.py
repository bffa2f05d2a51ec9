"""The story of one person, in order: consents, messages planned and what became of each, replies,
stops and holds.

What a person wrote is not here, only what we understood; of a call for help nothing at all without
the right to read it. Row-level security leaves out what belongs to schools that the reader may not
see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Q

from outreach.audience.models import Address, Membership, Person
from outreach.campaigns.versions import step_of
from outreach.consent.models import Hold
from outreach.core.errors import BadAddress, NotFound
from outreach.delivery.history import why_words
from outreach.delivery.models import Delivery
from outreach.organisation.audit import Actor, record
from outreach.replies.models import CaseKind, Reply
from outreach.subscriptions.entering import read_address
from outreach.subscriptions.own_data import OwnData, held_about

_MOST_FOUND = 20
_MOST_MESSAGES = 300


class Kind(StrEnum):
    """What a line is about."""

    MEMBERSHIP = "membership"
    CONSENT = "consent"
    STOP = "stop"
    HOLD = "hold"
    MESSAGE = "message"
    NOTICE = "notice"
    REPLY = "reply"


@dataclass(frozen=True)
class PersonFound:
    """A person in the list of those found. `name`: as a school's list has it."""

    uuid: UUID
    name: str
    school: str


@dataclass(frozen=True)
class StoryLine:
    """One thing that happened. `what`: the state, act or meaning, as its room writes it; `title`:
    what it is about; `school`: "" for none; `detail`: why, or the words that were shown.

    `launch`, `run`, `number`: of a message; `case`: of a reply that has one.
    """

    at: datetime
    kind: Kind
    what: str
    title: str
    school: str = ""
    detail: str = ""
    launch: UUID | None = None
    run: UUID | None = None
    number: int | None = None
    case: UUID | None = None


@dataclass(frozen=True)
class Story:
    """`addresses`: those that we know; `lines`: from the oldest. `is_cut`: there are older
    messages."""

    person: Person
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    lines: tuple[StoryLine, ...]
    is_cut: bool


def find_people(text: str) -> list[PersonFound]:
    """Those with exactly this mail address or number (with its country code), or this name."""
    by_address = _match_key(text)
    if by_address is not None:
        memberships = Membership.objects.filter(person__addresses__address__match_key=by_address)
    else:
        memberships = Membership.objects.filter(name__iexact=text.strip())
    found = memberships.select_related("school", "person").order_by("name", "pk").distinct()
    people = {
        each.person_id: PersonFound(each.person.uuid, each.name, each.school.name)
        for each in found[:_MOST_FOUND]
    }
    return list(people.values())


def look_up(uuid: UUID, *, actor: Actor, sees_crises: bool) -> Story:
    """The story of one person; that somebody looked at it goes into the audit log. Raises
    NotFound."""
    person = Person.objects.filter(uuid=uuid).first()
    if person is None:
        raise NotFound("There is no such person.", remedy="Search again.")
    record(actor, "person.looked-up", f"person:{person.uuid}")
    addresses = list(Address.objects.filter(persons__person=person).distinct().order_by("pk"))
    memberships = list(person.memberships.select_related("school").order_by("started_at"))
    messages = list(_deliveries(person))
    lines = [*_memberships(memberships), *map(_message, messages)]
    for address in addresses:
        lines += [*_held(held_about(address)), *_holds(address), *_replies(address, sees_crises)]
    return Story(
        person=person,
        names=tuple(dict.fromkeys(each.name for each in memberships if each.name)),
        addresses=tuple(each.value for each in addresses),
        lines=tuple(sorted(lines, key=lambda line: line.at)),
        is_cut=len(messages) == _MOST_MESSAGES,
    )


def _match_key(text: str) -> str | None:
    try:
        return read_address(text.strip(), "").match_key
    except BadAddress:
        return None


def _memberships(memberships: Sequence[Membership]) -> Iterator[StoryLine]:
    for each in memberships:
        title = each.get_role_display()
        yield StoryLine(each.started_at, Kind.MEMBERSHIP, "began", title, each.school.name)
        if each.ended_at:
            yield StoryLine(each.ended_at, Kind.MEMBERSHIP, "ended", title, each.school.name)


def _held(held: OwnData) -> Iterator[StoryLine]:
    for act in held.consents:
        what = "granted" if act.granted else "withdrawn"
        words = " · ".join(part for part in (act.source, act.wording) if part)
        yield StoryLine(act.at, Kind.CONSENT, what, act.topic, act.school, words)
    for stop in held.stops:
        yield StoryLine(stop.at, Kind.STOP, stop.reason, stop.topic)
        if stop.ended_at:
            yield StoryLine(stop.ended_at, Kind.STOP, "ended", stop.topic)
    for notice in held.messages:
        if notice.kind != "campaign":
            yield StoryLine(notice.at, Kind.NOTICE, notice.state, notice.title, notice.school)


def _holds(address: Address) -> Iterator[StoryLine]:
    for each in Hold.objects.filter(address=address).order_by("pk"):
        yield StoryLine(each.at, Kind.HOLD, "held", "", detail=each.reason)
        if each.released_at:
            yield StoryLine(each.released_at, Kind.HOLD, "released", "", detail=each.released_by)


def _deliveries(person: Person) -> Sequence[Delivery]:
    """The newest, also those that were left out."""
    rows = Delivery.objects.filter(person=person).select_related(
        "school", "step_run__launch", "batch__sender"
    )
    return list(rows.order_by("-state_at")[:_MOST_MESSAGES])


def _message(row: Delivery) -> StoryLine:
    provider = row.batch.sender.provider if row.batch else ""
    return StoryLine(
        at=row.state_at,
        kind=Kind.MESSAGE,
        what=row.state,
        title=f"{step_of(row.step_run).title} ({row.step_run.launch.name})",
        school=row.school.name,
        detail=why_words(provider, row.reason or ""),
        launch=row.step_run.launch.uuid,
        run=row.step_run.uuid,
        number=row.id,
    )


def _replies(address: Address, sees_crises: bool) -> Iterator[StoryLine]:
    found = Reply.objects.filter(address=address).select_related("case", "school")
    if not sees_crises:
        found = found.exclude(Q(meaning="crisis") | Q(case__kind=CaseKind.CRISIS))
    for each in found.order_by("pk"):
        yield StoryLine(
            each.at,
            Kind.REPLY,
            each.meaning,
            "",
            each.school.name if each.school else "",
            each.why,
            case=each.case.uuid if each.case else None,
        )
