"""An endpoint that does not answer: administrators are told, later it is paused."""

from __future__ import annotations

from datetime import timedelta
from html import escape

from django.db import transaction
from django.utils import timezone
from yarl import URL

from outreach.core.channels import Channel
from outreach.notices.actions import queue_notice
from outreach.notices.models import NoticeKind
from outreach.organisation.audit import WORKER
from outreach.organisation.models import Sender
from outreach.organisation.permissions import Right, staff_with
from outreach.outbound.hooks import pause_hook
from outreach.outbound.models import Hook, HookState
from outreach.outbound.rules import PAUSE_AFTER, WARN_AFTER

_WORTH_READING = timedelta(days=2)
_REMEDY = (
    "When it answers again: the page Other systems, or outreach api hooks resume. What was given "
    "up goes out again there, or with: outreach api hooks retry. Nothing that parents get waits "
    "for this."
)


def look_after(hook_id: int, *, is_gone: bool) -> None:
    """After a try. `is_gone`: it answered 410, which asks us to stop."""
    with transaction.atomic():
        hook = Hook.objects.select_for_update().filter(pk=hook_id).first()
        if hook is None or hook.state != HookState.ACTIVE or hook.failing_since is None:
            return
        failing = timezone.now() - hook.failing_since
        since = f"{hook.failing_since:%d %B %Y, %H:%M} UTC"
        if is_gone:
            _pause(hook, "It answered that it is gone (410).", since)
        elif failing >= PAUSE_AFTER:
            # Kept and shown in any language, so without the name of a month.
            moment = f"{hook.failing_since:%Y-%m-%d %H:%M} UTC"
            _pause(hook, f"Nothing has reached it since {moment}.", since)
        elif failing >= WARN_AFTER:
            text = f"Nothing has reached it since {since}: {hook.problem}. We go on trying."
            _tell(hook, f"warn:{since}", "does not answer", text)


def _pause(hook: Hook, why: str, since: str) -> None:
    problem = hook.problem
    pause_hook(hook, why=why, actor=WORKER)
    _tell(hook, f"paused:{since}", "is paused", f"{why} The last try: {problem}.")


def _tell(hook: Hook, key: str, subject: str, text: str) -> None:
    """One mail to each administrator. The path of the address may be a secret; its host is not."""
    host = URL(hook.url).host
    words = f"The webhook endpoint at {host} {subject}. {text} {_REMEDY}"
    sender = Sender.objects.filter(channel=Channel.EMAIL, is_active=True).order_by("pk").first()
    for staff in staff_with(Right.MANAGE_STAFF):
        queue_notice(
            NoticeKind.HOOK_FAILING,
            f"hook:{hook.pk}:{key}:{staff.pk}",
            channel=Channel.EMAIL,
            destination=staff.email,
            sender=sender,
            school=None,
            subject=f"The webhook endpoint at {host} {subject}",
            html=f"<p>{escape(words)}</p>",
            text=words,
            expires_in=_WORTH_READING,
            actor=WORKER,
        )
