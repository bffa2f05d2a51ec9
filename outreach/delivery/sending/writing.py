"""Writes the messages of a chunk, before anything is claimed.

A delivery whose text cannot be written (a missing value) never gets as far as a claim:
it is skipped with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from outreach.content import (
    Links,
    OrganisationValues,
    Recipient,
    SchoolValues,
    SmsValues,
    StepValues,
    TemplateSet,
    Values,
    help_directory,
)
from outreach.content.help_directory import HelpLines
from outreach.content.messages import CannotRenderSome, SmsText
from outreach.content.source import TemplateKey
from outreach.content.stop_line import stop_line
from outreach.core.channels import Channel
from outreach.core.errors import CannotRender
from outreach.core.tokens import DELIVERY_STATUS, REPLY_TO, STOP_LINK, TokenSealer
from outreach.delivery.sending.chunks import Candidate
from outreach.providers.port import EmailRecipient, EmailRequest, OutboundSms


@dataclass(frozen=True)
class Letterhead:
    """What all messages of one batch share.

    `status_url`: token -> the full address of the status callback. `inbound_domain`: mail
    domain of replies, "" when nobody reads them.
    """

    templates: TemplateSet
    step_key: str
    step_number: int
    step_total: int
    step_run_id: int
    organisation: str
    public_url: str
    inbound_domain: str
    sender_identity: str
    can_receive: bool
    prices: Mapping[str, int]
    sealer: TokenSealer
    status_url: Callable[[str], str]


@dataclass(frozen=True)
class WrittenText:
    """A text ready to go; `micros` is its price."""

    candidate: Candidate
    message: OutboundSms
    segments: int
    micros: int


@dataclass(frozen=True)
class WrittenEmail:
    """One request ready to go, its recipients in the order of `candidates`."""

    candidates: tuple[Candidate, ...]
    request: EmailRequest


@dataclass(frozen=True)
class Unwritten:
    """A delivery that could not be written, and the reason for people."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True)
class Written:
    texts: list[WrittenText] = field(default_factory=list)
    emails: list[WrittenEmail] = field(default_factory=list)
    unwritten: list[Unwritten] = field(default_factory=list)


def write_texts(
    head: Letterhead, candidates: Sequence[Candidate], validity_seconds: int
) -> Written:
    """One text for each candidate; the same words are written once and not for each reader."""
    written = Written()
    seen: dict[object, SmsText | CannotRender] = {}
    uses = _uses(head, candidates[0].language)
    for candidate in candidates:
        key = _text_key(head, candidate, uses)
        if key not in seen:
            seen[key] = _write_text(head, candidate)
        text = seen[key]
        if isinstance(text, CannotRender):
            written.unwritten.append(Unwritten(candidate, text.message))
            continue
        token = head.sealer.seal(
            DELIVERY_STATUS, head.step_run_id, candidate.id, candidate.next_attempt
        )
        message = OutboundSms(
            to=candidate.address,
            sender=head.sender_identity,
            body=text.text,
            status_callback=head.status_url(token),
            validity_seconds=validity_seconds,
        )
        micros = text.segments * head.prices.get(candidate.country, 0)
        written.texts.append(WrittenText(candidate, message, text.segments, micros))
    return written


def _uses(head: Letterhead, language: str) -> frozenset[str]:
    """The variables that decide whether two readers get the same text."""
    return head.templates.usage(TemplateKey(language, head.step_key, Channel.SMS)).every()


def _text_key(head: Letterhead, candidate: Candidate, uses: frozenset[str]) -> object:
    """Equal for two candidates of one language exactly when their texts are the same."""
    has_own_link = "links.stop" in uses or not head.can_receive
    return (
        candidate.school_id,
        candidate.name if "recipient.name" in uses else None,
        candidate.id if has_own_link else None,
    )


def _write_text(head: Letterhead, candidate: Candidate) -> SmsText | CannotRender:
    try:
        return head.templates.write_sms(candidate.language, head.step_key, _values(head, candidate))
    except CannotRender as error:
        return error


def write_emails(head: Letterhead, candidates: Sequence[Candidate]) -> Written:
    """As few requests as can be for candidates of one language."""
    values = [_values(head, candidate) for candidate in candidates]
    written = Written()
    language = candidates[0].language
    try:
        mails = head.templates.write_email(language, head.step_key, values)
    except CannotRenderSome as error:
        mails = error.written
        written.unwritten.extend(
            Unwritten(candidates[index], reason.message) for index, reason in error.refused.items()
        )
    for mail in mails:
        recipients = tuple(
            _recipient(head, candidates[index], keys, str(values[index].links.stop))
            for index, keys in mail.members
        )
        request = EmailRequest(mail.subject, mail.html, mail.text, recipients)
        members = tuple(candidates[index] for index, _ in mail.members)
        written.emails.append(WrittenEmail(members, request))
    return written


def _values(head: Letterhead, candidate: Candidate) -> Values:
    stop = f"{head.public_url}/u/{_token(head, STOP_LINK, candidate)}"
    advice = f"{head.public_url}/advice/{candidate.school_country.lower()}/{candidate.language}"
    return Values(
        school=SchoolValues(candidate.school_name, candidate.school_country),
        organisation=OrganisationValues(head.organisation),
        help=_help(candidate.school_country),
        recipient=Recipient(candidate.name or None),
        links=Links(stop=stop, advice=advice),
        step=StepValues(head.step_number, head.step_total),
        sms=SmsValues(stop_line(candidate.language, None if head.can_receive else stop)),
    )


@lru_cache(maxsize=256)
def _help(country: str) -> HelpLines:
    return help_directory().for_country(country)


def _recipient(
    head: Letterhead, candidate: Candidate, substitutions: Mapping[str, str], stop_link: str
) -> EmailRecipient:
    return EmailRecipient(
        to=candidate.address,
        from_name=f"{candidate.school_name} via {head.organisation}",
        from_address=head.sender_identity,
        reply_to=_reply_to(head, candidate),
        headers=_headers(head, stop_link),
        token=head.sealer.seal(
            DELIVERY_STATUS, head.step_run_id, candidate.id, candidate.next_attempt
        ),
        substitutions=substitutions,
    )


def _reply_to(head: Letterhead, candidate: Candidate) -> str | None:
    if not head.inbound_domain:
        return None
    return f"reply+{_token(head, REPLY_TO, candidate)}@{head.inbound_domain}"


def _headers(head: Letterhead, stop_link: str) -> dict[str, str]:
    """One-click unsubscribe (RFC 8058), and by mail where somebody reads it."""
    ways = [f"<{stop_link}>"]
    if head.inbound_domain:
        token = stop_link.rpartition("/")[2]
        ways.append(f"<mailto:unsubscribe+{token}@{head.inbound_domain}>")
    return {
        "List-Unsubscribe": ", ".join(ways),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _token(head: Letterhead, purpose: str, candidate: Candidate) -> str:
    return head.sealer.seal(purpose, head.step_run_id, candidate.id)
