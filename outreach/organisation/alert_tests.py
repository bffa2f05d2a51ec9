"""The verbs of a test alert: note that it goes out, and that somebody confirmed it.

Refuses to send: `replies` carries the alert.
"""

from __future__ import annotations

from django.db import transaction

from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.errors import BadToken, NotNow
from outreach.core.tokens import TEST_ALERT, moment_number
from outreach.organisation.audit import Actor, record
from outreach.organisation.lanes import sealer
from outreach.organisation.models import AlertTest, Staff

_CHANNELS = (Channel.EMAIL, Channel.SMS)


def begin_test(staff: Staff, *, actor: Actor) -> AlertTest:
    """Notes that a test alert goes out. Raises NotNow without a phone number."""
    if not staff.phone:
        raise NotNow(
            f"{staff.name} has no phone number, and alerts come by email and by text.",
            remedy="Add it on the page Contacts of their school, or in the terminal: "
            f"outreach staff phone {staff.email} NUMBER.",
        )
    with transaction.atomic():
        test = AlertTest.objects.create(
            staff=staff, email=staff.email, phone=staff.phone, sent_at=now(), sent_by=actor.name
        )
        record(actor, "readiness.test-sent", f"staff:{staff.uuid}")
    return test


def token_of_test(test: AlertTest, channel: Channel) -> str:
    """For the link in the test alert of this channel."""
    number = _CHANNELS.index(channel)
    return sealer().seal(TEST_ALERT, test.pk, number, moment_number(test.sent_at))


def read_test_token(token: str) -> tuple[AlertTest, Channel]:
    """The test alert that a link belongs to. Raises BadToken."""
    match sealer().open(TEST_ALERT, token):
        case (test_id, number, sent) if number < len(_CHANNELS):
            test = AlertTest.objects.select_related("staff").filter(pk=test_id).first()
            if test is not None and moment_number(test.sent_at) == sent:
                return test, _CHANNELS[number]
    raise BadToken("This link is not valid.", remedy="Ask for a new test alert.")


def acknowledge(test: AlertTest, channel: Channel, *, actor: Actor) -> bool:
    """Records that the alert was read; False when it was before. The first answer counts."""
    with transaction.atomic():
        changed = AlertTest.objects.filter(pk=test.pk, acknowledged_at=None).update(
            acknowledged_at=now(), acknowledged_by=channel
        )
        if changed:
            subject = f"staff:{test.staff.uuid}"
            record(actor, "readiness.acknowledged", subject, details={"channel": channel})
    return changed > 0
