"""Passkeys (WebAuthn level 2): a key that stays in a phone, computer or stick and signs for us.

The authenticator itself asks for a finger, face or PIN (user verification is required), so a
passkey alone is two factors. The challenge is the door's to keep between the two steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from outreach.core.errors import BadInput, NotFound
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import Staff
from outreach.organisation.sign_in_models import Passkey

MOST_PASSKEYS = 10
_LONGEST_NAME = 60
_REQUIRED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True)
class Site:
    """Where the pages are. `origin`: like https://outreach.example, without a final slash."""

    host: str
    origin: str

    @property
    def can_have_passkeys(self) -> bool:
        """Passkeys belong to a name: browsers refuse them for a bare address (WebAuthn, 5.1.2)."""
        try:
            ip_address(self.host.strip("[]"))
        except ValueError:
            return True
        return False


@dataclass(frozen=True)
class Question:
    """What a browser is asked, as JSON, and the challenge that its answer has to carry."""

    options: str
    challenge: bytes


def ask_for_new(staff: Staff, site: Site, organisation: str) -> Question:
    """The question by which a browser makes a passkey for `staff`."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=organisation,
        user_name=staff.email,
        user_id=staff.uuid.bytes,
        user_display_name=staff.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=bytes(each.credential))
            for each in Passkey.objects.filter(staff=staff)
        ],
    )
    return Question(options_to_json(options), options.challenge)


def ask_to_sign_in(site: Site) -> Question:
    """The question by which a browser offers the passkeys that it has for us.

    It names no account, so it tells nobody who has one.
    """
    options = generate_authentication_options(rp_id=site.host, user_verification=_REQUIRED)
    return Question(options_to_json(options), options.challenge)


def add_passkey(
    staff: Staff, answer: str, challenge: bytes, site: Site, *, name: str, actor: Actor
) -> Passkey:
    """Takes the passkey that a browser made. Raises BadInput."""
    if Passkey.objects.filter(staff=staff).count() >= MOST_PASSKEYS:
        raise BadInput("There are ten passkeys already.", remedy="Remove one that is not used.")
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except WebAuthnException as error:
        raise _not_right() from error
    with transaction.atomic():
        passkey = Passkey.objects.create(
            staff=staff,
            name=" ".join(name.split())[:_LONGEST_NAME] or "Passkey",
            credential=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            added_at=timezone.now(),
        )
        record(actor, "staff.passkey-added", f"staff:{staff.uuid}")
    return passkey


def staff_of_answer(answer: str, challenge: bytes, site: Site) -> Staff:
    """Whose passkey signed. Raises BadInput, the same for an unknown and for a wrong one.

    The signature's counter has to grow where an authenticator counts: a copy would repeat it.
    """
    try:
        credential = parse_authentication_credential_json(answer)
        found = Passkey.objects.select_related("staff").filter(credential=credential.raw_id)
        passkey = found.filter(staff__is_active=True).first()
        if passkey is None:
            raise _not_right()
        proof = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except WebAuthnException as error:
        raise _not_right() from error
    Passkey.objects.filter(pk=passkey.pk).update(
        sign_count=proof.new_sign_count, used_at=timezone.now()
    )
    return passkey.staff


def remove_passkey(staff: Staff, uuid: UUID, *, actor: Actor) -> None:
    """It signs in no more. Raises NotFound."""
    with transaction.atomic():
        gone, _ = Passkey.objects.filter(staff=staff, uuid=uuid).delete()
        if not gone:
            raise NotFound("There is no such passkey.")
        record(actor, "staff.passkey-removed", f"staff:{staff.uuid}")


def _not_right() -> BadInput:
    return BadInput(
        "This passkey does not sign in here.",
        remedy="Try once more, or sign in with your password.",
    )
