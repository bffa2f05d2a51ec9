"""Small builders of what a page shows: staff with roles, launches in each state, the ledger."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import connection

from outreach.audience.models import (
    Address,
    Membership,
    MembershipRole,
    Person,
    PersonAddress,
    RosterUpload,
)
from outreach.campaigns.actions import (
    approve_launch,
    create_launch,
    request_review,
    start_launch,
)
from outreach.campaigns.models import Campaign, CampaignVersion, Launch, StepRun, StepRunState
from outreach.consent.models import Topic
from outreach.core.clock import now
from outreach.core.ids import uuid7
from outreach.delivery.models import Batch, Delivery, Pace, Tally, UnknownOutcome
from outreach.delivery.rules import Reason
from outreach.inbox.models import InboundMessage
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Organisation, Role, School, Sender, Staff
from outreach.organisation.staff import actor_of, create_staff, give_role
from outreach.outbound.hooks import add_hook
from outreach.outbound.models import Hook, HookEvent
from outreach.replies.models import Case, CaseKind, Reply
from outreach.replies.rules import PRIORITIES
from outreach.subscriptions.roster.uploads import take_upload
from tests.organisation.contact_builders import make_ready

PASSWORD = "four quiet purple hens"

DEFINITION = """
schema: 1
campaign: tiny
title: Say No!
topic: online-safety
languages: [en]
default_language: en
steps:
  - key: launch
    title: The film, and one rule
    to: guardians
    channels: [email, sms]
    when: {day: 0, at: "16:30", within: 3h}
  - key: where-to-report
    title: Where to report it, and who helps
    to: guardians
    channels: [email, sms]
    when: {after: launch, days: 3, at: "17:00", within: 3h}
"""


def build_organisation() -> Organisation:
    found, _ = Organisation.objects.get_or_create(id=1, defaults={"name": "Safe Online Network"})
    return found


def build_school(slug: str = "greenhill", zone: str = "Europe/London") -> School:
    return School.objects.create(
        slug=slug,
        name=slug.replace("-", " ").title(),
        country="GB",
        zone=zone,
        languages=["en"],
        consent_basis="signed_form",
        created_at=now(),
    )


def build_staff(name: str, *roles: Role, school: School | None = None) -> Staff:
    staff = create_staff(
        email=f"{name.lower()}@outreach.test", name=name, password=PASSWORD, actor=OPERATOR
    )
    for role in roles:
        give_role(staff, role, school=school, actor=OPERATOR)
    return staff


def build_version(definition: str = DEFINITION) -> CampaignVersion:
    Topic.objects.get_or_create(slug="online-safety", defaults={"name": "Online safety"})
    campaign, _ = Campaign.objects.get_or_create(
        slug="tiny", defaults={"title": "Say No!", "created_at": now()}
    )
    number = campaign.versions.count() + 1
    return CampaignVersion.objects.create(
        campaign=campaign,
        number=number,
        sha256=f"{number:064x}",
        definition=definition,
        files={
            "en/launch.email.md": "---\nsubject: A film\n---\nHello from {{ school.name }}.\n",
            "en/where-to-report.email.md": "---\nsubject: Where\npreheader: A\n---\nHi.\n",
            "de/launch.sms.txt": "Guten Tag von {{ school.name }}.\n",
        },
        imported_at=now(),
        imported_by="test",
    )


def build_draft(maker: Staff, name: str = "Autumn", starts_on: date | None = None) -> Launch:
    return create_launch(
        CampaignVersion.objects.first() or build_version(),
        name=name,
        starts_on=starts_on or (now() + timedelta(hours=12)).date(),  # its window is never past
        schools=[],
        actor=actor_of(maker),
    )


def build_running(
    maker: Staff, approver: Staff, name: str = "Autumn", starts_on: date | None = None
) -> Launch:
    launch = build_draft(maker, name, starts_on)
    make_ready()
    request_review(launch, actor=actor_of(maker), accepts_unreviewed=True)
    approve_launch(launch, actor=actor_of(approver))
    return start_launch(launch, actor=actor_of(maker))


ROSTER = """guardian name,guardian email,guardian mobile,consent
Anna Muster,anna@example.org,07700 900001,yes
Ben Bad,ben@,,yes
"""


def build_upload(school: School, text: str = ROSTER) -> RosterUpload:
    """An open upload of a list of which row 3 is to be mended."""
    return take_upload(school, "parents.csv", text.encode(), actor=OPERATOR)


def roster_addresses(school: School, upload: RosterUpload) -> dict[str, str]:
    """The pages about a school's parents, of this school and this upload."""
    home = f"/school/{school.uuid}"
    listed = f"{home}/lists/{upload.uuid}"
    return {
        "rosters": "/school",
        "roster": home,
        "roster-basis": f"{home}/basis",
        "roster-year": f"{home}/year",
        "roster-upload": listed,
        "roster-columns": f"{listed}/columns",
        "roster-row": f"{listed}/rows/3",
        "roster-bad-rows": f"{listed}/bad-rows.csv",
        "roster-confirm": f"{listed}/confirm",
        "roster-give-up": f"{listed}/give-up",
    }


