"""kill -9 at six points of a message's way, and of the clock."""

from __future__ import annotations

from bench.chaos.house import House
from bench.chaos.locks import CLAIM, Hold, hold_claims
from bench.chaos.trial import OPEN_TEXTS, Trial, pause
from outreach.core.channels import Channel
from outreach.core.locks import Lock
from outreach.sandbox.faults import FaultKind


def before_claim(trial: Trial) -> None:
    """Written and throttled; the claim waits for its first statement."""
    trial.begin()
    with hold_claims(trial.house) as claims:
        trial.launch()
        claims.wait_for_waiter(CLAIM)
        trial.house.kill(trial.worker)
    _supervise(trial)


def claimed_before_the_call(trial: Trial) -> None:
    """The commit is done, its answer never read: nobody called, and nobody can know it."""
    trial.begin()
    trial.unknown_at_most = OPEN_TEXTS
    with hold_claims(trial.house) as claims:
        trial.launch()
        claims.wait_for_waiter(CLAIM)
        # The claim's counters point at the step run, which PostgreSQL checks at the commit.
        run = Hold(
            trial.house, "SELECT 1 FROM campaigns_steprun WHERE id = %s FOR UPDATE", trial.run
        )
    run.wait_for_waiter("COMMIT%")
    trial.house.freeze(trial.worker)
    run.let_go()
    trial.wait_for("state = 'sending'")
    trial.house.kill(trial.worker)
    _supervise(trial)


def during_calls(trial: Trial) -> None:
    """Requests are at the provider, which has not taken them yet."""
    trial.begin()
    trial.unknown_at_most = OPEN_TEXTS
    trial.house.control.fail(Channel.SMS, FaultKind.SLOW, seconds=2)
    trial.launch()
    trial.wait_for("state = 'sending'")
    pause(0.5)
    trial.house.kill(trial.worker)
    trial.house.control.clear_faults()
    _supervise(trial)


def accepted_not_recorded(trial: Trial) -> None:
    """The provider has the texts, the ledger does not; receipts are away, a look-up must do."""
    trial.begin()
    trial.unknown_at_most = OPEN_TEXTS
    trial.house.control.fail(Channel.SMS, FaultKind.HELD_CALLBACKS)
    trial.house.control.fail(Channel.SMS, FaultKind.SLOW, seconds=1)
    trial.launch()
    trial.wait_for("state = 'sending'")
    with Hold(
        trial.house, "SELECT 1 FROM delivery_tally WHERE step_run_id = %s FOR UPDATE", trial.run
    ) as tallies:
        tallies.wait_for_waiter("%WITH moved%")
        trial.house.kill(trial.worker)
        tallies.end_waiters()
    trial.house.control.clear_faults(kind=FaultKind.SLOW)
    _supervise(trial)
    trial.house.wait(trial.is_over, "the end of the send")
    trial.decide()


def recorded_not_acknowledged(trial: Trial) -> None:
    """All outcomes are written, the batch is not given back and its task not acknowledged."""
    trial.begin()
    leased = (
        "SELECT coalesce(bool_and(lease_until > now()), false) FROM delivery_batch "
        "WHERE step_run_id = %s"
    )
    with hold_claims(trial.house) as claims:
        trial.launch()
        trial.house.wait(lambda: bool(trial.house.one(leased, trial.run)), "the leases")
        claims.wait_for_waiter(CLAIM)
        rows = Hold(
            trial.house, "SELECT 1 FROM delivery_batch WHERE step_run_id = %s FOR UPDATE", trial.run
        )
    rows.wait_for_waiter("%is_done =%")
    trial.house.wait(
        lambda: trial.count("state IN ('pending', 'sending')") == 0, "all outcomes recorded"
    )
    trial.house.kill(trial.worker)
    rows.end_waiters()
    rows.let_go()
    _supervise(trial)


def in_a_webhook(trial: Trial) -> None:
    """Receipts are read and checked, their group is not committed."""
    trial.begin()
    trial.launch()
    with Hold(trial.house, "LOCK TABLE inbox_providerevent IN EXCLUSIVE MODE") as inbox:
        inbox.wait_for_waiter("%INSERT INTO inbox_providerevent%")
        trial.house.kill("webhooks")
    trial.house.ensure("webhooks")
    stored = "SELECT count(*) FROM inbox_providerevent"
    before = trial.house.one(stored)
    trial.resume(lambda: bool(trial.house.one(stored) > before))


def clock_with_standby(trial: Trial) -> None:
    """The leader dies as a step run falls due; the other clock plans it, once."""
    trial.begin()
    trial.house.ensure("clock/2")
    trial.house.wait(lambda: _clocks(trial.house) == 1, "a leader")
    trial.launch()
    trial.house.kill("clock")
    trial.resume()
    trial.house.stop("clock/2")
    trial.house.ensure("clock")


def clock_alone(trial: Trial) -> None:
    """No clock when a step run falls due; the next one to start begins with it."""
    trial.begin()
    trial.house.kill("clock")
    trial.launch()
    pause(2)
    trial.expect(trial.count("true") == 0, "somebody planned without a clock")
    trial.house.ensure("clock")
    trial.resume()


def _clocks(house: House) -> int:
    return int(
        house.one(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s",
            int(Lock.CLOCK_LEADER),
        )
    )


def _supervise(trial: Trial) -> None:
    """What the supervisor does: the process is started again at once."""
    trial.house.ensure(trial.worker)
    trial.resume()
