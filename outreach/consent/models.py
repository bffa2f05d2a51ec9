"""Tables of consent: who agreed to what, who said stop, and the proof of both."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from outreach.audience.models import Address, Person
from outreach.organisation.models import Channel, School, Sender
from outreach.organisation.sealed_fields import ActorField, AddressField, MatchKeyField


class Topic(models.Model):
    """What a person agrees to receive."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)


class ConsentAct(models.TextChoices):
    GRANTED = "granted", "Granted"
    WITHDRAWN = "withdrawn", "Withdrawn"
    LAPSED = "lapsed", "Lapsed"


class Consent(models.Model):
    """Append-only. The newest row for (address, topic, school) is what holds."""

    address = models.ForeignKey(Address, models.CASCADE)
    topic = models.ForeignKey(Topic, models.PROTECT)
    school = models.ForeignKey(School, models.PROTECT)
    act = models.CharField(max_length=9, choices=ConsentAct)
    basis = models.CharField(max_length=20)
    source = models.CharField(max_length=200)
    wording = models.TextField()
    actor = ActorField(max_length=254)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["address", "topic", "school", "id"], name="consent_history"),
            models.Index(
                fields=["at"], condition=models.Q(act="withdrawn"), name="consent_withdrawn_at"
            ),
        ]


class ConsentState(models.Model):
    """The newest act per (address, topic, school), kept in the same transaction as the act.

    The claim reads this one row by its key; the history stays in `Consent`. `signed_on`: the day
    of the form it rests on. `ends_at`: until when it holds. `lapsed_at`: when it ended by itself;
    a later form may renew it, which a withdrawal rules out.
    """

    address = models.ForeignKey(Address, models.CASCADE)
    topic = models.ForeignKey(Topic, models.PROTECT)
    school = models.ForeignKey(School, models.PROTECT)
    granted = models.BooleanField()
    consent = models.ForeignKey(Consent, models.CASCADE)
    signed_on = models.DateField(null=True)
    ends_at = models.DateTimeField(null=True)
    lapsed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["address", "topic", "school"], name="consent_state_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["ends_at"],
                condition=models.Q(granted=True, ends_at__isnull=False),
                name="consent_state_ends",
            )
        ]


class ConsentTerm(models.Model):
    """Until when the consents hold that a school's lists bring: to the end of this day there,
    None for no end. `closing`: why the school has closed its year, while its parents are still
    being let go."""

    school = models.OneToOneField(School, models.CASCADE)
    ends_on = models.DateField(null=True)
    closing = models.CharField(max_length=300, blank=True)
    set_by = ActorField(max_length=254)
    set_at = models.DateTimeField()


class KeyRecord(models.Model):
    """A key under which stops and hashes were made here; without it they would not be found.

    Append-only. `fingerprint`: tells keys apart and says nothing about them.
    """

    version = models.PositiveSmallIntegerField(primary_key=True)
    fingerprint = models.CharField(max_length=16)
    recorded_at = models.DateTimeField()


class SuppressionReason(models.TextChoices):
    ASKED = "asked", "The person asked us to stop"
    BOUNCE = "bounce", "The address does not exist"
    COMPLAINT = "complaint", "Marked as spam"
    PROVIDER = "provider", "The provider holds an opt-out"
    STAFF = "staff", "Entered by staff"


class Suppression(models.Model):
    """ "Never send here". Keyed by hash, so that it outlives the erasure of the person."""

    channel = models.CharField(max_length=5, choices=Channel)
    digest = models.BinaryField(max_length=32)
    key_version = models.PositiveSmallIntegerField()
    topic = models.ForeignKey(Topic, models.PROTECT, null=True)
    reason = models.CharField(max_length=10, choices=SuppressionReason)
    evidence = models.CharField(max_length=200)
    actor = ActorField(max_length=254)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = ActorField(max_length=254, blank=True)
    lifted_evidence = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "digest", "topic"],
                condition=models.Q(lifted_at__isnull=True),
                nulls_distinct=False,
                name="suppression_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["digest"],
                condition=models.Q(lifted_at__isnull=True),
                name="suppression_active",
            )
        ]