def school_addresses(school: School, launch: Launch) -> dict[str, str]:
    """The pages of `school` about itself, with the second message of `launch`."""
    home = f"/school/{school.uuid}"
    run = launch.step_runs.order_by("day")[1]
    lead = Staff.objects.filter(roles__role=Role.SAFEGUARDING_LEAD, roles__school=school)[0]
    parent = Membership.objects.filter(school=school)[0]
    step = f"{home}/sends/{launch.uuid}/{run.step_key}/{run.day}"
    return {
        "school-home": f"{home}/home",
        "school-hold": f"{home}/hold",
        "school-go-on": f"{home}/go-on",
        "school-step": step,
        "school-step-email": f"{step}/en.html",
        "school-change": f"{step}/change",
        "school-parents": f"{home}/parents",
        "school-parent": f"{home}/parents/{parent.uuid}",
        "school-joining": f"{home}/signing-up",
        "school-report": f"{home}/report",
        "school-days": f"{home}/term-dates",
        "school-contacts": f"{home}/contacts",
        "school-contact-invite": f"{home}/contacts/new",
        "school-contact-test": f"{home}/contacts/{lead.uuid}/test",
        "school-contact-phone": f"{home}/contacts/{lead.uuid}/phone",
    }


def staff_addresses(member: Staff) -> dict[str, str]:
    """The pages about people who sign in: one's own account, and those about `member`."""
    own, of_member = "/account", f"/staff/{member.uuid}"
    return {
        "confirm": "/confirm",
        "confirm-question": "/confirm/question",
        "account": own,
        "account-password": f"{own}/password",
        "account-app-begin": f"{own}/app/begin",
        "account-app": f"{own}/app",
        "account-app-remove": f"{own}/app/remove",
        "account-recovery-codes": f"{own}/recovery-codes",
        "account-passkey": f"{own}/passkeys/new",
        "account-passkey-question": f"{own}/passkeys/question",
        "account-passkey-remove": f"{own}/passkeys/{member.uuid}/remove",
        "account-end-others": f"{own}/sessions/end-others",
        "account-end-one": f"{own}/sessions/{member.uuid}/end",
        "staff": "/staff",
        "staff-invite": "/staff/invite",
        "staff-member": of_member,
        "staff-give-role": f"{of_member}/roles",
        "staff-take-role": f"{of_member}/roles/{member.roles.get().pk}/take",
        "staff-close": f"{of_member}/close",
        "staff-invite-again": f"{of_member}/invite",
        "staff-withdraw": f"{of_member}/withdraw",
        "staff-reset-factor": f"{of_member}/second-factor",
        "staff-sign-out": f"{of_member}/sign-out",
        "audit": "/audit",
        "audit-export": "/audit/export",
    }


def build_endpoint(url: str = "https://hub.example.org/in") -> Hook:
    return add_hook(url, {HookEvent.CASE}, actor=OPERATOR).hook


def endpoint_addresses() -> dict[str, str]:
    """The pages about an endpoint of another system."""
    home = f"/endpoints/{build_endpoint().uuid}"
    parts = ("secret", "pause", "resume", "again", "end")
    return {"endpoint": home, **{f"endpoint-{part}": f"{home}/{part}" for part in parts}}


def campaign_addresses(version: CampaignVersion) -> dict[str, str]:
    """The pages of campaigns, of this version and its first step."""
    home = f"/campaigns/{version.campaign.slug}/{version.number}"
    step = f"{home}/steps/launch"
    return {
        "calendar": "/calendar",
        "campaigns": "/campaigns",
        "campaign-import": "/campaigns/import",
        "campaign-version": home,
        "campaign-check": f"{home}/check",
        "campaign-changes": f"{home}/changes",
        "campaign-file": f"{home}/file",
        "campaign-zip": f"{home}/export.zip",
        "campaign-yaml": f"{home}/export.yaml",
        "reports": "/reports",
        "report": f"/reports/{version.campaign.slug}",
        "report-csv": f"/reports/{version.campaign.slug}.csv",
        "report-pdf": f"/reports/{version.campaign.slug}.pdf",
        "campaign-texts": step,
        "campaign-step": f"{step}/edit",
        "campaign-email": f"{step}/en/email.html",
        "campaign-text": f"{step}/en/email",
        "campaign-branches": f"{step}/en/email/branches",
        "campaign-test": f"{step}/en/email/test",
    }


