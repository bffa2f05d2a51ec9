"""Tables of signing in: sessions, second factors, one-use links, counted tries.

All times here are real time, also in a time-lapse: people type passwords by a real clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from outreach.core.ids import uuid7

if TYPE_CHECKING:
    from outreach.organisation.sessions import SessionStore

_STAFF = "organisation.Staff"


class StaffSession(AbstractBaseSession):
    """A browser at our pages. `staff`: who signed in there, null before and after that.

    `expire_date`: the absolute end. `network`: where it began, as a network, never an address.
    """

    uuid = models.UUIDField(unique=True, default=uuid7)
    staff = models.ForeignKey(_STAFF, models.CASCADE, null=True, related_name="sessions")
    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    network = models.CharField(max_length=64, blank=True)
    device = models.CharField(max_length=60, blank=True)

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        from outreach.organisation.sessions import SessionStore

        return SessionStore


class LinkKind(models.TextChoices):
    INVITATION = "invitation", "Invitation"
    PASSWORD_RESET = "password_reset", "Reset of a password"  # a kind of link


class StaffLink(models.Model):
    """A link that works once, until `expires_at`; a newer one of its kind takes its place."""

    staff = models.ForeignKey(_STAFF, models.CASCADE, related_name="links")
    kind = models.CharField(max_length=14, choices=LinkKind)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["staff", "kind"],
                condition=models.Q(used_at__isnull=True),
                name="staff_link_one_open",
            )
        ]


class AuthenticatorApp(models.Model):
    """An authenticator app (TOTP, RFC 6238). `secret`: sealed with the installation's key.

    `last_step`: the newest thirty seconds of which a code was used; no code counts twice.
    """

    staff = models.OneToOneField(_STAFF, models.CASCADE, related_name="authenticator_app")
    secret = models.BinaryField()
    last_step = models.BigIntegerField()
    added_at = models.DateTimeField()


class RecoveryCode(models.Model):
    """A code on paper for the day the phone is lost; only its keyed hash is kept."""

    staff = models.ForeignKey(_STAFF, models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Passkey(models.Model):
    """A passkey (WebAuthn). `sign_count`: the authenticator's own, 0 where it counts nothing."""

    uuid = models.UUIDField(unique=True, default=uuid7)
    staff = models.ForeignKey(_STAFF, models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=60)
    credential = models.BinaryField(unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField()
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class SignInTry(models.Model):
    """How often a door was tried without success. `key`: a keyed hash of who or where.

    `until`: before that moment no try is looked at. `succeeded_at`: the last time it opened.
    """

    door = models.CharField(max_length=14)
    key = models.BinaryField(max_length=16)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["door", "key"], name="sign_in_try_once")
        ]
