"""Tables of the organisation: schools, staff, roles, senders, prices, the audit log."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models

from outreach.core.ids import uuid7
from outreach.organisation import sign_in_models
from outreach.organisation.sealed_fields import (
    ActorField,
    AddressField,
    MatchKeyField,
    SealedJSONField,
)

# Django looks for tables in this module; those of signing in have a file of their own.
StaffSession = sign_in_models.StaffSession


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
    """The one organisation of this installation; always row 1.

    `reading_hours`: when a person reads replies, as help lines write theirs ("Mon-Fri
    9:00-16:00"), in `reading_zone`; empty: at no certain time.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=120)
    default_language = models.CharField(max_length=12, default="en")
    currency = models.CharField(max_length=3, default="EUR")
    launch_cap_micros = models.BigIntegerField(default=20_000_000)
    day_cap_micros = models.BigIntegerField(default=50_000_000)
    caps_confirmed_at = models.DateTimeField(null=True)
    duty_email = AddressField(max_length=254, blank=True)
    duty_phone = AddressField(max_length=16, blank=True)
    reading_hours = models.CharField(max_length=80, blank=True)
    reading_zone = models.CharField(max_length=64, default="UTC")
    escalate_after_minutes = models.PositiveSmallIntegerField(default=15)
    remind_after_hours = models.PositiveSmallIntegerField(default=24)
    case_text_days = models.PositiveSmallIntegerField(default=30)
    sign_up_countries = ArrayField(models.CharField(max_length=2), default=list)

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


class CalendarKind(models.TextChoices):
    """What an entry of a school's calendar is."""

    TERM = "term", "Term"
    HOLIDAY = "holiday", "Holiday"
    DAY = "day", "Day"


class CalendarEntry(models.Model):
    """A term, a holiday or a named day, of one school, of a region, or (`country` empty) of all.

    A school has its region's terms and holidays until it entered its own. `source`: the file or
    page that it is from.
    """

    school = models.ForeignKey(School, models.CASCADE, null=True, related_name="calendar")
    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=10, blank=True)
    kind = models.CharField(max_length=7, choices=CalendarKind)
    name = models.CharField(max_length=60, blank=True)
    first_day = models.DateField()
    last_day = models.DateField()
    source = models.CharField(max_length=200, blank=True)
    entered_by = ActorField(max_length=254)
    entered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")),
                name="calendar_entry_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(school__isnull=True) | models.Q(country="", region=""),
                name="calendar_entry_of_one_place",
            ),
            models.UniqueConstraint(
                fields=["school", "country", "region", "kind", "first_day", "name"],
                name="calendar_entry_once",
                nulls_distinct=False,
            ),
        ]


class StaffManager(BaseUserManager["Staff"]):
    """Django's way to find a member of staff by what they sign in with."""

    def get_by_natural_key(self, username: str | None) -> Staff:
        return self.get(email=(username or "").casefold())


class Staff(AbstractBaseUser):
    """`joined_at`: when the account was opened; null for somebody who was only invited."""

    uuid = models.UUIDField(unique=True, default=uuid7)
    email = MatchKeyField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    phone = MatchKeyField(max_length=16, blank=True)
    is_active = models.BooleanField(default=True)
    email_verified_at = models.DateTimeField(null=True)
    phone_verified_at = models.DateTimeField(null=True)
    joined_at = models.DateTimeField(null=True)
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
    DUTY_CONTACT = "duty_contact", "Duty contact"


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


class AlertTest(models.Model):
    """A test alert to somebody who is to be alerted when a reply tells of harm.

    `email`, `phone`: where it went; it proves nothing about other addresses.
    `acknowledged_by`: the channel whose link was used.
    """

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="alert_tests")
    email = AddressField(max_length=254)
    phone = AddressField(max_length=16)
    sent_at = models.DateTimeField()
    sent_by = ActorField(max_length=254)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=5, choices=Channel, blank=True)


class OptOutHandler(models.TextChoices):
    """Who answers STOP on a sender's number."""

    PROVIDER = "provider", "The provider"
    US = "us", "We"


class Sender(models.Model):
    """A number, messaging service or mail address from which we write.

    `stand_in`: who writes in its place while it does not work.
    """

    uuid = models.UUIDField(unique=True, default=uuid7)
    channel = models.CharField(max_length=5, choices=Channel)
    provider = models.CharField(max_length=20)
    identity = models.CharField(max_length=254)
    countries = ArrayField(models.CharField(max_length=2), default=list)
    can_receive = models.BooleanField()
    opt_out_handled_by = models.CharField(max_length=8, choices=OptOutHandler)
    rate_per_second = models.FloatField()
    is_active = models.BooleanField(default=True)
    most_a_day = models.PositiveIntegerField(null=True)
    # Messages on the first day, the second …; `warm_up_from` is the first day (UTC).
    warm_up = ArrayField(models.PositiveIntegerField(), default=list)
    warm_up_from = models.DateField(null=True)
    paused_until = models.DateTimeField(null=True)  # by the database's clock: the provider's time
    paused_why = models.CharField(max_length=120, blank=True)
    stand_in = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "identity"], name="sender_once"),
            models.CheckConstraint(
                condition=models.Q(rate_per_second__gt=0), name="sender_rate_is_positive"
            ),
        ]


