"""What each role may do, and whether a member of staff may.

Owns the one table from roles to rights. Every door asks here: pages by their decorator,
the command line with `require`. Refuses to know pages and commands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from outreach.core.errors import NotAllowed
from outreach.organisation.models import Role, School, Staff


class Right(StrEnum):
    """What can be allowed; the text completes "You may not …"."""

    SEE_LAUNCHES = "see sends"
    MANAGE_LAUNCHES = "make, start, pause or cancel sends"
    SEND_TESTS = "send test messages to staff"
    APPROVE_LAUNCHES = "approve sends"
    APPROVE_URGENT = "let a send go before all others"
    MANAGE_SENDERS = "change the limits of senders"
    STOP_SCHOOL = "stop a school"
    SEE_CASES = "read replies"
    DECIDE_CASES = "decide about replies"
    SEE_CRISES = "read calls for help"
    MANAGE_AUDIENCE = "change who receives messages"
    MANAGE_STAFF = "add staff or change their roles"
    CONNECT_SYSTEMS = "connect other systems"
    SEE_AUDIT = "read the audit log"


_CALLS_FOR_HELP = frozenset({Right.SEE_CASES, Right.DECIDE_CASES, Right.SEE_CRISES})
# Replies may disclose harm to a child, so only those who have to act on them read them.
_RIGHTS: Mapping[str, frozenset[Right]] = MappingProxyType(
    {
        Role.ADMINISTRATOR: frozenset(Right),
        Role.MANAGER: frozenset(Right)
        - {
            Right.APPROVE_LAUNCHES,
            Right.APPROVE_URGENT,
            Right.MANAGE_STAFF,
            Right.CONNECT_SYSTEMS,
            Right.SEE_CRISES,
            Right.SEE_AUDIT,
        },
        Role.APPROVER: frozenset(
            {
                Right.SEE_LAUNCHES,
                Right.SEND_TESTS,
                Right.APPROVE_LAUNCHES,
                Right.APPROVE_URGENT,
            }
        ),
        Role.AUDITOR: frozenset({Right.SEE_LAUNCHES, Right.SEE_AUDIT}),
        Role.SCHOOL_STAFF: frozenset({Right.STOP_SCHOOL, Right.MANAGE_AUDIENCE}),
        Role.SAFEGUARDING_LEAD: frozenset({Right.STOP_SCHOOL}) | _CALLS_FOR_HELP,
        Role.DUTY_CONTACT: _CALLS_FOR_HELP,
    }
)


class Audience(StrEnum):
    """Whom a view is for."""

    ANYONE = "anyone"
    STAFF = "staff"
    KEY = "key"  # another system, with a key that the view itself checks


@dataclass(frozen=True)
class Rule:
    """Who may open a view. `right`: needed somewhere; which objects it covers is the query's part.

    `uses_database`: False for the one view that has to answer when PostgreSQL does not.
    `is_fresh`: only for people who said within the last minutes that it is still they.
    `before_second_factor`: also for people who have yet to set theirs up.
    """

    audience: Audience
    right: Right | None = None
    uses_database: bool = True
    is_fresh: bool = False
    before_second_factor: bool = False


@dataclass(frozen=True)
class Rights:
    """The rights of one person: `everywhere`, and by the id of a school; `roles`: all of them."""

    everywhere: frozenset[Right]
    by_school: Mapping[int, frozenset[Right]]
    sees_all_schools: bool
    roles: frozenset[str] = frozenset()

    def has(self, right: Right, school_id: int | None = None) -> bool:
        """In the whole organisation, or in the school named."""
        return right in self.everywhere or (
            school_id is not None and right in self.by_school.get(school_id, frozenset())
        )

    def has_somewhere(self, right: Right) -> bool:
        """In the whole organisation or in at least one school."""
        return right in self.everywhere or bool(self.schools_with(right))

    def schools_with(self, right: Right) -> frozenset[int]:
        """Ids of the schools where the right comes from a role in that school."""
        return frozenset(school for school, rights in self.by_school.items() if right in rights)


NOBODY = Rights(frozenset(), MappingProxyType({}), sees_all_schools=False)


def rights_of(staff: Staff) -> Rights:
    """Reads the roles of `staff`; someone whose account is closed has no rights."""
    if not staff.is_active:
        return NOBODY
    everywhere: set[Right] = set()
    by_school: dict[int, frozenset[Right]] = {}
    sees_all_schools = False
    held: set[str] = set()
    for role, school_id in staff.roles.values_list("role", "school_id"):
        held.add(role)
        if school_id is None:
            everywhere |= _RIGHTS[role]
            sees_all_schools = True
        else:
            by_school[school_id] = by_school.get(school_id, frozenset()) | _RIGHTS[role]
    return Rights(
        frozenset(everywhere), MappingProxyType(by_school), sees_all_schools, frozenset(held)
    )


def require(staff: Staff, right: Right, *, school: School | None = None) -> None:
    """Raises NotAllowed unless `staff` has `right`, everywhere or in `school`."""
    if not rights_of(staff).has(right, school.pk if school else None):
        raise NotAllowed(
            f"{staff.name} may not {right.value}.",
            remedy="Ask an administrator for a role that may.",
        )


def staff_with(right: Right) -> list[Staff]:
    """Active staff who have `right` in the whole organisation, by name."""
    roles = [role for role, rights in _RIGHTS.items() if right in rights]
    found = Staff.objects.filter(
        is_active=True, roles__role__in=roles, roles__school__isnull=True
    ).distinct()
    return list(found.order_by("name"))
