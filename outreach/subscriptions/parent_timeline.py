"""What happened with one parent at one school, the newest first.

Owns the words in English; pages translate them as they show them. Shows what belongs to this
school alone; of a stop, which counts everywhere, only that it was said and why, never at which
school.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from outreach.audience.models import Address, Membership
from outreach.campaigns.models import StepRun
from outreach.campaigns.versions import step_of
from outreach.consent.hashing import hasher
from outreach.consent.models import (
    Consent,
    ConsentAct,
    Hold,
    SignUp,
    Suppression,
    SuppressionReason,
)
from outreach.delivery.models import Delivery, DeliveryState
from outreach.delivery.rules import REASON_WORDS
from outreach.organisation.models import ConsentBasis

# The ledger is read by step run and person; a year of weekly messages is 50 of them.
_MOST_RUNS = 200


class Happened(StrEnum):
    """One kind of thing that happens with a parent, as a sentence."""

    CAME = "Came on record at your school"
    LEFT = "Left your school"
    AGREED = "Agreed"
    WITHDREW = "Said stop"
    LAPSED = "The consent ended by itself"
    ASKED = "Was asked"
    BLOCKED = "Blocked: nothing goes there"
    UNBLOCKED = "No longer blocked"
    HELD = "On hold until a person decides"
    RELEASED = "No longer on hold"
    MESSAGE = "A message"


_ACTS = {
    ConsentAct.GRANTED: Happened.AGREED,
    ConsentAct.WITHDRAWN: Happened.WITHDREW,
    ConsentAct.LAPSED: Happened.LAPSED,
}


@dataclass(frozen=True)
class Moment:
    """`about`: the topic, or the title of the message; `state`: in words, of a message.

    `address`: of which address it tells. `why`: in words. Each is "" where there is none.
    """

    at: datetime
    happened: Happened
    about: str = ""
    state: str = ""
    address: str = ""
    why: str = ""


def timeline_of(membership: Membership) -> list[Moment]:
    """Of a parent of the membership's school."""
    addresses = _addresses(membership)
    found = [
        *_life(membership),
        *_consents(membership, addresses),
        *_questions(membership, addresses),
        *_stops(addresses),
        *_holds(addresses),
        *_messages(membership),
    ]
    return sorted(found, key=lambda moment: moment.at, reverse=True)


def _addresses(membership: Membership) -> list[Address]:
    own = membership.person.addresses.filter(school=None)
    listed = membership.person.addresses.filter(school=membership.school_id)
    return [each.address for each in (own | listed).select_related("address").order_by("pk")]


def _life(membership: Membership) -> Iterator[Moment]:
    yield Moment(membership.started_at, Happened.CAME)
    if membership.ended_at:
        yield Moment(membership.ended_at, Happened.LEFT)


def _consents(membership: Membership, addresses: list[Address]) -> Iterator[Moment]:
    acts = Consent.objects.filter(school=membership.school_id, address__in=addresses)
    bases = dict(ConsentBasis.choices)
    for each in acts.select_related("topic", "address"):
        happened = _ACTS[ConsentAct(each.act)]
        why = bases.get(each.basis, "") if each.act == ConsentAct.GRANTED else ""
        yield Moment(each.at, happened, each.topic.name, "", each.address.value, str(why))


def _questions(membership: Membership, addresses: list[Address]) -> Iterator[Moment]:
    for address in addresses:
        asked = SignUp.objects.filter(
            channel=address.channel, match_key=address.match_key, school=membership.school_id
        )
        for each in asked:
            at = each.prompted_at or each.asked_at
            yield Moment(at, Happened.ASKED, address=address.value)


def _stops(addresses: list[Address]) -> Iterator[Moment]:
    for address in addresses:
        digests = [keyed.digest for keyed in hasher().every(address.channel, address.match_key)]
        stops = Suppression.objects.filter(channel=address.channel, digest__in=digests)
        for each in stops:
            why = str(SuppressionReason(each.reason).label)
            yield Moment(each.at, Happened.BLOCKED, address=address.value, why=why)
            if each.lifted_at:
                yield Moment(each.lifted_at, Happened.UNBLOCKED, address=address.value)


def _holds(addresses: list[Address]) -> Iterator[Moment]:
    for each in Hold.objects.filter(address__in=addresses).select_related("address"):
        yield Moment(each.at, Happened.HELD, address=each.address.value)
        if each.released_at:
            yield Moment(each.released_at, Happened.RELEASED, address=each.address.value)


def _messages(membership: Membership) -> Iterator[Moment]:
    runs = StepRun.objects.exclude(planned_at=None).order_by("-planned_at")
    newest = {run.pk: run for run in runs.select_related("launch")[:_MOST_RUNS]}
    rows = Delivery.objects.filter(
        step_run_id__in=list(newest), person=membership.person_id, school=membership.school_id
    )
    for each in rows.select_related("address"):
        title = step_of(newest[each.step_run_id]).title
        state = str(DeliveryState(each.state).label)
        address = each.address.value if each.address else ""
        why = REASON_WORDS.get(each.reason or "", "")
        yield Moment(each.state_at, Happened.MESSAGE, title, state, address, why)
