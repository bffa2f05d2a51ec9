"""Who works here, as administrators see it: state, roles, second factor, the last visit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from outreach.core.errors import NotFound
from outreach.organisation.first_of import first_of
from outreach.organisation.models import Role, School, Staff, StaffRole
from outreach.organisation.sealed_fields import partly
from outreach.organisation.second_factor import NEED_ONE
from outreach.organisation.sign_in_models import AuthenticatorApp, LinkKind, Passkey, StaffLink


class MemberState(StrEnum):
    OPEN = "open"
    INVITED = "invited"
    INVITATION_OVER = "invitation over"
    CLOSED = "closed"


@dataclass(frozen=True)
class HeldRole:
    """A role and where: for the organisation (no school), at `school` alone, or at so many."""

    role: Role
    schools: int
    school: str


@dataclass(frozen=True)
class Member:
    """`seen_at`: the last sign-in (real time), None before the first."""

    uuid: UUID
    name: str
    email: str
    state: MemberState
    roles: tuple[HeldRole, ...]
    has_second_factor: bool
    seen_at: datetime | None

    @property
    def lacks_second_factor(self) -> bool:
        """Whether mode live would ask for one first."""
        needs = any(each.role in NEED_ONE for each in self.roles)
        return needs and not self.has_second_factor and self.state is MemberState.OPEN


@dataclass(frozen=True)
class Members:
    """`more`: how many there are beside these."""

    members: tuple[Member, ...]
    more: int


@dataclass(frozen=True)
class RolesHeld:
    """Roles of one member, one by one. `more`: how many there are beside these."""

    roles: tuple[StaffRole, ...]
    more: int


def members(named: str, most: int) -> Members:
    """The first of them, those who can sign in first, by name. `named`: part of their name, their
    address, or the name of a school where they have a role; "" for everybody."""
    found = _with_all()
    if named:
        there = StaffRole.objects.filter(school__name__icontains=named)
        found = found.filter(
            Q(name__icontains=named)
            | partly("email", named)
            | Q(pk__in=there.order_by().values("staff"))
        )
    shown, more = first_of(found.order_by("-is_active", "name", "pk"), most)
    return Members(_members(shown), more)


def not_here_yet(role: Role, school: School) -> tuple[Member, ...]:
    """Who was invited to have this role at the school and has not come, by name: the invitation
    is open or ran out. Whoever's was withdrawn is not expected."""
    unused = StaffLink.objects.filter(staff=OuterRef("pk"), kind=LinkKind.INVITATION, used_at=None)
    found = _with_all().filter(
        Exists(unused), is_active=False, roles__role=role, roles__school=school
    )
    return _members(found.order_by("name", "pk"))


def roles_held(staff: Staff, named: str, most: int) -> RolesHeld:
    """The first roles of somebody. `named`: part of the name of the school; "" for all."""
    found = StaffRole.objects.filter(staff=staff).select_related("school")
    if named:
        found = found.filter(school__name__icontains=named)
    shown, more = first_of(found.order_by("role", "school__name", "pk"), most)
    return RolesHeld(tuple(shown), more)


def member_by_uuid(uuid: UUID) -> tuple[Staff, Member]:
    """Raises NotFound."""
    found = _with_all().filter(uuid=uuid).first()
    if found is None:
        raise NotFound("There is no such member of staff.")
    return found, _member(found, _roles([found]).get(found.pk, []))


def _with_all() -> QuerySet[Staff]:
    of_them = {"staff": OuterRef("pk")}
    invited = StaffLink.objects.filter(
        **of_them, kind=LinkKind.INVITATION, used_at=None, expires_at__gt=timezone.now()
    )
    app, passkey = (table.objects.filter(**of_them) for table in (AuthenticatorApp, Passkey))
    return Staff.objects.annotate(
        is_invited=Exists(invited), has_factor=Exists(app) | Exists(passkey)
    )


def _roles(staff: Iterable[Staff]) -> dict[int, list[HeldRole]]:
    """Staff -> their roles. Somebody may have one at thousands of schools: it is one line."""
    of_them = StaffRole.objects.filter(staff__in=[each.pk for each in staff])
    grouped = of_them.values("staff", "role").annotate(
        schools=Count("school"), school=Min("school__name")
    )
    found: dict[int, list[HeldRole]] = {}
    for row in grouped.order_by("role"):
        held = HeldRole(Role(row["role"]), row["schools"], row["school"] or "")
        found.setdefault(row["staff"], []).append(held)
    return found


def _members(found: Iterable[Staff]) -> tuple[Member, ...]:
    shown = list(found)
    roles = _roles(shown)
    return tuple(_member(each, roles.get(each.pk, [])) for each in shown)


def _member(staff: Staff, roles: Iterable[HeldRole]) -> Member:
    # `is_invited` and `has_factor` are read from the query above.
    is_invited, has_factor = getattr(staff, "is_invited"), getattr(staff, "has_factor")  # noqa: B009
    return Member(
        staff.uuid,
        staff.name,
        staff.email,
        _state(staff, is_invited=is_invited),
        tuple(roles),
        has_factor,
        staff.last_login,
    )


def _state(staff: Staff, *, is_invited: bool) -> MemberState:
    if staff.is_active:
        return MemberState.OPEN
    if is_invited:
        return MemberState.INVITED
    return MemberState.INVITATION_OVER if staff.joined_at is None else MemberState.CLOSED
