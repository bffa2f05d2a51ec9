"""Endpoints: named, given a secret, paused, ended; and messages that were given up, sent again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from yarl import URL

from outreach.core.clock import now
from outreach.core.errors import BadInput, NotFound, NotNow
from outreach.delivery.sealing.horizon import read_horizon
from outreach.organisation.audit import Actor, record
from outreach.outbound.models import (
    Hook,
    HookEvent,
    HookMessage,
    HookState,
    LedgerMark,
    MessageState,
)
from outreach.outbound.reaching import check_url
from outreach.outbound.rules import LASTS, OVERLAP
from outreach.outbound.signing import new_secret, sealed

_MOST = 20


@dataclass(frozen=True)
class NewSecret:
    """`secret`: with which messages to `hook` are signed; nobody can read it again."""

    hook: Hook
    secret: str


def add_hook(url: str, events: Collection[HookEvent], *, actor: Actor) -> NewSecret:
    """A new endpoint, told what changes from now on.

    Raises BadInput for an address that is never called, NotNow for one that is there already.
    """
    tidy = check_url(url)
    if not events:
        raise BadInput("It would be told nothing.", remedy=f"Choose of: {', '.join(HookEvent)}.")
    secret = new_secret()
    with transaction.atomic():
        _require_room(tidy)
        if HookEvent.DELIVERY in events:
            _begin_reading()
        hook = Hook.objects.create(
            url=tidy,
            events=sorted(str(event) for event in events),
            secret=sealed(secret),
            created_at=now(),
            created_by=actor.name,
        )
        # The path may be a secret of theirs.
        details = {"host": URL(tidy).host, "events": hook.events}
        record(actor, "hook.created", f"hook:{hook.uuid}", details=details)
    return NewSecret(hook, secret)


def _require_room(url: str) -> None:
    known = list(hooks().values_list("url", flat=True))
    if url in known:
        raise NotNow(
            "This address is an endpoint already.",
            remedy="End that one first, or make its secret anew.",
        )
    if len(known) >= _MOST:
        raise NotNow(f"There are {_MOST} endpoints already.", remedy="End one that nobody needs.")


def _begin_reading() -> None:
    """Nobody was told about the ledger before: what is in it now is not news."""
    mark = LedgerMark.objects.select_for_update().first()
    if mark is None or not hooks().filter(events__contains=[HookEvent.DELIVERY]).exists():
        horizon = read_horizon()
        LedgerMark.objects.update_or_create(pk=1, defaults={"era": horizon.era, "tx": horizon.tx})


def hooks() -> QuerySet[Hook]:
    """Those that have not ended."""
    return Hook.objects.exclude(state=HookState.ENDED).order_by("pk")


def hook_by_uuid(uuid: UUID | str) -> Hook:
    """One that has not ended. Raises NotFound."""
    try:
        found = hooks().filter(uuid=UUID(str(uuid))).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound("There is no such endpoint.", remedy="`outreach api hooks list` shows all.")
    return found


def renew_secret(hook: Hook, *, actor: Actor) -> NewSecret:
    """Another secret. For a day both sign, so that nothing is refused while you change over."""
    secret = new_secret()
    with transaction.atomic():
        kept = hooks().select_for_update().get(pk=hook.pk)
        kept.old_secret, kept.old_until = kept.secret, timezone.now() + OVERLAP
        kept.secret = sealed(secret)
        kept.save(update_fields=["secret", "old_secret", "old_until"])
        record(actor, "hook.secret-renewed", f"hook:{kept.uuid}")
    return NewSecret(kept, secret)


def pause_hook(hook: Hook, *, why: str, actor: Actor) -> Hook:
    """Nothing is sent to it; what it is to be told waits for three days. Raises NotNow."""
    return _turn(hook, HookState.ACTIVE, HookState.PAUSED, why, actor)


def resume_hook(hook: Hook, *, actor: Actor) -> Hook:
    """What waits goes out, the oldest first. Raises NotNow for one that is not paused."""
    with transaction.atomic():
        turned = _turn(hook, HookState.PAUSED, HookState.ACTIVE, "", actor)
        waiting = HookMessage.objects.filter(hook=turned, state=MessageState.WAITING)
        waiting.update(due_at=timezone.now())
    return turned


def end_hook(hook: Hook, *, why: str, actor: Actor) -> None:
    """For good; what waits for it is dropped."""
    with transaction.atomic():
        Hook.objects.filter(pk=hook.pk).update(
            state=HookState.ENDED, why=why[:300], secret=b"", old_secret=None
        )
        HookMessage.objects.filter(hook=hook).delete()
        record(actor, "hook.ended", f"hook:{hook.uuid}", why=why)


def retry_dead(hook: Hook, *, actor: Actor) -> int:
    """What was given up is tried for another three days. Returns how many messages."""
    moment = timezone.now()
    with transaction.atomic():
        number = HookMessage.objects.filter(hook=hook, state=MessageState.DEAD).update(
            state=MessageState.WAITING, tries=0, due_at=moment, give_up_at=moment + LASTS
        )
        if number:
            record(actor, "hook.retried", f"hook:{hook.uuid}", details={"messages": number})
    return number


def _turn(hook: Hook, before: HookState, after: HookState, why: str, actor: Actor) -> Hook:
    with transaction.atomic():
        kept = hooks().select_for_update().get(pk=hook.pk)
        if kept.state != before:
            raise NotNow(f"This endpoint is {HookState(kept.state).label.lower()}.")
        kept.state, kept.why, kept.failing_since = after, why[:300], None
        kept.save(update_fields=["state", "why", "failing_since"])
        record(actor, f"hook.{after}", f"hook:{kept.uuid}", why=why)
    return kept