class Hold(models.Model):
    """Nothing goes to this address until a person decided."""

    address = models.ForeignKey(Address, models.CASCADE)
    reason = models.CharField(max_length=200)
    actor = ActorField(max_length=254)
    at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by = ActorField(max_length=254, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["address"],
                condition=models.Q(released_at__isnull=True),
                name="hold_active",
            )
        ]


class SignUp(models.Model):
    """Somebody asked that messages come to an address. Counts for nothing until the address
    itself has said yes; forgotten when it expires, the consent being the record.

    `form`: the same for the addresses of one form. `evidence`: how it was asked, without
    personal data. `prompted_at`: when the question went out.
    """

    form = models.UUIDField()
    channel = models.CharField(max_length=5, choices=Channel)
    value = AddressField(max_length=320)
    match_key = MatchKeyField(max_length=320)
    country = models.CharField(max_length=2, blank=True)
    school = models.ForeignKey(School, models.PROTECT)
    topics = models.ManyToManyField(Topic, related_name="+")
    language = models.CharField(max_length=12)
    wording = models.TextField()
    wording_version = models.CharField(max_length=40)
    evidence = models.CharField(max_length=60)
    sender = models.ForeignKey(Sender, models.PROTECT, null=True)
    asked_at = models.DateTimeField()
    prompted_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    person = models.ForeignKey(Person, models.SET_NULL, null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["channel", "match_key"], name="sign_up_of"),
            models.Index(fields=["form"], name="sign_up_form"),
            models.Index(fields=["expires_at"], name="sign_up_end"),
        ]


class SignUpCount(models.Model):
    """How many sign-ups came within one stretch of time. `key`: a keyed hash of the address,
    network, school or number range that is counted, so nobody can be read from it."""

    scope = models.CharField(max_length=12)
    key = models.BinaryField(max_length=16)
    began_at = models.DateTimeField()
    number = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scope", "key", "began_at"], name="sign_up_count_once")
        ]
        indexes: ClassVar = [models.Index(fields=["began_at"], name="sign_up_count_age")]


class SignUpFlood(models.Model):
    """A limit was reached: the trace that staff see. One for each limit and stretch of time."""

    scope = models.CharField(max_length=12)
    key = models.BinaryField(max_length=16)
    began_at = models.DateTimeField()
    school = models.ForeignKey(School, models.PROTECT, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scope", "key", "began_at"], name="sign_up_flood_once")
        ]


class OwnDataLink(models.Model):
    """A link to what we hold about an address, sent to that address; opens once."""

    address = models.ForeignKey(Address, models.CASCADE)
    language = models.CharField(max_length=12)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)


class JoinWord(models.Model):
    """What parents of a school text to a sender to sign up ("JOIN GREENHILL").

    `word`: case-folded, letters and digits only.
    """

    sender = models.ForeignKey(Sender, models.CASCADE)
    school = models.ForeignKey(School, models.CASCADE)
    word = models.CharField(max_length=50)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sender", "word"], name="join_word_once"),
            models.UniqueConstraint(fields=["sender", "school"], name="join_word_of_school"),
        ]


class ProviderList(models.Model):
    """How far one of a provider's own lists has been read.

    `since`: everything listed before is read. `until`: when the reading of what came later began,
    `offset` entries of it are done; None between two readings.
    """

    provider = models.CharField(max_length=20)
    name = models.CharField(max_length=20)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    offset = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "name"], name="provider_list_once")
        ]


class ProviderTold(models.Model):
    """That a provider was told of a suppression (`told_at`), or that it ended (`untold_at`)."""

    suppression = models.ForeignKey(Suppression, models.CASCADE)
    provider = models.CharField(max_length=20)
    told_at = models.DateTimeField(null=True)
    untold_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["suppression", "provider"], name="provider_told_once")
        ]
