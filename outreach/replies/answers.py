"""The one text that answers STOP, START or HELP, where answering is ours."""

from __future__ import annotations

from datetime import timedelta

import phonenumbers

from outreach.content import (
    OrganisationValues,
    SchoolValues,
    SmsValues,
    Values,
    help_directory,
)
from outreach.content.stop_line import stop_line
from outreach.core.channels import Channel
from outreach.inbox.models import InboundMessage
from outreach.notices.actions import queue_notice
from outreach.notices.models import Notice, NoticeKind
from outreach.notices.texts import choose_notice_language, write_notice_sms
from outreach.organisation.audit import Actor
from outreach.organisation.models import OptOutHandler, Organisation, Sender
from outreach.replies.writer import Writer

# One confirmation within five minutes of the stop is allowed (47 CFR 64.1200(a)(12)), and an
# answer that comes later than that puzzles more than it helps.
ANSWER_WITHIN = timedelta(minutes=5)
READER = Actor("system:replies")


def answers_opt_outs(message: InboundMessage, writer: Writer) -> bool:
    """Whether the confirmation of STOP and START is ours: not where the provider sends one."""
    return (
        message.channel == Channel.SMS
        and writer.sender is not None
        and writer.sender.opt_out_handled_by == OptOutHandler.US
        and not message.opt_out_type
    )


def answers_help(message: InboundMessage, writer: Writer) -> bool:
    """Whether HELP is ours to answer: unless the provider says that it has done so.

    Also where the provider answers STOP: its own words name no help line.
    """
    return message.channel == Channel.SMS and writer.sender is not None and not message.opt_out_type


def queue_answer(
    kind: NoticeKind, dedupe_key: str, message: InboundMessage, writer: Writer
) -> Notice | None:
    """Queues the answer to a text, in the caller's transaction. `writer.sender` must be there.

    Raises CannotRender when the template lacks a value.
    """
    sender = writer.sender
    if sender is None:
        raise ValueError("an answer needs the sender that was written to")
    wanted = [writer.last.language] if writer.last else []
    language = choose_notice_language(kind, Channel.SMS, wanted)
    return queue_notice(
        kind,
        dedupe_key,
        channel=Channel.SMS,
        destination=message.from_address.strip(),
        sender=sender,
        school=writer.school,
        text=write_notice_sms(kind, language, _values(language, sender, writer)).text,
        not_before=message.received_at,
        expires_in=ANSWER_WITHIN,
        actor=READER,
    )


def _values(language: str, sender: Sender, writer: Writer) -> Values:
    organisation = Organisation.objects.filter(pk=1).first()
    name = organisation.name if organisation else ""
    country = country_of(sender, writer)
    return Values(
        school=SchoolValues(writer.school.name if writer.school else name, country),
        organisation=OrganisationValues(name),
        help=help_directory().for_country(country),
        sms=SmsValues(stop_line(language, None)),
    )


def country_of(sender: Sender, writer: Writer) -> str:
    """Whose help lines to name, ISO alpha-2: the school's country where the sender serves it,
    else the sender's own, else the one of its number; "" when nothing tells."""
    countries = list(sender.countries)
    if writer.school and (not countries or writer.school.country in countries):
        return writer.school.country
    if countries:
        return str(countries[0])
    try:
        number = phonenumbers.parse(sender.identity, None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(number) or ""
