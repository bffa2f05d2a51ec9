"""Small builders of what a delivery needs: a school, people with addresses, a running launch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import psycopg

from outreach.audience.models import (
    Address,
    AddressHash,
    Membership,
    MembershipRole,
    Person,
    PersonAddress,
)
from outreach.campaigns.actions import (
    approve_launch,
    create_launch,
    request_review,
    start_launch,
)
from outreach.campaigns.models import Campaign, CampaignVersion, Launch, StepRun
from outreach.config.environment import environment
from outreach.consent.actions import Grant, grant
from outreach.consent.hashing import hasher
from outreach.consent.models import Topic
from outreach.core.clock import now
from outreach.organisation.audit import OPERATOR, Actor
from outreach.organisation.models import (
    Channel,
    OptOutHandler,
    Organisation,
    School,
    Sender,
    SmsPrice,
    Staff,
)
from tests.organisation.contact_builders import make_ready

MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)

DEFINITION = """
schema: 1
campaign: tiny
title: Tiny
topic: online-safety
languages: [en, de]
default_language: en
steps:
  - key: first
    title: The first message
    to: guardians
    channels: [email, sms]
    when: {day: 0, at: "12:00", within: 3h}
  - key: second
    title: The second message
    to: guardians
    channels: [email, sms]
    when: {after: first, days: 1, at: "12:00", within: 3h}
"""


def _files() -> dict[str, str]:
    files: dict[str, str] = {}
    for language in ("en", "de"):
        for step in ("first", "second"):
            files[f"{language}/{step}.email.md"] = (
                "---\nsubject: A message from {{ school.name }}\npreheader: Short\n"
                "reviewed_by: null\n---\nHello. Emergency: {{ help.emergency.phone }}\n"
            )
            files[f"{language}/{step}.sms.txt"] = (
                "{{ school.name }}: tip. {{ help.sms_line }} {{ sms.stop_line }}\n"
            )
    return files


@dataclass(frozen=True)
class Parent:
    person: Person
    addresses: dict[str, Address]

    @property
    def phone(self) -> Address:
        return self.addresses["sms"]

    @property
    def email(self) -> Address:
        return self.addresses["email"]


def build_organisation() -> None:
    Organisation.objects.create(name="Safe Online Network")
    SmsPrice.objects.create(country="GB", micros=40_000, set_at=now())
    for channel, provider, identity in (
        (Channel.SMS, "twilio", "+447700900999"),
        (Channel.EMAIL, "sendgrid", "hello@outreach.test"),
    ):
        Sender.objects.create(
            channel=channel,
            provider=provider,
            identity=identity,
            can_receive=True,
            opt_out_handled_by=OptOutHandler.US,
            rate_per_second=1000,
        )
    Topic.objects.create(slug="online-safety", name="Online safety")


def build_school(slug: str = "greenhill", zone: str = "Europe/London") -> School:
    return School.objects.create(
        slug=slug,
        name=slug.title(),
        country="GB",
        zone=zone,
        languages=["en"],
        consent_basis="signed_form",
        created_at=now(),
    )


def build_parent(
    school: School,
    *,
    phone: str | Address | None = None,
    email: str | Address | None = None,
    consent: bool = True,
    name: str = "Anna",
    zone: str = "",
) -> Parent:
    person = Person.objects.create(created_at=now(), zone=zone)
    enrol(person, school, name)
    addresses = {}
    for channel, given in (("sms", phone), ("email", email)):
        if given is not None:
            addresses[channel] = give_address(person, school, channel, given, consent=consent)
    return Parent(person, addresses)


def enrol(person: Person, school: School, name: str = "Anna") -> Membership:
    return Membership.objects.create(
        person=person, school=school, role=MembershipRole.GUARDIAN, name=name, started_at=now()
    )


def give_address(
    person: Person, school: School, channel: str, given: str | Address, *, consent: bool = True
) -> Address:
    address = given if isinstance(given, Address) else build_address(channel, given)
    PersonAddress.objects.create(person=person, address=address, school=school, created_at=now())
    if consent:
        agree(address, school)
    return address


def build_address(channel: str, value: str, *, textable: bool = True) -> Address:
    address = Address.objects.create(
        channel=channel,
        value=value,
        match_key=value,
        country="GB" if channel == "sms" else "",
        textable=textable,
        created_at=now(),
    )
    for keyed in hasher().every(channel, value):
        AddressHash.objects.create(address=address, key_version=keyed.version, digest=keyed.digest)
    return address


def agree(address: Address, school: School) -> None:
    topic = Topic.objects.get(slug="online-safety")
    grant(
        [Grant(address.pk, topic.pk, school.pk, "signed_form", "form", "I agree")], actor=OPERATOR
    )


def build_parents(school: School, count: int, channel: str = "sms") -> list[Parent]:
    make = {"sms": "+4477009{:05d}", "email": "parent{}@example.org"}[channel]
    key = {"sms": "phone", "email": "email"}[channel]
    return [
        build_parent(school, name=f"Parent {n}", **{key: make.format(n)})  # type: ignore[arg-type]
        for n in range(count)
    ]


def build_version(definition: str = DEFINITION) -> CampaignVersion:
    campaign = Campaign.objects.create(slug="tiny", title="Tiny", created_at=now())
    return CampaignVersion.objects.create(
        campaign=campaign,
        number=1,
        sha256=f"{hash(definition) & (1 << 60):064x}",
        definition=definition,
        files=_files(),
        imported_at=now(),
        imported_by="test",
    )


def build_staff(name: str) -> Actor:
    staff = Staff.objects.create(email=f"{name}@example.org", name=name, created_at=now())
    return Actor(staff.email, staff.pk)


def build_running_launch(
    schools: Sequence[School] = (), *, starts_on: date | None = None, definition: str = DEFINITION
) -> Launch:
    maker, approver = build_staff("maker"), build_staff("approver")
    make_ready()
    launch = create_launch(
        build_version(definition),
        name="Autumn",
        starts_on=starts_on or now().date(),
        schools=schools,
        actor=maker,
    )
    request_review(launch, actor=maker, accepts_unreviewed=True)
    approve_launch(launch, actor=approver)
    return start_launch(launch, actor=maker)


def first_run(launch: Launch) -> StepRun:
    return launch.step_runs.order_by("position")[0]


def owner() -> psycopg.Connection[tuple[object, ...]]:
    """A connection with the rights of the tables' owner."""
    return psycopg.connect(environment().database_url, autocommit=True)


def next_range_of_runs() -> None:
    """The step runs that follow have no partition yet, and 31 of them come into one."""
    with owner() as admin:
        admin.execute(
            "SELECT setval('campaigns_steprun_id_seq', (greatest(max(high), last_value) / 32 + 2)"
            " * 32) FROM outreach_ledger_parts('delivery_delivery'), campaigns_steprun_id_seq"
            " GROUP BY last_value"
        )
