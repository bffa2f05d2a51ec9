"""Queueing one message outside a campaign, and what a receipt says about it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from outreach.consent.actions import suppress
from outreach.consent.rules import reason_of_event
from outreach.content.segments import count_segments
from outreach.core import queues
from outreach.core.channels import Channel
from outreach.core.clock import installed, now
from outreach.core.errors import BadToken
from outreach.core.tokens import NOTICE_STATUS
from outreach.core.wake import wake
from outreach.inbox.models import ProviderEvent
from outreach.inbox.queries import status_event_of
from outreach.notices.models import Notice, NoticeEvent, NoticeKind, NoticeState
from outreach.notices.rules import state_after_receipt
from outreach.organisation.audit import Actor
from outreach.organisation.lanes import sealer
from outreach.organisation.models import School, Sender
from outreach.providers.port import StatusEvent

RECEIPTS = Actor("system:receipts")


def queue_notice(
    kind: NoticeKind,
    dedupe_key: str,
    *,
    channel: Channel,
    destination: str,
    sender: Sender | None,
    school: School | None,
    text: str,
    subject: str = "",
    html: str = "",
    not_before: datetime | None = None,
    expires_in: timedelta,
    actor: Actor,
) -> Notice | None:
    """Writes one notice and wakes a worker after the commit; None when the key was used.

    `destination`: E.164, or a mail address. `not_before`: aware UTC, None for at once.
    `expires_in`: from `not_before`; later it is not sent. In a time-lapse this is real
    time, because whoever replies lives by a real clock.
    """
    words = {"subject": subject, "html": html, "text": text, "segments": _segments(channel, text)}
    target = {"channel": channel, "destination": destination, "sender": sender, "school": school}
    with transaction.atomic():
        notice, is_new = Notice.objects.get_or_create(
            dedupe_key=dedupe_key,
            defaults={"kind": kind, **target, **words, **_times(not_before, expires_in)},
        )
        if not is_new:
            return None
        note(notice, "", NoticeState.PENDING, actor=actor, detail=kind)
        transaction.on_commit(_wake)
    return notice


def _segments(channel: Channel, text: str) -> int:
    return count_segments(text).segments if channel == Channel.SMS else 0


def _times(not_before: datetime | None, expires_in: timedelta) -> dict[str, datetime]:
    moment = now()
    opens_at = not_before or moment
    expires_at = opens_at + expires_in * max(1.0, installed().speed)
    return {"created_at": moment, "not_before_at": opens_at, "expires_at": expires_at}


def _wake() -> None:
    wake(queues.SEND_NOTICES, queues.CONTROL)


def apply_receipt(row: ProviderEvent) -> bool:
    """Moves the notice that the token of `row` names; False when it names none.

    In the caller's transaction, if there is one. What the receipt says about the address
    for good is committed by itself afterwards.
    """
    try:
        notice_id, attempt = sealer().open(NOTICE_STATUS, row.token)
    except (BadToken, ValueError):
        return False
    event = status_event_of(row)
    with transaction.atomic():
        notice = Notice.objects.select_for_update().filter(pk=notice_id).first()
        if notice is None:
            return False
        _apply(notice, attempt, event)
        transaction.on_commit(lambda: _block(notice, event))
    return True


def _apply(notice: Notice, attempt: int, event: StatusEvent) -> None:
    state = NoticeState(notice.state)
    if event.kind is None:
        return
    target = state_after_receipt(state, event.kind, is_current_attempt=attempt == notice.attempt)
    if target is None:
        return
    notice.state = target
    notice.message_id = notice.message_id or event.message_id or ""
    notice.reason = event.provider_code if target is NoticeState.FAILED else ""
    notice.lease_until = None
    notice.sent_at = notice.sent_at or now()
    notice.save(update_fields=["state", "message_id", "reason", "lease_until", "sent_at"])
    note(notice, state, target, actor=RECEIPTS, detail=event.provider_code)


def _block(notice: Notice, event: StatusEvent) -> None:
    reason = reason_of_event(event)
    if reason is not None:
        suppress(
            notice.channel,
            match_key_of(notice),
            reason=reason,
            evidence=f"notice:{notice.pk} {event.provider} {event.provider_code}",
            actor=RECEIPTS,
        )


def match_key_of(notice: Notice) -> str:
    """Under which its destination is suppressed."""
    is_sms = notice.channel == Channel.SMS
    return notice.destination if is_sms else notice.destination.casefold()


def note(notice: Notice, from_state: str, to_state: str, *, actor: Actor, detail: str = "") -> None:
    """Appends one change of state to the history."""
    NoticeEvent.objects.create(
        notice=notice,
        at=now(),
        from_state=from_state,
        to_state=to_state,
        attempt=notice.attempt,
        actor=actor.name,
        detail=detail[:200],
    )


def forget_destination(channel: str, destination: str, *, actor: Actor) -> int:
    """Blanks every notice to an address that is erased; one that waits is not sent any more.

    In the caller's transaction. Returns how many.
    """
    found = Notice.objects.filter(channel=channel, destination__iexact=destination)
    for notice in found.select_for_update().filter(state=NoticeState.PENDING):
        note(notice, notice.state, NoticeState.SKIPPED, actor=actor, detail="erased")
    found.filter(state=NoticeState.PENDING).update(state=NoticeState.SKIPPED, reason="erased")
    return found.update(destination="", subject="", html="", text="")


def doubt_due_notices(*, actor: Actor) -> int:
    """After a restore: what was due by now may have gone out since the backup, so it becomes
    `unknown` and is never sent again by itself. Returns how many."""
    open_ones = [NoticeState.PENDING, NoticeState.SENDING]
    with transaction.atomic():
        due = Notice.objects.filter(state__in=open_ones, not_before_at__lte=now())
        found = list(due.select_for_update())
        for notice in found:
            note(notice, notice.state, NoticeState.UNKNOWN, actor=actor, detail="restored")
        ids = [notice.pk for notice in found]
        Notice.objects.filter(pk__in=ids).update(
            state=NoticeState.UNKNOWN, reason="restored", lease_until=None
        )
    return len(found)
