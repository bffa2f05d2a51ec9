"""An organisation of one person: a day of waiting in the place of a second person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError

from outreach.campaigns.actions import approve_launch, create_launch, request_review
from outreach.campaigns.models import Campaign, CampaignVersion, Launch, LaunchState
from outreach.core.clock import FrozenClock, now
from outreach.core.errors import NotAllowed, NotNow
from outreach.organisation.audit import Actor
from outreach.organisation.models import AuditEntry, Organisation, Role, School, Staff, StaffRole

STEP = "  - {key: one, title: One, to: staff, channels: [email], when: {day: 3, at: '12:00'}}\n"
SOURCE = (
    "schema: 1\ncampaign: tiny\ntitle: Tiny\ntopic: online-safety\nlanguages: [en]\n"
    f"default_language: en\nspend_cap: 5.00\nsteps:\n{STEP}"
)


def staff(name: str, *roles: Role) -> Actor:
    row = Staff.objects.create(email=f"{name}@example.org", name=name, created_at=now())
    for role in roles:
        StaffRole.objects.create(staff=row, role=role)
    return Actor(row.email, row.pk)


def in_review(maker: Actor) -> Launch:
    Organisation.objects.create(name="One", launch_cap_micros=20_000_000)
    School.objects.create(
        slug="elm", name="Elm", country="GB", zone="UTC", languages=["en"], created_at=now()
    )
    version = CampaignVersion.objects.create(
        campaign=Campaign.objects.create(slug="tiny", title="Tiny", created_at=now()),
        number=1,
        sha256="0" * 64,
        definition=SOURCE,
        files={},
        imported_at=now(),
        imported_by="test",
    )
    launch = create_launch(version, name="Alone", starts_on=now().date(), schools=[], actor=maker)
    return request_review(launch, actor=maker, accepts_unreviewed=True)


@pytest.mark.django_db
def test_who_is_alone_may_approve_a_day_after_asking(frozen_clock: FrozenClock) -> None:
    maker = staff("maker", Role.ADMINISTRATOR)
    launch = in_review(maker)
    with pytest.raises(NotNow, match="03 November 2026, 10:00 UTC"):
        approve_launch(launch, actor=maker)
    assert AuditEntry.objects.filter(action="launch.alone-asked", actor=maker.name).exists()
    frozen_clock.tick(timedelta(hours=23, minutes=59))
    with pytest.raises(NotNow):
        approve_launch(Launch.objects.get(), actor=maker)
    frozen_clock.tick(timedelta(minutes=1))
    assert approve_launch(Launch.objects.get(), actor=maker).state == LaunchState.APPROVED


@pytest.mark.django_db
def test_where_somebody_else_may_approve_its_maker_never_does(frozen_clock: FrozenClock) -> None:
    maker = staff("maker", Role.ADMINISTRATOR)
    launch = in_review(maker)
    staff("colleague", Role.APPROVER)
    with pytest.raises(NotAllowed):
        approve_launch(launch, actor=maker)
    frozen_clock.tick(timedelta(days=2))
    with pytest.raises(NotAllowed):
        approve_launch(launch, actor=maker)


@pytest.mark.django_db
def test_the_table_itself_refuses_a_maker_who_did_not_wait(frozen_clock: FrozenClock) -> None:
    maker = staff("maker", Role.ADMINISTRATOR)
    launch = in_review(maker)
    with pytest.raises(IntegrityError):
        Launch.objects.filter(pk=launch.pk).update(
            approved_by_id=maker.staff_id,
            approved_at=now() + timedelta(hours=23),
            alone_asked_at=now(),
        )


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen_clock")
def test_the_campaigns_own_spending_cap_holds_where_it_is_lower() -> None:
    assert in_review(staff("maker", Role.ADMINISTRATOR)).cap_micros == 5_000_000
