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
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import FrameType

import psycopg
from apscheduler.schedulers.background import BackgroundScheduler
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from outreach.clock.due import coming_moments
from outreach.clock.leader import Leadership
from outreach.core.clock import installed, real_seconds_until
from outreach.delivery.upkeep import sweep

_LOG = logging.getLogger(__name__)
RESCAN_SECONDS = 10
# In between, a quick look: a batch that was given back, a launch that was resumed.
SWEEP_SECONDS = 2


class ClockProcess:
    """`dsn`: for the leader lock."""

    def __init__(self, dsn: str) -> None:
        self._leadership = Leadership(dsn)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._stop = threading.Event()
        self._is_leading = False

    def run(self) -> None:
        """Runs until SIGTERM or SIGINT."""
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGINT, self._ask_to_stop)
        every = self._scheduler.add_job
        soon = datetime.now(UTC)
        every(self._sweep, "interval", seconds=SWEEP_SECONDS, id="sweep", next_run_time=soon)
        every(self._rescan, "interval", seconds=RESCAN_SECONDS, id="rescan", next_run_time=soon)
        self._scheduler.start()
        self._stop.wait()
        self._scheduler.shutdown(wait=True)
        self._leadership.release()

    def _ask_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _sweep(self) -> None:
        if self._leads():
            _safely(sweep)

    def _rescan(self) -> None:
        if self._is_leading:
            _safely(self._schedule_coming)

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


def _safely(job: Callable[[], None]) -> None:
    """The top of a job: a database that is away is waited for, never the end of the clock."""
    try:
        close_old_connections()
        job()
    except (DatabaseError, InterfaceError, psycopg.Error) as error:
        _LOG.warning("the database is away, trying again: %s", type(error).__name__)
        connection.close()
    except Exception:
        _LOG.exception("a job of the clock failed")
