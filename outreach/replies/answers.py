"""The one message that answers STOP, START or HELP, where answering is ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from outreach.consent.models import Topic
from outreach.content import (
    Links,
    OrganisationValues,
    SchoolValues,
    SmsValues,
    StopValues,
    Values,
    help_directory,
)
from outreach.content.stop_line import stop_line
from outreach.core.channels import Channel
from outreach.inbox.models import InboundMessage
from outreach.notices.actions import queue_notice
from outreach.notices.models import Notice, NoticeKind
from outreach.notices.texts import (
    EmailText,
    choose_notice_language,
    write_notice_email,
    write_notice_sms,
)
from outreach.organisation.audit import Actor
from outreach.organisation.models import OptOutHandler, Organisation, Sender
from outreach.replies.country import country_of
from outreach.replies.rules import Reading
from outreach.replies.writer import Writer
from outreach.subscriptions.letters import preferences_link
from outreach.subscriptions.wording import choose_wording_language, topic_name

# One confirmation within five minutes of the stop is allowed (47 CFR 64.1200(a)(12)), and an
# answer that comes later than that puzzles more than it helps.
ANSWER_WITHIN = timedelta(minutes=5)
READER = Actor("system:replies")


@dataclass(frozen=True)
class Answer:
    """What is due. `key`: the dedupe key of the notice. `topic`: the one that a stop ended;
    None where it ended all that comes by the channel, and for any other kind."""

    kind: NoticeKind
    key: str
    topic: Topic | None = None


def answers_stop(message: InboundMessage, writer: Writer, reading: Reading) -> bool:
    """Whether the confirmation of a stop is ours.

    Of a text: not where the provider sends one. Of a mail: where a person wrote it; a mail
    program that unsubscribes by itself shows its own confirmation.
    """
    if message.channel == Channel.SMS:
        return answers_start(message, writer, reading)
    return writer.address is not None and writer.sender is not None and not writer.is_unsubscribing


def answers_start(message: InboundMessage, writer: Writer, reading: Reading) -> bool:
    """Whether the confirmation of START is ours: not where the provider sends one."""
    return (
        message.channel == Channel.SMS
        and writer.sender is not None
        and writer.sender.opt_out_handled_by == OptOutHandler.US
        and not reading.by_provider
    )


def answers_help(message: InboundMessage, writer: Writer, reading: Reading) -> bool:
    """Whether HELP is ours to answer: unless the provider says that it has done so.

    Also where the provider answers STOP: its own words name no help line.
    """
    return message.channel == Channel.SMS and writer.sender is not None and not reading.by_provider


def queue_answer(answer: Answer, message: InboundMessage, writer: Writer) -> Notice | None:
    """Queues the answer by the channel of the message, in the caller's transaction.
    `writer.sender` must be there.

    Raises CannotRender when the template lacks a value.
    """
    sender = writer.sender
    if sender is None:
        raise ValueError("an answer needs the sender that was written to")
    wanted = [writer.last.language] if writer.last else []
    channel = Channel(message.channel)
    language = choose_notice_language(answer.kind, channel, wanted)
    values = _values(language, answer, sender, message, writer)
    words = _words(answer.kind, channel, language, values)
    return queue_notice(
        answer.kind,
        answer.key,
        channel=channel,
        destination=_destination(message, writer),
        sender=sender,
        school=writer.school,
        subject=words.subject,
        html=words.html,
        text=words.text,
        not_before=message.received_at,
        expires_in=ANSWER_WITHIN,
        actor=READER,
    )


def _destination(message: InboundMessage, writer: Writer) -> str:
    """A mail goes to the address that its token proves; From proves nothing."""
    if message.channel == Channel.EMAIL and writer.address is not None:
        return writer.address.value
    return message.from_address.strip()


def _words(kind: NoticeKind, channel: Channel, language: str, values: Values) -> EmailText:
    if channel is Channel.SMS:
        return EmailText("", "", write_notice_sms(kind, language, values).text)
    return write_notice_email(kind, language, values)


def _values(
    language: str, answer: Answer, sender: Sender, message: InboundMessage, writer: Writer
) -> Values:
    organisation = Organisation.objects.filter(pk=1).first()
    name = organisation.name if organisation else ""
    country = country_of(message, writer, sender)
    return Values(
        school=SchoolValues(writer.school.name if writer.school else name, country),
        organisation=OrganisationValues(name),
        help=help_directory().for_country(country),
        sms=SmsValues(stop_line(language, None)),
        links=Links(preferences=preferences_link(writer.address) if writer.address else None),
        stopped=StopValues(_topic_name(language, answer.topic)),
    )


def _topic_name(language: str, topic: Topic | None) -> str | None:
    return topic_name(choose_wording_language(language), topic) if topic else None
