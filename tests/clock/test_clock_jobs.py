"""The clock process as it runs: what it wakes workers for, by itself."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest
from django.db import connection

from outreach.clock.process import ClockProcess
from outreach.config.database import work_dsn
from outreach.config.environment import environment
from outreach.core import queues, wake

_WAIT_SECONDS = 30.0


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Task and queue of each wake-up of this process."""
    found: list[tuple[str, str]] = []
    monkeypatch.setattr(
        wake._Installed, "publisher", lambda task, queue, _ids: found.append((task, queue))
    )
    return found


# A role may not end the sessions of its own login, so this is asked without one.
_END_OTHER_SESSIONS = """
SET ROLE NONE;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND usename = session_user AND pid <> pg_backend_pid()
"""


@pytest.fixture
def a_clock(as_work: None) -> Iterator[None]:
    """Takes back what the process leaves when it ends: ways of ending, sessions of threads."""
    kept = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    yield
    for each, handler in kept.items():
        signal.signal(each, handler)
    with connection.cursor() as cursor:
        cursor.execute(_END_OTHER_SESSIONS)


def run_clock_until(woken: list[tuple[str, str]], wanted: set[tuple[str, str]]) -> None:
    """The whole process in this thread; it is told to stop when `wanted` was woken."""
    main = threading.get_ident()

    def watch() -> None:
        pause = threading.Event()
        for _ in range(int(_WAIT_SECONDS / 0.05)):
            if wanted <= set(woken):
                break
            pause.wait(0.05)
        # To the thread that waits: a signal that another one takes would not wake it.
        signal.pthread_kill(main, signal.SIGTERM)

    watcher = threading.Thread(target=watch)
    watcher.start()
    ClockProcess(work_dsn(environment())).run()
    watcher.join()


@pytest.mark.usefixtures("a_clock")
def test_provider_lists_and_the_mailbox_are_looked_at_at_once(
    woken: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment(), "imap_url", "imap://127.0.0.1:1")
    wanted = {
        (queues.SYNC_PROVIDER_LISTS, queues.CONTROL),
        (queues.READ_MAILBOX, queues.CONTROL),
    }
    run_clock_until(woken, wanted)
    assert wanted <= set(woken)


@pytest.mark.usefixtures("a_clock")
def test_without_a_mailbox_nobody_is_woken_for_one(woken: list[tuple[str, str]]) -> None:
    run_clock_until(woken, {(queues.SYNC_PROVIDER_LISTS, queues.CONTROL)})
    assert (queues.READ_MAILBOX, queues.CONTROL) not in woken
