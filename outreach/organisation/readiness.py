"""Who is alerted when a reply tells of harm, and whether they have shown that it reaches them.

Owns the list of contacts and the rule: nothing goes to parents of a school without a
child-protection contact who acknowledged a test alert, nor of an organisation without such a
duty contact. Refuses to change anything: see `alert_tests`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import F, Q, QuerySet

from outreach.core.errors import NotNow, Problem
from outreach.organisation.among import among
from outreach.organisation.models import AlertTest, Role, School, Staff, StaffRole

_HOW = "outreach readiness test EMAIL, or the page Alerts"


class ContactState(StrEnum):
    """How far a contact is."""

    NO_PHONE = "no_phone"
    NOT_TESTED = "not_tested"
    WAITING = "waiting"  # a test alert is out, and its link has not been used
    READY = "ready"


CONTACT_WORDS = {
    ContactState.NO_PHONE: "No phone number yet",
    ContactState.NOT_TESTED: "No test alert yet",
    ContactState.WAITING: "Test alert not confirmed yet",
    ContactState.READY: "Confirmed",
}


@dataclass(frozen=True)
class Contact:
    """`school` None: for the whole organisation. `at`: of the newest test or its answer."""

    staff: Staff
    school: School | None
    state: ContactState
    at: datetime | None


def duty_contacts() -> list[Staff]:
    """Those of the organisation, in the order in which they are to be alerted."""
    return _in_role(Role.DUTY_CONTACT, None)


def administrators() -> list[Staff]:
    return _in_role(Role.ADMINISTRATOR, None)


def safeguarding_leads(school: School) -> list[Staff]:
    """The child-protection contacts of a school."""
    return _in_role(Role.SAFEGUARDING_LEAD, school)


def _in_role(role: Role, school: School | None) -> list[Staff]:
    held = StaffRole.objects.filter(role=role, school=school, staff__is_active=True)
    return [each.staff for each in held.select_related("staff").order_by("id")]


def contacts(schools: Collection[School]) -> list[Contact]:
    """The duty contacts, then the child-protection contacts of these schools."""
    places = {school.pk: number for number, school in enumerate(schools)}
    leads = contact_roles().filter(role=Role.SAFEGUARDING_LEAD, school__in=list(places))
    ordered = sorted(leads, key=lambda each: (places[each.school_id or 0], each.pk))
    return contacts_in([*contact_roles().filter(role=Role.DUTY_CONTACT), *ordered])


def contact_roles() -> QuerySet[StaffRole]:
    """Who is to be alerted: duty contacts first, then by the name of the school."""
    held = Q(role=Role.DUTY_CONTACT, school=None) | Q(role=Role.SAFEGUARDING_LEAD)
    found = StaffRole.objects.filter(held, staff__is_active=True)
    return found.select_related("staff", "school").order_by(
        F("school__name").asc(nulls_first=True), "pk"
    )


def contacts_in(roles: Iterable[StaffRole]) -> list[Contact]:
    """How far each of them is, in two statements however many there are."""
    held = list(roles)
    tests: dict[tuple[int, str, str], list[AlertTest]] = {}
    for test in AlertTest.objects.filter(staff__in=[each.staff_id for each in held]):
        tests.setdefault((test.staff_id, test.email, test.phone), []).append(test)
    return [
        _contact(
            each.staff, each.school, tests.get((each.staff_id, each.staff.email, each.staff.phone))
        )
        for each in held
    ]


def _contact(staff: Staff, school: School | None, tests: list[AlertTest] | None) -> Contact:
    if not staff.phone:
        return Contact(staff, school, ContactState.NO_PHONE, None)
    if not tests:
        return Contact(staff, school, ContactState.NOT_TESTED, None)
    answered = [each.acknowledged_at for each in tests if each.acknowledged_at is not None]
    if answered:
        return Contact(staff, school, ContactState.READY, max(answered))
    return Contact(staff, school, ContactState.WAITING, max(each.sent_at for each in tests))


def has_duty_contact() -> bool:
    """Whether a duty contact with both addresses has acknowledged a test alert."""
    return bool(_places_of_ready(StaffRole.objects.filter(role=Role.DUTY_CONTACT)))


def unready_schools(school_ids: Collection[int]) -> list[int]:
    """Of these schools, those to whose parents nothing may go yet; all of them while the
    organisation has no duty contact."""
    if not has_duty_contact():
        return sorted(school_ids)
    leads = StaffRole.objects.filter(among("school", school_ids), role=Role.SAFEGUARDING_LEAD)
    return sorted(set(school_ids) - _places_of_ready(leads))


def _places_of_ready(roles: QuerySet[StaffRole]) -> set[int | None]:
    """The schools, None for the organisation, of the roles whose holder is ready.

    Compared here and not in SQL: where addresses are encrypted a table may be so before another.
    """
    answered = roles.filter(
        staff__alert_tests__acknowledged_at__isnull=False, staff__is_active=True
    ).exclude(staff__phone="")
    found = answered.values_list(
        "school_id",
        *("staff__alert_tests__email", "staff__alert_tests__phone"),
        *("staff__email", "staff__phone"),
    )
    return {school for school, *then, email, phone in found if then == [email, phone]}


def readiness_problems(schools: Collection[School]) -> list[Problem]:
    """What forbids a step to parents of these schools; empty when everybody is ready."""
    if not has_duty_contact():
        return [
            Problem(
                "no-duty-contact",
                "The organisation has no duty contact who acknowledged a test alert.",
                remedy=f"Give somebody the role duty_contact, then: {_HOW}.",
            )
        ]
    unready = set(unready_schools([school.pk for school in schools]))
    return [
        Problem(
            "no-safeguarding-lead",
            f"{school.name} has no child-protection contact who acknowledged a test alert.",
            where=school.slug,
            remedy=f"Give somebody the role safeguarding_lead of this school, then: {_HOW}.",
        )
        for school in schools
        if school.pk in unready
    ]


def require_ready(schools: Collection[School]) -> None:
    """Raises NotNow naming the first problems, with the remedy."""
    problems = readiness_problems(schools)
    if problems:
        more = f" So it is with {len(problems) - 1} more." if len(problems) > 1 else ""
        raise NotNow(
            f"{problems[0].message}{more}", where=problems[0].where, remedy=problems[0].remedy
        )
