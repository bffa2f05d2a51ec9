"""How an account begins and how its owner gets back in: invitation, reset of a password.

Refuses to write mail: the doors hand the links to `notices`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from outreach.core.clock import now
from outreach.core.emails import normalise_email
from outreach.core.errors import BadInput, NotNow
from outreach.organisation.audit import Actor, record
from outreach.organisation.links import make_link, open_link, use_link, void_links
from outreach.organisation.models import Role, School, Staff
from outreach.organisation.sessions import end_sessions
from outreach.organisation.sign_in_models import LinkKind, StaffLink
from outreach.organisation.staff import actor_of, checked_password, give_role


@dataclass(frozen=True)
class Invited:
    """Whom to invite. `roles`: with the school where the role is one of a school."""

    email: str
    name: str
    roles: Sequence[tuple[Role, School | None]]


def invite_staff(invited: Invited, *, actor: Actor) -> StaffLink:
    """An account with roles that nobody can use before the link was followed.

    Raises BadAddress, BadInput when the address has an account or a role does not fit.
    """
    match_key = normalise_email(invited.email).match_key
    if not invited.name.strip():
        raise BadInput("The name is missing.", remedy="Colleagues see it next to what they do.")
    with transaction.atomic():
        staff = Staff(email=match_key, name=invited.name.strip(), created_at=now())
        staff.is_active = False
        staff.set_unusable_password()
        if Staff.objects.filter(email=match_key).exists():
            raise BadInput(
                f"{match_key} has an account already.",
                remedy="Open it in the list: roles are given there, and invitations repeated.",
            )
        staff.save()
        for role, school in invited.roles:
            give_role(staff, role, school=school, actor=actor)
        record(actor, "staff.invited", f"staff:{staff.uuid}")
        return make_link(staff, LinkKind.INVITATION)


def invite_again(staff: Staff, *, actor: Actor) -> StaffLink:
    """A new link for somebody who did not come yet, or whose account was closed.

    Raises NotNow for an account that is open.
    """
    if staff.is_active:
        raise NotNow(f"{staff.name} has an open account.", remedy="A new password: reset it.")
    with transaction.atomic():
        Staff.objects.filter(pk=staff.pk).update(joined_at=None)
        record(actor, "staff.invited-again", f"staff:{staff.uuid}")
        return make_link(staff, LinkKind.INVITATION)


def accept_invitation(token: str, password: str) -> Staff:
    """Opens the account: the link proves the address, `password` is its own.

    Raises BadToken, BadInput for a weak password (the link still works then).
    """
    link = open_link(LinkKind.INVITATION, token)
    staff = link.staff
    checked_password(staff, password)
    staff.is_active = True
    staff.joined_at = staff.email_verified_at = now()
    with transaction.atomic():
        use_link(link)
        staff.save(update_fields=["password", "is_active", "joined_at", "email_verified_at"])
        record(actor_of(staff), "staff.joined", f"staff:{staff.uuid}")
    return staff


def ask_for_reset(email: str) -> StaffLink | None:
    """A link for the account with this address; None where there is none that is open."""
    staff = Staff.objects.filter(email=email.strip().casefold(), is_active=True).first()
    return reset_by(staff, actor=actor_of(staff)) if staff else None


def reset_by(staff: Staff, *, actor: Actor) -> StaffLink:
    """A link by which `staff` sets a new password; the old one works until then."""
    with transaction.atomic():
        record(actor, "staff.reset-asked", f"staff:{staff.uuid}")
        return make_link(staff, LinkKind.PASSWORD_RESET)


def reset_password(token: str, password: str) -> Staff:
    """A new password by the link of a mail; ends every session.

    Second factors stay as they are: the mailbox alone does not sign in. Raises BadToken, and
    BadInput for a weak password (the link still works then).
    """
    link = open_link(LinkKind.PASSWORD_RESET, token)
    staff = link.staff
    checked_password(staff, password)
    with transaction.atomic():
        use_link(link)
        staff.save(update_fields=["password"])
        record(actor_of(staff), "staff.password-reset", f"staff:{staff.uuid}")
        end_sessions(staff, actor=actor_of(staff), why="The password was reset.")
    return staff


def withdraw_invitation(staff: Staff, *, actor: Actor) -> None:
    """The link works no more."""
    with transaction.atomic():
        void_links(staff, LinkKind.INVITATION)
        record(actor, "staff.invitation-withdrawn", f"staff:{staff.uuid}")
