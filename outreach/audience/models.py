"""Tables of the audience: persons, their addresses, their memberships in schools.

Never anything about a child but an age band.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Upper

from outreach.core.ids import uuid7
from outreach.organisation.models import Channel, School
from outreach.organisation.sealed_fields import (
    ActorField,
    AddressField,
    MatchKeyField,
    SealedCharField,
    SealedJSONField,
)


class Person(models.Model):
    """A guardian or a school contact; what the person told us lives here.

    `channel`: how they would rather be written to; "" is as the campaign has it.
    """

    uuid = models.UUIDField(unique=True, default=uuid7)
    language = models.CharField(max_length=12, blank=True)
    zone = models.CharField(max_length=64, blank=True)
    channel = models.CharField(max_length=5, choices=Channel, blank=True, db_default="", default="")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True)
    created_at = models.DateTimeField()


class MembershipRole(models.TextChoices):
    GUARDIAN = "guardian", "Parent"
    CONTACT = "contact", "School contact"
    SAFEGUARDING_LEAD = "safeguarding_lead", "Child-protection contact"


class MembershipState(models.TextChoices):
    CURRENT = "current", "Current"
    ENDED = "ended", "Ended"


class Membership(models.Model):
    """A person in a school; what the school's roster says lives here, unseen by other schools."""

    uuid = models.UUIDField(unique=True, default=uuid7)
    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    school = models.ForeignKey(School, models.PROTECT)
    role = models.CharField(max_length=20, choices=MembershipRole)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=12, blank=True)
    age_bands = ArrayField(models.CharField(max_length=8), default=list)
    state = models.CharField(max_length=8, choices=MembershipState, default=MembershipState.CURRENT)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "school", "role"], name="membership_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["school", "role"], name="membership_by_school"),
            models.Index(Upper("name"), name="membership_by_name"),
        ]


class Address(models.Model):
    """One email address or phone number. `match_key`: E.164, or the case-folded mail address."""

    channel = models.CharField(max_length=5, choices=Channel)
    value = AddressField(max_length=320)
    match_key = MatchKeyField(max_length=320)
    country = models.CharField(max_length=2, blank=True)
    textable = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "match_key"], name="address_once")
        ]


class AddressHash(models.Model):
    """The keyed hashes of an address, one per key version, to meet suppressions with."""

    address = models.ForeignKey(Address, models.CASCADE, related_name="hashes")
    key_version = models.PositiveSmallIntegerField()
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["address", "key_version"], name="address_hash_once")
        ]
        indexes: ClassVar = [models.Index(fields=["digest"], name="address_hash_digest")]


class PersonAddress(models.Model):
    """An address of a person, as a school's roster has it, or (`school` empty) as they told us."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="addresses")
    address = models.ForeignKey(Address, models.CASCADE, related_name="persons")
    school = models.ForeignKey(School, models.PROTECT, null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "address", "school"],
                name="person_address_once",
                nulls_distinct=False,
            )
        ]


class UploadState(models.TextChoices):
    OPEN = "open", "Being looked at"
    CONFIRMED = "confirmed", "Being brought in"
    DONE = "done", "Brought in"
    FAILED = "failed", "Not brought in"


class RosterUpload(models.Model):
    """A list that a school has uploaded, from its first look to what came of it.

    `sealed`: the file, encrypted, and `mends`: the cells that were mended, encrypted too; both
    are gone once the list is brought in or given up, at the latest at `expires_at`. `mapping`:
    heading -> meaning, as chosen. `gone`: how many people are to end with it, None for nobody.
    `result`: counts.
    """

    uuid = models.UUIDField(unique=True, default=uuid7)
    school = models.ForeignKey(School, models.CASCADE)
    state = models.CharField(max_length=9, choices=UploadState, default=UploadState.OPEN)
    file_name = models.CharField(max_length=120)
    file_sha256 = models.CharField(max_length=64)
    sealed = models.BinaryField(null=True)
    mends = models.BinaryField(null=True)
    mapping = models.JSONField(default=dict)
    gone = models.PositiveIntegerField(null=True)
    uploaded_by = ActorField(max_length=254)
    uploaded_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_by = ActorField(max_length=254, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    failure = SealedCharField(max_length=400, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["school", "-uploaded_at"], name="roster_upload_of_school"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(sealed__isnull=False),
                name="roster_upload_kept",
            ),
        ]


class RosterColumns(models.Model):
    """What a school has said its columns are: folded heading -> meaning, for the next upload."""

    school = models.OneToOneField(School, models.CASCADE)
    meanings = SealedJSONField(default=dict)
    changed_by = ActorField(max_length=254)
    changed_at = models.DateTimeField()
