"""One message as a reader of a school would get it, before anybody does.

Written by the writer of real messages, for a delivery that does not exist: its links are sealed
and lead nowhere. Refuses to send and to keep anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from outreach.campaigns.definition import CampaignDefinition, place_of, template_name
from outreach.config.environment import environment
from outreach.content import TemplateKey, TemplateSet, count_segments
from outreach.content.branches import Branch
from outreach.core.channels import Channel
from outreach.core.errors import CannotRender
from outreach.delivery.sending.chunks import Candidate
from outreach.delivery.sending.writing import (
    Letterhead,
    Written,
    values_of,
    write_emails,
    write_texts,
)
from outreach.organisation import lanes
from outreach.organisation.models import Organisation, School, Sender, SmsPrice
from outreach.organisation.senders import sender_for

_NO_STEP_RUN, _NO_DELIVERY = 0, 0
# Where an answer would reach us, in a preview that supposes it.
_SUPPOSED_DOMAIN = "replies.invalid"


@dataclass(frozen=True)
class Supposed:
    """What a preview takes for granted in place of what is so; None: as it is.

    `school_country`: decides the help lines. `can_reply`: whether an answer reaches us, which
    for a text also decides how to stop. `organisation`: its name.
    """

    school_name: str | None = None
    school_country: str | None = None
    organisation: str | None = None
    can_reply: bool | None = None


AS_IT_IS = Supposed()


@dataclass(frozen=True)
class Reader:
    """Whose message it is: a parent of `school`, of that name where it is known.

    `country`: of the phone, "" for that of the school; it chooses sender and price.
    """

    school: School
    language: str
    name: str | None = None
    country: str = ""
    supposed: Supposed = AS_IT_IS

    @property
    def lands_in(self) -> str:
        """The country to which a text goes."""
        return self.country or self.school_country

    @property
    def school_country(self) -> str:
        return self.supposed.school_country or self.school.country


@dataclass(frozen=True)
class EmailPreview:
    """A finished email. `sender`: the name that a mail program shows."""

    subject: str
    html: str
    text: str
    sender: str


@dataclass(frozen=True)
class TextPreview:
    """A finished text. `micros`: what one costs, None where its country has no price.

    `encoding`: "GSM-7" or "UCS-2"; `outside_gsm`: the characters that turned it into UCS-2.
    `sender`: the number it would come from, "" where no sender reaches the country.
    """

    text: str
    encoding: str
    units: int
    segments: int
    outside_gsm: tuple[str, ...]
    micros: int | None
    currency: str
    sender: str


@dataclass(frozen=True)
class Source:
    """A definition with the templates that go with it, imported or not yet."""

    definition: CampaignDefinition
    files: Mapping[str, str]

    def templates(self, step_key: str, language: str, channel: Channel) -> TemplateSet:
        """The one template alone: a whole pack takes a second to compile."""
        name = template_name(language, step_key, channel)
        return TemplateSet({name: self.files[name]} if name in self.files else {})


def preview_email(source: Source, step_key: str, reader: Reader) -> EmailPreview:
    """Raises NotFound without such a template, CannotRender where a value is missing."""
    written = write_emails(_head(source, step_key, reader, Channel.EMAIL), [_candidate(reader)])
    _require_written(written)
    request = written.emails[0].request
    keys = request.recipients[0].substitutions
    subject, html, text = (
        _filled(part, keys) for part in (request.subject, request.html, request.text)
    )
    return EmailPreview(subject, html, text, request.recipients[0].from_name)


def preview_text(source: Source, step_key: str, reader: Reader) -> TextPreview:
    """Raises NotFound without such a template, CannotRender where a value is missing."""
    head = _head(source, step_key, reader, Channel.SMS)
    written = write_texts(head, [_candidate(reader)], 0)
    _require_written(written)
    text = written.texts[0]
    counted = count_segments(text.message.body)
    organisation = Organisation.objects.first()
    return TextPreview(
        text=text.message.body,
        encoding=counted.encoding,
        units=counted.units,
        segments=text.segments,
        outside_gsm=counted.outside_gsm,
        micros=text.micros if head.prices else None,
        currency=organisation.currency if organisation else "",
        sender=head.sender_identity,
    )


class BranchFinder:
    """Says of one template which branches which readers go through."""

    def __init__(self, source: Source, key: TemplateKey, reader: Reader) -> None:
        self._key = key
        self._head = _head(source, key.step, reader, key.channel)
        self.branches: tuple[Branch, ...] = self._head.templates.branches(key)

    def taken(self, reader: Reader) -> frozenset[Branch]:
        """By this reader; none where the text cannot be made for them."""
        head = _supposing(self._head, reader.supposed)
        values = values_of(head, _candidate(reader), self._key.channel)
        try:
            return head.templates.branches_taken(self._key, values)
        except CannotRender:
            return frozenset()


def _require_written(written: Written) -> None:
    if written.unwritten:
        raise CannotRender(written.unwritten[0].reason)


def _filled(text: str, keys: Mapping[str, str]) -> str:
    for key, value in keys.items():
        text = text.replace(key, value)
    return text


def _candidate(reader: Reader) -> Candidate:
    school = reader.school
    return Candidate(
        id=_NO_DELIVERY,
        attempt=0,
        language=reader.language,
        address="",
        country=reader.lands_in,
        school_id=school.pk or 0,
        school_name=school.name
        if reader.supposed.school_name is None
        else reader.supposed.school_name,
        school_country=reader.school_country,
        name=reader.name,
    )


def _head(source: Source, step_key: str, reader: Reader, channel: Channel) -> Letterhead:
    """Where no sender reaches the country, it is written as for one without replies."""
    sender: Sender | None = sender_for(channel, reader.lands_in)
    place, env = place_of(source.definition, step_key), environment()
    organisation = Organisation.objects.first()
    prices = SmsPrice.objects.filter(country=reader.lands_in)
    head = Letterhead(
        templates=source.templates(step_key, reader.language, channel),
        step_key=step_key,
        step_number=place.number,
        step_total=place.total,
        step_run_id=_NO_STEP_RUN,
        organisation=organisation.name if organisation else "",
        public_url=env.public_url,
        inbound_domain=env.inbound_domain,
        sender_identity=sender.identity if sender else "",
        can_receive=sender.can_receive if sender else False,
        prices=dict(prices.values_list("country", "micros")),
        sealer=lanes.sealer(),
        status_url=lanes.status_urls(sender.provider if sender else ""),
    )
    return _supposing(head, reader.supposed)


def _supposing(head: Letterhead, supposed: Supposed) -> Letterhead:
    if supposed.organisation is not None:
        head = replace(head, organisation=supposed.organisation)
    if supposed.can_reply is None:
        return head
    domain = (head.inbound_domain or _SUPPOSED_DOMAIN) if supposed.can_reply else ""
    return replace(head, can_receive=supposed.can_reply, inbound_domain=domain)
