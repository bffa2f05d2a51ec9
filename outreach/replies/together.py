"""One decision about many replies that are on hold for the same reason.

Each case goes through the same verbs as alone, so each has its line in the log. Never about a
call for help: those are read one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from outreach.consent.models import Hold
from outreach.consent.queries import is_held
from outreach.core.channels import Channel
from outreach.core.errors import BadInput, OutreachError
from outreach.organisation.audit import Actor
from outreach.replies.cases import close_case, keep_held, make_stop, release
from outreach.replies.models import Case, CaseKind, CaseState

# What fits on a page that somebody reads before they decide.
MOST_TOGETHER = 100


class Answer(StrEnum):
    """What is decided about all of them."""

    STOP = "stop"
    RELEASE = "release"
    KEEP = "keep"


@dataclass(frozen=True)
class Consequence:
    """What an answer would do to these cases. `held`: addresses that nothing goes to now.

    `unproven`: mails of which nothing proves who wrote them, so that nothing is on hold.
    """

    cases: int
    held: int
    texts: int
    mails: int
    unproven: int


@dataclass(frozen=True)
class Outcome:
    """`decided`: how many; `left`: those that somebody else, or a newer reply, was faster with."""

    decided: int
    left: int


def consequence(cases: Iterable[Case]) -> Consequence:
    """Counts before anything is done. Raises BadInput where they are not alike."""
    found = list(cases)
    _require_alike(found)
    addresses = [case.reply.address_id for case in found if case.reply.address_id]
    by_text = sum(case.reply.inbound.channel == Channel.SMS for case in found)
    return Consequence(
        cases=len(found),
        held=Hold.objects.filter(address__in=addresses, released_at=None)
        .values("address")
        .distinct()
        .count(),
        texts=by_text,
        mails=len(found) - by_text,
        unproven=sum(
            case.reply.address_id is None and case.reply.inbound.channel == Channel.EMAIL
            for case in found
        ),
    )


def decide_together(cases: Iterable[Case], answer: Answer, why: str, *, actor: Actor) -> Outcome:
    """Does to each what `answer` says; a stop and a release also close the case.

    Raises BadInput without a reason and where they are not alike; must not run inside a
    transaction, because each stop is committed by itself.
    """
    found = list(cases)
    _require_alike(found)
    if not why.strip():
        raise BadInput("The reason is missing.", remedy="Say why, for those who read it later.")
    decided = sum(_decide(case, answer, why, actor) for case in found)
    return Outcome(decided, len(found) - decided)


def _require_alike(cases: list[Case]) -> None:
    if not cases:
        raise BadInput("No reply was chosen.", remedy="Tick at least one.")
    if len(cases) > MOST_TOGETHER:
        raise BadInput(f"These are more than {MOST_TOGETHER}.", remedy="Decide about fewer.")
    if any(case.kind != CaseKind.HOLD for case in cases):
        raise BadInput(
            "Only replies on hold are decided together.",
            remedy="Read a call for help, and what is not on hold, one by one.",
        )
    if len({case.reply.why for case in cases}) > 1:
        raise BadInput(
            "These are on hold for different reasons.", remedy="Decide about one reason at a time."
        )


def _decide(case: Case, answer: Answer, why: str, actor: Actor) -> bool:
    """Whether it was done: a reply that came meanwhile may have made it a call for help."""
    is_same = Case.objects.filter(pk=case.pk, state=CaseState.OPEN, kind=CaseKind.HOLD).exists()
    if not is_same:
        return False
    try:
        _do(case, answer, why, actor)
    except OutreachError:
        return False
    return True


def _do(case: Case, answer: Answer, why: str, actor: Actor) -> None:
    if answer is Answer.KEEP:
        keep_held(case, why, actor=actor)
        return
    if answer is Answer.STOP:
        make_stop(case, actor=actor)
    elif case.reply.address_id is not None and is_held(case.reply.address_id):
        release(case, why, actor=actor)
    close_case(case, why, actor=actor)
