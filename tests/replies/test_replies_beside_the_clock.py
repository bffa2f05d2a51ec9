"""Reading replies and leading the clock are two locks: a leading clock must not silence parents."""

from __future__ import annotations

import pytest

from outreach.clock.leader import Leadership
from outreach.config.database import work_dsn
from outreach.config.environment import environment
from outreach.core.clock import now
from outreach.inbox.models import InboundMessage
from outreach.replies.actions import read_waiting_replies


@pytest.mark.usefixtures("as_work")
def test_replies_are_read_while_a_clock_leads() -> None:
    InboundMessage.objects.create(
        provider="twilio",
        message_id="SM1",
        channel="sms",
        from_address="+447700900001",
        to_address="+447700900999",
        text="Thank you",
        received_at=now(),
    )
    leader = Leadership(work_dsn(environment()))
    assert leader.holds()

    read_waiting_replies()

    leader.release()
    assert InboundMessage.objects.get().processed_at is not None
