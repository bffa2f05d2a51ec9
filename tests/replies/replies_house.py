"""What tests of replies do and look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, installed
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.models import Batch
from outreach.delivery.receipts import apply_receipts
from outreach.inbox.models import InboundMessage
from outreach.notices.sending import send_due_notices
from outreach.replies.actions import read_waiting_replies
from outreach.replies.models import Case, Reply
from outreach.sandbox.control import SandboxControl
from tests.delivery import delivery_builders as build
from tests.webhooks.webhook_door import Door

OUR_NUMBER = "+447700900999"
PARENT = "+447700900123"


@dataclass(frozen=True)
class House:
    sandbox: SandboxControl
    door: Door

    def text(self, body: str, number: str = PARENT, media_types: Sequence[str] = ()) -> None:
        """A person texts our number, and everything that follows happens."""
        self.sandbox.reply_from_phone(number, body, to=OUR_NUMBER, media_types=media_types)
        self.work()

    def work(self) -> None:
        self.sandbox.wait_until_quiet()
        read_waiting_replies()
        while send_due_notices():
            pass
        self.sandbox.wait_until_quiet()
        apply_receipts()

    def answers(self, number: str = PARENT) -> list[str]:
        """What our number wrote to the phone."""
        shown = self.sandbox.messages(Channel.SMS, number)
        return [each["body"] for each in shown if each["direction"] != "inbound"]


def meanings() -> list[str]:
    return list(Reply.objects.order_by("id").values_list("meaning", flat=True))


def cases() -> int:
    return Case.objects.filter(state="open").count()


def all_inbound_is_read() -> bool:
    return not InboundMessage.objects.filter(processed_at=None).exists()


def deliver_first_step(definition: str = build.DEFINITION) -> None:
    """The first step of a small launch goes out to everybody, two hours later."""
    run = build.first_run(build.build_running_launch(definition=definition))
    plan_step_run(run.pk)
    clock = installed()
    if not isinstance(clock, FrozenClock):
        raise TypeError("the clock of a test stands still")
    clock.tick(timedelta(hours=2))
    for batch in Batch.objects.all():
        send_batch(batch.pk)
