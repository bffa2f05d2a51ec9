"""One message as a reader of a school would get it, before anybody does.

Written by the writer of real messages, for a delivery that does not exist: its links are sealed
and lead nowhere. Refuses to send and to keep anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outreach.campaigns.definition import CampaignDefinition, place_of, template_name
from outreach.config.environment import environment
from outreach.content import TemplateSet, count_segments
from outreach.core.channels import Channel
from outreach.core.errors import CannotRender
from outreach.delivery.sending.chunks import Candidate
from outreach.delivery.sending.writing import Letterhead, Written, write_emails, write_texts
from outreach.organisation import lanes
from outreach.organisation.models import Organisation, School, Sender, SmsPrice
from outreach.organisation.senders import sender_for

_NO_STEP_RUN, _NO_DELIVERY = 0, 0


@dataclass(frozen=True)
class Reader:
    """Whose message it is: a parent of `school`, of that name where it is known."""

    school: School
    language: str
    name: str | None = None


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
    sender = sender_for(Channel.EMAIL, reader.school.country)
    head = _head(source, step_key, reader, Channel.EMAIL, sender)
    written = write_emails(head, [_candidate(reader)])
    _require_written(written)
    request = written.emails[0].request
    keys = request.recipients[0].substitutions
    subject, html, text = (
        _filled(part, keys) for part in (request.subject, request.html, request.text)
    )
    return EmailPreview(subject, html, text, request.recipients[0].from_name)


def preview_text(source: Source, step_key: str, reader: Reader) -> TextPreview:
    """Raises NotFound without such a template, CannotRender where a value is missing."""
    sender = sender_for(Channel.SMS, reader.school.country)
    head = _head(source, step_key, reader, Channel.SMS, sender)
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
        sender=sender.identity if sender else "",
    )


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
        country=school.country,
        school_id=school.pk,
        school_name=school.name,
        school_country=school.country,
        name=reader.name,
    )


def _head(
    source: Source, step_key: str, reader: Reader, channel: Channel, sender: Sender | None
) -> Letterhead:
    """`sender` None: nobody reaches the country; it is then written as for one without replies."""
    place, env = place_of(source.definition, step_key), environment()
    organisation = Organisation.objects.first()
    prices = SmsPrice.objects.filter(country=reader.school.country)
    return Letterhead(
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
        status_url=lanes.status_callback_url,
    )
