"""Texts that Twilio gave up on, read back from its list (promise 7)."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db.models.functions import Now
from replies_house import OUR_NUMBER, PARENT, House

from outreach.config.database import work_dsn
from outreach.config.environment import environment
from outreach.consent.queries import is_suppressed
from outreach.core.channels import Channel
from outreach.core.errors import ProviderBusy
from outreach.core.locks import Lock
from outreach.inbox.door import open_gap
from outreach.inbox.models import Door, InboundMessage
from outreach.replies.catch_up import read_missed_texts
from outreach.replies.models import Reply
from outreach.sandbox.faults import FaultKind


@pytest.fixture
def missed_stop(house: House) -> House:
    """A STOP that reached no webhook, in a gap that has been noticed."""
    house.sandbox.configure(sms_inbound_url="")
    house.text("STOP")
    Door.objects.update_or_create(
        id=1, defaults={"seen_at": Now(), "missed_since": Now() - timedelta(minutes=1)}
    )
    assert not InboundMessage.objects.exists()
    return house


def test_a_stop_that_was_missed_is_obeyed_before_the_gap_closes(missed_stop: House) -> None:
    assert read_missed_texts() == 1

    assert is_suppressed(Channel.SMS, PARENT)
    assert open_gap() is None


def test_what_the_webhook_had_stored_is_not_read_twice(house: House) -> None:
    house.text("STOP")
    Door.objects.update_or_create(
        id=1, defaults={"seen_at": Now(), "missed_since": Now() - timedelta(minutes=1)}
    )

    read_missed_texts()

    assert InboundMessage.objects.filter(to_address=OUR_NUMBER).count() == 1
    assert Reply.objects.count() == 1


def test_the_gap_stays_open_while_the_list_cannot_be_read(missed_stop: House) -> None:
    missed_stop.sandbox.fail(Channel.SMS, FaultKind.HTTP_503, reads=True)
    with pytest.raises(ProviderBusy):
        read_missed_texts()
    assert open_gap() is not None

    missed_stop.sandbox.clear_faults()
    read_missed_texts()
    assert is_suppressed(Channel.SMS, PARENT)


def test_the_gap_stays_open_while_somebody_else_is_reading(missed_stop: House) -> None:
    """What they have in hand may be the very stop."""
    with psycopg.connect(work_dsn(environment())) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [Lock.REPLY_READER])
        read_missed_texts()
        assert not is_suppressed(Channel.SMS, PARENT)
        assert open_gap() is not None
        other.execute("SELECT pg_advisory_unlock(%s)", [Lock.REPLY_READER])
        read_missed_texts()
    assert is_suppressed(Channel.SMS, PARENT)
    assert open_gap() is None
