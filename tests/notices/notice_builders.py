"""Small builders of notices."""

from __future__ import annotations

from datetime import timedelta

from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.tokens import NOTICE_STATUS
from outreach.inbox.models import ProviderEvent
from outreach.notices.actions import queue_notice
from outreach.notices.models import Notice, NoticeKind
from outreach.organisation.audit import OPERATOR
from outreach.organisation.lanes import sealer
from outreach.organisation.models import Sender
from outreach.providers.port import EventKind

PHONE = "+447700900123"
MAIL = "anna@example.org"


def queue_text(
    key: str = "one",
    *,
    kind: NoticeKind = NoticeKind.TEST_SEND,
    to: str = PHONE,
    text: str = "Hello from us.",
    seconds: int = 300,
) -> Notice | None:
    return queue_notice(
        kind,
        key,
        channel=Channel.SMS,
        destination=to,
        sender=Sender.objects.get(channel="sms"),
        school=None,
        text=text,
        expires_in=timedelta(seconds=seconds),
        actor=OPERATOR,
    )


def queue_mail(key: str = "mail", *, to: str = MAIL) -> Notice | None:
    return queue_notice(
        NoticeKind.TEST_SEND,
        key,
        channel=Channel.EMAIL,
        destination=to,
        sender=Sender.objects.get(channel="email"),
        school=None,
        subject="A test",
        html="<p>Hello</p>",
        text="Hello",
        expires_in=timedelta(minutes=5),
        actor=OPERATOR,
    )


def receipt(
    kind: EventKind,
    *,
    key: str = "one",
    attempt: int | None = None,
    refusal: str = "",
    permanent: bool = False,
) -> ProviderEvent:
    """What the webhooks stored when the provider reported on a notice."""
    notice = Notice.objects.get(dedupe_key=key)
    numbers = (notice.pk, notice.attempt if attempt is None else attempt)
    return ProviderEvent.objects.create(
        provider="twilio",
        event_key=f"{key}|{kind}|{numbers[1]}",
        token=sealer().seal(NOTICE_STATUS, *numbers),
        message_id="SM1",
        kind=kind,
        provider_code=str(kind),
        refusal=refusal,
        permanent=permanent,
        received_at=now(),
    )


def state_of(key: str = "one") -> tuple[str, str]:
    """State and reason."""
    notice = Notice.objects.get(dedupe_key=key)
    return notice.state, notice.reason


def history_of(key: str = "one") -> list[str]:
    events = Notice.objects.get(dedupe_key=key).events.order_by("id")
    return [event.to_state for event in events]
