"""One launch that a fault happens to, and the reading of the books afterwards.

What must hold after every fault: nobody has the message twice, no delivery is without an
outcome or with a wrong one, the counters are the rows, what a receipt or a look-up can settle
is settled.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from bench.chaos.house import STANDING, House
from outreach.core.channels import Channel
from outreach.core.errors import Unavailable

RESUMED_WITHIN_SECONDS = 60.0
_AFTER_THE_TIME_TO_DECIDE = timedelta(minutes=11)
# Two processes with two runners each: what can be claimed and unanswered at one moment.
OPEN_TEXTS = 4 * 256
_IS_OVER = """
SELECT count(*) > 0 AND NOT EXISTS (SELECT 1 FROM delivery_batch b
    WHERE b.step_run_id = %(run)s AND NOT b.is_done)
  AND count(*) FILTER (WHERE state IN ('pending', 'sending')) = 0
FROM delivery_delivery WHERE step_run_id = %(run)s
"""
_ROWS = """
SELECT a.match_key, d.state FROM delivery_delivery d
JOIN audience_address a ON a.id = d.address_id WHERE d.step_run_id = %s
"""
_UNBALANCED = """
SELECT count(*) FROM
  (SELECT state, count(*) AS number FROM delivery_delivery WHERE step_run_id = %(run)s GROUP BY 1) r
FULL JOIN
  (SELECT state, sum(number) AS number FROM delivery_tally WHERE step_run_id = %(run)s
   GROUP BY 1 HAVING sum(number) <> 0) t USING (state)
