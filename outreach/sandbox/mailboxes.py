"""What a person does to a mail, told by the provider that carried it."""

from __future__ import annotations

from outreach.sandbox.records import EmailRecord
from outreach.sandbox.sendgrid import events as sendgrid
from outreach.sandbox.ses import events as ses
from outreach.sandbox.ses.routes import PROVIDER as SES
from outreach.sandbox.world import World


def report_spam(world: World, record: EmailRecord) -> None:
    """The person presses "this is spam"."""
    tell = ses.report_spam if record.provider == SES else sendgrid.report_spam
    tell(world, record)
