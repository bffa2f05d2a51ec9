"""Test sends: to confirmed addresses of staff alone, marked, counted, and acting on nobody."""

from __future__ import annotations

import re
from collections.abc import Callable

import delivery_builders as build
import pytest
from django.db import connection

from outreach.audience.models import Membership, MembershipState
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.errors import BadInput, NotAllowed, NotFound, NotNow
from outreach.core.tokens import STOP_LINK
from outreach.delivery.preview import Supposed
from outreach.delivery.tests_to_staff import StaffTest, send_test, staff_to_test
from outreach.notices.models import Notice
from outreach.notices.sending import send_due_notices
from outreach.organisation.audit import OPERATOR
from outreach.organisation.lanes import sealer
from outreach.organisation.models import AuditEntry, Organisation, School, Staff
from outreach.organisation.staff import create_staff
from outreach.sandbox.control import SandboxControl

PHONE = "+447700900555"
MAIL = "mara@outreach.test"

Make = Callable[..., StaffTest]


@pytest.fixture
def school(ledger: object) -> School:
    return build.build_school()


@pytest.fixture
def colleague(ledger: object) -> Staff:
    staff = create_staff(
        email=MAIL, name="Mara", password="four quiet purple hens", phone=PHONE, actor=OPERATOR
    )
    staff.email_verified_at = staff.phone_verified_at = now()
    staff.save()
    return staff


@pytest.fixture
def make(school: School, colleague: Staff) -> Make:
    version = build.build_version()

    def made(channel: Channel = Channel.SMS, **changed: object) -> StaffTest:
        given = {
            "version": version,
            "step_key": "first",
            "channel": channel,
            "language": "en",
            "school": school,
            "to": colleague,
            "name": colleague.name,
        }
        return StaffTest(**{**given, **changed})  # type: ignore[arg-type]  # names and types as above

    return made


def spent() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(micros), 0)::bigint FROM delivery_spend")
        return int(cursor.fetchone()[0])


def test_a_test_goes_the_way_of_real_messages_and_says_that_it_is_one(
    make: Make, providers: SandboxControl
) -> None:
    assert send_test(make(Channel.EMAIL), actor=OPERATOR) == MAIL
    assert send_test(make(), actor=OPERATOR) == PHONE
    send_due_notices()
    (mail,) = providers.messages(Channel.EMAIL, MAIL)
    (text,) = providers.messages(Channel.SMS, PHONE)
    assert mail["subject"].startswith("[Test] A message from ")
    assert "Greenhill via Safe Online Network" in str(mail)
    assert text["body"].startswith("[Test] Greenhill: tip.")
    assert {each.state for each in Notice.objects.all()} == {"accepted"}


def test_who_had_what_sent_to_whom_is_in_the_audit_log(make: Make, colleague: Staff) -> None:
    send_test(make(), actor=OPERATOR)
    entry = AuditEntry.objects.get(action="campaign.test-sent")
    assert entry.subject == "campaign:tiny@1"
    assert entry.details["to"] == f"staff:{colleague.uuid}"
    assert PHONE not in str(entry.details)


def test_the_price_of_a_test_counts_against_the_day_and_ends_at_its_cap(make: Make) -> None:
    send_test(make(), actor=OPERATOR)
    segments = Notice.objects.get().segments
    assert spent() == segments * 40_000
    Organisation.objects.update(day_cap_micros=segments * 40_000 * 2 - 1)
    with pytest.raises(NotNow, match="spending cap of today"):
        send_test(make(), actor=OPERATOR)
    assert spent() == segments * 40_000
    assert Notice.objects.count() == 1


def test_the_first_text_of_a_day_may_not_pass_the_cap_either(make: Make) -> None:
    Organisation.objects.update(day_cap_micros=1)
    with pytest.raises(NotNow, match="spending cap of today"):
        send_test(make(), actor=OPERATOR)
    assert spent() == 0


def test_a_parents_address_gets_no_test_even_where_staff_share_it(
    make: Make, school: School
) -> None:
    build.build_parent(school, phone=PHONE, email=MAIL)
    for channel in Channel:
        with pytest.raises(NotAllowed, match="a parent is written to, so no test goes there"):
            send_test(make(channel), actor=OPERATOR)
    assert not Notice.objects.exists()
    Membership.objects.update(state=MembershipState.ENDED)
    send_test(make(), actor=OPERATOR)


def test_an_address_that_is_not_confirmed_gets_no_test(make: Make, colleague: Staff) -> None:
    colleague.phone_verified_at = None
    colleague.save()
    with pytest.raises(BadInput, match="is not confirmed"):
        send_test(make(to=colleague), actor=OPERATOR)
    assert [staff_to_test(Channel.SMS), staff_to_test(Channel.EMAIL)] == [[], [colleague]]
    colleague.is_active = False
    colleague.save()
    with pytest.raises(BadInput, match="is not confirmed"):
        send_test(make(Channel.EMAIL, to=colleague), actor=OPERATOR)


def test_a_country_without_a_price_gets_no_test(make: Make, colleague: Staff) -> None:
    colleague.phone = "+4915123456789"
    colleague.save()
    with pytest.raises(NotNow, match="No price is set for DE"):
        send_test(make(to=colleague), actor=OPERATOR)


@pytest.mark.parametrize(
    "wrong", [{"step_key": "third"}, {"language": "fr"}], ids=["step", "language"]
)
def test_what_the_campaign_has_not_is_named(make: Make, wrong: dict[str, object]) -> None:
    with pytest.raises(NotFound):
        send_test(make(**wrong), actor=OPERATOR)


def test_the_way_to_stop_in_a_test_belongs_to_no_delivery(make: Make) -> None:
    send_test(make(supposed=Supposed(can_reply=False)), actor=OPERATOR)
    (token,) = re.findall(r"/u/(\S+)", Notice.objects.get().text)
    assert sealer().open(STOP_LINK, token) == (0, 0)
