"""How a notice moves: from state to state by what happened. Pure.

The same promises as the ledger's matrix (promises 3 and 5): a refusal is final, busy goes
back, what is not known stays unknown until a receipt proves something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.notices.models import NoticeKind, NoticeState
from outreach.providers.port import Accepted, EventKind, Outcome

# What a provider's silence about a wait means, and a wait until somebody mended our account.
BUSY_SECONDS = 10.0
UNAUTHORISED_SECONDS = 60.0

# The one message that says "you are off the list", which expires minutes after the stop, and
# the help lines: who stopped our messages may be the one in distress.
MAY_REACH_SUPPRESSED = frozenset({NoticeKind.STOP_CONFIRMATION, NoticeKind.CRISIS_HELP})

_NOT_YET_DONE = frozenset({NoticeState.PENDING, NoticeState.SENDING, NoticeState.UNKNOWN})
_TAKEN = _NOT_YET_DONE | {NoticeState.ACCEPTED}
_RECEIPTS: Mapping[EventKind, tuple[frozenset[NoticeState], NoticeState]] = {
    EventKind.ACCEPTED: (_NOT_YET_DONE, NoticeState.ACCEPTED),
    EventKind.DEFERRED: (_NOT_YET_DONE, NoticeState.ACCEPTED),
    EventKind.DELIVERED: (_TAKEN, NoticeState.DELIVERED),
    EventKind.COMPLAINED: (_TAKEN, NoticeState.DELIVERED),
    EventKind.UNSUBSCRIBED: (_TAKEN, NoticeState.DELIVERED),
    EventKind.FAILED: (_TAKEN, NoticeState.FAILED),
    # A mail server may take a message and send it back later.
    EventKind.BOUNCED: (_TAKEN | {NoticeState.DELIVERED}, NoticeState.FAILED),
}


@dataclass(frozen=True)
class Move:
    """`wait_seconds`: for a notice that goes back to pending, when to try again."""

    state: NoticeState
    detail: str = ""
    message_id: str = ""
    wait_seconds: float = 0.0


def move_for_outcome(outcome: Outcome | None) -> Move:
    """Where a notice that is `sending` goes. None: this process knows that it did not call."""
    match outcome:
        case None:
            return Move(NoticeState.PENDING, "not called")
        case Accepted():
            return Move(NoticeState.ACCEPTED, message_id=outcome.message_id or "")
        case ProviderBusy():
            wait = outcome.retry_after_seconds
            return _back(outcome, BUSY_SECONDS if wait is None else wait)
        case ProviderRefused() if outcome.kind == Refusal.UNAUTHORISED:
            return _back(outcome, UNAUTHORISED_SECONDS)
        case ProviderRefused():
            return Move(NoticeState.FAILED, f"{outcome.kind} {outcome.provider_code}".strip())
        case OutcomeUnknown():
            return Move(NoticeState.UNKNOWN, outcome.provider_code)


def _back(outcome: ProviderBusy | ProviderRefused, wait_seconds: float) -> Move:
    return Move(NoticeState.PENDING, outcome.provider_code, wait_seconds=wait_seconds)


def state_after_receipt(
    state: NoticeState, kind: EventKind, *, is_current_attempt: bool
) -> NoticeState | None:
    """Where a receipt moves a notice; None when it stays.

    A receipt of an earlier attempt counts only as the proof that the message was taken, so
    that it is not sent once more.
    """
    from_states, to_state = _RECEIPTS[kind]
    if not is_current_attempt and to_state is NoticeState.FAILED:
        return None
    return to_state if state in from_states else None
