"""Whose help lines to name to somebody who wrote to us."""

from __future__ import annotations

from outreach.core.channels import Channel
from outreach.core.phones import country_of_number
from outreach.inbox.models import InboundMessage
from outreach.organisation.models import School, Sender
from outreach.replies.writer import Writer


def country_of(message: InboundMessage, writer: Writer, sender: Sender | None) -> str:
    """ISO alpha-2, or "" when nothing tells.

    The school's country where the sender serves it; else the one the sender serves, of several
    the writer's own; else the one of the number written to; for a mail from a stranger the one
    that all our schools are in.
    """
    served = list(sender.countries) if sender else []
    if writer.school and (not served or writer.school.country in served):
        return writer.school.country
    if message.channel != Channel.SMS:
        return str(served[0]) if served else _of_all_schools()
    own = country_of_number(message.from_address)
    if served:
        return own if own in served else str(served[0])
    return country_of_number(message.to_address) or own


def _of_all_schools() -> str:
    countries = list(School.objects.values_list("country", flat=True).distinct()[:2])
    return countries[0] if len(countries) == 1 else ""
