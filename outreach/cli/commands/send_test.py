"""`outreach send-test`: one message of a campaign to a colleague."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import click

from outreach.campaigns.definition import place_of
from outreach.campaigns.models import CampaignVersion
from outreach.campaigns.versions import definition_of, newest_version
from outreach.cli.access import acting
from outreach.cli.screen import say
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
    help_directory,
)
from outreach.content.stop_line import stop_line
from outreach.core.channels import Channel
from outreach.core.errors import BadInput, NotFound, NotNow
from outreach.core.ids import uuid7
from outreach.core.phones import normalise_phone
from outreach.notices.actions import queue_notice
from outreach.notices.models import NoticeKind
from outreach.organisation.audit import Actor
from outreach.organisation.models import School, Sender, Staff
from outreach.organisation.schools import school_by_slug
from outreach.organisation.senders import sender_for
from outreach.organisation.settings import organisation
from outreach.organisation.staff import staff_by_email
from outreach.providers.smtp.message import substitute

_WORTH_SENDING = timedelta(hours=1)


@dataclass(frozen=True)
class _Test:
    """What is sent to whom: a step of a version in one language, in a school's name."""

    version: CampaignVersion
    step: str
    language: str
    staff: Staff
    school: School

    @property
    def steps(self) -> list[str]:
        return [each.key for each in definition_of(self.version).steps]


@click.command(short_help="Send one message of a campaign to a colleague.")
@click.argument("step")
@click.option("--campaign", required=True, metavar="SLUG", help="Its newest version is taken.")
@click.option("--language", required=True, metavar="LANG", help="One of the campaign's.")
@click.option(
    "--channel",
    type=click.Choice([each.value for each in Channel]),
    default=Channel.EMAIL.value,
    show_default=True,
)
@click.option("--to", required=True, metavar="EMAIL", help="A member of staff.")
@click.option("--school", required=True, metavar="SLUG", help="In whose name it is written.")
@acting("MANAGE_LAUNCHES", or_operator=True)
def command(
    *,
    step: str,
    campaign: str,
    language: str,
    channel: str,
    to: str,
    school: str,
    actor: Actor,
) -> None:
    """Send one message as parents would get it, to a colleague's confirmed address.

    STEP is a step's key in the campaign. The stop link in a test message leads nowhere.
    """
    staff, place = staff_by_email(to), school_by_slug(school)
    version = newest_version(campaign)
    test = _Test(version, step, language, staff, place)
    _require_step(test)
    way = Channel(channel)
    address, country = _address_of(staff, way, place)
    sender = _sender(way, country)
    subject, html, text = _written(test, way, sender)
    queue_notice(
        NoticeKind.TEST_SEND,
        f"test:{uuid7()}",
        channel=way,
        destination=address,
        sender=sender,
        school=place,
        subject=subject,
        html=html,
        text=text,
        expires_in=_WORTH_SENDING,
        actor=actor,
    )
    say(f"A test message is on its way to {address}.")


def _require_step(test: _Test) -> None:
    if test.step not in test.steps:
        known = ", ".join(test.steps)
        raise NotFound(f"There is no step {test.step!r}.", remedy=f"Steps: {known}.")
    languages = definition_of(test.version).languages
    if test.language not in languages:
        raise NotFound(
            f"The campaign is not written in {test.language!r}.",
            remedy=f"Known: {', '.join(languages)}.",
        )


def _address_of(staff: Staff, channel: Channel, school: School) -> tuple[str, str]:
    """The confirmed address and the country that chooses the sender."""
    if channel is Channel.EMAIL:
        if staff.email_verified_at is None:
            raise _not_confirmed(staff, "")
        return staff.email, school.country
    if not staff.phone or staff.phone_verified_at is None:
        raise _not_confirmed(staff, " --phone")
    return staff.phone, normalise_phone(staff.phone, school.country).country


def _not_confirmed(staff: Staff, option: str) -> BadInput:
    return BadInput(
        f"This address of {staff.name} is not confirmed.",
        remedy=f"Confirm that it is theirs: outreach staff verify {staff.email}{option}.",
    )


def _sender(channel: Channel, country: str) -> Sender:
    found = sender_for(channel, country)
    if found is None:
        raise NotNow(
            f"No sender carries {channel} to {country}.", remedy="Add one: outreach sender add."
        )
    return found


def _values(test: _Test, sender: Sender) -> Values:
    public_url = environment().public_url
    country = test.school.country
    stop = f"{public_url}/u/test-message"
    place = place_of(definition_of(test.version), test.step)
    return Values(
        school=SchoolValues(test.school.name, country),
        organisation=OrganisationValues(organisation().name),
        help=help_directory().for_country(country),
        recipient=Recipient(test.staff.name),
        links=Links(stop=stop, advice=f"{public_url}/advice/{country.lower()}/{test.language}"),
        step=StepValues(place.number or None, place.total),
        message=MessageValues(can_reply=sender.can_receive),
        sms=SmsValues(stop_line(test.language, None if sender.can_receive else stop)),
    )


def _written(test: _Test, channel: Channel, sender: Sender) -> tuple[str, str, str]:
    """Subject, HTML and text. Raises CannotRender, NotFound without such a template."""
    templates, values = TemplateSet(test.version.files), _values(test, sender)
    if channel is Channel.SMS:
        return "", "", templates.write_sms(test.language, test.step, values).text
    (mail,) = templates.write_email(test.language, test.step, [values])
    ((_, keys),) = mail.members
    subject, html, text = (substitute(part, keys) for part in (mail.subject, mail.html, mail.text))
    return f"[Test] {subject}", html, text
