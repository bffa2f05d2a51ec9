"""Recovery codes: ten on paper, each signs in once in the place of a lost phone."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.db import transaction
from django.utils import timezone

from outreach.config.environment import environment
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import Staff
from outreach.organisation.sign_in_models import RecoveryCode

_HOW_MANY = 10
# No letter looks like another or like a digit; 12 of 31 are 59 bits.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 12
_GROUP = 4


def new_codes(staff: Staff, *, actor: Actor) -> list[str]:
    """Ten new codes, to be shown once; earlier ones count no more."""
    codes = [_new_code() for _ in range(_HOW_MANY)]
    moment = timezone.now()
    with transaction.atomic():
        RecoveryCode.objects.filter(staff=staff).delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(staff=staff, digest=_digests(staff, code)[0], made_at=moment)
            for code in codes
        )
        record(actor, "staff.recovery-codes-made", f"staff:{staff.uuid}")
    return codes


def use_code(staff: Staff, code: str, *, actor: Actor) -> bool:
    """Whether `code` is one of theirs that was not used; afterwards it is."""
    unused = RecoveryCode.objects.filter(
        staff=staff, digest__in=_digests(staff, code), used_at__isnull=True
    )
    with transaction.atomic():
        if not unused.update(used_at=timezone.now()):
            return False
        record(actor, "staff.recovery-code-used", f"staff:{staff.uuid}")
    return True


def _new_code() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def _digests(staff: Staff, code: str) -> list[bytes]:
    """By the key of today and the earlier ones; dashes and case do not count.

    Keyed, so a copy of the database does not tell the codes.
    """
    letters = "".join(each for each in code.casefold() if each.isalnum())
    message = f"recovery code\0{staff.pk}\0{letters}".encode()
    env = environment()
    keys = (env.secret_key, *env.secret_key_old)
    return [hmac.new(key.encode(), message, hashlib.sha256).digest() for key in keys]
