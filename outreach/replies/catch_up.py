"""After an outage of ours: texts that Twilio gave up on are read back from its message list.

Until that is done no text is claimed (`delivery.send_batch` looks at the gap), so that a
STOP sent while we were away holds from the first claim after it.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import connection, transaction

from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.inbox.door import Gap, close_gap, open_gap
from outreach.inbox.queries import waiting_message_ids
from outreach.inbox.store import insert_messages, message_row
from outreach.organisation import lanes
from outreach.organisation.models import Sender
from outreach.providers.port import FoundMessage, InboundMessage, SmsProvider
from outreach.providers.registry import SMS
from outreach.replies.actions import only_reader, read_waiting_replies

_LOG = logging.getLogger(__name__)
# Twilio and the database need not have the same time to the second, and a text may have been
# on its way to us when the gap began.
_SLACK = timedelta(seconds=60)


def read_missed_texts() -> int:
    """Stores what the providers' lists hold of the open gap, reads it, closes the gap.

    Returns how many texts to us the lists had. Raises ProviderBusy and what else `find` raises;
    the gap then stays open, as it does while somebody else is reading: a stop that they have in
    hand does not hold yet. What the webhooks had stored already stays one message.
    """
    gap = open_gap()
    if gap is None:
        return 0
    senders = Sender.objects.filter(channel=Channel.SMS, provider__in=list(SMS), is_active=True)
    found = [text for sender in senders for text in _missed(sender, gap)]
    with transaction.atomic(), connection.cursor() as cursor:
        insert_messages(cursor, [message_row(text, now()) for text in found])
    with only_reader() as is_ours:
        if is_ours:
            read_waiting_replies()
            close_gap(gap)
    read_waiting_replies()  # what came while others left it to us
    _LOG.info("read back %d texts of a gap; %d wait", len(found), len(waiting_message_ids(100)))
    return len(found)


def _missed(sender: Sender, gap: Gap) -> list[InboundMessage]:
    provider = lanes.sms_provider(sender)
    listed = lanes.run_async(_list(provider, sender, gap))
    return [_as_inbound(sender, each) for each in reversed(listed) if each.direction == "inbound"]


async def _list(provider: SmsProvider, sender: Sender, gap: Gap) -> list[FoundMessage]:
    since = gap.since - _SLACK
    if sender.identity.startswith("+"):
        return await provider.find(to=sender.identity, sender="", since=since)
    return await provider.find(to="", sender=sender.identity, since=since)


def _as_inbound(sender: Sender, text: FoundMessage) -> InboundMessage:
    return InboundMessage(
        provider=sender.provider,
        message_id=text.message_id,
        channel=Channel.SMS,
        from_address=text.sender,
        to_address=text.to,
        subject="",
        text=text.body,
        headers={},
        opt_out_type=None,
        files_dropped=0,
    )