def build_sender(channel: str = "email") -> Sender:
    found, _ = Sender.objects.get_or_create(
        channel=channel,
        identity="hello@outreach.test" if channel == "email" else "+447700900999",
        defaults={
            "provider": "sendgrid" if channel == "email" else "twilio",
            "can_receive": True,
            "opt_out_handled_by": "us",
            "rate_per_second": 100,
        },
    )
    return found


def build_address(school: School, email: str = "anna@mailbox.example") -> Address:
    """An address of a parent of `school`."""
    person = Person.objects.create(created_at=now(), language="de")
    Membership.objects.create(
        person=person, school=school, role=MembershipRole.GUARDIAN, name="Anna", started_at=now()
    )
    address = Address.objects.create(
        channel="email", value=email, match_key=email, created_at=now()
    )
    PersonAddress.objects.create(person=person, address=address, school=school, created_at=now())
    return address


def build_delivery(
    launch: Launch, address: Address, school: School, state: str = "accepted"
) -> Delivery:
    """One row of the ledger of the first step run, with its batch."""
    run = plan(launch)
    batch = Batch.objects.filter(step_run=run).first() or build_batch(run)
    with connection.cursor() as cursor:
        cursor.execute("SELECT outreach_ledger_partition(%s)", [run.pk])
    return Delivery.objects.create(
        step_run=run,
        id=Delivery.objects.filter(step_run=run).count() + 1,
        batch=batch,
        person=address.persons.get().person,
        address=address,
        school=school,
        language="de",
        state=state,
        reason=Reason.NO_CONSENT if state == "skipped" else None,
        attempt=1,
        state_at=now(),
    )


def build_batch(run: StepRun) -> Batch:
    return Batch.objects.create(
        step_run=run,
        channel="email",
        sender=build_sender(),
        topic=Topic.objects.get(slug="online-safety"),
        zone="Europe/London",
        opens_at=now() - timedelta(hours=1),
        closes_at=now() + timedelta(hours=2),
        expires_at=now() + timedelta(hours=2),
        first_id=1,
        last_id=1000,
    )


def plan(launch: Launch) -> StepRun:
    run = launch.step_runs.order_by("position")[0]
    run.state = StepRunState.PLANNED
    run.planned_at = now()
    run.save(update_fields=["state", "planned_at"])
    return run


def count_up(launch: Launch, **by_state: int) -> None:
    """Adds to the counters that pages read, as planner and workers do."""
    run = plan(launch)
    batch = Batch.objects.filter(step_run=run).first()
    for state, number in by_state.items():
        counts_at = None if state in {"pending", "skipped"} else batch
        Tally.objects.create(
            step_run=run,
            batch_key=counts_at.pk if counts_at else 0,
            worker=str(uuid7()),
            state=state,
            reason=Reason.NO_CONSENT if state == "skipped" else "",
            number=number,
        )


def pace(launch: Launch, **by_state: int) -> None:
    """So many per minute came into these states over the last ten minutes."""
    run = plan(launch)
    minute = now().replace(second=0, microsecond=0)
    for back in range(10):
        for state, number in by_state.items():
            Pace.objects.create(
                step_run=run,
                minute=minute - timedelta(minutes=back),
                worker=str(uuid7()),
                state=state,
                number=max(number - back, 1),
            )


def build_unknown(launch: Launch, delivery: Delivery, minutes_ago: int = 20) -> UnknownOutcome:
    return UnknownOutcome.objects.create(
        step_run=delivery.step_run,
        delivery_id=delivery.id,
        attempt=1,
        since=now() - timedelta(minutes=minutes_ago),
    )


def build_case(
    school: School | None,
    text: str = "Who is this?",
    *,
    kind: CaseKind = CaseKind.QUESTION,
    address: Address | None = None,
) -> Case:
    inbound = InboundMessage.objects.create(
        provider="sendgrid",
        message_id=str(uuid7()),
        channel="email",
        from_address=address.value if address else "somebody@mailbox.example",
        to_address="hello@outreach.test",
        text=text,
        received_at=now(),
        processed_at=now(),
    )
    reply = Reply.objects.create(
        inbound=inbound,
        address=address,
        sender=build_sender(),
        school=school,
        meaning="other",
        why="in doubt",
        at=now(),
    )
    case = Case.objects.create(reply=reply, kind=kind, priority=PRIORITIES[kind], opened_at=now())
    Reply.objects.filter(pk=reply.pk).update(case=case)
    return case
