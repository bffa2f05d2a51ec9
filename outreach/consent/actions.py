"""The verbs of consent: grant, withdraw, lapse, suppress, lift, hold, release.

Each is one short transaction. Those that take a right to send away hold the exclusive
lock of `lock.py` and refuse to run inside another transaction (promise 7): when the call
has returned, the opt-out is committed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from outreach.audience.models import Address, AddressHash
from outreach.consent.hashing import hasher
from outreach.consent.lock import taking_rights_away
from outreach.consent.models import ConsentAct, ConsentState, Hold, Suppression, SuppressionReason
from outreach.consent.queries import active_suppressions
from outreach.core.clock import now
from outreach.organisation import audit
from outreach.organisation.address_keys import seal_actor
from outreach.organisation.audit import Actor

_GRANT_CHUNK = 5_000
_EVIDENCE_LENGTH = 200
_WEIGHT: Mapping[SuppressionReason, int] = {
    SuppressionReason.BOUNCE: 0,
    SuppressionReason.PROVIDER: 1,
    SuppressionReason.ASKED: 1,
    SuppressionReason.STAFF: 2,
    SuppressionReason.COMPLAINT: 2,
}
BY_THE_PERSON = frozenset({SuppressionReason.ASKED, SuppressionReason.PROVIDER})


@dataclass(frozen=True)
class Grant:
    """One consent. `wording`: exactly what was shown or signed. `source`: file, form or page.
    `signed_on`: the day of a form. `ends_at`: until when it holds (aware UTC), None for good."""

    address_id: int
    topic_id: int
    school_id: int
    basis: str
    source: str
    wording: str
    signed_on: date | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True)
class GrantCount:
    """`granted`: new consents. `left`: there already, or withdrawn before and not given anew."""

    granted: int
    left: int


# One statement, so that a withdrawal committed at the same moment is never overwritten: the
# row of the state decides, and the history gets a row exactly when the state changed. The
# foreign key from state to history is checked at commit. A consent that holds or has lapsed is
# renewed by a form that was signed later; one that was withdrawn is not.
_ACT = """
WITH entry AS (
  SELECT * FROM unnest(%(addresses)s::bigint[], %(topics)s::bigint[], %(schools)s::bigint[],
    %(bases)s::text[], %(sources)s::text[], %(wordings)s::text[], %(signed)s::date[],
    %(ends)s::timestamptz[])
    AS e(address_id, topic_id, school_id, basis, source, wording, signed_on, ends_at)
), changed AS (
  INSERT INTO consent_consentstate AS s
    (address_id, topic_id, school_id, granted, consent_id, signed_on, ends_at, lapsed_at)
  SELECT address_id, topic_id, school_id, %(granted)s,
    nextval(pg_get_serial_sequence('consent_consent', 'id')), signed_on, ends_at, %(lapsed_at)s
    FROM entry
  ON CONFLICT (address_id, topic_id, school_id) DO UPDATE
    SET granted = excluded.granted, consent_id = excluded.consent_id,
      lapsed_at = excluded.lapsed_at, ends_at = excluded.ends_at,
      signed_on = coalesce(excluded.signed_on, s.signed_on)
    WHERE s.granted <> excluded.granted AND %(may_change)s
      OR s.lapsed_at IS NOT NULL AND NOT excluded.granted AND excluded.lapsed_at IS NULL
      OR excluded.granted AND (s.granted OR s.lapsed_at IS NOT NULL)
        AND excluded.signed_on > coalesce(s.signed_on, s.lapsed_at::date)
  RETURNING address_id, topic_id, school_id, consent_id
)
INSERT INTO consent_consent
  (id, address_id, topic_id, school_id, act, basis, source, wording, actor, at)
SELECT consent_id, address_id, topic_id, school_id, %(act)s, basis, source, wording,
  %(actor)s, %(at)s
