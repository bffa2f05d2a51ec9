"""The people without whom nothing goes to parents, for installations that only measure."""

from __future__ import annotations

from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.organisation.alert_tests import acknowledge, begin_test
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Role, School, Staff
from outreach.organisation.staff import give_role


def make_ready() -> None:
    """One duty contact who is also the child-protection contact of every school."""
    contact, is_new = Staff.objects.get_or_create(
        email="duty@bench.test",
        defaults={"name": "duty", "phone": "+447700900500", "created_at": now()},
    )
    give_role(contact, Role.DUTY_CONTACT, actor=OPERATOR)
    for school in School.objects.all():
        give_role(contact, Role.SAFEGUARDING_LEAD, school=school, actor=OPERATOR)
    if is_new:
        acknowledge(begin_test(contact, actor=OPERATOR), Channel.EMAIL, actor=OPERATOR)
