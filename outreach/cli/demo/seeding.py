"""The course of laying out the demo. Repeated, it adds only what is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import outreach.cli.demo_data
from outreach.audience.importing import read_roster
from outreach.campaigns.actions import (
    approve_launch,
    create_launch,
    import_version,
    request_review,
    start_launch,
)
from outreach.campaigns.definition import plan_occurrences
from outreach.campaigns.models import CampaignVersion, Launch, LaunchState
from outreach.campaigns.queries import launches
from outreach.campaigns.versions import definition_of
from outreach.cli.demo import cast
from outreach.config.environment import Mode, environment
from outreach.consent.models import Topic
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.errors import BadInput, NotNow
from outreach.organisation.alert_tests import acknowledge, begin_test
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import ConsentBasis, Organisation, School, Sender, SmsPrice, Staff
from outreach.organisation.readiness import ContactState, contacts
from outreach.organisation.schools import add_school, choose_consent_basis
from outreach.organisation.senders import add_sender, set_price
from outreach.organisation.settings import Changes, confirm_caps, set_organisation
from outreach.organisation.staff import (
    actor_of,
    change_password,
    create_staff,
    give_role,
    verify_address,
)
from outreach.subscriptions.roster import import_roster

_ROSTERS = Path(outreach.cli.demo_data.__file__).parent
# Enough for the processes to come up and the first step to be planned before it opens.
_SHORTEST_NOTICE = timedelta(hours=1)
_OVER = frozenset({LaunchState.FINISHED, LaunchState.CANCELLED})


@dataclass(frozen=True)
class Demo:
    """What was laid out. `people`: memberships over all schools."""

    launch: Launch
    schools: int
    people: int


def lay_out(source: Path, passwords: dict[str, str]) -> Demo:
    """Seeds the demo from the campaign and templates under `source`.

    Steps: organisation, prices, senders, staff; the campaign, which brings its topic; schools
    with their basis and rosters; a launch made, reviewed, approved and started. Raises NotNow
    outside mode demo or in a database that belongs to somebody else.
    """
    _require_demo()
    _organisation()
    _senders()
    staff = {each.email: _staff(each, passwords[each.email]) for each in cast.STAFF}
    version = import_version(
        source / "campaigns" / cast.CAMPAIGN / "campaign.yaml",
        source / "templates",
        actor=actor_of(staff[cast.MANAGER.email]),
    )
    people = sum(_school(school) for school in cast.SCHOOLS)
    for each in cast.AT_SCHOOLS:
        _staff(each, passwords[each.email])
    _confirm_alerts()
    launch = _open_launch() or _launch(version, staff)
    return Demo(launch, len(cast.SCHOOLS), people)


def find_source(named: Path | None) -> Path:
    """The folder with campaigns/ and templates/. Raises BadInput saying where it was looked for."""
    here = Path(outreach.cli.demo_data.__file__).resolve().parents[3]
    places = [named] if named else [Path.cwd(), here]
    for place in places:
        if (place / "campaigns" / cast.CAMPAIGN / "campaign.yaml").is_file():
            return place
    looked = ", ".join(dict.fromkeys(str(place) for place in places))
    raise BadInput(
        f"The demo's campaign was not found; looked in {looked}.",
        remedy="Name the folder that holds campaigns/ and templates/ with --source.",
    )


def _require_demo() -> None:
    mode = environment().mode
    if mode is not Mode.DEMO:
        raise NotNow(
            f"The demo is not laid out in mode {mode}: it would mix with real people.",
            remedy="Unset OUTREACH_MODE and use a database of its own.",
        )
    found = Organisation.objects.first()
    if found is not None and found.name != cast.ORGANISATION:
        raise NotNow(f"This database belongs to {found.name}.", remedy="Use a database of its own.")


def _organisation() -> None:
    if Organisation.objects.exists():
        return
    changes = Changes(
        name=cast.ORGANISATION,
        default_language="en",
        currency=cast.CURRENCY,
        launch_cap=cast.LAUNCH_CAP,
        day_cap=cast.DAY_CAP,
        duty_email=cast.DUTY_EMAIL,
        reading_hours=cast.READING_HOURS,
        reading_zone=cast.READING_ZONE,
    )
    set_organisation(changes, actor=OPERATOR)
    confirm_caps(actor=OPERATOR, why="the demo")


def _senders() -> None:
    for country, price in cast.PRICES.items():
        if not SmsPrice.objects.filter(country=country).exists():
            set_price(country, price, actor=OPERATOR)
    for each in cast.SENDERS:
        if not Sender.objects.filter(channel=each.channel, identity=each.identity).exists():
            add_sender(
                channel=each.channel,
                provider=each.provider,
                identity=each.identity,
                countries=each.countries,
                opt_out_handled_by=each.stop_by,
                rate_per_second=each.rate_per_second,
                actor=OPERATOR,
            )


def _staff(who: cast.DemoStaff, password: str) -> Staff:
    found = Staff.objects.filter(email=who.email).first()
    if found is not None:
        if not found.check_password(password):  # the state folder was made anew
            change_password(found, password, actor=OPERATOR)
        return found
    staff = create_staff(
        email=who.email, name=who.name, password=password, phone=who.phone, actor=OPERATOR
    )
    school = School.objects.get(slug=who.school) if who.school else None
    give_role(staff, who.role, school=school, actor=OPERATOR)
    verify_address(staff, Channel.EMAIL, actor=OPERATOR)
    return staff


def _confirm_alerts() -> None:
    """The invented contacts have had a test alert and confirmed it."""
    for contact in contacts(list(School.objects.all())):
        if contact.state is ContactState.NOT_TESTED:
            test = begin_test(contact.staff, actor=OPERATOR)
            acknowledge(test, Channel.EMAIL, actor=actor_of(contact.staff))


def _school(each: cast.DemoSchool) -> int:
    """The school with its people; returns how many. One that is there is left as it is."""
    school = School.objects.filter(slug=each.slug).first()
    if school is None:
        school = add_school(
            slug=each.slug,
            name=each.name,
            country=each.country,
            zone=each.zone,
            languages=[each.language],
            actor=OPERATOR,
        )
    if not school.consent_basis:
        choose_consent_basis(
            school,
            ConsentBasis.SIGNED_FORM,
            wording=each.wording,
            dated_on=each.signed_on,
            actor=OPERATOR,
        )
    file = _ROSTERS / each.roster
    result = import_roster(
        school,
        read_roster(file, country=school.country),
        file_name=file.name,
        file_sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        topics=list(Topic.objects.all()),
        actor=OPERATOR,
    )
    return result.new_people + result.changed_people + result.known_people


def _open_launch() -> Launch | None:
    return launches().exclude(state__in=_OVER).first()


def _launch(version: CampaignVersion, staff: dict[str, Staff]) -> Launch:
    """A new launch under way; a second one when the first is over."""
    number = launches().count() + 1
    manager = actor_of(staff[cast.MANAGER.email])
    launch = create_launch(
        version,
        name=cast.LAUNCH if number == 1 else f"{cast.LAUNCH} ({number})",
        starts_on=first_day(version, [school.zone for school in cast.SCHOOLS]),
        schools=[],
        actor=manager,
    )
    request_review(launch, actor=manager, accepts_unreviewed=True)
    approve_launch(launch, actor=actor_of(staff[cast.APPROVER.email]))
    return start_launch(launch, actor=manager)


def first_day(version: CampaignVersion, zones: Iterable[str]) -> date:
    """The nearest day on which the first step opens everywhere with an hour's notice."""
    definition = definition_of(version)
    today = now().date()
    for days in count():
        day = today + timedelta(days=days)
        first = plan_occurrences(definition, day)[0]
        if all(first.window(zone).opens_at >= now() + _SHORTEST_NOTICE for zone in zones):
            return day
    raise AssertionError("days do not end")
