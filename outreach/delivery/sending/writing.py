"""Writes the messages of a chunk, before anything is claimed.

A delivery whose text cannot be written (a missing value) never gets as far as a claim:
it is skipped with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from outreach.content import (
    Links,
    MessageValues,
    OrganisationValues,
    Readers,
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
from outreach.content.reading import Usage
from outreach.content.sms_writer import SmsDraft
from outreach.content.source import TemplateKey
from outreach.content.stop_line import stop_line
from outreach.core.channels import Channel
from outreach.core.errors import CannotRender
from outreach.core.tokens import (
    ANSWER_LINK,
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


# What a text may print that no other reader, and no other school, gets.
_ANSWER = "links.answer"
_STOP_LINE = "sms.stop_line"
_OF_ONE_READER = frozenset({"links.stop", "links.preferences", _ANSWER})
_OF_ONE_SCHOOL = frozenset({"links.genuine", "message.code"})


class WrittenText(NamedTuple):
    """A text ready to go; `micros` is its price. `most_segments`: see `SmsText`."""

    candidate: Candidate
    message: OutboundSms
    segments: int
    micros: int
    most_segments: int


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
    writer = _TextWriter(head, _usage(head, candidates[0].language, Channel.SMS))
    attempts = [(head.step_run_id, each.id, each.next_attempt) for each in candidates]
    tokens = head.sealer.seal_all(DELIVERY_STATUS, attempts)
    for candidate, token in zip(candidates, tokens, strict=True):
        text = writer.text(candidate)
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
        written.texts.append(
            WrittenText(candidate, message, text.segments, micros, text.most_segments)
        )
    return written


def _usage(head: Letterhead, language: str, channel: Channel) -> Usage:
    """The variables of a message; they decide whether two readers get the same text."""
    return head.templates.usage(TemplateKey(language, head.step_key, channel))


class _TextWriter:
    """Texts of one step in one language. Readers of one school share a text, and schools of one
    country a draft, unless the template asks for more that is their own."""

    def __init__(self, head: Letterhead, usage: Usage) -> None:
        self._head = head
        uses = usage.every()
        self._by_name = "recipient.name" in uses
        self._by_reader = not head.can_receive or bool(uses & _OF_ONE_READER)
        self._by_school = bool(uses & _OF_ONE_SCHOOL) or not usage.only_printed("school.name")
        self._texts: dict[object, SmsText | CannotRender] = {}
        self._drafts: dict[object, SmsDraft | CannotRender] = {}

    def text(self, candidate: Candidate) -> SmsText | CannotRender:
        own = self._own(candidate)
        key = (candidate.school_id, own)
        if key not in self._texts:
            self._texts[key] = self._write(candidate, own)
        return self._texts[key]

    def _own(self, candidate: Candidate) -> object:
        return (
            candidate.name if self._by_name else None,
            candidate.id if self._by_reader else None,
        )

    def _write(self, candidate: Candidate, own: object) -> SmsText | CannotRender:
        school = candidate.school_id if self._by_school else None
        key = (candidate.school_country, school, own)
        if key not in self._drafts:
            self._drafts[key] = self._draft(candidate)
        draft = self._drafts[key]
        if isinstance(draft, CannotRender):
            return draft
        try:
            return draft.for_school(candidate.school_name)
        except CannotRender as error:
            return error

    def _draft(self, candidate: Candidate) -> SmsDraft | CannotRender:
        values = _values_of_text(self._head, candidate)
        try:
            templates, step = self._head.templates, self._head.step_key
            return templates.draft_sms(candidate.language, step, values)
        except CannotRender as error:
            return error


def write_emails(head: Letterhead, candidates: Sequence[Candidate]) -> Written:
    """As few requests as can be for candidates of one language."""
    tokens = _tokens(head, candidates)
    written = Written()
    language = candidates[0].language
    try:
        mails = head.templates.write_email(
            language, head.step_key, _readers(head, candidates, tokens)
        )
    except CannotRenderSome as error:
        mails = error.written
        written.unwritten.extend(
            Unwritten(candidates[index], reason.message) for index, reason in error.refused.items()
        )
    for mail in mails:
        recipients = tuple(
            [_recipient(head, candidates[index], tokens, index, k) for index, k in mail.members]
        )
        request = EmailRequest(mail.subject, mail.html, mail.text, recipients)
        members = tuple([candidates[index] for index, _ in mail.members])
        written.emails.append(WrittenEmail(members, request))
    return written


def values_of(head: Letterhead, candidate: Candidate, channel: Channel) -> Values:
    """What a message to `candidate` is made of."""
    if channel is Channel.SMS:
        return _values_of_text(head, candidate)
    return _readers(head, [candidate], _tokens(head, [candidate])).values(0)


class _Tokens(NamedTuple):
    """The sealed numbers of the deliveries of a chunk, each good for one thing. `replies` and
    `answers` are empty where no mail has them."""

    stops: list[str]
    preferences: list[str]
    statuses: list[str]
    replies: list[str]
    answers: list[str]


def _tokens(head: Letterhead, candidates: Sequence[Candidate]) -> _Tokens:
    """Those of a whole chunk at once, which costs a fraction of one by one."""
    asks = _is_used(_ANSWER, head, candidates[0].language, Channel.EMAIL)
    run = head.step_run_id
    keys = [(run, each.id) for each in candidates]
    seal = head.sealer.seal_all
    return _Tokens(
        stops=seal(STOP_LINK, keys),
        preferences=seal(PREFERENCES, [(PREFERENCES_BY_DELIVERY, *key) for key in keys]),
        statuses=seal(DELIVERY_STATUS, [(run, each.id, each.next_attempt) for each in candidates]),
        replies=seal(REPLY_TO, keys) if head.inbound_domain else [],
        answers=seal(ANSWER_LINK, keys) if asks else [],
    )


def _is_used(path: str, head: Letterhead, language: str, channel: Channel) -> bool:
    """Whether this step says something from there."""
    return path in _usage(head, language, channel).every()


def _readers(head: Letterhead, candidates: Sequence[Candidate], tokens: _Tokens) -> Readers:
    """Readers of one school have all in common but their names and links."""
    first_of = {each.school_id: each for each in reversed(candidates)}
    places = {school: place for place, school in enumerate(first_of)}
    own: dict[str, Sequence[str | None]] = {
        "recipient.name": [each.name or None for each in candidates],
        "links.stop": [_stop(head, token) for token in tokens.stops],
        "links.preferences": [f"{head.public_url}/p/{token}" for token in tokens.preferences],
    }
    if tokens.answers:
        own[_ANSWER] = [f"{head.public_url}/a/{token}" for token in tokens.answers]
    if _is_used(_STOP_LINE, head, candidates[0].language, Channel.EMAIL):
        own[_STOP_LINE] = [_stop_line(head, each) for each in candidates]
    return Readers(
        common=[
            _values(head, each, can_reply=bool(head.inbound_domain)) for each in first_of.values()
        ],
        places=[places[each.school_id] for each in candidates],
        own=own,
    )


def _values_of_text(head: Letterhead, candidate: Candidate) -> Values:
    values = _values(head, candidate, can_reply=head.can_receive)
    key = (head.step_run_id, candidate.id)
    seal, url = head.sealer.seal, head.public_url
    links = replace(
        values.links,
        stop=_stop(head, seal(STOP_LINK, *key)),
        preferences=f"{url}/p/{seal(PREFERENCES, PREFERENCES_BY_DELIVERY, *key)}",
    )
    if _is_used(_ANSWER, head, candidate.language, Channel.SMS):
        links = replace(links, answer=f"{url}/a/{seal(ANSWER_LINK, *key)}")
    return replace(
        values,
        recipient=Recipient(candidate.name or None),
        links=links,
        sms=_sms(_stop_line(head, candidate)),
    )


def _values(head: Letterhead, candidate: Candidate, *, can_reply: bool) -> Values:
    """What all readers of the candidate's school have in common."""
    code = code_of(head.step_run_id, candidate.school_id)
    return Values(
        school=_school(candidate.school_name, candidate.school_country),
        organisation=_organisation(head.organisation),
        help=_help(candidate.school_country),
        links=Links(
            advice=_advice(head.public_url, candidate.school_country, candidate.language),
            genuine=f"{head.public_url}/genuine/{code}?lang={candidate.language}",
        ),
        message=_message(code, can_reply),
        step=_step(head.step_number, head.step_total),
    )