class AccountLimit(models.Model):
    """What all senders of one provider's account may do together; no row, no limit."""

    provider = models.CharField(max_length=20, primary_key=True)
    rate_per_second = models.FloatField(null=True)
    most_a_day = models.PositiveIntegerField(null=True)
    paused_until = models.DateTimeField(null=True)
    paused_why = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(rate_per_second__gt=0), name="account_rate_is_positive"
            )
        ]


class SmsPrice(models.Model):
    """What one segment to a country costs; a country without a price is blocked (promise 12)."""

    country = models.CharField(max_length=2, primary_key=True)
    micros = models.BigIntegerField()
    set_at = models.DateTimeField()


class AuditEntry(models.Model):
    """Append-only: who did what, when and why (promise 11)."""

    at = models.DateTimeField()
    actor = ActorField(max_length=254)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    why = models.TextField(blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject", "at"], name="audit_by_subject"),
            models.Index(fields=["at"], name="audit_by_time"),
            models.Index(fields=["actor", "at"], name="audit_by_actor"),
        ]


class TrialDay(models.Model):
    """How many messages mode trial has sent on a day (promise 13)."""

    day = models.DateField(primary_key=True)
    messages = models.PositiveIntegerField()


class ApiScope(models.TextChoices):
    """What a key of the API may do."""

    ADD_OPT_OUTS = "opt-outs:write", "Enter opt-outs"
    SEE_OPT_OUTS = "opt-outs:read", "Ask whether an address has opted out"
    SEE_SCHOOLS = "schools:read", "See schools"
    MANAGE_SCHOOLS = "schools:write", "Add and change schools"
    SEE_PEOPLE = "people:read", "See people and what they agreed to"
    MANAGE_PEOPLE = "people:write", "Bring people in and let them go"
    SEE_LAUNCHES = "launches:read", "See sends"
    MANAGE_LAUNCHES = "launches:write", "Draft, pause, resume and cancel sends"
    SEE_DELIVERIES = "deliveries:read", "See what became of each message"
    SEE_CASES = "cases:read", "See that replies wait, never their words"
    MANAGE_HOOKS = "hooks:write", "Have changes sent to an address"


class ApiKey(models.Model):
    """A key of another system: for the whole organisation, or (`school`) for one school.

    Only its hash is kept; `prefix` names it to people. `minute`, `used_in_minute`: how often it
    was used in the minute that runs, by the database's clock. `staff`: in whose name it acts
    where a person is needed, as the maker of a launch.
    """

    uuid = models.UUIDField(unique=True, default=uuid7)
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.BinaryField(max_length=32)
    school = models.ForeignKey(School, models.CASCADE, null=True)
    scopes = ArrayField(models.CharField(max_length=20, choices=ApiScope))
    most_a_minute = models.PositiveIntegerField(default=120)
    created_at = models.DateTimeField()
    created_by = ActorField(max_length=254)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    minute = models.DateTimeField(null=True)
    used_in_minute = models.PositiveIntegerField(default=0)
    staff = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")


class ApiAnswer(models.Model):
    """What a request with an Idempotency-Key was answered, so that a repeat gets the same.

    `asked`: a SHA-256 of the request.
    """

    key = models.ForeignKey(ApiKey, models.CASCADE)
    name = models.CharField(max_length=100)
    asked = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    body = SealedJSONField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "name"], name="api_answer_once")
        ]
        indexes: ClassVar = [models.Index(fields=["at"], name="api_answer_age")]


class AddressKeyRecord(models.Model):
    """A key under which addresses may stand in this database, known by its fingerprint.

    From then on no process works without it (`address_key_register`).
    """

    version = models.PositiveSmallIntegerField(primary_key=True)
    fingerprint = models.CharField(max_length=16)
    recorded_at = models.DateTimeField()


class Standstill(models.Model):
    """A time in which nothing is sent at all: the database was restored. At most one is open."""

    why = models.CharField(max_length=300)
    began_at = models.DateTimeField()
    began_by = ActorField(max_length=254)
    ended_at = models.DateTimeField(null=True)
    ended_by = ActorField(max_length=254, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(ended_at__isnull=True), name="one_standstill"
            )
        ]
