"""What happens to cases although nobody writes: alerts again, reminders, erasing old words."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from outreach.core import queues
from outreach.core.clock import now
from outreach.core.wake import wake
from outreach.inbox.actions import erase_words
from outreach.organisation import audit
from outreach.organisation.audit import CLOCK
from outreach.organisation.models import Organisation
from outreach.replies.alerts import alert_people, lived, remind_of_cases
from outreach.replies.models import Case, CaseKind, CaseState, Reply

_LOG = logging.getLogger(__name__)
_MOST = 200


def wake_for_cases() -> None:
    """Asks a worker to look after cases where something is due. Run every few seconds."""
    if any(each.exists() for each in (_to_alert(), _to_remind(), _to_erase())):
        wake(queues.LOOK_AFTER_CASES, queues.CONTROL)


def look_after_cases() -> None:
    """All that is due; safe to run twice at once."""
    for case_id in list(_to_alert().values_list("pk", flat=True)[:_MOST]):
        _alert_again(case_id)
    remind()
    erase_old_cases()


def erase_old_cases() -> int:
    """Takes the words out of closed cases whose time is over; returns how many, some at once."""
    ids = list(_to_erase().values_list("pk", flat=True)[:_MOST])
    for case_id in ids:
        _erase(case_id)
    return len(ids)


def cases_to_erase() -> int:
    """How many closed cases still have words that are kept no longer."""
    return _to_erase().count()


def remind() -> int:
    """One reminder for all cases that wait too long; returns how many it is about."""
    moment = now()
    with transaction.atomic():
        due = _to_remind().select_for_update(skip_locked=True, of=("self",))
        ids = list(due.values_list("pk", flat=True)[:_MOST])
        if not ids:
            return 0
        Case.objects.filter(pk__in=ids).update(reminded_at=moment)
        if not remind_of_cases(moment.isoformat(timespec="seconds")):
            _LOG.error("%d cases wait and nobody may decide about them", len(ids))
    return len(ids)


def _to_alert() -> QuerySet[Case]:
    """Calls for help that nobody has opened in time."""
    return Case.objects.filter(state=CaseState.OPEN, next_alert_at__lte=now())


def _to_remind() -> QuerySet[Case]:
    """Held ones and calls for help: a hold is never silent."""
    since = now() - lived(timedelta(hours=_settings().remind_after_hours))
    open_ = Case.objects.filter(state=CaseState.OPEN, kind__in=[CaseKind.CRISIS, CaseKind.HOLD])
    return open_.filter(opened_at__lte=since).filter(
        pk__in=Case.objects.annotate(last_at=Coalesce(F("reminded_at"), F("opened_at")))
        .filter(state=CaseState.OPEN, last_at__lte=since)
        .values("pk")
    )


def _to_erase() -> QuerySet[Case]:
    until = now() - lived(timedelta(days=_settings().case_text_days))
    return Case.objects.filter(state=CaseState.CLOSED, text_erased_at=None, closed_at__lte=until)


def _alert_again(case_id: int) -> None:
    with transaction.atomic():
        due = _to_alert().select_for_update(skip_locked=True, of=("self",))
        case = due.select_related("reply__school").filter(pk=case_id).first()
        if case is not None:
            alert_people(case)


def _erase(case_id: int) -> None:
    """The words of a closed case go; who decided what, and when, stays."""
    moment: datetime = now()
    with transaction.atomic():
        changed = _to_erase().filter(pk=case_id).update(text_erased_at=moment)
        if not changed:
            return
        replies = Reply.objects.filter(case_id=case_id)
        erase_words(list(replies.values_list("inbound_id", flat=True)))
        replies.update(matched=[])
        uuid = Case.objects.values_list("uuid", flat=True).get(pk=case_id)
        audit.record(CLOCK, "case text erased", f"case:{uuid}")


def _settings() -> Organisation:
    return Organisation.objects.filter(pk=1).first() or Organisation()
