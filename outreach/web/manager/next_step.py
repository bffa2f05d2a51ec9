"""Who has to do what next with a launch: the sentence and the buttons at the top of its page."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.dateformat import format as date_format
from django.utils.translation import gettext

from outreach.campaigns.launches import ALONE_AFTER
from outreach.campaigns.models import Launch, LaunchState
from outreach.organisation.permissions import Right, staff_with
from outreach.web.access import Viewer


@dataclass(frozen=True)
class NextStep:
    """`headline`: the one thing to know. `buttons`: keys of `decisions.VERBS`, main one first."""

    headline: str
    detail: str
    buttons: tuple[str, ...] = ()


def next_step(launch: Launch, viewer: Viewer) -> NextStep:
    """What the viewer reads and may press."""
    may_manage = viewer.rights.has(Right.MANAGE_LAUNCHES)
    state = LaunchState(launch.state)
    if state is LaunchState.DRAFT:
        return _draft(launch, may_manage)
    if state is LaunchState.IN_REVIEW:
        return _in_review(launch, viewer, may_manage)
    headline, detail, buttons = _later(launch)[state]
    return NextStep(headline, detail, buttons if may_manage else ())


def _draft(launch: Launch, may_manage: bool) -> NextStep:
    if not may_manage:
        return NextStep(
            gettext("Next: {created_by} sends it for review.").format(
                created_by=launch.created_by.name
            ),
            gettext("Nothing goes out before a second person has approved it."),
        )
    return NextStep(
        gettext("Next: read the plan below, then send it for review."),
        gettext(
            "Rehearse it first: that shows who gets what, at what price. A second person then "
            "approves it; nothing goes out before that."
        ),
        ("review", "cancel"),
    )


def _in_review(launch: Launch, viewer: Viewer, may_manage: bool) -> NextStep:
    may_approve = viewer.rights.has(Right.APPROVE_LAUNCHES)
    is_maker = viewer.staff is not None and viewer.staff.pk == launch.created_by_id
    if may_approve and not is_maker:
        return NextStep(
            gettext("Next: you decide."),
            gettext(
                "{created_by} made this send. Read the plan below and approve it, "
                "or leave it and talk to them."
            ).format(created_by=launch.created_by.name),
            ("approve", "cancel") if may_manage else ("approve",),
        )
    others = [s.name for s in staff_with(Right.APPROVE_LAUNCHES) if s.pk != launch.created_by_id]
    if may_approve and not others:
        return _alone(launch, may_manage)
    return NextStep(
        gettext("Waiting for a decision by a second person."),
        gettext("Give one of them the address of this page: {names}.").format(
            names=", ".join(others)
        )
        if others
        else gettext("Nobody may approve here. Ask an administrator to add an approver."),
        ("cancel",) if may_manage else (),
    )


def _alone(launch: Launch, may_manage: bool) -> NextStep:
    """The maker is the only one who may approve: a day of waiting stands for the second person."""
    if launch.alone_asked_at is None:
        detail = gettext(
            "Ask an administrator to add an approver. Or press Approve: a day later you may."
        )
    else:
        detail = gettext(
            "Ask an administrator to add an approver. Or approve it yourself, from {at} UTC on."
        ).format(at=date_format(launch.alone_asked_at + ALONE_AFTER, gettext("j F Y, H:i")))
    return NextStep(
        gettext("Waiting: nobody but you may approve here, and you made it."),
        detail,
        ("approve", "cancel") if may_manage else ("approve",),
    )


def _later(launch: Launch) -> dict[LaunchState, tuple[str, str, tuple[str, ...]]]:
    approver = launch.approved_by.name if launch.approved_by else gettext("a second person")
    waits = (
        gettext("Approved by {approver}. Next: start it.").format(approver=approver),
        gettext("Once started, each step goes out by itself on its day."),
        ("start", "cancel"),
    )
    return {
        LaunchState.APPROVED: waits,
        LaunchState.SCHEDULED: waits,
        LaunchState.RUNNING: (
            gettext("Nothing to do: it goes out by itself."),
            gettext(
                "You can pause at any moment; what is already with the provider cannot be "
                "called back."
            ),
            ("pause", "cancel"),
        ),
        LaunchState.PAUSED: (
            gettext("Paused. Next: resume it, or cancel it."),
            gettext("Nothing goes out meanwhile. Reason: {state_reason}").format(
                state_reason=launch.state_reason
            ),
            ("resume", "cancel"),
        ),
        LaunchState.FINISHED: (
            gettext("Finished."),
            gettext("Every step has gone out. Receipts may still come."),
            (),
        ),
        LaunchState.CANCELLED: (
            gettext("Cancelled for good."),
            gettext("Reason: {state_reason}").format(state_reason=launch.state_reason)
            if launch.state_reason
            else "",
            (),
        ),
    }
