"""The verbs of a case: open or join, look at, decide about a hold, close.

Nothing is deleted here. Each verb writes who, when and why; looking at a call for help is
such a verb too.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from outreach.consent.actions import release_hold
from outreach.consent.queries import is_held
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.emails import normalise_email
from outreach.core.errors import BadInput, NotNow
from outreach.inbox.models import InboundMessage
from outreach.organisation import audit
from outreach.organisation.audit import Actor
from outreach.organisation.models import Staff
from outreach.replies.alerts import alert_people
from outreach.replies.models import Case, CaseKind, CaseState, Reply
from outreach.replies.rules import PRIORITIES, Meaning, Reading, graver, kind_of_case
from outreach.replies.stopping import stop
from outreach.replies.writer import find_writer


def put_into_case(reply: Reply, reading: Reading, *, needs_a_person: bool) -> Case | None:
    """The open case of the same writer, which the reply joins, or a new one where a person is
    needed; None otherwise. In the caller's transaction; alerts people for a call for help.
    """
    case = _open_case_of(reply).first()
    if case is None and not needs_a_person:
        return None
    kind = kind_of_case(reading.meaning)
    case = case or Case(reply=reply, kind=kind, opened_at=now())
    case.kind = graver(CaseKind(case.kind), kind)
    case.priority = PRIORITIES[case.kind]
    case.stop_requested |= reading.stop_requested and reading.meaning is not Meaning.STOP
    is_call = reading.meaning is Meaning.CRISIS
    if is_call:
        case.seen_at, case.seen_by = None, ""
    case.save()
    Reply.objects.filter(pk=reply.pk).update(case=case)
    if is_call and case.next_alert_at is None:
        alert_people(case)
    return case


def _open_case_of(reply: Reply) -> QuerySet[Case]:
    """By our own address, or by what a stranger wrote from."""
    waiting = Case.objects.select_for_update(of=("self",)).filter(state=CaseState.OPEN)
    waiting = waiting.select_related("reply__school").order_by("priority", "id")
    if reply.address_id is not None:
        return waiting.filter(reply__address_id=reply.address_id)
    inbound = reply.inbound
    return waiting.filter(
        reply__address=None,
        reply__inbound__channel=inbound.channel,
        reply__inbound__from_address__iexact=inbound.from_address,
    )


def look_at(case: Case, *, actor: Actor) -> None:
    """Notes that somebody reads the case; alerts about it end. Every look is a line of the log."""
    with transaction.atomic():
        Case.objects.filter(pk=case.pk, seen_at=None).update(seen_at=now(), seen_by=actor.name)
        Case.objects.filter(pk=case.pk).update(next_alert_at=None)
        _record(actor, "case looked at", case)
    case.refresh_from_db()


def take(case: Case, staff: Staff, *, actor: Actor) -> None:
    """`staff` sees to it from now on, also where somebody else did before; colleagues read it in
    the list. Raises NotNow for a case that is closed."""
    with transaction.atomic():
        taken = Case.objects.filter(pk=case.pk, state=CaseState.OPEN).update(
            taken_by=staff, taken_at=now()
        )
        if not taken:
            raise NotNow("This case is closed already.", remedy="Look at it again.")
        _record(actor, "case taken", case)


def put_back(case: Case, *, actor: Actor) -> None:
    """Nobody in particular sees to it any more. Does nothing where nobody did."""
    with transaction.atomic():
        if (
            Case.objects.filter(pk=case.pk)
            .exclude(taken_by=None)
            .update(taken_by=None, taken_at=None)
        ):
            _record(actor, "case put back", case)


def make_stop(case: Case, *, actor: Actor) -> None:
    """Understood as a stop: the address is blocked as if the person had said so, and a hold on
    it ends, as the stop takes its place. Raises BadAddress for nonsense in From."""
    inbound = case.reply.inbound
    stop(inbound, find_writer(inbound), _match_key(case.reply), actor=actor)
    if case.reply.address_id is not None:
        release_hold(case.reply.address_id, why="made a stop", actor=actor)
    _record(actor, "case made a stop", case)


def release(case: Case, why: str, *, actor: Actor) -> None:
    """Messages may go to the address again. Raises BadInput without a reason, NotNow when there
    was no hold any more."""
    reason = _reason(why)
    address_id = case.reply.address_id
    if address_id is None or not release_hold(address_id, why=reason, actor=actor):
        raise NotNow("There was no hold any more.", remedy="Look at the case again.")
    _record(actor, "case released", case, reason)


def keep_held(case: Case, why: str, *, actor: Actor) -> None:
    """The hold stays, and so does the case; the next reminder comes later."""
    reason = _reason(why)
    with transaction.atomic():
        Case.objects.filter(pk=case.pk).update(reminded_at=now())
        _record(actor, "case kept held", case, reason)


def close_case(case: Case, outcome: str, *, actor: Actor) -> None:
    """Open → closed, with what was decided.

    Raises NotNow when somebody has closed it, when a newer reply has made it graver since `case`
    was read, and while its address is on hold: a hold without a case would be one that nobody
    is reminded of.
    """
    with transaction.atomic():
        address_id = case.reply.address_id
        if address_id is not None and is_held(address_id):
            raise NotNow(
                "Messages to this address are still on hold.",
                remedy="First let them go out again, or make it a stop.",
            )
        still = Case.objects.filter(pk=case.pk, state=CaseState.OPEN)
        closed = still.filter(kind=case.kind).update(
            state=CaseState.CLOSED,
            closed_at=now(),
            closed_by=actor.name,
            outcome=outcome[:300],
            next_alert_at=None,
        )
        if not closed and still.exists():
            raise NotNow("A newer reply has made this case graver.", remedy="Look at it again.")
        if not closed:
            raise NotNow("This case is closed already.", remedy="Look at it again.")
        _record(actor, "case closed", case)


def _match_key(reply: Reply) -> str:
    """The address that we know, or the one that is written. Raises BadAddress for nonsense."""
    if reply.address is not None:
        return reply.address.match_key
    inbound: InboundMessage = reply.inbound
    is_mail = inbound.channel == Channel.EMAIL
    return normalise_email(inbound.from_address).match_key if is_mail else inbound.from_address


def _reason(why: str) -> str:
    if not why.strip():
        raise BadInput("The reason is missing.", remedy="Say why, for those who read it later.")
    return why.strip()[:300]


def _record(actor: Actor, action: str, case: Case, why: str = "") -> None:
    audit.record(actor, action, f"case:{case.uuid}", why=why)
