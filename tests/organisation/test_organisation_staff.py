"""Adding staff, giving roles, confirming addresses."""

from __future__ import annotations

import pytest

from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.core.errors import BadInput, NotAllowed, NotFound
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AuditEntry, Role, School, Staff
from outreach.organisation.permissions import Right, require, rights_of, staff_with
from outreach.organisation.staff import (
    change_password,
    close_account,
    create_staff,
    give_role,
    staff_by_email,
    take_role,
    verify_address,
)

pytestmark = pytest.mark.django_db
PASSWORD = "four quiet purple hens"


def add(name: str = "Anna", email: str = "Anna@Outreach.Test", phone: str = "") -> Staff:
    return create_staff(email=email, name=name, password=PASSWORD, phone=phone, actor=OPERATOR)


def school(slug: str = "greenhill") -> School:
    return School.objects.create(
        slug=slug, name=slug, country="GB", zone="Europe/London", languages=["en"], created_at=now()
    )


def test_new_staff_have_no_right_until_given_a_role() -> None:
    staff = add()
    assert staff.check_password(PASSWORD)
    assert not any(rights_of(staff).has_somewhere(right) for right in Right)


@pytest.mark.parametrize(
    ("password", "said"),
    [("short", "at least 12"), ("anna@outreach.test", "similar"), ("password1234", "common")],
)
def test_weak_password_is_refused_with_the_reason(password: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        create_staff(email="anna@outreach.test", name="Anna", password=password, actor=OPERATOR)
    assert not Staff.objects.exists()


def test_address_signs_in_for_one_account_only() -> None:
    add()
    with pytest.raises(BadInput, match="has an account already"):
        add(email="anna@OUTREACH.test")


def test_school_role_needs_a_school_and_other_roles_none() -> None:
    staff = add()
    with pytest.raises(BadInput, match="needs a school"):
        give_role(staff, Role.SCHOOL_STAFF, actor=OPERATOR)
    with pytest.raises(BadInput, match="whole organisation"):
        give_role(staff, Role.MANAGER, school=school(), actor=OPERATOR)


def test_role_in_one_school_gives_nothing_in_another() -> None:
    staff, own, other = add(), school(), school("elsewhere")
    give_role(staff, Role.SAFEGUARDING_LEAD, school=own, actor=OPERATOR)
    require(staff, Right.SEE_CASES, school=own)
    with pytest.raises(NotAllowed, match="may not read replies"):
        require(staff, Right.SEE_CASES, school=other)
    with pytest.raises(NotAllowed):
        require(staff, Right.SEE_CASES)


def test_role_is_given_once_and_taken_once() -> None:
    staff = add()
    assert give_role(staff, Role.MANAGER, actor=OPERATOR)
    assert not give_role(staff, Role.MANAGER, actor=OPERATOR)
    assert take_role(staff, Role.MANAGER, actor=OPERATOR)
    assert not take_role(staff, Role.MANAGER, actor=OPERATOR)
    assert not rights_of(staff).has(Right.MANAGE_LAUNCHES)


def test_closed_account_has_no_rights_and_is_not_found() -> None:
    staff = add()
    give_role(staff, Role.ADMINISTRATOR, actor=OPERATOR)
    close_account(staff, actor=OPERATOR, why="left us")
    assert not rights_of(staff).has(Right.SEE_LAUNCHES)
    assert staff_with(Right.APPROVE_LAUNCHES) == []
    with pytest.raises(NotFound):
        staff_by_email("anna@outreach.test")


def test_approvers_are_named_once_each() -> None:
    staff = add()
    for role in (Role.ADMINISTRATOR, Role.APPROVER):
        give_role(staff, role, actor=OPERATOR)
    add("Bob", "bob@outreach.test")
    assert [each.name for each in staff_with(Right.APPROVE_LAUNCHES)] == ["Anna"]


def test_address_is_verified_only_where_there_is_one(frozen_clock: FrozenClock) -> None:
    staff = add()
    verify_address(staff, Channel.EMAIL, actor=OPERATOR)
    staff.refresh_from_db()
    assert (staff.email_verified_at, staff.phone_verified_at) == (frozen_clock.now(), None)
    with pytest.raises(BadInput, match="no phone"):
        verify_address(staff, Channel.SMS, actor=OPERATOR)


def test_every_change_stands_in_the_audit_log_without_personal_data() -> None:
    staff = add()
    give_role(staff, Role.MANAGER, actor=OPERATOR)
    change_password(staff, "five loud yellow geese", actor=OPERATOR)
    entries = list(AuditEntry.objects.order_by("pk"))
    assert [entry.action for entry in entries] == [
        "staff.created",
        "staff.role-given",
        "staff.password-changed",
    ]
    assert {entry.subject for entry in entries} == {f"staff:{staff.uuid}"}
