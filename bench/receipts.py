"""Twilio's callbacks, from the socket to the commit, and a lane that gets two for each message."""

from __future__ import annotations

from bench.figures import Effort, Figure, Say, figure, ratios
from bench.lanes import PROCESSES, plan_launch, send_lane, wake_and_wait
from bench.machine import Machine
from bench.population import Population

_DELIVERED = (
    "SELECT coalesce(sum(number), 0)::bigint FROM delivery_tally "
    "WHERE step_run_id = %s AND state = 'delivered'"
)


def measure_callbacks(effort: Effort, say: Say) -> list[Figure]:
    """Callbacks a second of the whole machine: the generator and PostgreSQL are on it too."""
    count = effort.size(5_000, 40_000)
    rates: list[float] = []
    with Machine() as machine:
        machine.start_webhooks(PROCESSES)
        origin = machine.environment["OUTREACH_WEBHOOK_URL"]
        for number in range(effort.pairs):
            before = machine.ask("SELECT count(*) FROM inbox_providerevent")
            rate = machine.run(
                *("-m", "bench.callbacks", str(machine.webhook_port), origin),
                *(machine.auth_token, str(count)),
            )
            stored = machine.ask("SELECT count(*) FROM inbox_providerevent") - before
            if stored != count:
                raise RuntimeError(f"{stored} of {count} callbacks were stored")
            rates.append(float(rate))
            say(f"callbacks {number + 1}: {rates[-1]:.0f}/s")
            machine.flush_queues()
    return [figure("Twilio callbacks, socket to commit", rates, 4_000, 8_000, unit="1/s")]


def measure_sustained(effort: Effort, say: Say) -> list[Figure]:
    """The SMS lane until everything is delivered, beside the same lane without receipts."""
    people = effort.people
    sent: list[float] = []
    sustained: list[float] = []
    with Machine() as machine:
        machine.populate(Population(people, plain=True, zone="UTC"))
        machine.start_webhooks(1)
        workers = machine.start_workers("sms", PROCESSES)
        sent = [send_lane(machine, "sms", people) for _ in range(effort.pairs)]
        machine.stop(workers)
        token = ("--auth-token", machine.auth_token)
        machine.use_sink("--callbacks", str(machine.webhook_port), *token)
        machine.start_workers("sms", PROCESSES)
        machine.start_workers("control", 1)
        for number in range(effort.pairs):
            sustained.append(_until_delivered(machine, people))
            say(f"pair {number + 1}: {sent[number]:.0f}/s, with receipts {sustained[number]:.0f}/s")
    return [
        figure("SMS lane with two callbacks each / without", ratios(sustained, sent), None, 0.5),
        figure("SMS lane with two callbacks each, all delivered", sustained, unit="1/s"),
    ]


def _until_delivered(machine: Machine, people: int) -> float:
    """Messages a second, from the first request to the last receipt in the ledger."""
    run, _ = plan_launch(machine, "sms")
    machine.sink.reset()
    wake_and_wait(machine, run, people)
    # `wait_for` ends when the last receipt is applied; the sink's clock is this machine's too.
    machine.wait_for(_DELIVERED, people, run)
    return people / (machine.sink.now() - machine.sink.counts()["first_at"])
