"""Builders of a delivery that failed for good, and what its row shows afterwards."""

from __future__ import annotations

import itertools
from datetime import timedelta

import delivery_builders as build

from outreach.core.clock import FrozenClock, now
from outreach.core.tokens import DELIVERY_STATUS
from outreach.delivery.actions import apply_receipts, plan_step_run, send_batch
from outreach.delivery.fallback import fall_back_due
from outreach.delivery.models import Batch, Delivery, DeliveryEvent
from outreach.delivery.queries import launch_progress
from outreach.inbox.models import ProviderEvent
from outreach.organisation import lanes

DEFINITION = build.DEFINITION.replace(
    "channels: [email, sms]", "channels: [email, sms]\n    fallback: after-hard-failure"
)
_keys = itertools.count()


def sent(clock: FrozenClock, definition: str = DEFINITION, **addresses: object) -> Delivery:
    """One parent with a mailbox and a phone, whose mail was taken by the provider."""
    given = {"email": "anna@example.org", "phone": "+447700900001", **addresses}
    school = build.build_school()
    build.build_parent(school, **given)  # type: ignore[arg-type]  # as the test names them
    launch = build.build_running_launch([school], definition=definition)
    plan_step_run(build.first_run(launch).pk)
    clock.tick(timedelta(hours=2))
    send_all()
    return row()


def send_all() -> None:
    for batch in Batch.objects.filter(is_done=False).order_by("pk"):
        send_batch(batch.pk)


def row() -> Delivery:
    return Delivery.objects.get()


def report(
    kind: str, *, attempt: int = 1, refusal: str | None = None, of: Delivery | None = None
) -> None:
    """One receipt of an attempt, applied; of the one delivery there is, unless it is named."""
    about = of or row()
    ProviderEvent.objects.create(
        provider="x",
        event_key=str(next(_keys)),
        token=lanes.sealer().seal(DELIVERY_STATUS, about.step_run_id, about.id, attempt),
        kind=kind,
        provider_code=kind,
        refusal=refusal or "",
        permanent=refusal is not None,
        received_at=now(),
    )
    apply_receipts()


def bounce(attempt: int = 1, of: Delivery | None = None) -> None:
    report("bounced", attempt=attempt, refusal="bad_address", of=of)


def wait_and_fall_back(clock: FrozenClock) -> int:
    clock.tick(timedelta(minutes=3))
    return fall_back_due()


def events() -> list[str]:
    return list(DeliveryEvent.objects.order_by("id").values_list("event", flat=True))


def books_balance() -> bool:
    counted = launch_progress(row().step_run.launch).by_state
    return counted == {row().state: Delivery.objects.count()}
