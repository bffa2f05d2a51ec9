"""Calls the provider for what was claimed, and turns each answer into news for the ledger.

After a claim nothing waits: every call of a chunk starts within two seconds or is given
back by this very process, which knows that it did not call (promise 7).
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from outreach.core.clock import monotonic
from outreach.core.errors import (
    OutcomeUnknown,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    Refusal,
)
from outreach.core.spans import Fact, Facts, is_on, span
from outreach.delivery.ledger import News
from outreach.delivery.rules import Event
from outreach.providers.port import (
    NOT_STARTED,
    Accepted,
    EmailProvider,
    EmailRequest,
    OutboundSms,
    Outcome,
    SmsProvider,
)

START_WITHIN_SECONDS = 2.0
# Of one chunk. More would not be faster here, and providers limit the calls of an account.
CALLS_AT_ONCE = 64
# A chunk costs the database some 2 ms whatever is in it, so large ones are cheaper. But all its
# calls start within the two seconds, so it has no more than get their turn in half of them.
_MOST_ROUNDS = 4
_ROUNDS_SECONDS = START_WITHIN_SECONDS / 2


class Answer(NamedTuple):  # made for every text, at half the price of a frozen dataclass
    """What became of one claimed delivery. `outcome` None: it was never called."""

    id: int
    attempt: int
    outcome: Outcome | None


@dataclass(frozen=True)
class Trouble:
    """What a chunk's answers say about the lane as a whole."""

    wait_seconds: float | None = None  # the provider is busy: nobody tries before
    is_account_wide: bool = False  # it named a time: then it means all that is ours, not one sender
    unauthorised: bool = False  # our credentials are refused

    @property
    def stops(self) -> bool:
        return self.unauthorised or self.wait_seconds is not None


async def call_texts(
    provider: SmsProvider, texts: Sequence[tuple[int, int, OutboundSms]], claimed_at: float
) -> list[Answer]:
    """One request for each (id, attempt, message), `CALLS_AT_ONCE` at a time. One span for them
    together: a span for each of some thousand texts a second would cost as much as sending them."""
    if not texts:
        return []
    with span("texts to the provider", _called(provider, len(texts))) as seen:
        answers = await _call_in_turn(provider, texts, claimed_at)
        if is_on():
            seen.note(_counts(answers))
    return answers


def rounds_that_fit(texts: int, seconds: float) -> int:
    """Of how many rounds of calls the next chunk may be, when so many texts took so long."""
    a_round = seconds / max(1, math.ceil(texts / CALLS_AT_ONCE))
    return max(1, min(_MOST_ROUNDS, int(_ROUNDS_SECONDS / max(a_round, 0.001))))


async def _call_in_turn(
    provider: SmsProvider, texts: Sequence[tuple[int, int, OutboundSms]], claimed_at: float
) -> list[Answer]:
    """What comes after an answer that stops the lane is not called any more."""
    answers: list[Answer] = []
    for at in range(0, len(texts), CALLS_AT_ONCE):
        latest = await _call_at_once(provider, texts[at : at + CALLS_AT_ONCE], claimed_at)
        answers += latest
        if trouble_in(latest).stops:
            break
    left = texts[len(answers) :]
    return answers + [Answer(each, attempt, None) for each, attempt, _ in left]


async def _call_at_once(
    provider: SmsProvider, texts: Sequence[tuple[int, int, OutboundSms]], claimed_at: float
) -> list[Answer]:
    """The last one to end wakes us: `gather` would schedule a callback for each."""
    answers: list[Answer] = []
    over = asyncio.get_running_loop().create_future()

    async def one(delivery_id: int, attempt: int, message: OutboundSms) -> None:
        outcome: Outcome | None = None
        if monotonic() - claimed_at <= START_WITHIN_SECONDS:
            try:
                outcome = await provider.send(message)
            except (ProviderRefused, ProviderBusy, OutcomeUnknown) as error:
                outcome = error
            except Exception as error:  # an adapter's own fault after writing: nobody can know
                outcome = _fault(error)
        answers.append(Answer(delivery_id, attempt, outcome))
        if len(answers) == len(texts) and not over.done():
            over.set_result(None)

    calls = [asyncio.create_task(one(*text)) for text in texts]
    try:
        await over
    finally:
        for call in calls:
            call.cancel()  # changes nothing about those that have ended
    return sorted(answers)


def _fault(error: Exception) -> OutcomeUnknown:
    return OutcomeUnknown("The call ended in an error.", provider_code=type(error).__name__)


async def call_email(
    provider: EmailProvider,
    request: EmailRequest,
    claimed: Sequence[tuple[int, int]],
    claimed_at: float,
) -> list[Answer]:
    """One request for all of `claimed` (id, attempt), in the order of its recipients."""
    if monotonic() - claimed_at > START_WITHIN_SECONDS:
        return [Answer(each, attempt, None) for each, attempt in claimed]
    with span("mails to the provider", _called(provider, len(claimed))) as seen:
        outcomes = await provider.send(request)
        answers = [
            Answer(each, attempt, outcome)
            for (each, attempt), outcome in zip(claimed, outcomes, strict=True)
        ]
        if is_on():
            seen.note(_counts(answers))
    return answers


def _called(provider: SmsProvider | EmailProvider, messages: int) -> Facts:
    return {"adapter": type(provider).__name__, "messages": messages}


_FACTS: Mapping[type[object], Fact] = {
    Accepted: "accepted",
    ProviderRefused: "refused",
    ProviderBusy: "busy",
    type(None): "not_called",
}


def _counts(answers: Sequence[Answer]) -> Facts:
    """How many ended how."""
    found = Counter(_FACTS.get(type(each.outcome), "unknown") for each in answers)
    return dict(found)


def news_of(answer: Answer) -> News:
    """The ledger's event for an answer, by promise 3."""
    outcome = answer.outcome
    match outcome:
        case Accepted():
            return News(
                answer.id,
                Event.ACCEPT,
                answer.attempt,
                message_id=outcome.message_id,
                segments=outcome.segments,
            )
        case None:
            return News(answer.id, Event.GIVE_BACK, answer.attempt, "not_called")
        case ProviderRefused() if outcome.kind != Refusal.UNAUTHORISED:
            return News(answer.id, Event.REFUSE, answer.attempt, _code(outcome))
        case ProviderRefused() | ProviderBusy():
            return News(answer.id, Event.GIVE_BACK, answer.attempt, _code(outcome))
        case _:
            return News(answer.id, Event.LOSE, answer.attempt, _code(outcome))


def _code(error: ProviderError) -> str:
    return (error.provider_code or error.code)[:40]


def trouble_in(answers: Sequence[Answer]) -> Trouble:
    """The longest wait that was asked for, and whether our credentials were refused."""
    busy = [
        each.outcome
        for each in answers
        if isinstance(each.outcome, ProviderBusy) and each.outcome.provider_code != NOT_STARTED
    ]
    waits = [error.retry_after_seconds for error in busy if error.retry_after_seconds is not None]
    wait = max(waits, default=1.0) if busy else None
    refused = [each.outcome for each in answers if isinstance(each.outcome, ProviderRefused)]
    is_unauthorised = any(error.kind == Refusal.UNAUTHORISED for error in refused)
    return Trouble(wait, is_account_wide=bool(waits), unauthorised=is_unauthorised)
