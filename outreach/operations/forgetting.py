"""How each line of the retention table is counted and carried out.

A pass takes at most so many rows, so that no lock lasts; it is repeated until nothing is left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from outreach.audience.models import RosterUpload
from outreach.campaigns.models import StepRun
from outreach.config.environment import environment
from outreach.consent.models import SignUp
from outreach.core.clock import now
from outreach.core.errors import NotNow
from outreach.delivery.models import LedgerBlock, Pace
from outreach.delivery.sealing.sealer import seal_dropped, seal_ledger
from outreach.inbox.models import InboundMessage, ProviderEvent
from outreach.notices.models import Notice, NoticeState
from outreach.organisation.audit import Actor
from outreach.organisation.models import AuditEntry
from outreach.organisation.sign_in_models import SignInTry, StaffLink
from outreach.replies.models import CaseState, Reply
from outreach.replies.upkeep import cases_to_erase, erase_old_cases
from outreach.subscriptions.former import forget_former, former_addresses
from outreach.subscriptions.joining import forget_what_is_over

ACTOR = Actor("system:retention")
MOST_AT_ONCE = 2_000
# In SQL: the room that sends them stands above this one.
_DEAD_LETTERS = "FROM outbound_hookmessage WHERE state = 'dead' AND give_up_at <= %s"


@dataclass(frozen=True)
class Deed:
    """`due(before)`: how many rows there are to forget. `forget(before)`: forgets some of them,
    and returns how many; 0 when nothing is left."""

    due: Callable[[datetime], int]
    forget: Callable[[datetime], int]


def _old_replies(before: datetime) -> QuerySet[InboundMessage]:
    """Read, old, and not under a case that still has its words."""
    kept = Reply.objects.filter(Q(case__state=CaseState.OPEN) | Q(case__text_erased_at=None))
    in_cases = kept.filter(case__isnull=False).values("inbound_id")
    old = InboundMessage.objects.filter(processed_at__isnull=False, received_at__lt=before)
    return old.exclude(from_address="", text="", subject="").exclude(pk__in=in_cases)


def _forget_replies(before: datetime) -> int:
    ids = list(_old_replies(before).values_list("pk", flat=True)[:MOST_AT_ONCE])
    with transaction.atomic():
        InboundMessage.objects.filter(pk__in=ids).update(
            from_address="", subject="", text="", headers={}
        )
        Reply.objects.filter(inbound_id__in=ids).update(matched=[])
    return len(ids)


def _old_notices(before: datetime) -> QuerySet[Notice]:
    over = Notice.objects.exclude(state__in=[NoticeState.PENDING, NoticeState.SENDING])
    return over.filter(created_at__lt=before).exclude(destination="", text="")


def _forget_notices(before: datetime) -> int:
    ids = _old_notices(before).values("pk")[:MOST_AT_ONCE]
    return Notice.objects.filter(pk__in=ids).update(destination="", subject="", html="", text="")


def _old_events(before: datetime) -> QuerySet[ProviderEvent]:
    return ProviderEvent.objects.filter(processed_at__lt=before)


def _old_uploads(before: datetime) -> QuerySet[RosterUpload]:
    return RosterUpload.objects.filter(uploaded_at__lt=before, sealed=None)


def _old_audit(before: datetime) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(at__lt=before)


def _forget_audit(before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT outreach_forget_audit(%s, %s)", [before, MOST_AT_ONCE])
        return int(cursor.fetchone()[0])


def _old_sign_ups(_: datetime) -> QuerySet[SignUp]:
    return SignUp.objects.filter(expires_at__lt=now())


def _forget_sign_ups(before: datetime) -> int:
    number = _old_sign_ups(before).count()
    forget_what_is_over()
    return number


def _old_tries(before: datetime) -> QuerySet[SignInTry]:
    return SignInTry.objects.filter(last_at__lt=before)


def _old_links(before: datetime) -> QuerySet[StaffLink]:
    return StaffLink.objects.filter(expires_at__lt=before)


def _forget_tries(before: datetime) -> int:
    return _delete(_old_tries(before)) + _delete(_old_links(before))


def _old_sessions(_: datetime) -> int:
    model = _session_store().get_model_class()
    return int(model.objects.filter(expire_date__lt=timezone.now()).count())


def _forget_sessions(before: datetime) -> int:
    number = _old_sessions(before)
    _session_store().clear_expired()
    return number


def _session_store() -> type[SessionStore]:
    """The class that the settings name, which keeps sessions in the database."""
    store: type[SessionStore] = import_module(settings.SESSION_ENGINE).SessionStore
    return store


def _old_partitions(before: datetime) -> list[tuple[str, str, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT part, parent, low, high FROM outreach_ledger_old(%s) ORDER BY low, parent",
            [before],
        )
        return [tuple(row) for row in cursor.fetchall()]


def _forget_ledger(before: datetime) -> int:
    """One partition of the ledger; its end is noted in the chain in the same transaction."""
    old = _old_partitions(before)
    if not old:
        return 0
    part, parent, low, high = old[0]
    try:
        seal_ledger()
    except NotNow:
        return 0  # a standing fault of the chain; the doctor names it
    with transaction.atomic(), connection.cursor() as cursor:
        if parent == "delivery_deliveryevent":
            _note_dropped(low, high)
        cursor.execute("SELECT outreach_ledger_drop(%s, %s)", [part, before])
        Pace.objects.filter(step_run_id__gte=low, step_run_id__lt=high).delete()
    return 1


def _note_dropped(low: int, high: int) -> None:
    sealed = LedgerBlock.objects.filter(step_run_id__gte=low, step_run_id__lt=high)
    known = StepRun.objects.filter(pk__in=sealed.values("step_run_id"))
    for step_run_id in known.order_by("pk").values_list("pk", flat=True):
        seal_dropped(step_run_id)


def _old_letters() -> datetime:
    """Other systems live by a real clock, and so do the messages to them."""
    return timezone.now() - timedelta(days=environment().keep_dead_letters_days)


def _dead_letters(_: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_DEAD_LETTERS}", [_old_letters()])
        return int(cursor.fetchone()[0])


def _forget_letters(_: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM outbound_hookmessage WHERE id IN (SELECT id {_DEAD_LETTERS} LIMIT %s)",  # noqa: S608  # a constant
            [_old_letters(), MOST_AT_ONCE],
        )
        return int(cursor.rowcount)


def _delete(rows: QuerySet) -> int:  # type: ignore[type-arg]  # of any table
    ids = list(rows.values_list("pk", flat=True)[:MOST_AT_ONCE])
    return int(rows.model._default_manager.filter(pk__in=ids).delete()[0])


DEEDS: dict[str, Deed] = {
    "replies": Deed(lambda before: _old_replies(before).count(), _forget_replies),
    "case_texts": Deed(lambda _: cases_to_erase(), lambda _: erase_old_cases()),
    "notices": Deed(lambda before: _old_notices(before).count(), _forget_notices),
    "people": Deed(
        lambda before: former_addresses(before).count(),
        lambda before: forget_former(before, MOST_AT_ONCE, actor=ACTOR),
    ),
    "sign_ups": Deed(lambda before: _old_sign_ups(before).count(), _forget_sign_ups),
    "uploads": Deed(
        lambda before: _old_uploads(before).count(), lambda before: _delete(_old_uploads(before))
    ),
    "provider_events": Deed(
        lambda before: _old_events(before).count(), lambda before: _delete(_old_events(before))
    ),
    "ledger": Deed(lambda before: len(_old_partitions(before)), _forget_ledger),
    "audit": Deed(lambda before: _old_audit(before).count(), _forget_audit),
    "sessions": Deed(_old_sessions, _forget_sessions),
    "dead_letters": Deed(_dead_letters, _forget_letters),
    "sign_in_tries": Deed(
        lambda before: _old_tries(before).count() + _old_links(before).count(), _forget_tries
    ),
}
