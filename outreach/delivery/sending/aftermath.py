"""What answers mean beyond the ledger: suppressions to record, a launch to pause.

Collected while sending and done afterwards by `actions`, outside the hot loop and
outside its transactions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from outreach.consent.rules import reason_of_refusal
from outreach.core.errors import ProviderRefused
from outreach.delivery.sending.calling import Answer
from outreach.delivery.sending.lease import LeasedBatch


@dataclass
class Aftermath:
    """`refused`: (delivery id, kind of refusal, provider code), where an address is to blame."""

    step_run_id: int = 0
    launch_id: int = 0
    refused: list[tuple[int, str, str]] = field(default_factory=list)
    full_ceiling: str = ""
    unauthorised: bool = False

    def merge(self, other: Aftermath) -> None:
        self.refused += other.refused


def aftermath_of(batch: LeasedBatch, answers: Sequence[Answer]) -> Aftermath:
    """The part of `answers` that has to be acted on outside the ledger."""
    refused = [
        (answer.id, answer.outcome.kind, answer.outcome.provider_code)
        for answer in answers
        if isinstance(answer.outcome, ProviderRefused) and reason_of_refusal(answer.outcome.kind)
    ]
    return Aftermath(batch.step_run_id, batch.launch_id, refused)
