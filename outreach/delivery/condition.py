"""How senders fare, for pages and commands; the decisions themselves stand in `health`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from outreach.delivery.health import health_of, is_out_of_order, recent_pulse
from outreach.delivery.models import Batch, HealthState
from outreach.organisation.models import Sender


@dataclass(frozen=True)
class SenderCondition:
    """One sender. `state`: by its calls, `since` real time. `forced`: what staff decided, with
    who and why. `calls`, `failing`, `mean_seconds`: of the last two minutes. `away`: open
    batches that another sender writes in its place.
    """

    sender: Sender
    stand_in: Sender | None
    state: HealthState
    why: str
    since: datetime | None
    forced: HealthState | None
    forced_by: str
    forced_why: str
    calls: int
    failing: int
    mean_seconds: float
    away: int

    @property
    def writes_itself(self) -> bool:
        return self.stand_in is None or not is_out_of_order(self.sender)


def conditions() -> list[SenderCondition]:
    """Every sender in use, by channel."""
    senders = Sender.objects.filter(is_active=True).select_related("health", "stand_in")
    away = dict(
        Batch.objects.filter(is_done=False, instead_of__isnull=False)
        .values_list("instead_of")
        .annotate(number=Count("id"))
    )
    return [_condition(each, away.get(each.pk, 0)) for each in senders.order_by("channel", "pk")]


def _condition(sender: Sender, away: int) -> SenderCondition:
    health = health_of(sender)
    pulse = recent_pulse(sender)
    return SenderCondition(
        sender=sender,
        stand_in=sender.stand_in,
        state=HealthState(health.state) if health else HealthState.HEALTHY,
        why=health.why if health else "",
        since=health.since if health else None,
        forced=HealthState(health.forced) if health and health.forced else None,
        forced_by=health.forced_by if health else "",
        forced_why=health.forced_why if health else "",
        calls=pulse.chunks,
        failing=pulse.failing,
        mean_seconds=pulse.mean_seconds,
        away=away,
    )
