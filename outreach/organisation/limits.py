"""What senders and provider accounts may do in a second and in a day, changed while all runs.

Owns the limits and who changed them why. Refuses to count what has gone out (delivery does).
Days are days of UTC, as for the spending caps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from django.db import transaction

from outreach.core.errors import BadInput, NotNow
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import AccountLimit, Sender
from outreach.providers.port import ProviderName

LARGEST_A_DAY = 100_000_000
FASTEST_A_SECOND = 100_000.0
_LONGEST_WARM_UP_DAYS = 90

# Messages on the first day, the second …: receiving sides trust an address that grows by and by.
# A default only; providers publish schedules of their own, and any can be given instead.
WARM_UP: tuple[int, ...] = (
    *(50, 100, 500, 1_000, 5_000, 10_000, 20_000, 40_000, 70_000, 100_000),
    *(150_000, 250_000, 400_000, 600_000, 1_000_000),
)


@dataclass(frozen=True)
class Limits:
    """`most_a_day`: messages, None for no limit. `rate_per_second`: segments of texts, or mails;
    None leaves a sender's rate and takes away an account's."""

    rate_per_second: float | None
    most_a_day: int | None


def limit_sender(sender: Sender, limits: Limits, *, actor: Actor, why: str) -> Sender:
    """From the next claim on nothing goes out above `limits`. Raises BadInput."""
    _check(limits)
    rate = limits.rate_per_second or sender.rate_per_second
    with transaction.atomic():
        Sender.objects.filter(pk=sender.pk).update(
            rate_per_second=rate, most_a_day=limits.most_a_day
        )
        _note(actor, "sender.limits", _subject(sender), why, asdict(limits))
    sender.refresh_from_db()
    return sender


def limit_account(provider: str, limits: Limits, *, actor: Actor, why: str) -> AccountLimit:
    """The same for all senders of one provider's account together. Raises BadInput."""
    name = _provider(provider)
    _check(limits)
    with transaction.atomic():
        row, _ = AccountLimit.objects.update_or_create(
            provider=name,
            defaults={"rate_per_second": limits.rate_per_second, "most_a_day": limits.most_a_day},
        )
        _note(actor, "account.limits", f"account:{name}", why, asdict(limits))
    return row


def start_warm_up(
    sender: Sender, *, from_day: date, schedule: Sequence[int] = WARM_UP, actor: Actor, why: str
) -> Sender:
    """So many messages on the first day, the second …; after the last day there is no limit.

    `from_day`: the first day; before it the first day's number holds. Raises BadInput.
    """
    days = list(schedule)
    if not 1 <= len(days) <= _LONGEST_WARM_UP_DAYS or not all(0 < n <= LARGEST_A_DAY for n in days):
        raise BadInput(
            "This is no warm-up schedule.",
            remedy="Give the messages of each day in order, like 50,100,500,1000.",
        )
    with transaction.atomic():
        Sender.objects.filter(pk=sender.pk).update(warm_up=days, warm_up_from=from_day)
        details = {"days": days, "from": from_day.isoformat()}
        _note(actor, "sender.warm-up", _subject(sender), why, details)
    sender.refresh_from_db()
    return sender


def end_warm_up(sender: Sender, *, actor: Actor, why: str) -> Sender:
    """The sender is known well enough. Raises NotNow when there is no warm-up."""
    if sender.warm_up_from is None:
        raise NotNow(f"{sender.identity} is not warmed up.")
    with transaction.atomic():
        Sender.objects.filter(pk=sender.pk).update(warm_up=[], warm_up_from=None)
        _note(actor, "sender.warm-up-ended", _subject(sender), why, {})
    sender.refresh_from_db()
    return sender


def lift_pauses(sender: Sender, *, actor: Actor, why: str) -> Sender:
    """Ends the pauses that the provider asked of this sender and of its account.

    They hold at most half a minute longer in passes under way. Raises NotNow without a pause.
    """
    with transaction.atomic():
        free = {"paused_until": None, "paused_why": ""}
        paused = Sender.objects.filter(pk=sender.pk, paused_until__isnull=False).update(**free)
        paused += AccountLimit.objects.filter(
            provider=sender.provider, paused_until__isnull=False
        ).update(**free)
        if not paused:
            raise NotNow(f"{sender.identity} is not paused.")
        _note(actor, "sender.pause-lifted", _subject(sender), why, {})
    sender.refresh_from_db()
    return sender


def most_on(sender: Sender, day: date) -> int | None:
    """How many messages it may send on a day (UTC), None for no limit.

    The same as `outreach_most_today`, by which claims are judged.
    """
    limits = [sender.most_a_day] if sender.most_a_day is not None else []
    if sender.warm_up_from is not None:
        place = max((day - sender.warm_up_from).days, 0)
        limits += sender.warm_up[place : place + 1]
    return min(limits, default=None)


def account_of(provider: str) -> AccountLimit:
    """The limits of an account; one without limits where none were set."""
    return AccountLimit.objects.filter(pk=provider).first() or AccountLimit(provider=provider)


def _provider(name: str) -> str:
    known = sorted(ProviderName)
    if name not in known:
        raise BadInput(f"{name!r} is not a provider.", remedy=f"Known: {', '.join(known)}.")
    return name


def _check(limits: Limits) -> None:
    rate = limits.rate_per_second
    if rate is not None and not (math.isfinite(rate) and 0 < rate <= FASTEST_A_SECOND):
        raise BadInput(f"{rate:g} a second is no rate.", remedy="Give a number above 0.")
    if limits.most_a_day is not None and not 0 <= limits.most_a_day <= LARGEST_A_DAY:
        raise BadInput(
            f"{limits.most_a_day} messages a day cannot be a limit.",
            remedy=f"From 0 to {LARGEST_A_DAY:,}.",
        )


def _subject(sender: Sender) -> str:
    return f"sender:{sender.uuid}"


def _note(actor: Actor, action: str, subject: str, why: str, details: Mapping[str, object]) -> None:
    if not why.strip():
        raise BadInput("The reason is missing.", remedy="Say why, for those who read it later.")
    record(actor, action, subject, why=why.strip(), details=details)
