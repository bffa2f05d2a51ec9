"""The verbs about staff: add someone, give and take roles, confirm their addresses.

Refuses to ask who may: doors do that with `permissions.require`.
"""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.emails import normalise_email
from outreach.core.errors import BadInput, NotFound, NotNow
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import Role, School, Staff, StaffRole
from outreach.organisation.sessions import end_sessions
from outreach.organisation.sign_in_models import StaffLink

SCHOOL_ROLES = frozenset({Role.SCHOOL_STAFF, Role.SAFEGUARDING_LEAD})


def create_staff(*, email: str, name: str, password: str, phone: str = "", actor: Actor) -> Staff:
    """A new member of staff without any role. `phone`: E.164 or empty.

    Raises BadAddress for the email, BadInput when it is taken, the name is missing or the
    password too weak.
    """
    match_key = normalise_email(email).match_key
    if not name.strip():
        raise BadInput("The name is missing.", remedy="Colleagues see it next to what they do.")
    moment = now()
    staff = Staff(
        email=match_key, name=name.strip(), phone=phone, created_at=moment, joined_at=moment
    )
    checked_password(staff, password)
    with transaction.atomic():
        if Staff.objects.filter(email=match_key).exists():
            raise BadInput(
                f"{match_key} has an account already.", remedy="Give that account a role."
            )
        staff.save()
        record(actor, "staff.created", _subject(staff))
    return staff


def change_password(
    staff: Staff, password: str, *, actor: Actor, keep_session: str | None = None
) -> None:
    """Raises BadInput when it is too weak. Ends the person's sessions but `keep_session`."""
    checked_password(staff, password)
    with transaction.atomic():
        staff.save(update_fields=["password"])
        record(actor, "staff.password-changed", _subject(staff))
        end_sessions(staff, actor=actor, keep=keep_session, why="The password was changed.")


def give_role(staff: Staff, role: Role, *, school: School | None = None, actor: Actor) -> bool:
    """False when the person has it already. Raises BadInput when role and school do not fit."""
    if (role in SCHOOL_ROLES) != (school is not None):
        raise BadInput(
            f"The role {role.label!r} "
            + ("needs a school." if school is None else "is for the whole organisation."),
            remedy="Name a school for school staff and child-protection contacts, for no others.",
        )
    with transaction.atomic():
        _, is_new = StaffRole.objects.get_or_create(staff=staff, role=role, school=school)
        if is_new:
            record(actor, "staff.role-given", _subject(staff), details=_details(role, school))
    return is_new


def take_role(staff: Staff, role: Role, *, school: School | None = None, actor: Actor) -> bool:
    """False when the person did not have it. Raises NotNow, see `close_account`."""
    if role is Role.ADMINISTRATOR:
        _require_another_administrator(staff, actor)
    with transaction.atomic():
        gone, _ = StaffRole.objects.filter(staff=staff, role=role, school=school).delete()
        if gone:
            record(actor, "staff.role-taken", _subject(staff), details=_details(role, school))
    return gone > 0


def set_phone(staff: Staff, phone: str, *, actor: Actor) -> None:
    """`phone`: E.164, "" for none. What was confirmed for another number counts no more."""
    staff.phone = phone
    staff.phone_verified_at = None
    with transaction.atomic():
        staff.save(update_fields=["phone", "phone_verified_at"])
        record(actor, "staff.phone-set", _subject(staff))


def verify_address(staff: Staff, channel: Channel, *, actor: Actor) -> None:
    """Marks the email address or phone as the person's own; mode trial reaches only such.

    Raises BadInput when there is no phone to verify.
    """
    if channel is Channel.SMS and not staff.phone:
        raise BadInput(f"{staff.name} has no phone number.", remedy="Add one first.")
    field = "email_verified_at" if channel is Channel.EMAIL else "phone_verified_at"
    setattr(staff, field, now())
    with transaction.atomic():
        staff.save(update_fields=[field])
        record(actor, "staff.address-verified", _subject(staff), details={"channel": channel})


def close_account(staff: Staff, *, actor: Actor, why: str) -> None:
    """The person cannot sign in any more, at once; what they did stays in their name.

    Ends every session and link. Raises NotNow when members of staff close their own account or
    that of the last administrator; the operator of the machine may.
    """
    _require_another_administrator(staff, actor)
    staff.is_active = False
    with transaction.atomic():
        staff.save(update_fields=["is_active"])
        StaffLink.objects.filter(staff=staff, used_at=None).update(used_at=timezone.now())
        record(actor, "staff.closed", _subject(staff), why=why)
        end_sessions(staff, actor=actor, why=why)


def staff_by_email(email: str) -> Staff:
    """The active member of staff with this address. Raises NotFound."""
    found = Staff.objects.filter(email=email.strip().casefold(), is_active=True).first()
    if found is None:
        raise NotFound(
            f"No member of staff signs in with {email!r}.",
            remedy="Check the spelling, or ask an administrator to add the person.",
        )
    return found


def any_staff_by_email(email: str) -> Staff:
    """The member of staff with this address, also one only invited or closed. Raises NotFound."""
    found = Staff.objects.filter(email=email.strip().casefold()).first()
    return found or staff_by_email(email)


def actor_of(staff: Staff) -> Actor:
    """How `staff` appears in the audit log."""
    return Actor(staff.email, staff.pk)


def _require_another_administrator(staff: Staff, actor: Actor) -> None:
    """Whoever works on pages leaves somebody who can mend it."""
    if actor.staff_id is None:
        return
    if actor.staff_id == staff.pk:
        raise NotNow("Nobody does this to their own account.", remedy="Ask a colleague to.")
    others = StaffRole.objects.filter(role=Role.ADMINISTRATOR, staff__is_active=True)
    if not others.exclude(staff=staff).exists():
        raise NotNow(
            f"{staff.name} is the last administrator.",
            remedy="Give another person the role first.",
        )


def checked_password(staff: Staff, password: str) -> None:
    """Sets it without saving. Raises BadInput when it is too weak."""
    try:
        validate_password(password, staff)
    except ValidationError as error:
        raise BadInput(
            " ".join(error.messages), remedy="Three or four unrelated words make a good one."
        ) from error
    staff.set_password(password)


def _subject(staff: Staff) -> str:
    return f"staff:{staff.uuid}"


def _details(role: Role, school: School | None) -> dict[str, object]:
    return {"role": role.value, "school": school.slug if school else None}
