"""The life of one delivery in words: each attempt, each wait and each reason, from its events.

Owns the words. Reads the ledger only; the meaning of a provider's code comes from its folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from outreach.core.clock import now
from outreach.core.errors import NotFound
from outreach.delivery.finding import rows_in_state
from outreach.delivery.models import DeliveryState
from outreach.delivery.rules import REASON_WORDS, Event
from outreach.organisation.address_keys import open_actor
from outreach.providers.registry import words_of_code

_WORDS: Mapping[str, str] = {
    Event.CLAIM: "Attempt {0}: handed to the provider",
    Event.SKIP: "Not sent",
    Event.EXPIRE: "Too late to be sent",
    Event.CANCEL: "Cancelled with its send",
    Event.ACCEPT: "Attempt {0}: the provider took it",
    Event.REFUSE: "Attempt {0}: the provider refused it",
    Event.GIVE_BACK: "Attempt {0}: certainly not sent, so it waits for the next one",
    Event.LOSE: "Attempt {0}: nobody knows whether it was taken",
    Event.RETRY: "Put back to be tried again",
    Event.FALL_BACK: "Failed for good here; goes on by the other channel",
    Event.NO_FALLBACK: "Failed for good, and the other channel is not open",
    Event.RESTORE: "A backup was restored: nobody knows whether it went out meanwhile",
    Event.DECIDE_SENT: "Counted as sent",
    Event.DECIDE_AGAIN: "To be sent again, as decided",
    Event.RECEIPT_ACCEPTED: "Receipt of attempt {0}: on its way",
    Event.RECEIPT_DELIVERED: "Receipt of attempt {0}: arrived",
    Event.RECEIPT_FAILED: "Receipt of attempt {0}: could not be delivered",
    Event.RECEIPT_BOUNCED: "Receipt of attempt {0}: came back",
    Event.RECEIPT_OTHER: "Receipt of attempt {0}, which changes nothing",
    Event.OLDER_ACCEPTED: "Receipt of the earlier attempt {0}: it was taken after all",
    Event.OLDER_SETTLED: "Late receipt of attempt {0}, which changes nothing",
}
_DETAIL_WORDS: Mapping[str, str] = {
    "not_called": "Its turn did not come in time, so we did not call.",
    "not_started": "Its turn did not come in time, so we did not call.",
    "worker_lost": "The process that sent it is gone.",
    "worker_fault": "The process that sent it failed.",
    "same_request": "Another message of the same request proves it.",
    "429": "The provider asked us to come back later.",
    "503": "The provider asked us to come back later.",
}
_TRIED_AGAIN = "The reason may pass: it is tried again."
_PAUSED = "Its send is paused: {0}"
_OPENS = "Its hours open."
_GIVEN_BACK = "Its batch was given back and is looked at again."
_SENDER_BUSY = "The provider asked this sender to wait."
_ACCOUNT_BUSY = "The provider asked us to wait."
_CLOSES = "After this it is too late, for today."
_CODE = "The provider's code is {0}."
_MEANING = "{0} ({1})"  # of a code, and the code itself
# Every sentence that a history is made of, for those who show it in another language.
HISTORY_WORDS = (
    *(*_WORDS.values(), *_DETAIL_WORDS.values(), _TRIED_AGAIN, _PAUSED, _OPENS, _GIVEN_BACK),
    *(_SENDER_BUSY, _ACCOUNT_BUSY, _CLOSES, _CODE, _MEANING),
)


@dataclass(frozen=True)
class HistoryLine:
    """One event. `at`: aware UTC. `why`: the reason in words, "" where there is none."""

    at: datetime
    words: str
    why: str
    actor: str


@dataclass(frozen=True)
class Waiting:
    """What the delivery waits for now. `until`: None when nobody can say."""

    words: str
    until: datetime | None


@dataclass(frozen=True)
class DeliveryHistory:
    """`school_id`, `channel`, `state`: as they are now; `waits`: what for, in order of time."""

    step_run_id: int
    delivery_id: int
    school_id: int
    channel: str
    language: str
    state: str
    attempt: int
    lines: list[HistoryLine]
    waits: list[Waiting]


@dataclass(frozen=True)
class DeliveryLine:
    """One row of a list of deliveries."""

    step_run_id: int
    delivery_id: int
    state: str
    why: str
    attempt: int
    state_at: datetime


_ROW = """
SELECT d.school_id, coalesce(b.channel, ''), d.language, d.state, d.attempt,
  coalesce(s.provider, ''), b.opens_at, b.closes_at,
  CASE WHEN b.try_after > clock_timestamp() THEN b.try_after END,
  CASE WHEN s.paused_until > clock_timestamp() THEN s.paused_until END,
  (SELECT a.paused_until FROM organisation_accountlimit a
   WHERE a.provider = s.provider AND a.paused_until > clock_timestamp()),
  (SELECT t.due_at FROM delivery_retry t
   WHERE t.step_run_id = d.step_run_id AND t.delivery_id = d.id),
  l.state, l.state_reason
