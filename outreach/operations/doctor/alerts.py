"""Whether the last alert to staff went, by email and by text."""

from __future__ import annotations

from collections.abc import Iterator

from outreach.config.environment import Mode, environment
from outreach.core.channels import Channel
from outreach.operations.doctor.finding import Finding, Verdict
from outreach.replies.alert_ways import Way, alert_ways

_VERDICTS = {
    Way.NO_SENDER: Verdict.LOOK,
    Way.NEVER: Verdict.LOOK,
    Way.UNDER_WAY: Verdict.LOOK,
    Way.TAKEN: Verdict.GOOD,
    Way.ARRIVED: Verdict.GOOD,
    Way.UNKNOWN: Verdict.LOOK,
    Way.FAILED: Verdict.BAD,
}
_BY = {Channel.EMAIL: "email", Channel.SMS: "text"}


def last_ones() -> Iterator[Finding]:
    """In a demo, where nobody is alerted in truth, a channel that was never used is left out."""
    is_demo = environment().mode is Mode.DEMO
    for each in alert_ways():
        verdict = _VERDICTS[each.way]
        if is_demo and each.way is Way.NEVER:
            verdict = Verdict.SKIPPED
        words = " ".join(filter(None, (each.words, each.why)))
        yield Finding(f"alerts by {_BY[each.channel]}", verdict, words, each.remedy)
