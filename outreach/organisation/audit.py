"""The audit log: every change that staff or the command line makes (promise 11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outreach.core.clock import now
from outreach.organisation.models import AuditEntry


@dataclass(frozen=True)
class Actor:
    """Who acts. `name`: a staff email address, `system:clock`, `system:webhook` …

    `staff_id`: the row of the member of staff, None for the system.
    """

    name: str
    staff_id: int | None = None


CLOCK = Actor("system:clock")
WORKER = Actor("system:worker")
RECIPIENT = Actor("recipient")
OPERATOR = Actor("operator:command-line")


def record(
    actor: Actor,
    action: str,
    subject: str,
    *,
    why: str = "",
    details: Mapping[str, object] | None = None,
) -> None:
    """Appends one entry. `subject`: `launch:<uuid>`, `school:<slug>` …; no personal data."""
    AuditEntry.objects.create(
        at=now(),
        actor=actor.name,
        action=action,
        subject=subject,
        why=why,
        details=dict(details or {}),
    )
