"""Writes the messages of a chunk, before anything is claimed.

A delivery whose text cannot be written (a missing value) never gets as far as a claim:
it is skipped with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from outreach.content import (
    Links,
    MessageValues,
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
from outreach.core.tokens import (
    DELIVERY_STATUS,
    PREFERENCES,
    PREFERENCES_BY_DELIVERY,
    REPLY_TO,
    STOP_LINK,
    TokenSealer,
)
from outreach.delivery.genuine import code_of
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


class WrittenText(NamedTuple):
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
    attempts = [(head.step_run_id, each.id, each.next_attempt) for each in candidates]
    tokens = head.sealer.seal_all(DELIVERY_STATUS, attempts)
    for candidate, token in zip(candidates, tokens, strict=True):
        key = _text_key(head, candidate, uses)
        if key not in seen:
            seen[key] = _write_text(head, candidate)
        text = seen[key]
        if isinstance(text, CannotRender):
            written.unwritten.append(Unwritten(candidate, text.message))
            continue
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
    tokens = _tokens(head, candidates)
    values = [_values(head, *each) for each in zip(candidates, tokens, strict=True)]
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
            _recipient(head, candidates[index], tokens[index], keys) for index, keys in mail.members
        )
        request = EmailRequest(mail.subject, mail.html, mail.text, recipients)
        members = tuple(candidates[index] for index, _ in mail.members)
        written.emails.append(WrittenEmail(members, request))
    return written


class _Tokens(NamedTuple):
    """The sealed numbers of one delivery, each good for one thing."""

    stop: str
    preferences: str
    status: str
    reply: str


def _tokens(head: Letterhead, candidates: Sequence[Candidate]) -> list[_Tokens]:
    """Those of a whole chunk at once, which costs less than one by one."""
    run = head.step_run_id
    keys = [(run, each.id) for each in candidates]
    by_delivery = [(PREFERENCES_BY_DELIVERY, *key) for key in keys]
    attempts = [(run, each.id, each.next_attempt) for each in candidates]
    replies = head.sealer.seal_all(REPLY_TO, keys) if head.inbound_domain else [""] * len(keys)
    return list(
        map(
            _Tokens,
            head.sealer.seal_all(STOP_LINK, keys),
            head.sealer.seal_all(PREFERENCES, by_delivery),
            head.sealer.seal_all(DELIVERY_STATUS, attempts),
            replies,
        )
    )


def _values(head: Letterhead, candidate: Candidate, tokens: _Tokens | None = None) -> Values:
    """What many recipients share is one record for all, which is then read and cleaned once."""
    own = tokens or _tokens(head, [candidate])[0]
    stop = f"{head.public_url}/u/{own.stop}"
    code = code_of(head.step_run_id, candidate.school_id)
    return Values(
        school=_school(candidate.school_name, candidate.school_country),
        organisation=_organisation(head.organisation),
        help=_help(candidate.school_country),
        recipient=Recipient(candidate.name or None),
        links=Links(
            stop=stop,
            advice=_advice(head.public_url, candidate.school_country, candidate.language),
            preferences=f"{head.public_url}/p/{own.preferences}",
            genuine=f"{head.public_url}/genuine/{code}",
        ),
        message=_message(code, _can_reply(head, tokens)),
        step=_step(head.step_number, head.step_total),
        sms=_sms(candidate.language, None if head.can_receive else stop),
    )


@lru_cache(maxsize=1024)
def _school(name: str, country: str) -> SchoolValues:
    return SchoolValues(name, country)


@lru_cache(maxsize=16)
def _organisation(name: str) -> OrganisationValues:
    return OrganisationValues(name)


@lru_cache(maxsize=256)
def _step(number: int, total: int) -> StepValues:
    return StepValues(number or None, total)


def _can_reply(head: Letterhead, tokens: _Tokens | None) -> bool:
    """Whether an answer reaches us: a text is written without tokens of its own."""
    return head.can_receive if tokens is None else bool(head.inbound_domain)


@lru_cache(maxsize=1024)
def _message(code: str, can_reply: bool) -> MessageValues:
    return MessageValues(code, can_reply)


@lru_cache(maxsize=256)
def _sms(language: str, stop_link: str | None) -> SmsValues:
    return SmsValues(stop_line(language, stop_link))


@lru_cache(maxsize=256)
def _advice(public_url: str, country: str, language: str) -> str:
    return f"{public_url}/advice/{country.lower()}/{language}"


@lru_cache(maxsize=256)
def _help(country: str) -> HelpLines:
    return help_directory().for_country(country)


def _recipient(
    head: Letterhead, candidate: Candidate, tokens: _Tokens, substitutions: Mapping[str, str]
) -> EmailRecipient:
    return EmailRecipient(
        to=candidate.address,
        from_name=f"{candidate.school_name} via {head.organisation}",
        from_address=head.sender_identity,
        reply_to=f"reply+{tokens.reply}@{head.inbound_domain}" if head.inbound_domain else None,
        headers=_headers(head, tokens.stop),
        token=tokens.status,
        substitutions=substitutions,
    )


def _headers(head: Letterhead, stop_token: str) -> dict[str, str]:
    """One-click unsubscribe (RFC 8058), and by mail where somebody reads it."""
    ways = f"<{head.public_url}/u/{stop_token}>"
    if head.inbound_domain:
        ways += f", <mailto:unsubscribe+{stop_token}@{head.inbound_domain}>"
    return {"List-Unsubscribe": ways, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
