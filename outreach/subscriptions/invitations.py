"""Invitations: a school gave us an address and the parent has not agreed to anything yet.

One question per address and school, ever. It is a sign-up that the school asked for: the consent
counts only after the parent's own yes, by the link in the mail or by YES from the phone
(`opt_in`). Refuses to write to anybody who has stopped, and to ask a second time.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from outreach.audience.importing import Role, RosterRow
from outreach.consent.hashing import hasher
from outreach.consent.models import ConsentState, SignUp, Topic
from outreach.consent.queries import is_suppressed
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.notices.models import Notice
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import ConsentBasis, School, Sender
from outreach.organisation.senders import sender_for
from outreach.subscriptions.joining import Target, may_text, text_sender
from outreach.subscriptions.letters import send_invitation
from outreach.subscriptions.opt_in import INVITED
from outreach.subscriptions.wording import choose_wording_language, wording_for

# A sheet of paper on the kitchen table lies about as long.
ANSWER_WITHIN = timedelta(days=30)
_FROM, _UNTIL = time(9), time(19)


@dataclass(frozen=True)
class _Guest:
    """`form`: the same for the addresses of one person."""

    target: Target
    language: str
    form: uuid.UUID


def invite(
    school: School,
    rows: Sequence[RosterRow],
    topics: Sequence[Topic],
    *,
    actor: Actor,
    part: slice = slice(None),
) -> int:
    """Queues an invitation to each parent of the list who has none yet; returns how many.
    `part`: of `rows`, which are the whole list, because a no in any of them counts.

    By mail where the list has a mail address, by text to the others. Nobody is asked who said
    no in the list, has stopped, has agreed or withdrawn here before, or was asked before.
    Nothing for a school with another basis. By day at the school.
    """
    if school.consent_basis != ConsentBasis.INVITATION or not topics:
        return 0
    refused = {t.match_key for row in rows if row.consent is False for t in _targets(row, school)}
    guests = [
        guest for guest in _guests(school, rows[part]) if guest.target.match_key not in refused
    ]
    invited = sum(_ask(school, guest, topics, actor) for guest in guests)
    if invited:
        details = {"number": invited}
        record(actor, "roster.invited", f"school:{school.slug}", details=details)
    return invited


def _guests(school: School, rows: Iterable[RosterRow]) -> Iterator[_Guest]:
    for row in rows:
        if row.role is not Role.GUARDIAN or row.consent is False:
            continue
        language = choose_wording_language(row.language, *school.languages)
        form = uuid.uuid4()
        for target in _targets(row, school):
            yield _Guest(target, language, form)


def _targets(row: RosterRow, school: School) -> list[Target]:
    """The mail addresses; without any, the first number that may be texted."""
    if row.emails:
        return [Target.of_email(email) for email in row.emails]
    return [Target.of_phone(phone) for phone in row.phones if may_text(phone, school)][:1]


def _ask(school: School, guest: _Guest, topics: Sequence[Topic], actor: Actor) -> bool:
    key = _key(school, guest.target)
    sender = _sender(guest.target, school)
    if sender is None or _was_asked(school, guest.target, key):
        return False
    moment = now()
    words = wording_for(guest.language, school, topics, guest.target.channel)
    not_before = by_day(moment, school.zone)
    with transaction.atomic():
        sign_up = SignUp.objects.create(
            form=guest.form,
            channel=guest.target.channel,
            value=guest.target.value,
            match_key=guest.target.match_key,
            country=guest.target.country,
            school=school,
            language=guest.language,
            wording=words.text,
            wording_version=words.version,
            evidence=f"{INVITED} by {school.slug}"[:60],
            sender=sender,
            asked_at=moment,
            prompted_at=moment,
            expires_at=moment + ANSWER_WITHIN,
        )
        sign_up.topics.set(topics)
        notice = send_invitation(sign_up, sender, key, not_before=not_before, actor=actor)
        if notice is None:  # somebody else was faster
            sign_up.delete()
    return notice is not None


def _sender(target: Target, school: School) -> Sender | None:
    if target.channel is Channel.EMAIL:
        return sender_for(Channel.EMAIL, school.country)
    return text_sender(target.country)


def _was_asked(school: School, target: Target, key: str) -> bool:
    """Asked before, stopped, or on record here with any consent, also one that is over."""
    if Notice.objects.filter(dedupe_key=key).exists():
        return True
    known = ConsentState.objects.filter(
        school=school, address__channel=target.channel, address__match_key=target.match_key
    )
    return is_suppressed(target.channel, target.match_key) or known.exists()


def _key(school: School, target: Target) -> str:
    """By the oldest key's hash, which outlives the person and every newer key."""
    oldest = hasher().every(target.channel, target.match_key)[0]
    return f"invitation:{school.pk}:{oldest.digest.hex()}"


def by_day(moment: datetime, zone: str) -> datetime:
    """`moment` when it is day at the school, else nine o'clock of the next morning there.

    Both aware; the answer is UTC.
    """
    local = moment.astimezone(ZoneInfo(zone))
    if _FROM <= local.time() < _UNTIL:
        return moment
    day = local.date() + timedelta(days=local.time() >= _UNTIL)
    return datetime.combine(day, _FROM, ZoneInfo(zone)).astimezone(moment.tzinfo)
