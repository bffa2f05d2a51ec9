"""Tells staff when four fifths of a spending cap are gone, while there is time to decide.

One mail per cap to each person who may manage sends. Refuses to stop anything: at the cap
itself the claim does that.
"""

from __future__ import annotations

from datetime import timedelta
from html import escape

from outreach.campaigns.models import Launch, LaunchState
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.delivery.capacity import MoneySpent, spent_by, spent_today
from outreach.notices.actions import queue_notice
from outreach.notices.models import NoticeKind
from outreach.organisation.audit import CLOCK
from outreach.organisation.models import Organisation, Sender
from outreach.organisation.permissions import Right, staff_with

_MICROS = 1_000_000
_WORTH_READING = timedelta(hours=12)


def warn_of_caps() -> int:
    """Queues what has to be said and was not said before; returns how many mails."""
    organisation = Organisation.objects.filter(pk=1).first()
    if organisation is None:
        return 0
    running = list(Launch.objects.filter(state=LaunchState.RUNNING))
    if not running:
        return 0
    today = f"{now():%Y-%m-%d}"
    found = [
        (f"launch-{launch.pk}-{launch.cap_micros}", launch.name, spent_by(launch))
        for launch in running
    ]
    found.append(
        (
            f"day-{today}-{organisation.day_cap_micros}",
            today,
            spent_today(organisation.day_cap_micros),
        )
    )
    return sum(
        _tell(key, name, spent, organisation.currency)
        for key, name, spent in found
        if spent.is_noticed
    )


def _tell(key: str, name: str, spent: MoneySpent, currency: str) -> int:
    sender = Sender.objects.filter(channel=Channel.EMAIL, is_active=True).order_by("pk").first()
    subject = f"{spent.percent} % of a spending cap is used: {name}"
    text = (
        f"{name}: {spent.micros / _MICROS:,.2f} of {spent.cap_micros / _MICROS:,.2f} {currency} "
        "is spent on texts. At the cap the send pauses by itself; nothing is lost. Raise the cap "
        "before that, or leave it."
    )
    told = 0
    for staff in staff_with(Right.MANAGE_LAUNCHES):
        notice = queue_notice(
            NoticeKind.CAP_WARNING,
            f"cap-warning:{key}:{staff.pk}",
            channel=Channel.EMAIL,
            destination=staff.email,
            sender=sender,
            school=None,
            subject=subject,
            html=f"<p>{escape(text)}</p>",
            text=text,
            expires_in=_WORTH_READING,
            actor=CLOCK,
        )
        told += notice is not None
    return told
