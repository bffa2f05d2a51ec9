"""The faults of `make chaos`, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from bench.chaos.faults import (
    clocks,
    failover,
    killed,
    opt_outs,
    provider,
    servers,
    starved,
    twice,
)
from bench.chaos.house import House, TooLong
from bench.chaos.trial import Result, Trial
from outreach.core.channels import Channel
from outreach.sandbox.faults import FaultKind


@dataclass(frozen=True)
class Fault:
    """`words`: what breaks, for people. `act`: breaks it, and measures when it goes on.

    `long`: what `--full` does in its place, `runs_in_full` times. `is_short`: also done without
    `--full`.
    """

    name: str
    words: str
    act: Callable[[Trial], None]
    channel: Channel = Channel.SMS
    runs_in_full: int = 3
    long: Callable[[Trial], None] | None = None
    is_short: bool = True


_HOUR = timedelta(hours=1)
_KILLED = (
    Fault("kill-before-claim", "a worker, before its claim", killed.before_claim),
    Fault("kill-claimed", "a worker, claimed, before the call", killed.claimed_before_the_call),
    Fault("kill-calling", "a worker, during its calls", killed.during_calls),
    Fault("kill-accepted", "a worker, accepted, not recorded", killed.accepted_not_recorded),
    Fault("kill-recorded", "a worker, task not acknowledged", killed.recorded_not_acknowledged),
    Fault("kill-webhook", "webhooks, before their commit", killed.in_a_webhook),
)
_CLOCKS = (
    Fault(
        "clock-standby",
        "the leading clock is killed, a standby is there",
        killed.clock_with_standby,
    ),
    Fault("clock-alone", "the only clock is killed", killed.clock_alone),
)
_SERVERS = (
    Fault("redis-flushed", "FLUSHALL", servers.redis_flushed),
    Fault("redis-restarted", "Redis restarts", servers.redis_away(0)),
    Fault("redis-away", "Redis is away", servers.redis_away(10), long=servers.redis_away(60)),
    Fault("postgres-restarted", "PostgreSQL restarts", servers.postgres_away(0)),
    Fault(
        "postgres-away",
        "PostgreSQL is away, texts",
        servers.postgres_away(10),
        long=servers.postgres_away(30),
    ),
    Fault(
        "postgres-away-email",
        "PostgreSQL is away, email",
        servers.postgres_away(10),
        Channel.EMAIL,
        long=servers.postgres_away(30),
    ),
)
_PROVIDER = (
    Fault("sms-429", "Twilio: too many requests", provider.busy(FaultKind.HTTP_429, 4)),
    Fault("sms-503", "Twilio: 503", provider.busy(FaultKind.HTTP_503, 0)),
    Fault(
        "email-429",
        "SendGrid: too many requests",
        provider.busy(FaultKind.HTTP_429, 4),
        Channel.EMAIL,
    ),
    Fault("refused", "the provider refuses connections", provider.refused),
    Fault("other-channel", "email while texts are refused", provider.other_channel, Channel.EMAIL),
    *(
        Fault(f"sms-{kind[5:]}", f"Twilio: {kind[5:]}, not taken", provider.lost_for_good(kind))
        for kind in (FaultKind.HTTP_500, FaultKind.HTTP_502, FaultKind.HTTP_504)
    ),
    Fault(
        "sms-500-taken",
        "Twilio: taken, and 500",
        provider.taken_all_the_same(FaultKind.HTTP_500_AFTER),
    ),
    Fault(
        "sms-reset-taken",
        "Twilio: taken, and a reset",
        provider.taken_all_the_same(FaultKind.RESET_AFTER),
    ),
    Fault(
        "sms-timeout-taken",
        "Twilio: taken, and no answer",
        provider.taken_all_the_same(FaultKind.TIMEOUT_AFTER, 25),
    ),
    Fault("sms-slow", "Twilio: an answer after 30 s", provider.slow(30)),
    Fault(
        "email-one-refused",
        "SendGrid: one of a request refused",
        provider.one_personalization_refused,
        Channel.EMAIL,
    ),
)
_FAILOVER = (
    Fault(
        "failover-503",
        "SendGrid: 503 until its stand-in writes, then well",
        failover.away(FaultKind.HTTP_503, 20),
        Channel.EMAIL,
    ),
    Fault(
        "failover-refused",
        "SendGrid refuses connections until its stand-in writes, then well",
        failover.away(FaultKind.REFUSED, 20),
        Channel.EMAIL,
    ),
)
_TWICE = (
    Fault("doubled", "sweepers, planners, workers and tasks twice", twice.doubled),
    Fault(
        "callbacks-fifty",
        "each receipt fifty times",
        twice.callbacks(FaultKind.DUPLICATE_CALLBACKS),
    ),
    Fault(
        "callbacks-shuffled", "receipts in any order", twice.callbacks(FaultKind.SHUFFLED_CALLBACKS)
    ),
    Fault("callbacks-late", "receipts after the end", twice.callbacks(FaultKind.HELD_CALLBACKS)),
    Fault(
        "callbacks-forged", "a lie before each receipt", twice.callbacks(FaultKind.FORGED_CALLBACKS)
    ),
)
_STOPS = (
    Fault("opt-outs", "stops committed in the middle", opt_outs.in_the_middle, runs_in_full=10),
    Fault("stop-by-text", "STOP texted in the middle", opt_outs.by_text),
    Fault("stop-missed", "STOP texted while all of ours is down", opt_outs.missed),
)
_STARVED = (
    Fault("out-of-memory", "a worker gets no more memory", starved.out_of_memory),
    Fault("out-of-disk", "a worker can write no file", starved.out_of_disk),
)
_TIME = (
    Fault("clock-forward", "an hour forward", clocks.jump(_HOUR)),
    Fault("clock-back", "an hour back", clocks.jump(-_HOUR)),
    *(
        Fault(
            f"night-{zone.rpartition('/')[2].lower()}-{day:%Y-%m}",
            f"{at:%H:%M} in {zone}",
            clocks.night(zone, day, at),
            is_short=number % 2 == number // 2 % 2,
            runs_in_full=1,
        )
        for number, (zone, day, at) in enumerate(clocks.NIGHTS)
    ),
)
FAULTS: dict[str, Fault] = {
    each.name: each
    for each in (
        *(replace(each, runs_in_full=20) for each in _KILLED),
        *_CLOCKS, *_SERVERS, *_PROVIDER, *_FAILOVER, *_TWICE, *_STOPS, *_STARVED, *_TIME,
    )
}  # fmt: skip


def run_fault(house: House, fault: Fault, *, full: bool = False, hurried: bool = False) -> Result:
    """One run: the fault, the end of the send, the books. `hurried`: see `Trial`."""
    trial = Trial(house, fault.name, fault.channel, hurried=hurried)
    try:
        (fault.long if full and fault.long else fault.act)(trial)
        return trial.finish()
    except TooLong as late:
        trial.expect(False, str(late))
        return trial.result
