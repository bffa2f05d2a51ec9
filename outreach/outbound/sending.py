"""Saying it: one request after the other to each endpoint, tried again until it was taken.

To one endpoint, messages about one thing go one by one in their order, and one that is not taken
holds up those behind it; endpoints do not wait for each other. Delivered means a 2xx: whoever dies
between that and our noting it sends again, under the same `webhook-id`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from outreach.core.clock import monotonic
from outreach.core.errors import NotNow
from outreach.core.locks import Lock
from outreach.organisation.lanes import run_async
from outreach.organisation.standstill import standstill
from outreach.outbound.alarms import look_after
from outreach.outbound.models import Hook, HookMessage, HookState, MessageState
from outreach.outbound.reaching import Answer, post
from outreach.outbound.reading import note_changes
from outreach.outbound.rules import wait_after
from outreach.outbound.signing import opened, signature

# Shares a worker with opt-outs and replies, so a pass is short; the clock asks for the next.
_MOST_SECONDS = 5.0
_GONE = 410
# One of each kind of event of each endpoint: what nothing stands before.
_HEADS = """
SELECT m.id FROM outbound_hook h CROSS JOIN LATERAL unnest(h.events) AS e(event)
CROSS JOIN LATERAL (SELECT id, due_at FROM outbound_hookmessage
  WHERE hook_id = h.id AND event = e.event AND state = 'waiting' ORDER BY id LIMIT 1) m
WHERE h.state = 'active' AND m.due_at <= %s
"""


@dataclass(frozen=True)
class Told:
    """`is_done`: nothing is due any more."""

    made: int
    tried: int
    is_done: bool


def tell_changes() -> Told:
    """Some seconds of reading what changed and saying it; nothing while another process does."""
    with _only_one() as is_ours:
        if not is_ours or standstill() is not None:
            return Told(0, 0, is_done=True)
        made = note_changes()
        _give_up(timezone.now())
        until, tried = monotonic() + _MOST_SECONDS, 0
        while monotonic() < until:
            due = _due()
            if not due:
                return Told(made, tried, is_done=True)
            _try(due)
            tried += len(due)
        return Told(made, tried, is_done=False)


@contextmanager
def _only_one() -> Iterator[bool]:
    """By a lock of the session: a process that dies gives it back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [Lock.OUTBOUND])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [Lock.OUTBOUND])


def _give_up(moment: datetime) -> None:
    """What was tried for three days becomes a dead letter, which the retention job deletes."""
    late = HookMessage.objects.filter(state=MessageState.WAITING, give_up_at__lte=moment)
    late.update(state=MessageState.DEAD)


def _due() -> list[HookMessage]:
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, [timezone.now()])
        ids = [row[0] for row in cursor.fetchall()]
    return list(HookMessage.objects.filter(pk__in=ids).select_related("hook"))


def _try(due: Sequence[HookMessage]) -> None:
    answers = run_async(_post_all(due))
    with transaction.atomic():
        for message, answer in zip(due, answers, strict=True):
            _note(message, answer)
    for hook in {message.hook_id: message.hook for message in due}.values():
        gone = any(
            m.hook_id == hook.pk and a.status == _GONE for m, a in zip(due, answers, strict=True)
        )
        look_after(hook.pk, is_gone=gone)


async def _post_all(due: Sequence[HookMessage]) -> list[Answer]:
    return list(await asyncio.gather(*(_post(message) for message in due)))


async def _post(message: HookMessage) -> Answer:
    body = message.body.encode()
    try:
        headers = headers_of(message, body, timezone.now())
    except NotNow as error:
        return Answer(0, error.message)
    return await post(message.hook.url, headers, body)


def headers_of(message: HookMessage, body: bytes, moment: datetime) -> dict[str, str]:
    """As Standard Webhooks names them. Raises NotNow for a secret that cannot be opened."""
    hook, at = message.hook, int(moment.timestamp())
    name = f"msg_{message.uuid.hex}"
    kept = [bytes(hook.secret)]
    if hook.old_secret is not None and hook.old_until is not None and hook.old_until > moment:
        kept.append(bytes(hook.old_secret))
    signatures = [signature(opened(secret), name, at, body) for secret in kept]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Outreach-Webhooks/1",
        "webhook-id": name,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signatures),
    }


def _note(message: HookMessage, answer: Answer) -> None:
    """An endpoint that was ended meanwhile has lost its messages, and nothing is noted."""
    moment = timezone.now()
    hook = Hook.objects.filter(pk=message.hook_id)
    if not answer.problem:
        HookMessage.objects.filter(pk=message.pk).delete()
        hook.update(delivered_at=moment, failing_since=None, problem="")
        return
    tries = message.tries + 1
    wait = wait_after(tries, random.random(), answer.asked_seconds)  # noqa: S311  # spreads load
    HookMessage.objects.filter(pk=message.pk).update(
        tries=tries, due_at=moment + wait, problem=answer.problem[:200]
    )
    since = Coalesce("failing_since", moment)
    hook.exclude(state=HookState.ENDED).update(failing_since=since, problem=answer.problem[:200])