WHERE r.number IS DISTINCT FROM t.number
"""
_NOTICES_UNDER_WAY = "SELECT count(*) FROM notices_notice WHERE state IN ('pending', 'sending')"
_SENT = frozenset({"accepted", "delivered", "bounced"})
_NEVER_SENT = frozenset({"pending", "skipped", "expired", "cancelled"})


@dataclass
class Result:
    """The figures of one run. `resume_seconds`: None where nothing had stopped."""

    fault: str
    planned: int = 0
    accepted: int = 0
    duplicates: int = 0
    lost: int = 0
    unknown: int = 0
    resume_seconds: float | None = None
    notes: dict[str, float] = field(default_factory=dict)
    shortfalls: list[str] = field(default_factory=list)


class Trial:
    """`channel`: of the launch. `unknown_at_most`: how many outcomes may be open at its end.

    `hurried`: does not wait until the lease of a killed worker runs out, for tests.
    `taken_elsewhere`: to whom a message went past the sandbox.
    """

    def __init__(
        self,
        house: House,
        fault: str,
        channel: Channel = Channel.SMS,
        *,
        hurried: bool = False,
    ) -> None:
        self.house = house
        self.channel = channel
        self.result = Result(fault)
        self.hurried = hurried
        self.unknown_at_most = 0
        self.launch_id = 0
        self.run = 0
        self.worker = f"worker-{channel}"
        self.taken_elsewhere: list[str] = []

    # what a fault is told with

    def begin(self, *, rate: float = 400, without: tuple[str, ...] = ()) -> None:
        """An empty sandbox, everybody in, `rate` messages a second, the processes at work."""
        self.house.control.clear_faults()
        self._quieten()
        self._take_everybody_back()
        self.house.control.reset()
        self.set_rate(rate)
        self.house.ensure(*(each for each in (*STANDING, self.worker) if each not in without))

    def _take_everybody_back(self) -> None:
        """Whom a fault before stopped, or whose address it lost, is written to again."""
        self.house.wait(lambda: self.house.one(_NOTICES_UNDER_WAY) == 0, "the notices")
        self.house.execute("DELETE FROM consent_suppression")
        self.house.execute("UPDATE consent_consentstate SET granted = true")
        self.house.execute("UPDATE consent_hold SET released_at = now() WHERE released_at IS NULL")

    def set_rate(self, rate: float) -> None:
        """Of every sender, also while it writes."""
        self.house.execute("UPDATE organisation_sender SET rate_per_second = %s", rate)

    def launch(self, at: str = "00:00", within: str = "24h", day: str = "") -> None:
        """Made, approved and started; the clock finds it."""
        said = self.house.command(
            *("python", "-m", "bench.chaos.inside", "launch", self.channel, at, within),
            *([day] if day else []),
        )
        self.launch_id = int(said)
        runs = self.house.rows(
            "SELECT id FROM campaigns_steprun WHERE launch_id = %s", self.launch_id
        )
        self.expect(len(runs) == 1, f"{len(runs)} step runs in place of one")
        self.run = runs[0][0]

    def expect(self, is_so: bool, else_words: str) -> None:
        """Notes a shortfall where it is not so."""
        if not is_so:
            self.result.shortfalls.append(else_words)

    def count(self, where: str) -> int:
        return int(
            self.house.one(
                f"SELECT count(*) FROM delivery_delivery WHERE step_run_id = %s AND ({where})",
                self.run,
            )
        )

    def wait_for(self, where: str, at_least: int = 1) -> None:
        """Until so many deliveries are as `where` says."""
        self.house.wait(lambda: self.count(where) >= at_least, f"{at_least} deliveries {where}")

    def is_over(self) -> bool:
        """Nothing waits, nothing is under way, every batch was given back as done."""
        return bool(self.house.rows(_IS_OVER, {"run": self.run})[0][0]) if self.run else False

    def resume(self, is_so: Callable[[], bool] | None = None) -> None:
        """Measures from now to the next claim, or to the end; or to what the fault watches."""
        if self.hurried:
            self.house.execute(
                "UPDATE delivery_batch SET woken_at = NULL, "
                "lease_until = CASE WHEN lease_until IS NOT NULL THEN now() - interval '1 second' "
                "END WHERE step_run_id = %s",
                self.run,
            )
        claims = self._claims()
        is_back = is_so or (lambda: self._claims() > claims or self.is_over())
        took = self.house.wait(is_back, "the send going on")
        self.result.resume_seconds = max(took, self.result.resume_seconds or 0.0)

    def _claims(self) -> int:
        return int(
            self.house.one(
                "SELECT count(*) FROM delivery_deliveryevent WHERE step_run_id = %s "
                "AND event = 'claim'",
                self.run,
            )
        )

    # the end

    def finish(self) -> Result:
        """Waits until nothing moves any more, then reads the books."""
        self.house.wait(self.is_over, "the end of the send")
        self.wait_until_settled()
        if self.count("state = 'unknown'"):
            self.decide()
        self._read()
        self._judge()
        return self.result

    def wait_until_settled(self) -> None:
        """Faults end; every receipt has come and is applied."""
        self.house.control.clear_faults()
        self._quieten()
        waiting = "SELECT count(*) FROM inbox_providerevent WHERE processed_at IS NULL"
        self.house.wait(lambda: self.house.one(waiting) == 0, "the receipts being applied")

    def decide(self) -> None:
        """Eleven minutes later: what a look-up cannot find is in front of a person."""
        unknown = self.count("state = 'unknown'")
        said = self.house.command(
            *("python", "-m", "bench.chaos.inside", "decide", str(self.launch_id)),
            ahead=_AFTER_THE_TIME_TO_DECIDE,
        )
        asks = json.loads(said)["to_decide"]
        left = self.count("state = 'unknown'")
        # Some were found by the workers that run beside this.
        self.result.notes |= {"found at the provider": unknown - left, "to decide": left}
        self.expect(asks == left, f"{asks} of {left} ask for a decision")

    def _quieten(self) -> None:
        try:
            self.house.control.wait_until_quiet(90)
        except Unavailable as error:
            self.expect(False, str(error))

    def _read(self) -> None:
        items = self.house.control.accepted_items(self.channel)
        at_sandbox = Counter([*(str(item["to"]) for item in items), *self.taken_elsewhere])
        rows = self.house.rows(_ROWS, self.run)
        found = self.result
        found.planned = self.count("batch_id IS NOT NULL")
        found.accepted = at_sandbox.total()
        again = self.house.control.accepted(self.channel).duplicates
        found.duplicates = sum(n - 1 for n in at_sandbox.values()) + len(again)
        found.unknown = sum(state == "unknown" for _, state in rows)
        found.lost = sum(_is_wrong(state, at_sandbox[address]) for address, state in rows)
        unsettled = sum(state == "unknown" and at_sandbox[to] > 0 for to, state in rows)
        self.expect(unsettled == 0, f"{unsettled} unknown although a receipt came")

    def _judge(self) -> None:
        found = self.result
        unbalanced = self.house.rows(_UNBALANCED, {"run": self.run})[0][0]
        self.expect(unbalanced == 0, "the counters are not the rows")
        self.expect(found.planned == self.house.people, f"{found.planned} planned")
        self.expect(found.duplicates == 0, f"{found.duplicates} went out twice")
        self.expect(found.lost == 0, f"{found.lost} without a right outcome")
        self.expect(
            found.unknown <= self.unknown_at_most,
            f"{found.unknown} unknown, at most {self.unknown_at_most} expected",
        )
        late = (found.resume_seconds or 0.0) > RESUMED_WITHIN_SECONDS
        self.expect(not late, f"resumed after {found.resume_seconds} s")


def _is_wrong(state: str, times_at_sandbox: int) -> bool:
    if state in ("pending", "sending"):
        return True
    if state in _SENT:
        return times_at_sandbox == 0
    return state in _NEVER_SENT and times_at_sandbox > 0


def pause(seconds: float) -> None:
    """How long a fault lasts."""
    time.sleep(seconds)
