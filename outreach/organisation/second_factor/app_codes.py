"""Authenticator apps: six digits that change every thirty seconds (TOTP, RFC 6238).

The secret is sealed with the installation's key before it is stored, so a copy of the
database alone makes no codes.
"""

from __future__ import annotations

import base64
import hmac
import re

import pyotp
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import transaction
from django.utils import timezone

from outreach.config.environment import environment
from outreach.core.errors import BadInput, NotNow
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import Staff
from outreach.organisation.sign_in_models import AuthenticatorApp

_STEP_SECONDS = 30
# The step before and after count too: clocks differ, and people type slowly (RFC 6238, 5.2).
_STEPS_AROUND = 1
_CODE = re.compile(r"\d{6}")


def new_secret() -> str:
    """160 random bits in base32, as apps read them."""
    return pyotp.random_base32()


def address_of_secret(secret: str, staff: Staff, issuer: str) -> str:
    """The otpauth:// address that a QR code carries to an app."""
    return pyotp.TOTP(secret).provisioning_uri(name=staff.email, issuer_name=issuer)


def add_app(staff: Staff, secret: str, code: str, *, actor: Actor) -> None:
    """Takes the app that made `code` from `secret`; an earlier one counts no more.

    Raises BadInput for a wrong code: the app is not set up then.
    """
    step = _step_of(secret, code)
    if step is None:
        raise BadInput(
            "This code is not right.",
            remedy="Type the newest one; the phone's clock has to be set by the network.",
        )
    values = {"secret": _box().encrypt(secret.encode()), "last_step": step}
    with transaction.atomic():
        AuthenticatorApp.objects.update_or_create(
            staff=staff, defaults={**values, "added_at": timezone.now()}
        )
        record(actor, "staff.app-added", f"staff:{staff.uuid}")


def remove_app(staff: Staff, *, actor: Actor) -> None:
    """Codes of the app count no more. Raises NotNow when there is none."""
    with transaction.atomic():
        gone, _ = AuthenticatorApp.objects.filter(staff=staff).delete()
        if not gone:
            raise NotNow("There is no authenticator app.")
        record(actor, "staff.app-removed", f"staff:{staff.uuid}")


def is_code_of_app(staff: Staff, code: str) -> bool:
    """Whether `code` is right now; each code is right once."""
    with transaction.atomic():
        app = AuthenticatorApp.objects.select_for_update().filter(staff=staff).first()
        secret = _opened(app) if app else None
        step = _step_of(secret, code) if secret else None
        if app is None or step is None or step <= app.last_step:
            return False
        AuthenticatorApp.objects.filter(pk=app.pk).update(last_step=step)
    return True


def _step_of(secret: str, code: str) -> int | None:
    """The thirty seconds to which `code` belongs; None for a wrong one."""
    digits = "".join(code.split())
    if not _CODE.fullmatch(digits):
        return None
    current = int(timezone.now().timestamp()) // _STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in range(current - _STEPS_AROUND, current + _STEPS_AROUND + 1):
        if hmac.compare_digest(totp.generate_otp(step), digits):
            return step
    return None


def _opened(app: AuthenticatorApp) -> str | None:
    """None when it was sealed with a key that this installation no longer has."""
    try:
        return _box().decrypt(bytes(app.secret)).decode()
    except InvalidToken:
        return None


def _box() -> MultiFernet:
    env = environment()
    return MultiFernet([Fernet(_derived(key)) for key in (env.secret_key, *env.secret_key_old)])


def _derived(key: str) -> bytes:
    derive = HKDF(hashes.SHA256(), 32, salt=None, info=b"outreach authenticator app v1")
    return base64.urlsafe_b64encode(derive.derive(key.encode()))