FROM changed JOIN entry USING (address_id, topic_id, school_id)
"""


def grant(entries: Sequence[Grant], *, actor: Actor, after_withdrawal: bool = False) -> GrantCount:
    """Records consents in bulk; never touches suppressions.

    A consent that is there already is left as it is, and so is one that has lapsed, unless the
    new one was signed later. One that was withdrawn stays so, unless `after_withdrawal` says
    that the person gave it anew: a roster uploaded again does not undo what a parent withdrew.
    Of entries with the same address, topic and school the
    last one counts. May run inside the caller's transaction.
    """
    last = {(entry.address_id, entry.topic_id, entry.school_id): entry for entry in entries}
    unique = list(last.values())
    granted = 0
    with transaction.atomic():
        for start in range(0, len(unique), _GRANT_CHUNK):
            chunk = unique[start : start + _GRANT_CHUNK]
            granted += _act(chunk, ConsentAct.GRANTED, actor, may_change=after_withdrawal)
    return GrantCount(granted, len(entries) - granted)


def withdraw(
    address_id: int,
    topic_id: int | None,
    school_id: int | None,
    *,
    source: str,
    wording: str,
    actor: Actor,
) -> int:
    """Withdraws consent, committed on return; None means every topic, or every school.

    When topic and school are named, the withdrawal is recorded even if nothing had been
    granted, so that a later roster does not grant it. Returns how many consents changed.
    """
    with taking_rights_away():
        pairs = _consents_of(address_id, topic_id, school_id)
        entries = [Grant(address_id, topic, school, "", source, wording) for topic, school in pairs]
        return _act(entries, ConsentAct.WITHDRAWN, actor, may_change=True)


def lapse_ended(limit: int, *, actor: Actor) -> int:
    """Consents past their `ends_at` → lapsed, up to `limit` of them, committed on return.

    A claim judges the end by itself; this writes it down. Returns how many.
    """
    with taking_rights_away():
        over = ConsentState.objects.filter(granted=True, ends_at__lte=now())
        return _lapse(over.order_by("ends_at")[:limit], actor, "its time is over")


def lapse_school(
    school_id: int, bases: Collection[str], limit: int, *, why: str, actor: Actor
) -> int:
    """The same for consents of a school on these bases, whenever they would have ended."""
    with taking_rights_away():
        held = ConsentState.objects.filter(
            granted=True, school_id=school_id, consent__basis__in=bases
        )
        return _lapse(held.order_by("pk")[:limit], actor, why)


def _lapse(states: QuerySet[ConsentState], actor: Actor, why: str) -> int:
    entries = [
        Grant(
            state.address_id,
            state.topic_id,
            state.school_id,
            state.consent.basis,
            why,
            state.consent.wording,
            state.signed_on,
            state.ends_at,
        )
        for state in states.select_related("consent")
    ]
    return _act(entries, ConsentAct.LAPSED, actor, may_change=True) if entries else 0


def suppress(
    channel: str,
    match_key: str,
    *,
    topic_id: int | None = None,
    reason: SuppressionReason,
    evidence: str,
    actor: Actor,
) -> bool:
    """ "Never send here", committed on return. `topic_id` None: about anything.

    `match_key`: E.164, or the case-folded mail address. `evidence`: what proves it, without
    personal data (`inbound:17`). Returns False when it was suppressed so already.
    """
    with taking_rights_away():
        _ensure_hashes(channel, match_key)
        met = active_suppressions(channel, match_key).filter(topic=topic_id).first()
        if met is not None and not _says_more(reason, met):
            return False
        if met is not None:
            _end(Suppression.objects.filter(pk=met.pk), evidence, actor)
        newest = hasher().newest(channel, match_key)
        Suppression.objects.create(
            channel=channel,
            digest=newest.digest,
            key_version=newest.version,
            topic_id=topic_id,
            reason=reason,
            evidence=evidence[:_EVIDENCE_LENGTH],
            actor=actor.name,
            at=now(),
        )
        return True


def _says_more(reason: SuppressionReason, met: Suppression) -> bool:
    """A person's word takes the place of a bounce, which may be lifted one day because the
    address works again, and a complaint that of a stop, which START would lift."""
    return _WEIGHT[SuppressionReason(reason)] > _WEIGHT[SuppressionReason(met.reason)]


def lift(
    channel: str,
    match_key: str,
    *,
    evidence: str,
    actor: Actor,
    reasons: Collection[SuppressionReason] = BY_THE_PERSON,
    topics: Collection[int | None] | None = None,
) -> int:
    """Ends the suppressions of an address whose reason is in `reasons`.

    By default those that rest on the person's own word; an address that bounced or
    complained stays blocked. `topics`: ids of those whose stop ends, with None among them also
    the stop about everything; None for every scope. Returns how many ended; the rows stay as
    history.
    """
    active = active_suppressions(channel, match_key).filter(reason__in=reasons)
    if topics is not None:
        about = Q(topic__in=[topic for topic in topics if topic is not None])
        active = active.filter(about | Q(topic=None) if None in topics else about)
    return _end(active, evidence, actor)


def _end(suppressions: QuerySet[Suppression], evidence: str, actor: Actor) -> int:
    return suppressions.update(
        lifted_at=now(), lifted_by=actor.name, lifted_evidence=evidence[:_EVIDENCE_LENGTH]
    )


def hold(address_id: int, *, reason: str, actor: Actor) -> bool:
    """Nothing goes to this address until a person decides; committed on return.

    Returns False when it was held already.
    """
    with taking_rights_away():
        if Hold.objects.filter(address_id=address_id, released_at=None).exists():
            return False
        Hold.objects.create(address_id=address_id, reason=reason, actor=actor.name, at=now())
        return True


def release_hold(address_id: int, *, why: str, actor: Actor) -> bool:
    """Ends a hold. Returns False when there was none."""
    with transaction.atomic():
        released = Hold.objects.filter(address_id=address_id, released_at=None).update(
            released_at=now(), released_by=actor.name
        )
        if released:
            audit.record(actor, "hold released", f"address:{address_id}", why=why)
    return released > 0


def _act(entries: Sequence[Grant], act: ConsentAct, actor: Actor, *, may_change: bool) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _ACT,
            {
                "addresses": [entry.address_id for entry in entries],
                "topics": [entry.topic_id for entry in entries],
                "schools": [entry.school_id for entry in entries],
                "bases": [entry.basis for entry in entries],
                "sources": [entry.source for entry in entries],
                "wordings": [entry.wording for entry in entries],
                "signed": [entry.signed_on for entry in entries],
                "ends": [entry.ends_at for entry in entries],
                "lapsed_at": now() if act == ConsentAct.LAPSED else None,
                "granted": act == ConsentAct.GRANTED,
                "may_change": may_change,
                "act": act.value,
                "actor": seal_actor(actor.name),
                "at": now(),
            },
        )
        return int(cursor.rowcount)


def _consents_of(
    address_id: int, topic_id: int | None, school_id: int | None
) -> list[tuple[int, int]]:
    if topic_id is not None and school_id is not None:
        return [(topic_id, school_id)]
    # A lapsed one too, or a form signed before this withdrawal could bring it back.
    holds = Q(granted=True) | Q(lapsed_at__isnull=False)
    states = ConsentState.objects.filter(holds, address_id=address_id)
    if topic_id is not None:
        states = states.filter(topic_id=topic_id)
    if school_id is not None:
        states = states.filter(school_id=school_id)
    return list(states.values_list("topic_id", "school_id"))


def _ensure_hashes(channel: str, match_key: str) -> None:
    """The claim meets suppressions by stored hashes; an address older than the newest key
    would otherwise not meet this one."""
    address = Address.objects.filter(channel=channel, match_key=match_key).first()
    if address is None:
        return
    AddressHash.objects.bulk_create(
        [
            AddressHash(address=address, key_version=keyed.version, digest=keyed.digest)
            for keyed in hasher().every(channel, match_key)
        ],
        ignore_conflicts=True,
    )
