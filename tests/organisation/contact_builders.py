"""People who are alerted when a reply tells of harm, ready or not."""

from __future__ import annotations

from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.organisation.alert_tests import acknowledge, begin_test
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Role, School, Staff
from outreach.organisation.readiness import has_duty_contact, unready_schools
from outreach.organisation.staff import give_role


def build_contact(
    name: str, role: Role, school: School | None = None, *, phone: str = "+447700900500"
) -> Staff:
    """Somebody with the role who has not answered a test alert; made once."""
    staff, _ = Staff.objects.get_or_create(
        email=f"{name.lower()}@staff.outreach.test",
        defaults={"name": name, "phone": phone, "created_at": now()},
    )
    give_role(staff, role, school=school, actor=OPERATOR)
    return staff


def build_ready_contact(
    name: str, role: Role, school: School | None = None, *, phone: str = "+447700900500"
) -> Staff:
    """Somebody with the role who has answered a test alert."""
    staff = build_contact(name, role, school, phone=phone)
    acknowledge(begin_test(staff, actor=OPERATOR), Channel.EMAIL, actor=OPERATOR)
    return staff


def build_duty_contact(name: str = "Dora") -> Staff:
    return build_ready_contact(name, Role.DUTY_CONTACT, phone="+447700900501")


def build_lead(school: School) -> Staff:
    """The child-protection contact of a school."""
    return build_ready_contact(f"Lead-{school.slug}", Role.SAFEGUARDING_LEAD, school)


def make_ready() -> None:
    """Everybody is there who has to be before anything goes to parents of the schools so far."""
    if not has_duty_contact():
        build_duty_contact()
    for school in School.objects.filter(pk__in=unready_schools(_all_schools())):
        build_lead(school)


def _all_schools() -> list[int]:
    return list(School.objects.values_list("pk", flat=True))