def _stop(head: Letterhead, token: str) -> str:
    return f"{head.public_url}/u/{token}"


def _stop_line(head: Letterhead, candidate: Candidate) -> str:
    """How to stop texts; by a link where their sender cannot receive."""
    if head.can_receive:
        return stop_line(candidate.language, None)
    token = head.sealer.seal_short(STOP_LINK, head.step_run_id, candidate.id)
    return stop_line(candidate.language, _stop(head, token))


@lru_cache(maxsize=1024)
def _school(name: str, country: str) -> SchoolValues:
    return SchoolValues(name, country)


@lru_cache(maxsize=16)
def _organisation(name: str) -> OrganisationValues:
    return OrganisationValues(name)


@lru_cache(maxsize=256)
def _step(number: int, total: int) -> StepValues:
    return StepValues(number or None, total)


@lru_cache(maxsize=1024)
def _message(code: str, can_reply: bool) -> MessageValues:
    return MessageValues(code, can_reply)


@lru_cache(maxsize=256)
def _sms(line: str) -> SmsValues:
    return SmsValues(line)


@lru_cache(maxsize=256)
def _advice(public_url: str, country: str, language: str) -> str:
    return f"{public_url}/advice/{country.lower()}/{language}"


@lru_cache(maxsize=256)
def _help(country: str) -> HelpLines:
    return help_directory().for_country(country)


def _recipient(
    head: Letterhead,
    candidate: Candidate,
    tokens: _Tokens,
    index: int,
    substitutions: Mapping[str, str],
) -> EmailRecipient:
    return EmailRecipient(
        to=candidate.address,
        from_name=f"{candidate.school_name} via {head.organisation}",
        from_address=head.sender_identity,
        reply_to=f"reply+{tokens.replies[index]}@{head.inbound_domain}" if tokens.replies else None,
        headers=_headers(head, tokens.stops[index]),
        token=tokens.statuses[index],
        substitutions=substitutions,
    )


def _headers(head: Letterhead, stop_token: str) -> dict[str, str]:
    """One-click unsubscribe (RFC 8058), and by mail where somebody reads it."""
    ways = f"<{_stop(head, stop_token)}>"
    if head.inbound_domain:
        ways += f", <mailto:unsubscribe+{stop_token}@{head.inbound_domain}>"
    return {"List-Unsubscribe": ways, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