FROM delivery_delivery d
JOIN campaigns_steprun r ON r.id = d.step_run_id JOIN campaigns_launch l ON l.id = r.launch_id
LEFT JOIN delivery_batch b ON b.id = d.batch_id
LEFT JOIN organisation_sender s ON s.id = b.sender_id
WHERE d.step_run_id = %s AND d.id = %s
"""
_EVENTS = """
SELECT at, event, attempt, actor, detail FROM delivery_deliveryevent
WHERE step_run_id = %s AND delivery_id = %s ORDER BY id
"""


def history_of(step_run_id: int, delivery_id: int) -> DeliveryHistory:
    """Everything that happened to one delivery, and what it waits for. Raises NotFound.

    Row-level security hides the deliveries of schools that the reader may not see.
    """
    rows = _query(_ROW, [step_run_id, delivery_id])
    if not rows:
        raise NotFound("There is no such message.", remedy="Look at the list of messages again.")
    school_id, channel, language, state, attempt, provider, *rest = rows[0]
    events = _query(_EVENTS, [step_run_id, delivery_id])
    return DeliveryHistory(
        step_run_id=step_run_id,
        delivery_id=delivery_id,
        school_id=school_id,
        channel=channel,
        language=language,
        state=state,
        attempt=attempt,
        lines=[_line(provider, event) for event in events],
        waits=_waits(state, rest),
    )


def deliveries_of(
    launch_id: int, state: str, most: int, after: tuple[int, int] = (0, 0)
) -> list[DeliveryLine]:
    """The first `most` deliveries of a launch in one state, in the order of the ledger. `after`:
    behind this step run and number."""
    return [
        DeliveryLine(run, number, found, why_words(provider, reason), attempt, at)
        for run, number, found, reason, attempt, at, provider in rows_in_state(
            launch_id, state, most, after
        )
    ]


def why_words(provider: str, reason: str) -> str:
    """A reason of ours or a provider's code, as a sentence; a code nobody knows as it is."""
    if not reason:
        return ""
    ours = REASON_WORDS.get(reason) or _DETAIL_WORDS.get(reason)
    if ours:
        return ours
    theirs = words_of_code(provider, reason)
    return _MEANING.format(theirs, reason) if theirs else _CODE.format(reason)


def _line(provider: str, event: Sequence[Any]) -> HistoryLine:
    at, name, attempt, actor, detail = event
    words = _WORDS.get(name, name.replace("_", " ")).format(attempt)
    says_nothing_new = name.startswith("receipt") and detail in {"accepted", "delivered"}
    why = "" if says_nothing_new else why_words(provider, detail or "")
    return HistoryLine(at, words, why, open_actor(actor))


def _waits(state: str, row: Sequence[Any]) -> list[Waiting]:
    (opens_at, closes_at, try_after, sender_until, account_until, retry_at, launch, why) = row
    if state == DeliveryState.FAILED and retry_at:
        return [Waiting(_TRIED_AGAIN, retry_at)]
    if state != DeliveryState.PENDING:
        return []
    found = []
    if launch == "paused":
        found.append(Waiting(_PAUSED.format(why), None))
    found += [
        Waiting(words, until)
        for words, until in (
            (_OPENS, opens_at if opens_at > now() else None),
            (_GIVEN_BACK, try_after),
            (_SENDER_BUSY, sender_until),
            (_ACCOUNT_BUSY, account_until),
        )
        if until is not None
    ]
    return [*found, Waiting(_CLOSES, closes_at)]


def _query(query: str, params: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(cursor.fetchall())
