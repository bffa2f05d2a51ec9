"""The jobs of the clock process, on APScheduler.

A date job per coming moment hastens things; the rescan every ten seconds is the
guarantee. All jobs live in memory and are rebuilt from PostgreSQL, so a clock that was
away for an hour begins with what is due now. APScheduler gets aware UTC instants and
intervals only: local time is `timing`'s.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import FrameType

import psycopg
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from outreach.clock.due import coming_moments
from outreach.clock.leader import Leadership
from outreach.config.environment import environment
from outreach.core import queues
from outreach.core.clock import installed, real_seconds_until
from outreach.core.errors import NotNow
from outreach.core.wake import wake
from outreach.delivery.sealing.sealer import seal_ledger
from outreach.delivery.upkeep import sweep
from outreach.operations.nightly import nightly
from outreach.operations.stop_journal import write_journal
from outreach.organisation.api_keys import forget_answers
from outreach.organisation.sessions import forget_old_sessions
from outreach.organisation.tries import forget_old_tries
from outreach.replies.upkeep import wake_for_cases
from outreach.reports.counting import count_due_runs
from outreach.reports.live import count_moving_runs
from outreach.subscriptions.joining import forget_what_is_over
from outreach.subscriptions.lapse import look_after_rosters

_LOG = logging.getLogger(__name__)
RESCAN_SECONDS = 10
# In between, a quick look: a batch that was given back, a launch that was resumed.
SWEEP_SECONDS = 2
# A school waits at its page for its list; a claim judges the end of a consent by itself.
ROSTERS_SECONDS = 10
# What a provider knows and we do not is dropped there meanwhile, so this is not urgent.
LISTS_SECONDS = 300
# Other systems are told what changed; as much as an answer to a question may be old.
TELL_SECONDS = 10
# Addresses of sign-ups that nobody confirmed are not ours to keep.
FORGET_SECONDS = 300
# A stop by mail where nobody brings it to us: soon, and no more sign-ins than hosts allow.
MAILBOX_SECONDS = 20
# What is not sealed yet could be changed unseen; a pass costs what happened since the last.
SEAL_SECONDS = 60
# How much of the stops a restore could lose.
JOURNAL_SECONDS = 60
# How soon after the end of a step its report is there.
REPORTS_SECONDS = 30
# How soon after its hour, or after a start, the work of the night begins.
NIGHTLY_SECONDS = 300
# What takes memory, or long, has one thread for itself: each thread keeps what it once took, and
# none of them keeps the others waiting.
_THREADS = {"default": 4, "seal": 1, "reports": 1, "nightly": 1}


class ClockProcess:
    """`dsn`: for the leader lock."""

    def __init__(self, dsn: str) -> None:
        self._leadership = Leadership(dsn)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={name: ThreadPoolExecutor(most) for name, most in _THREADS.items()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._stop = threading.Event()
        self._is_leading = False

    def run(self) -> None:
        """Runs until SIGTERM or SIGINT."""
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGINT, self._ask_to_stop)
        soon = datetime.now(UTC)
        for name, job, seconds in self._jobs():
            self._scheduler.add_job(
                job,
                "interval",
                seconds=seconds,
                id=name,
                executor=name if name in _THREADS else "default",
                next_run_time=soon,
            )
        self._scheduler.start()
        self._stop.wait()
        self._scheduler.shutdown(wait=True)
        self._leadership.release()

    def _jobs(self) -> Iterator[tuple[str, Callable[[], None], int]]:
        """Name, job, and seconds between two of it."""
        yield "sweep", self._sweep, SWEEP_SECONDS
        yield "rescan", self._rescan, RESCAN_SECONDS
        if environment().imap_url:
            yield "mailbox", self._mailbox, MAILBOX_SECONDS
        # At once too: after an outage of ours the providers' lists know more than we do.
        yield "lists", self._lists, LISTS_SECONDS
        yield "tell", self._tell, TELL_SECONDS
        yield "forget", self._forget, FORGET_SECONDS
        yield "rosters", self._rosters, ROSTERS_SECONDS
        yield "nightly", self._nightly, NIGHTLY_SECONDS
        yield "journal", self._journal, JOURNAL_SECONDS
        yield "seal", self._seal, SEAL_SECONDS
        yield "reports", self._reports, REPORTS_SECONDS

    def _ask_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _sweep(self) -> None:
        if self._leads():
            _safely(sweep)
            _safely(wake_for_cases)

    def _rescan(self) -> None:
        if self._is_leading:
            _safely(self._schedule_coming)

    def _rosters(self) -> None:
        if self._leadership.holds():
            _safely(look_after_rosters)

    def _lists(self) -> None:
        if self._leadership.holds():
            wake(queues.SYNC_PROVIDER_LISTS, queues.CONTROL)

    def _tell(self) -> None:
        if self._leadership.holds():
            wake(queues.TELL_CHANGES, queues.CONTROL)

    def _forget(self) -> None:
        if self._leadership.holds():
            _safely(forget_what_is_over)
            _safely(forget_answers)
            _safely(forget_old_sessions)
            _safely(forget_old_tries)

    def _seal(self) -> None:
        if self._leadership.holds():
            _safely(_seal)

    def _reports(self) -> None:
        if self._leadership.holds():
            _safely(count_moving_runs)
            _safely(count_due_runs)

    def _nightly(self) -> None:
        if self._leadership.holds():
            _safely(nightly)

    def _journal(self) -> None:
        if self._leadership.holds():
            _safely(write_journal)

    def _mailbox(self) -> None:
        if self._leadership.holds():
            wake(queues.READ_MAILBOX, queues.CONTROL)

    def _leads(self) -> bool:
        leads = self._leadership.holds()
        if leads != self._is_leading:
            _LOG.info("this clock %s", "leads" if leads else "stands by")
            self._is_leading = leads
        return leads

    def _schedule_coming(self) -> None:
        """A job for each moment until two rescans from now; the same moment is the same job."""
        ahead = timedelta(seconds=RESCAN_SECONDS * 2 * installed().speed)
        for moment in coming_moments(ahead):
            real = datetime.now(UTC) + timedelta(seconds=real_seconds_until(moment))
            self._scheduler.add_job(
                self._sweep,
                "date",
                run_date=real,
                id=f"due:{moment.isoformat()}",
                replace_existing=True,
            )


def _seal() -> None:
    try:
        seal_ledger()
    except NotNow as reason:  # restored by other means: an operator has to say what to do
        _LOG.error("%s", reason)


def _safely(job: Callable[[], object]) -> None:
    """The top of a job: a database that is away is waited for, never the end of the clock."""
    try:
        close_old_connections()
        job()
    except (DatabaseError, InterfaceError, psycopg.Error) as error:
        _LOG.warning("the database is away, trying again: %s", type(error).__name__)
        connection.close()
    except Exception:
        _LOG.exception("a job of the clock failed")
