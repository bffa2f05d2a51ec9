"""The one written matrix of state by event (promise 5), and what may be sent again.

Pure. Every move of a delivery in the database is made by `ledger.move`, which builds
its SQL from `MATRIX`, so a transition that is not written here cannot happen.
"""

from __future__ import annotations

from enum import StrEnum

from outreach.delivery.models import DeliveryState as S


class Event(StrEnum):
    """What can happen to a delivery."""

    # ours
    CLAIM = "claim"  # committed as `sending`, before the provider is called
    SKIP = "skip"  # may not be sent; the reason says why
    EXPIRE = "expire"  # past its window
    CANCEL = "cancel"  # its launch was cancelled
    ACCEPT = "accept"  # the provider answered that it took it
    REFUSE = "refuse"  # the provider answered that it will not
    GIVE_BACK = "give_back"  # busy, or never called: certainly not sent
    LOSE = "lose"  # nobody knows: a reset, a timeout, a killed worker
    RETRY = "retry"  # a failed one again: its reason may have passed, or staff ask for it
    FALL_BACK = "fall_back"  # failed for good here: the person's other channel is next
    NO_FALLBACK = "no_fallback"  # failed for good, and no other way is open; the reason says why
    DECIDE_SENT = "decide_sent"  # staff decide that an unknown one counts as sent
    DECIDE_AGAIN = "decide_again"  # staff decide that an unknown one is sent again
    RESTORE = "restore"  # the database was put back: whether it went out since, nobody knows
    # receipts of the attempt that the row is at
    RECEIPT_ACCEPTED = "receipt_accepted"
    RECEIPT_DELIVERED = "receipt_delivered"
    RECEIPT_FAILED = "receipt_failed"
    RECEIPT_BOUNCED = "receipt_bounced"
    RECEIPT_OTHER = "receipt_other"  # recorded, moves nothing
    # a receipt of an earlier attempt: it proves that the provider took that one
    OLDER_ACCEPTED = "older_accepted"
    # a receipt of an attempt on the channel that the delivery fell back from: that one failed
    # for good, so whatever else is said of it, early or late, is recorded and moves nothing
    OLDER_SETTLED = "older_settled"


MATRIX: dict[Event, dict[S, S]] = {
    Event.CLAIM: {S.PENDING: S.SENDING},
    Event.SKIP: {S.PENDING: S.SKIPPED},
    Event.EXPIRE: {S.PENDING: S.EXPIRED},
    Event.CANCEL: {S.PENDING: S.CANCELLED},
    Event.ACCEPT: {S.SENDING: S.ACCEPTED, S.UNKNOWN: S.ACCEPTED},
    Event.REFUSE: {S.SENDING: S.FAILED, S.UNKNOWN: S.FAILED},
    Event.GIVE_BACK: {S.SENDING: S.PENDING, S.UNKNOWN: S.PENDING},
    Event.LOSE: {S.SENDING: S.UNKNOWN},
    Event.RETRY: {S.FAILED: S.PENDING},
    Event.FALL_BACK: {S.FAILED: S.PENDING, S.BOUNCED: S.PENDING},
    Event.NO_FALLBACK: {},
    Event.DECIDE_SENT: {S.UNKNOWN: S.ACCEPTED},
    Event.DECIDE_AGAIN: {S.UNKNOWN: S.PENDING},
    Event.RESTORE: {S.PENDING: S.UNKNOWN, S.SENDING: S.UNKNOWN},
    Event.RECEIPT_ACCEPTED: {S.SENDING: S.ACCEPTED, S.UNKNOWN: S.ACCEPTED},
    Event.RECEIPT_DELIVERED: {
        S.SENDING: S.DELIVERED,
        S.UNKNOWN: S.DELIVERED,
        S.ACCEPTED: S.DELIVERED,
    },
    Event.RECEIPT_FAILED: {S.SENDING: S.FAILED, S.UNKNOWN: S.FAILED, S.ACCEPTED: S.FAILED},
    Event.RECEIPT_BOUNCED: {
        S.SENDING: S.BOUNCED,
        S.UNKNOWN: S.BOUNCED,
        S.ACCEPTED: S.BOUNCED,
        S.DELIVERED: S.BOUNCED,
    },
    Event.RECEIPT_OTHER: {},
    # It was taken after all, so it must not go out again. A row that is `sending` stays: the
    # answer to its own attempt is on its way.
    Event.OLDER_ACCEPTED: {
        S.PENDING: S.ACCEPTED,
        S.UNKNOWN: S.ACCEPTED,
        S.FAILED: S.ACCEPTED,
        S.EXPIRED: S.ACCEPTED,
        S.CANCELLED: S.ACCEPTED,
        S.SKIPPED: S.ACCEPTED,
    },
    Event.OLDER_SETTLED: {},
}

RECEIPTS = frozenset(event for event in Event if event.startswith("receipt_"))

# States after which nothing more is expected of us.
SETTLED = frozenset(
    {S.ACCEPTED, S.DELIVERED, S.BOUNCED, S.FAILED, S.EXPIRED, S.SKIPPED, S.CANCELLED}
)


class Reason(StrEnum):
    """Why a delivery was not sent. The closed vocabulary of `delivery.reason`."""

    NO_ADDRESS = "no_address"
    NOT_TEXTABLE = "not_textable"
    NO_SENDER = "no_sender"
    NO_PRICE = "no_price"
    NO_CONSENT = "no_consent"
    SUPPRESSED = "suppressed"
    HELD = "held"
    SHARED_ADDRESS = "shared_address"
    MEMBERSHIP_ENDED = "membership_ended"
    TRIAL = "trial"
    NOT_READY = "not_ready"
    NOT_BRIEFED = "not_briefed"
    SCHOOL_SKIPS = "school_skips"
    TOO_OFTEN = "too_often"
    MISSING_VALUE = "missing_value"
    TOO_LATE = "too_late"


REASON_WORDS: dict[str, str] = {
    Reason.NO_ADDRESS: "No address for this channel",
    Reason.NOT_TEXTABLE: "Only a landline, which cannot get texts",
    Reason.NO_SENDER: "No sender for this country and channel",
    Reason.NO_PRICE: "No price set for texts to this country",
    Reason.NO_CONSENT: "Has not agreed to this topic",
    Reason.SUPPRESSED: "Blocked: asked us to stop, or the address does not work",
    Reason.HELD: "On hold until a person decides",
    Reason.SHARED_ADDRESS: "Shares an address with someone who gets it",
    Reason.MEMBERSHIP_ENDED: "No longer at this school",
    Reason.TRIAL: "Trial mode: only verified staff addresses",
    Reason.NOT_READY: "Nobody is alerted yet when a parent of this school calls for help",
    Reason.NOT_BRIEFED: "Nobody at this school got the staff brief in time",
    Reason.SCHOOL_SKIPS: "Their school leaves this message out",
    Reason.TOO_OFTEN: "Has had as many messages as the campaign allows in these days",
    Reason.MISSING_VALUE: "A value that the text needs is missing",
    Reason.TOO_LATE: "Its window closed before it could go out",
}


def next_state(event: Event, state: S) -> S | None:
    """The state after `event`, None when the event moves nothing from there."""
    return MATRIX[event].get(state)


def matrix_values() -> str:
    """The matrix as the rows of an SQL VALUES list: ('claim', 'pending', 'sending'), …"""
    return ", ".join(
        f"('{event}', '{before}', '{after}')"
        for event, moves in MATRIX.items()
        for before, after in moves.items()
    )
