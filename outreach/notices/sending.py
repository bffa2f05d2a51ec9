"""Sending notices: claim → call → record, under the promises of a delivery.

A notice is committed as `sending` before its provider is called; whoever dies in between
leaves it `unknown`, and it is never sent again by itself. The claim takes the shared lock
of `consent.lock` first, so a stop committed before it is always seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from outreach.config.environment import Mode, environment
from outreach.consent.actions import suppress
from outreach.consent.lock import take_shared
from outreach.consent.queries import is_suppressed
from outreach.consent.rules import reason_of_refusal
from outreach.core.channels import Channel
from outreach.core.clock import installed, monotonic, now
from outreach.core.errors import BadInput, NotAllowed, ProviderRefused
from outreach.core.spans import span
from outreach.core.tokens import NOTICE_STATUS
from outreach.notices.actions import match_key_of, note
from outreach.notices.calling import Call, call_all, prepare_call
from outreach.notices.models import Notice, NoticeState
from outreach.notices.rules import MAY_REACH_SUPPRESSED, Move, move_for_outcome
from outreach.organisation import lanes
from outreach.organisation.audit import WORKER
from outreach.organisation.standstill import standstill
from outreach.organisation.trial import give_back_trial_message, reserve_trial_message
from outreach.providers.port import Outcome

MOST_AT_ONCE = 64
# Longer than the slowest call (30 seconds), so that a living process is not taken for dead.
LEASE = timedelta(seconds=90)
_MOST_STALE = 500


@dataclass(frozen=True)
class _Claimed:
    """A notice committed as `sending`, with the call that carries it."""

    notice: Notice
    call: Call


def send_due_notices(limit: int = MOST_AT_ONCE) -> int:
    """Sends up to `limit` notices that are due (64 at most); returns how many it dealt with.

    Steps: notices of a dead process become `unknown`, those past their time `expired`;
    then claim in one transaction, commit, call all at once, record in another transaction.
    """
    lose_orphans()
    expire_notices()
    if standstill() is not None:
        return 0
    due = _claim(min(limit, MOST_AT_ONCE))
    claimed = [each for each in due if each is not None]
    if claimed:
        calls = [each.call for each in claimed]
        with span("notices to the provider", {"messages": len(calls)}):
            outcomes = lanes.run_async(call_all(calls, monotonic()))
        _record(claimed, outcomes)
    return len(due)


def lose_orphans() -> int:
    """`sending` past its lease → `unknown`: the process that claimed it is gone."""
    with transaction.atomic():
        lost = _locked(state=NoticeState.SENDING, lease_until__lt=Now())
        for notice in lost:
            _move(notice, Move(NoticeState.UNKNOWN, "worker lost"))
    return len(lost)


def expire_notices() -> int:
    """`pending` past `expires_at` → `expired` (promise 6)."""
    with transaction.atomic():
        late = _locked(state=NoticeState.PENDING, expires_at__lte=now())
        for notice in late:
            _move(notice, Move(NoticeState.EXPIRED, "too late"))
    return len(late)


def _locked(**conditions: object) -> list[Notice]:
    free = Notice.objects.select_for_update(skip_locked=True).filter(**conditions)
    return list(free.order_by("id")[:_MOST_STALE])


def _claim(limit: int) -> list[_Claimed | None]:
    """Due notices → `sending`, or `skipped` with the reason (None in the answer)."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            take_shared(cursor)
        return [_claim_one(notice) for notice in _due(limit)]


def _due(limit: int) -> list[Notice]:
    moment = now()
    free = Notice.objects.select_for_update(skip_locked=True, of=("self",)).select_related("sender")
    due = free.filter(state=NoticeState.PENDING, not_before_at__lte=moment, expires_at__gt=moment)
    return list(due.order_by("not_before_at", "id")[:limit])


def _claim_one(notice: Notice) -> _Claimed | None:
    notice.attempt += 1
    call = _call_or_reason(notice)
    if isinstance(call, str):
        notice.attempt -= 1
        _move(notice, Move(NoticeState.SKIPPED, call))
        return None
    _move(notice, Move(NoticeState.SENDING))
    return _Claimed(notice, call)


def _call_or_reason(notice: Notice) -> Call | str:
    """The call for this attempt, or why there must be none."""
    if notice.sender is None or not notice.sender.is_active:
        return "no_sender"
    channel = Channel(notice.channel)
    if refusal := lanes.may_reach(channel, notice.destination):
        return refusal
    if notice.kind not in MAY_REACH_SUPPRESSED and is_suppressed(channel, match_key_of(notice)):
        return "suppressed"
    token = lanes.sealer().seal(NOTICE_STATUS, notice.pk, notice.attempt)
    try:
        call = prepare_call(notice, notice.sender, token)
    except NotAllowed:
        return "mode"
    except BadInput:
        return "no_sender"
    return "trial" if _is_trial() and not reserve_trial_message() else call


def _is_trial() -> bool:
    return environment().mode is Mode.TRIAL


def _record(claimed: Sequence[_Claimed], outcomes: Sequence[Outcome | None]) -> None:
    """Outcomes → states, all in one transaction; then what they say about the addresses."""
    pairs = [(each.notice, outcome) for each, outcome in zip(claimed, outcomes, strict=True)]
    with transaction.atomic():
        for notice, outcome in pairs:
            if _still_ours(notice):
                _move(notice, move_for_outcome(outcome))
    for notice, outcome in pairs:
        if isinstance(outcome, ProviderRefused):
            _block(notice, outcome)


def _still_ours(notice: Notice) -> bool:
    """False when a receipt was faster, or the lease ran out."""
    ours = Notice.objects.select_for_update().filter(
        pk=notice.pk, state=NoticeState.SENDING, attempt=notice.attempt
    )
    return ours.exists()


def _move(notice: Notice, move: Move) -> None:
    """Writes the new state and its line of history. The caller holds the row's lock."""
    before = notice.state
    notice.state = move.state
    notice.reason = move.detail
    notice.message_id = move.message_id or notice.message_id
    changes: dict[str, object] = {"lease_until": None}
    if move.state is NoticeState.SENDING:
        changes["lease_until"] = Now() + LEASE
    elif move.state is NoticeState.ACCEPTED:
        changes["sent_at"] = now()
    elif move.state is NoticeState.PENDING:
        changes["not_before_at"] = now() + timedelta(seconds=move.wait_seconds * installed().speed)
        if _is_trial():
            give_back_trial_message()
    Notice.objects.filter(pk=notice.pk).update(
        state=notice.state,
        reason=notice.reason,
        attempt=notice.attempt,
        message_id=notice.message_id,
        **changes,
    )
    note(notice, before, notice.state, actor=WORKER, detail=move.detail)


def _block(notice: Notice, refused: ProviderRefused) -> None:
    reason = reason_of_refusal(refused.kind)
    if reason is not None:
        suppress(
            notice.channel,
            match_key_of(notice),
            reason=reason,
            evidence=f"notice:{notice.pk} {refused.provider_code}",
            actor=WORKER,
        )
