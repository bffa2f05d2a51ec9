"""Processes that an earlier start left behind.

Each of ours carries the state folder's path in its environment, and so do its
children. This, not PR_SET_PDEATHSIG, is the guarantee of a clean start: that signal
exists on Linux alone, hangs on the thread that forked and would stop a worker in the
middle of a chunk whenever a parent is replaced.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from outreach.cli.up.state import INSTANCE_VARIABLE

_TERMINATE_SECONDS = 15
_KILL_SECONDS = 5


def find_orphans(state_root: Path) -> list[psutil.Process]:
    """Living processes of this state folder, without this one and its ancestors."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [
        process
        for process in psutil.process_iter()
        if process.pid not in own and _instance(process) == str(state_root)
    ]


def sweep(state_root: Path) -> int:
    """Ends what was left behind: SIGTERM to the topmost, later SIGKILL. Returns how many."""
    found = find_orphans(state_root)
    identifiers = {process.pid for process in found}
    # The supervisor and the workers' main processes stop their own children in order.
    topmost = [process for process in found if _parent(process) not in identifiers]
    _each(topmost, psutil.Process.terminate)
    psutil.wait_procs(found, timeout=_TERMINATE_SECONDS)
    kill_all(state_root)
    return len(found)


def kill_all(state_root: Path) -> None:
    """SIGKILL to every process of this state folder, and waits for their end."""
    left = find_orphans(state_root)
    _each(left, psutil.Process.kill)
    psutil.wait_procs(left, timeout=_KILL_SECONDS)


def _instance(process: psutil.Process) -> str:
    try:
        return str(process.environ().get(INSTANCE_VARIABLE, ""))
    except (psutil.Error, OSError):
        return ""


def _parent(process: psutil.Process) -> int:
    try:
        return int(process.ppid())
    except psutil.Error:
        return 0


def _each(processes: Sequence[psutil.Process], act: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            act(process)
