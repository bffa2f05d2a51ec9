"""Whether a message that somebody got came from us: by its code, or by number and day.

Tells what was sent in which words, never to whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from outreach.campaigns.models import CampaignVersion, StepRun
from outreach.campaigns.versions import definition_for, step_of, version_id_of
from outreach.config.environment import environment
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
    choose_language,
    help_directory,
)
from outreach.content.stop_line import stop_line
from outreach.core.channels import Channel
from outreach.core.errors import BadAddress, CannotRender
from outreach.core.message_codes import message_code, read_message_code
from outreach.core.phones import normalise_phone
from outreach.delivery.models import Batch, Delivery
from outreach.organisation.models import Organisation, School, Sender
from outreach.providers.substitution import substitute

_ANY_SCHOOL = "…"
_ANYONE = "…"


@dataclass(frozen=True)
class Words:
    """What a message said. `subject`: "" for a text."""

    channel: str
    subject: str
    text: str


@dataclass(frozen=True)
class Genuine:
    """A message of ours. `senders`: from which addresses or numbers. `school`: "" when only
    number and day are known. `days`: on which it went out, on the schools' calendars."""

    organisation: str
    school: str
    senders: tuple[str, ...]
    days: tuple[date, ...]
    title: str
    words: tuple[Words, ...]


@lru_cache(maxsize=4096)
def code_of(step_run_id: int, school_id: int) -> str:
    """The code printed in the mails of this step in the name of this school."""
    return message_code(environment().secret_key.encode(), step_run_id, school_id)


def message_of_code(code: str, language: str) -> Genuine | None:
    """The message behind a code; None when nothing like it went out. Raises BadToken."""
    env = environment()
    keys = [key.encode() for key in (env.secret_key, *env.secret_key_old)]
    step_run_id, school_id = read_message_code(keys, code)
    run = _runs().filter(pk=step_run_id).first()
    school = School.objects.filter(pk=school_id).first()
    sent = Delivery.objects.filter(step_run_id=step_run_id, school_id=school_id, attempt__gt=0)
    if run is None or school is None or not sent.exists():
        return None
    batches = list(Batch.objects.filter(step_run=run).select_related("sender"))
    told = _told(run, batches, SchoolValues(school.name, school.country), language)
    return replace(told, school=school.name)


def messages_of_day(number: str, day: date, language: str) -> list[Genuine]:
    """The texts that went out from this number on this day. `number`: as a phone shows it."""
    compact = "".join(sign for sign in number if sign.isalnum() or sign == "+")
    sender = Sender.objects.filter(channel=Channel.SMS, identity__iexact=compact).first()
    if sender is None:
        return []
    near = (_midnight(day) - timedelta(days=2), _midnight(day) + timedelta(days=2))
    found = Batch.objects.filter(sender=sender, opens_at__range=near).select_related("sender")
    by_run: dict[int, list[Batch]] = {}
    for batch in found:
        if day in _days([batch]):
            by_run.setdefault(batch.step_run_id, []).append(batch)
    school = SchoolValues(_ANY_SCHOOL, _country_of(sender))
    return [
        _told(run, by_run[run.pk], school, language)
        for run in _runs().filter(pk__in=by_run).order_by("pk")
    ]


def _country_of(sender: Sender) -> str:
    """Whose help lines the texts named: of the first country it writes to, or of its number."""
    if sender.countries:
        return str(sender.countries[0])
    try:
        return normalise_phone(sender.identity, "ZZ").country
    except BadAddress:
        return ""


def _runs() -> QuerySet[StepRun]:
    return StepRun.objects.select_related("launch")


def subject_of(run: StepRun, school: School, language: str) -> str:
    """How the mails of this step are headed in `language`; "" where it has none in it."""
    if language not in _templates(version_id_of(run)).languages(run.step_key, Channel.EMAIL):
        return ""
    values = _values(run, SchoolValues(school.name, school.country), _organisation())
    written = _words(run, {Channel.EMAIL: True}, values, language)
    return next((each.subject for each in written), "")


def _organisation() -> str:
    return Organisation.objects.values_list("name", flat=True).get()


def _values(run: StepRun, school: SchoolValues, organisation: str) -> Values:
    return Values(
        school=school,
        organisation=OrganisationValues(organisation),
        help=help_directory().for_country(school.country),
        recipient=Recipient(_ANYONE),
        step=StepValues(run.number or None, run.total),
    )


def _told(run: StepRun, batches: list[Batch], school: SchoolValues, language: str) -> Genuine:
    step = step_of(run)
    organisation = _organisation()
    values = _values(run, school, organisation)
    ways = {Channel(batch.channel): _can_reply(batch) for batch in batches}
    return Genuine(
        organisation=organisation,
        school="",
        senders=tuple(sorted({batch.sender.identity for batch in batches})),
        days=tuple(sorted(_days(batches))),
        title=step.title,
        words=tuple(_words(run, ways, values, language)),
    )


def _can_reply(batch: Batch) -> bool:
    if batch.channel == Channel.SMS:
        return bool(batch.sender.can_receive)
    return bool(environment().inbound_domain)


def _words(
    run: StepRun, ways: Mapping[Channel, bool], values: Values, language: str
) -> Iterable[Words]:
    """In the reader's language where the step has it; "…" stands for whatever is each reader's
    own. A text that cannot be written even so is left away. `ways`: by which channels it went
    out, and whether an answer reaches us there."""
    templates = _templates(version_id_of(run))
    default = definition_for(run).default_language
    for channel, can_reply in sorted(ways.items()):
        known = templates.languages(run.step_key, channel)
        chosen = choose_language([language, default], known, default)
        own = replace(_in_language(values, chosen), message=MessageValues(can_reply=can_reply))
        try:
            if channel is Channel.SMS:
                yield Words(channel, "", templates.write_sms(chosen, run.step_key, own).text)
            else:
                (mail,) = templates.write_email(chosen, run.step_key, [own])
                ((_, keys),) = mail.members
                yield Words(channel, substitute(mail.subject, keys), substitute(mail.text, keys))
        except CannotRender:
            continue


def _in_language(values: Values, language: str) -> Values:
    country = values.school.country.lower()
    advice = f"{environment().public_url.rstrip('/')}/advice/{country}/{language}"
    stop = stop_line(language, None)
    return replace(values, links=Links(advice=advice), sms=SmsValues(stop))


@lru_cache(maxsize=8)
def _templates(version_id: int) -> TemplateSet:
    """Compiled once for each version, which nobody can change: the page is open to everyone."""
    return TemplateSet(CampaignVersion.objects.only("files").get(pk=version_id).files)


def _days(batches: list[Batch]) -> set[date]:
    return {
        moment.astimezone(ZoneInfo(batch.zone)).date()
        for batch in batches
        for moment in (batch.opens_at, batch.closes_at)
    }


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("UTC"))
