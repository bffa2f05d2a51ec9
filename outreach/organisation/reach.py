"""Whether a message to one member of staff could go at all, before one is made.

Owns the three reasons that are silent otherwise: no sender, no account, an address that mode trial
does not allow. Refuses to promise more: what the provider says is known after the call.
"""

from __future__ import annotations

from outreach.core.channels import Channel
from outreach.core.errors import Problem
from outreach.core.phones import country_of_number
from outreach.organisation import lanes
from outreach.organisation.models import Staff
from outreach.organisation.senders import sender_for

NO_SENDER = "no-sender"


def reach_problem(staff: Staff, channel: Channel) -> Problem | None:
    """Why nothing would go to this person by this channel; None when it would."""
    is_text = channel is Channel.SMS
    to = staff.phone if is_text else staff.email
    country = country_of_number(to) if is_text else ""
    sender = sender_for(channel, country)
    if sender is None:
        return _no_text_sender(to, country) if is_text else _no_mail_sender(to)
    if not lanes.has_account(sender):
        return Problem(
            "no-account",
            f"Nothing can go to {to}: the account of {sender.provider} is not set up.",
            remedy="Enter it in the settings and start the processes again: docs/settings.md.",
        )
    if lanes.may_reach(channel, to) is not None:
        words = f"outreach staff verify {staff.email}{' --phone' if is_text else ''}"
        return Problem(
            "trial",
            f"Nothing can go to {to}: in mode trial only confirmed addresses are written to.",
            remedy=f"Where you know that it is theirs, in the terminal: {words}.",
        )
    return None


def _no_text_sender(to: str, country: str) -> Problem:
    return Problem(
        NO_SENDER,
        f"Nothing can go to {to}: no sender of texts writes to {country or 'its country'}.",
        remedy="Add one in the terminal, with its account in the settings: "
        f"outreach sender add NUMBER --channel sms --provider twilio --country {country or 'CC'}.",
    )


def _no_mail_sender(to: str) -> Problem:
    return Problem(
        NO_SENDER,
        f"Nothing can go to {to}: there is no sender of email in use.",
        remedy="Add one in the terminal, with its account in the settings: "
        "outreach sender add ADDRESS --channel email --provider smtp.",
    )
