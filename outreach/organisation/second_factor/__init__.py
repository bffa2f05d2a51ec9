"""The second factor of a sign-in: an authenticator app, recovery codes, passkeys.

Owns what somebody has and who must have it; each factor has a file of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from outreach.config.environment import Mode, environment
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import Role, Staff
from outreach.organisation.sign_in_models import AuthenticatorApp, Passkey, RecoveryCode

# Who can send to thousands, or reads what people in distress write.
NEED_ONE = frozenset(
    {
        Role.ADMINISTRATOR,
        Role.MANAGER,
        Role.APPROVER,
        Role.SAFEGUARDING_LEAD,
        Role.DUTY_CONTACT,
    }
)


@dataclass(frozen=True)
class Factors:
    """What somebody has beside the password. `recovery_codes`: how many are left."""

    has_app: bool
    passkeys: int
    recovery_codes: int

    @property
    def has_any(self) -> bool:
        return self.has_app or self.passkeys > 0


def factors_of(staff: Staff) -> Factors:
    """Recovery codes alone are no factor: they stand in for one that is lost."""
    return Factors(
        AuthenticatorApp.objects.filter(staff=staff).exists(),
        Passkey.objects.filter(staff=staff).count(),
        RecoveryCode.objects.filter(staff=staff, used_at=None).count(),
    )


def must_have_one(roles: frozenset[str]) -> bool:
    """Whether somebody with these roles may act only after a second factor: in mode live."""
    return environment().mode is Mode.LIVE and not NEED_ONE.isdisjoint(roles)


def take_away_factors(staff: Staff, *, actor: Actor, why: str) -> None:
    """For somebody who lost them all: the password alone signs in until a new one is set up."""
    with transaction.atomic():
        AuthenticatorApp.objects.filter(staff=staff).delete()
        Passkey.objects.filter(staff=staff).delete()
        RecoveryCode.objects.filter(staff=staff).delete()
        record(actor, "staff.second-factor-reset", f"staff:{staff.uuid}", why=why)
