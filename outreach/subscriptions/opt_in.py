"""Signing up, second half: the address itself says yes. And coming back by START.

A sign-up that nobody confirmed counts for nothing. Confirming is one transaction: the consent
with the exact words that were shown, the person and the address where they are new, the
receipt. Doing it again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from outreach.audience.models import Address
from outreach.consent.actions import Grant, grant, lift
from outreach.consent.models import SignUp
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.errors import BadToken
from outreach.core.tokens import JOIN_LINK, moment_number
from outreach.organisation.audit import RECIPIENT, Actor
from outreach.organisation.lanes import sealer
from outreach.organisation.models import ConsentBasis, School, Standstill
from outreach.subscriptions.letters import send_receipt
from outreach.subscriptions.newcomers import person_for, store_address

OWN_SIGN_UP = "own_sign_up"
INVITED = "invited"  # how the evidence of a sign-up begins that a school asked for


@dataclass(frozen=True)
class Joined:
    """A confirmed sign-up. `is_new`: False when it had been confirmed before."""

    school: School
    language: str
    wording: str
    address: Address
    is_new: bool


def opt_in_again(channel: str, match_key: str, *, evidence: str, actor: Actor) -> int:
    """Ends the blocks that rest on the person's own word, at our place or at the provider's.

    A block after a bounce, a complaint or by staff stays, and no consent is given by this:
    where none was granted, nothing goes out. Returns how many blocks ended.
    """
    return lift(channel, match_key, evidence=evidence, actor=actor)


def sign_up_by_link(token: str) -> SignUp:
    """The sign-up behind the link of a mail, for its page; changes nothing.

    `token`: sealed for JOIN_LINK. Raises BadToken also when its time is over.
    """
    number, *made = sealer().open(JOIN_LINK, token)
    found = SignUp.objects.select_related("school").filter(pk=number, expires_at__gt=now())
    sign_up = found.first()
    if sign_up is None or not _is_of(sign_up, made):
        raise BadToken("This link is too old.", remedy="Sign up again.")
    return sign_up


def _is_of(sign_up: SignUp, made: list[int]) -> bool:
    """Whether a link with this moment is the sign-up's own: a restore gives numbers again.

    Links of earlier releases carry no moment, and a school's invitation stays open for days: they
    count for what was asked before any restore.
    """
    if made:
        return made == [moment_number(sign_up.asked_at)]
    return not Standstill.objects.filter(began_at__lte=sign_up.asked_at).exists()


def confirm_by_link(token: str) -> Joined:
    """The button on the page of the link: the mail address says yes. Raises BadToken."""
    return _confirm(sign_up_by_link(token), "confirmed by link")


def pending_for(channel: str, match_key: str) -> SignUp | None:
    """The newest sign-up of this address that waits for its yes and was asked; else None.

    `match_key`: E.164, or the case-folded mail address.
    """
    waiting = SignUp.objects.select_related("school", "sender").filter(
        channel=channel,
        match_key=match_key,
        confirmed_at=None,
        prompted_at__isnull=False,
        expires_at__gt=now(),
    )
    return waiting.order_by("-id").first()


def confirm_by_reply(match_key: str, *, evidence: str) -> Joined | None:
    """A YES (or START) texted from the phone: confirms what waits for it; None when nothing
    does, and then the word means no more than "start again".

    `match_key`: E.164 of the phone that wrote. `evidence`: `inbound:17`. The receipt is the
    answer: send no other. Must be called before anything else is made of the word.
    """
    sign_up = pending_for(Channel.SMS, match_key)
    return _confirm(sign_up, f"confirmed by {evidence}") if sign_up else None


def _confirm(sign_up: SignUp, how: str) -> Joined:
    """Steps: the address and its person; what they had stopped of this; the consents; the
    receipt; then the sign-up is confirmed."""
    with transaction.atomic():
        locked = SignUp.objects.select_for_update(of=("self",)).select_related("school", "sender")
        row = locked.get(pk=sign_up.pk)
        address = store_address(row)
        if row.confirmed_at is not None:
            return Joined(row.school, row.language, row.wording, address, is_new=False)
        topics = list(row.topics.values_list("pk", flat=True))
        row.person = person_for(row, address)
        row.confirmed_at = now()
        row.save(update_fields=["person", "confirmed_at"])
        lift(
            row.channel,
            row.match_key,
            evidence=f"sign-up {row.pk} {how}",
            actor=RECIPIENT,
            topics=[None, *topics],
        )
        grant(
            [_grant(row, address, topic, how) for topic in topics],
            actor=RECIPIENT,
            after_withdrawal=True,
        )
        send_receipt(row, address)
    return Joined(row.school, row.language, row.wording, address, is_new=True)


def _grant(sign_up: SignUp, address: Address, topic_id: int, how: str) -> Grant:
    is_invited = sign_up.evidence.startswith(INVITED)
    source = f"{sign_up.evidence}, wording {sign_up.wording_version}, {how}"
    return Grant(
        address_id=address.pk,
        topic_id=topic_id,
        school_id=sign_up.school_id,
        basis=ConsentBasis.INVITATION if is_invited else OWN_SIGN_UP,
        source=source,
        wording=sign_up.wording,
    )
