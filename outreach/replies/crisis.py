"""The answer to somebody who may be in distress: help lines, at once, in their language.

One for an address in some hours; it goes to an address that stopped our messages too.
Refuses to say what was written, and to promise that somebody here is reading.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from outreach.content import (
    HelpLines,
    OrganisationValues,
    SchoolValues,
    Values,
    help_directory,
)
from outreach.content.opening_hours import lines_at
from outreach.core.channels import Channel
from outreach.core.clock import installed, now
from outreach.core.errors import CannotRender
from outreach.inbox.models import InboundMessage
from outreach.notices.actions import queue_notice
from outreach.notices.models import Notice, NoticeKind, NoticeState
from outreach.notices.texts import (
    EmailText,
    choose_notice_language,
    write_notice_email,
    write_notice_sms,
)
from outreach.organisation.models import Organisation, Sender
from outreach.organisation.reading_hours import reads_now
from outreach.organisation.senders import sender_for
from outreach.replies.answers import READER
from outreach.replies.country import country_of
from outreach.replies.rules import Reading
from outreach.replies.writer import Writer

_LOG = logging.getLogger(__name__)
ONCE_IN = timedelta(hours=6)
# Hours of help lines are true for about that long.
ANSWER_WITHIN = timedelta(hours=2)
_NOT_SENT = (NoticeState.FAILED, NoticeState.SKIPPED, NoticeState.EXPIRED)


def answer_crisis(message: InboundMessage, writer: Writer, reading: Reading) -> Notice | None:
    """Queues the help lines in the caller's transaction, or finds the ones that went there some
    hours ago; None when nothing can carry them, which the case then shows."""
    channel = Channel(message.channel)
    destination = message.from_address.strip()
    earlier = _earlier(channel, destination)
    if earlier is not None:
        return earlier
    country = country_of(message, writer, writer.sender)
    sender = _sender(channel, writer, country)
    if sender is None or not destination:
        _LOG.error("no sender can answer message %d", message.pk)
        return None
    language = _language(channel, writer, reading)
    try:
        words = _words(channel, language, _values(country, writer))
    except CannotRender as error:
        _LOG.error("no help lines for message %d: %s", message.pk, error.code)
        return None
    return queue_notice(
        NoticeKind.CRISIS_HELP,
        f"crisis:{message.pk}",
        channel=channel,
        destination=destination,
        sender=sender,
        school=writer.school,
        subject=words.subject,
        html=words.html,
        text=words.text,
        expires_in=ANSWER_WITHIN,
        actor=READER,
    )


def _earlier(channel: Channel, destination: str) -> Notice | None:
    since = now() - ONCE_IN * max(1.0, installed().speed)
    sent = Notice.objects.filter(
        kind=NoticeKind.CRISIS_HELP,
        channel=channel,
        destination__iexact=destination,
        created_at__gt=since,
    )
    return sent.exclude(state__in=_NOT_SENT).order_by("-id").first()


def _sender(channel: Channel, writer: Writer, country: str) -> Sender | None:
    """The one that was written to, else another that people can answer."""
    own = writer.sender
    if own is not None and own.channel == channel and own.is_active:
        return own
    return sender_for(channel, country)


def _language(channel: Channel, writer: Writer, reading: Reading) -> str:
    """The reply's, else the person's, else the school's, else the organisation's."""
    wanted = [
        reading.language,
        writer.last.language if writer.last else "",
        *(writer.school.languages if writer.school else []),
    ]
    return choose_notice_language(NoticeKind.CRISIS_HELP, channel, wanted)


def _values(country: str, writer: Writer) -> Values:
    organisation = Organisation.objects.filter(pk=1).first()
    name = organisation.name if organisation else ""
    lines: HelpLines = lines_at(help_directory().for_country(country), now())
    reads = organisation is not None and reads_now(organisation)
    return Values(
        school=SchoolValues(writer.school.name if writer.school else None, country),
        organisation=OrganisationValues(name, reads_now=reads),
        help=lines,
    )


def _words(channel: Channel, language: str, values: Values) -> EmailText:
    if channel == Channel.SMS:
        return EmailText("", "", write_notice_sms(NoticeKind.CRISIS_HELP, language, values).text)
    return write_notice_email(NoticeKind.CRISIS_HELP, language, values)
