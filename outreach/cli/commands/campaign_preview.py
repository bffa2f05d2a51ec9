"""`outreach campaign preview` and `test-send`: a message as one reader would get it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

import click

from outreach.campaigns.definition import Step, check_pack, load_pack
from outreach.campaigns.models import CampaignVersion
from outreach.campaigns.queries import version_named
from outreach.campaigns.versions import definition_of
from outreach.cli.access import acting
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.cli.templates import TEMPLATES, templates_beside
from outreach.content import TemplateKey
from outreach.core.channels import Channel
from outreach.core.errors import BadFile, BadInput, NotFound
from outreach.delivery.preview import (
    EmailPreview,
    Reader,
    Source,
    TextPreview,
    preview_email,
    preview_text,
)
from outreach.delivery.preview_person import readers_of_person
from outreach.delivery.preview_settings import (
    SAMPLE_NAME,
    Example,
    Setting,
    examples,
    setting_of,
    supposing,
)
from outreach.delivery.tests_to_staff import StaffTest, send_test
from outreach.organisation.audit import Actor
from outreach.organisation.models import School, Staff
from outreach.organisation.permissions import Right, require
from outreach.organisation.schools import school_by_slug
from outreach.organisation.staff import staff_by_email

_MICROS = 1_000_000
_STEP = click.argument("step_key", metavar="STEP")
_CHANNEL = click.Choice([each.value for each in Channel])
_SET = click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="NAME=VALUE",
    help="Suppose this of the reader, like recipient.name= or message.can_reply=no; may be "
    "repeated. --branches shows what leads where.",
)


@dataclass(frozen=True)
class _Asked:
    """A text of a step, and for whom."""

    source: Source
    step: Step
    channels: tuple[Channel, ...]
    readers: tuple[Reader, ...]


@click.command("preview")
@click.argument("what", metavar="PATH")
@_STEP
@click.option("--language", metavar="LANG", help="Default: the campaign's own.")
@click.option("--school", "slug", metavar="SLUG", help="In whose name. Default: the first.")
@click.option("--channel", type=_CHANNEL, help="Only this one. Default: all of the step.")
@click.option("--person", metavar="UUID", help="As this person would get it, for those who may.")
@_SET
@click.option("--branches", is_flag=True, help="Show each branch of the text and who goes there.")
@click.option(
    "--html",
    "html_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the email there, to be looked at in a browser.",
)
@TEMPLATES
@json_option
@acting("SEE_LAUNCHES", or_operator=True)
def preview(
    *,
    what: str,
    step_key: str,
    language: str | None,
    slug: str | None,
    channel: str | None,
    person: str | None,
    sets: tuple[str, ...],
    branches: bool,
    html_file: Path | None,
    templates_root: Path | None,
    as_json: bool,
    actor: Actor,
) -> None:
    """Show a message as a parent would get it: any language, school, person and branch.

    PATH is a campaign.yaml or its folder, or an imported version (say-no or say-no@3). Nothing
    is sent, and the links in a preview lead nowhere. With --person it is written as for that
    person (language, name, school, country of the phone), and the audit log says who looked.
    """
    source = _source(what, templates_root)
    step = _step_of(source, step_key)
    settings = [setting_of(each) for each in sets]
    if person:
        found = _of_person(person, source, step, actor)
        readers = tuple(reader for reader in found if slug in (None, reader.school.slug))
    else:
        tag = _language_of(source, language)
        readers = (Reader(_school(slug), tag, SAMPLE_NAME),)
    readers = tuple(supposing(reader, settings) for reader in readers)
    asked = _Asked(source, step, _channels_of(step, channel), readers)
    if branches:
        _show_branches(asked, as_json=as_json)
        return
    _show_messages(asked, html_file, as_json=as_json)


@click.command("test-send")
@click.argument("what", metavar="VERSION")
@_STEP
@click.option("--language", metavar="LANG", help="Default: the campaign's own.")
@click.option("--school", "slug", metavar="SLUG", help="In whose name. Default: the first.")
@click.option("--channel", type=_CHANNEL, default=Channel.EMAIL.value, show_default=True)
@click.option("--to", metavar="EMAIL", help="A member of staff. Default: who does it.")
@_SET
@acting("SEND_TESTS", or_operator=True)
def test_send(
    *,
    what: str,
    step_key: str,
    language: str | None,
    slug: str | None,
    channel: str,
    to: str | None,
    sets: tuple[str, ...],
    actor: Actor,
) -> None:
    """Send one message to a confirmed address of a member of staff, marked as a test.

    VERSION is an imported one (say-no is the newest, say-no@3 the third). The message goes the
    way of real ones, its price counts against the day's cap, and its links act on nobody. It
    never goes to an address at which a parent is written to.
    """
    version = version_named(what)
    if version is None:
        raise _no_campaign(what)
    source = Source(definition_of(version), version.files)
    step = _step_of(source, step_key)
    staff = _staff(to, actor)
    reader = Reader(_school(slug), _language_of(source, language), staff.name)
    reader = supposing(reader, [setting_of(each) for each in sets])
    test = _test(version, step, Channel(channel), reader, staff)
    say(f"A test message is on its way to {send_test(test, actor=actor)}.")


def _test(
    version: CampaignVersion, step: Step, channel: Channel, reader: Reader, to: Staff
) -> StaffTest:
    return StaffTest(
        version=version,
        step_key=step.key,
        channel=channel,
        language=reader.language,
        school=reader.school,
        to=to,
        name=reader.name,
        supposed=reader.supposed,
    )


def _source(what: str, templates_root: Path | None) -> Source:
    path = Path(what)
    if path.exists():
        pack = load_pack(path, templates_root or templates_beside(path))
        blocking = [problem for problem in check_pack(pack) if problem.blocks]
        if blocking:
            raise BadFile(f"{path.name} has {len(blocking)} faults.", blocking, where=what)
        return Source(pack.definition, pack.files)
    version = version_named(what)
    if version is None:
        raise _no_campaign(what)
    return Source(definition_of(version), version.files)


def _no_campaign(what: str) -> NotFound:
    return NotFound(
        f"{what!r} is no campaign that is here.",
        remedy="Name a version like say-no@3; `outreach campaign list` shows them.",
    )


def _step_of(source: Source, key: str) -> Step:
    try:
        return source.definition.step(key)
    except KeyError:
        known = ", ".join(step.key for step in source.definition.steps)
        raise NotFound(f"There is no step {key!r}.", remedy=f"Steps: {known}.") from None


def _language_of(source: Source, wanted: str | None) -> str:
    languages = source.definition.languages
    if wanted is None:
        return source.definition.default_language
    if wanted not in languages:
        raise NotFound(
            f"The campaign is not written in {wanted!r}.",
            remedy=f"Known: {', '.join(languages)}.",
        )
    return wanted


def _channels_of(step: Step, wanted: str | None) -> tuple[Channel, ...]:
    channels = tuple(Channel(each) for each in step.channels)
    if wanted is not None and Channel(wanted) not in channels:
        known = ", ".join(each.value for each in channels)
        raise NotFound(f"The step {step.key!r} does not go by {wanted}.", remedy=f"By: {known}.")
    return channels if wanted is None else (Channel(wanted),)


def _school(slug: str | None) -> School:
    if slug is not None:
        return school_by_slug(slug)
    found = School.objects.order_by("name").first()
    if found is None:
        raise NotFound(
            "There is no school yet, in whose name it could be written.",
            remedy="Add one: outreach school add.",
        )
    return found


def _staff(email: str | None, actor: Actor) -> Staff:
    if email is None and actor.staff_id is None:
        raise BadInput("Nobody is named to whom it goes.", remedy="Name a colleague with --to.")
    return staff_by_email(email or actor.name)


def _of_person(text: str, source: Source, step: Step, actor: Actor) -> tuple[Reader, ...]:
    """Raises NotAllowed for staff who may not see persons."""
    if actor.staff_id is not None:
        require(staff_by_email(actor.name), Right.MANAGE_AUDIENCE)
    try:
        uuid = UUID(text)
    except ValueError:
        raise BadInput(f"{text!r} is no identifier of a person.") from None
    found = readers_of_person(uuid, source.definition, step.key, actor=actor).readers
    if not found:
        raise NotFound("This step is not for that person.", remedy=f"It goes to {step.recipients}.")
    return found


def _show_branches(asked: _Asked, *, as_json: bool) -> None:
    found = [
        (channel, example)
        for reader in asked.readers
        for channel in asked.channels
        for example in examples(
            asked.source, TemplateKey(reader.language, asked.step.key, channel), reader
        )
    ]
    if as_json:
        print_json([_example_as_dict(channel, each) for channel, each in found])
        return
    rows = [[each.branch.where, each.branch.words, _who(each)] for _, each in found]
    print_table(["line", "branch", "who goes there"], rows, empty="Everybody gets the same text.")


def _who(example: Example) -> str:
    if example.settings is None:
        return "nobody of those tried"
    return _as_options(example.settings) or "this reader"


def _as_options(settings: Sequence[Setting]) -> str:
    return " ".join(f'--set "{name}={value}"' for name, value in settings)


def _example_as_dict(channel: Channel, example: Example) -> dict[str, object]:
    return {
        "channel": channel.value,
        "where": example.branch.where,
        "branch": example.branch.words,
        "set": None if example.settings is None else dict(example.settings),
    }


def _show_messages(asked: _Asked, html_file: Path | None, *, as_json: bool) -> None:
    written = [
        (channel, reader, _written(asked, channel, reader))
        for reader in asked.readers
        for channel in asked.channels
    ]
    mails = [each for _, _, each in written if isinstance(each, EmailPreview)]
    if html_file is not None and mails:
        html_file.write_text(mails[0].html, "utf-8")
    if as_json:
        print_json([_as_dict(*each) for each in written])
        return
    for channel, reader, message in written:
        say(f"— {channel.value}, {reader.language}, {reader.school.name}")
        _show(message)


def _written(asked: _Asked, channel: Channel, reader: Reader) -> EmailPreview | TextPreview:
    if channel is Channel.EMAIL:
        return preview_email(asked.source, asked.step.key, reader)
    return preview_text(asked.source, asked.step.key, reader)


def _as_dict(
    channel: Channel, reader: Reader, message: EmailPreview | TextPreview
) -> dict[str, object]:
    return {
        "channel": channel.value,
        "language": reader.language,
        "school": reader.school.slug,
        **asdict(message),
    }


def _show(message: EmailPreview | TextPreview) -> None:
    if isinstance(message, EmailPreview):
        say(f"From: {message.sender}\nSubject: {message.subject}\n\n{message.text}")
        return
    price = "no price is set"
    if message.micros is not None:
        price = f"{message.micros / _MICROS:.4f} {message.currency}"
    letters = " ".join(message.outside_gsm)
    say(f"{message.text}\n")
    say(
        f"{message.segments} parts, {message.units} characters, {message.encoding}, {price}, "
        f"from {message.sender or 'nobody: no sender reaches the country'}"
        + (f"\nLetters that make it dearer: {letters}" if letters else "")
        + "\n"
    )


COMMANDS: tuple[click.Command, ...] = (preview, test_send)
