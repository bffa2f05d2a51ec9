"""Opt-outs: entering one, and asking whether there is one.

Both are POST: an address is personal data, and has no place in a URL (promise 10).
"""

from __future__ import annotations

from typing import Literal

from ninja import Field, Router, Schema, Status

from outreach.api.keys import Bearer, KeyedRequest, rows_of
from outreach.organisation.api_keys import actor_of_key
from outreach.organisation.models import ApiScope
from outreach.organisation.visible_schools import EVERY_SCHOOL, seeing
from outreach.subscriptions.entering import (
    Why,
    enter_opt_out,
    opt_out_state,
    read_address,
    topic_named,
)

router = Router(tags=["Opt-outs"])


class OptOutIn(Schema):
    """An opt-out that your system was told."""

    address: str = Field(
        description="A mail address, or a phone number with its country code.", max_length=320
    )
    why: Literal["asked", "not_theirs", "other"] = Field(
        "asked", description="asked: the person said so. not_theirs: a wrong number or address."
    )
    evidence: str = Field(
        description="How you know, without personal data: 'form on our website, 3 November'.",
        max_length=150,
    )
    topic: str | None = Field(
        None, description="Short name of the one topic to stop; leave out to stop everything."
    )


class OptOutOut(Schema):
    """`new`: false when the address had been stopped so before; nothing has changed then."""

    id: int
    channel: Literal["sms", "email"]
    new: bool


class AddressIn(Schema):
    address: str = Field(
        description="A mail address, or a phone number with its country code.", max_length=320
    )


class StateOut(Schema):
    """`everything`: no message at all may go there. `topics`: those that are stopped.
    `waiting_for_decision`: a person still has to decide about a reply; nothing goes meanwhile."""

    everything: bool
    topics: list[str]
    waiting_for_decision: bool


@router.post(
    "",
    auth=Bearer(ApiScope.ADD_OPT_OUTS),
    response={200: OptOutOut, 201: OptOutOut},
    summary="Enter an opt-out",
    description="In force when the answer has come. The address need not be known. Repeating it "
    "changes nothing and answers 200. For a key of one school too, it stops messages from all "
    "schools.",
)
def add(request: KeyedRequest, given: OptOutIn) -> Status[OptOutOut]:
    # Whatever school the key is for: the address may be another school's, and has to be met by
    # the block all the same.
    with seeing("POST", EVERY_SCHOOL):
        done = enter_opt_out(
            read_address(given.address),
            Why(given.why),
            evidence=given.evidence,
            topic=topic_named(given.topic) if given.topic else None,
            actor=actor_of_key(request.auth),
        )
    body = OptOutOut(id=done.suppression_id, channel=done.channel.value, new=done.is_new)
    return Status(201 if done.is_new else 200, body)


@router.post(
    "/state",
    auth=Bearer(ApiScope.SEE_OPT_OUTS),
    response=StateOut,
    summary="Ask whether an address has opted out",
    description="A key of one school gets 404 for an address that is not on its roster.",
)
def state(request: KeyedRequest, given: AddressIn) -> StateOut:
    with rows_of(request.auth):
        found = opt_out_state(read_address(given.address), school=request.auth.school)
    return StateOut(
        everything=found.everything,
        topics=list(found.topics),
        waiting_for_decision=found.is_held,
    )
