"""Tables of the organisation: schools, staff, roles, senders, prices, the audit log."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models

from outreach.core.ids import uuid7


class Channel(models.TextChoices):
    EMAIL = "email", "Email"
    SMS = "sms", "SMS"


class ConsentBasis(models.TextChoices):
    """On what a school's roster rests; a school chooses once, before its first upload."""

    NOT_CHOSEN = "", "Not chosen yet"
    SIGNED_FORM = "signed_form", "Signed form"
    INVITATION = "invitation", "Confirmed invitation"
    DOCUMENTED = "documented", "Other documented basis"


class Organisation(models.Model):
    """The one organisation of this installation; always row 1."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=120)
    default_language = models.CharField(max_length=12, default="en")
    currency = models.CharField(max_length=3, default="EUR")
    launch_cap_micros = models.BigIntegerField(default=20_000_000)
    day_cap_micros = models.BigIntegerField(default=50_000_000)
    caps_confirmed_at = models.DateTimeField(null=True)
    duty_email = models.CharField(max_length=254, blank=True)
    duty_phone = models.CharField(max_length=16, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_organisation")
        ]


class School(models.Model):
    uuid = models.UUIDField(unique=True, default=uuid7)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=10, blank=True)
    zone = models.CharField(max_length=64)
    languages = ArrayField(models.CharField(max_length=12))
    consent_basis = models.CharField(max_length=20, choices=ConsentBasis, blank=True)
    consent_wording = models.TextField(blank=True)
    consent_dated_on = models.DateField(null=True)
    created_at = models.DateTimeField()


class StaffManager(BaseUserManager["Staff"]):
    """Django's way to find a member of staff by what they sign in with."""

    def get_by_natural_key(self, username: str | None) -> Staff:
        return self.get(email=(username or "").casefold())


class Staff(AbstractBaseUser):
    uuid = models.UUIDField(unique=True, default=uuid7)
    email = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=16, blank=True)
    is_active = models.BooleanField(default=True)
    email_verified_at = models.DateTimeField(null=True)
    phone_verified_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = StaffManager()


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", "Administrator"
    MANAGER = "manager", "Campaign manager"
    APPROVER = "approver", "Approver"
    SCHOOL_STAFF = "school_staff", "School staff"
    SAFEGUARDING_LEAD = "safeguarding_lead", "Child-protection contact"
    AUDITOR = "auditor", "Auditor"


class StaffRole(models.Model):
    """A role in the organisation (`school` empty) or in one school."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="roles")
    role = models.CharField(max_length=20, choices=Role)
    school = models.ForeignKey(School, models.CASCADE, null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["staff", "role", "school"], name="role_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["school_staff", "safeguarding_lead"])
                ^ models.Q(school__isnull=True),
                name="school_roles_name_a_school",
            ),
        ]


class OptOutHandler(models.TextChoices):
    """Who answers STOP on a sender's number."""

    PROVIDER = "provider", "The provider"
    US = "us", "We"


class Sender(models.Model):
    """A number, messaging service or mail address from which we write."""

    uuid = models.UUIDField(unique=True, default=uuid7)
    channel = models.CharField(max_length=5, choices=Channel)
    provider = models.CharField(max_length=20)
    identity = models.CharField(max_length=254)
    countries = ArrayField(models.CharField(max_length=2), default=list)
    can_receive = models.BooleanField()
    opt_out_handled_by = models.CharField(max_length=8, choices=OptOutHandler)
    rate_per_second = models.FloatField()
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "identity"], name="sender_once"),
            models.CheckConstraint(
                condition=models.Q(rate_per_second__gt=0), name="sender_rate_is_positive"
            ),
        ]


class SmsPrice(models.Model):
    """What one segment to a country costs; a country without a price is blocked (promise 12)."""

    country = models.CharField(max_length=2, primary_key=True)
    micros = models.BigIntegerField()
    set_at = models.DateTimeField()


class AuditEntry(models.Model):
    """Append-only: who did what, when and why (promise 11)."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=254)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    why = models.TextField(blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject", "at"], name="audit_by_subject")]


class TrialDay(models.Model):
    """How many messages mode trial has sent on a day (promise 13)."""

    day = models.DateField(primary_key=True)
    messages = models.PositiveIntegerField()
