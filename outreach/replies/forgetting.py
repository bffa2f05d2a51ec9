"""What was written to us from an address that is erased.

A message under an open case stays until a person has decided: somebody may have asked for help.
"""

from __future__ import annotations

from django.db import transaction

from outreach.inbox.models import InboundMessage
from outreach.replies.models import CaseState, Reply


def forget_writer(channel: str, match_key: str) -> int:
    """Blanks the messages from an address; returns how many stay for an open case."""
    open_cases = Reply.objects.filter(case__state=CaseState.OPEN).values("inbound_id")
    written = InboundMessage.objects.filter(channel=channel, from_address__iexact=match_key)
    with transaction.atomic():
        done = written.exclude(pk__in=open_cases).exclude(processed_at=None)
        done.update(from_address="", subject="", text="", headers={})
    return written.count()
