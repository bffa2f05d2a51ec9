"""Who works here, as administrators see it: state, roles, second factor, the last visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from outreach.core.errors import NotFound
from outreach.organisation.models import Staff, StaffRole
from outreach.organisation.second_factor import NEED_ONE
from outreach.organisation.sign_in_models import AuthenticatorApp, LinkKind, Passkey, StaffLink


class MemberState(StrEnum):
    OPEN = "open"
    INVITED = "invited"
    INVITATION_OVER = "invitation over"
    CLOSED = "closed"


@dataclass(frozen=True)
class Member:
    """`seen_at`: the last sign-in (real time), None before the first."""

    uuid: UUID
    name: str
    email: str
    state: MemberState
    roles: tuple[StaffRole, ...]
    has_second_factor: bool
    seen_at: datetime | None

    @property
    def lacks_second_factor(self) -> bool:
        """Whether mode live would ask for one first."""
        needs = any(each.role in NEED_ONE for each in self.roles)
        return needs and not self.has_second_factor and self.state is MemberState.OPEN


def members() -> list[Member]:
    """All of them, those who can sign in first, by name."""
    found = _with_all().order_by("-is_active", "name", "pk")
    return [_member(each) for each in found]


def member_by_uuid(uuid: UUID) -> tuple[Staff, Member]:
    """Raises NotFound."""
    found = _with_all().filter(uuid=uuid).first()
    if found is None:
        raise NotFound("There is no such member of staff.")
    return found, _member(found)


def _with_all() -> QuerySet[Staff]:
    of_them = {"staff": OuterRef("pk")}
    invited = StaffLink.objects.filter(
        **of_them, kind=LinkKind.INVITATION, used_at=None, expires_at__gt=timezone.now()
    )
    app, passkey = (table.objects.filter(**of_them) for table in (AuthenticatorApp, Passkey))
    return Staff.objects.annotate(
        is_invited=Exists(invited), has_factor=Exists(app) | Exists(passkey)
    ).prefetch_related("roles__school")


def _member(staff: Staff) -> Member:
    # `is_invited` and `has_factor` are read from the query above.
    is_invited, has_factor = getattr(staff, "is_invited"), getattr(staff, "has_factor")  # noqa: B009
    return Member(
        staff.uuid,
        staff.name,
        staff.email,
        _state(staff, is_invited=is_invited),
        tuple(sorted(staff.roles.all(), key=lambda each: (each.role, each.school_id or 0))),
        has_factor,
        staff.last_login,
    )


def _state(staff: Staff, *, is_invited: bool) -> MemberState:
    if staff.is_active:
        return MemberState.OPEN
    if is_invited:
        return MemberState.INVITED
    return MemberState.INVITATION_OVER if staff.joined_at is None else MemberState.CLOSED
