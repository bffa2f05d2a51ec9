"""A worker that the system ends for its memory, or that may write no more to the disk."""

from __future__ import annotations

import psutil

from bench.chaos.faults.servers import under_way
from bench.chaos.trial import OPEN_TEXTS, Trial


def out_of_memory(trial: Trial) -> None:
    """The kernel ends the child that sends, as it does for memory; its parent stays and says so."""
    under_way(trial)
    trial.unknown_at_most = OPEN_TEXTS
    log = trial.house.folder / f"{trial.worker}.log"
    length = log.stat().st_size
    for child in psutil.Process(trial.house.pid(trial.worker)).children():
        child.kill()
    trial.resume()
    said = log.read_bytes()[length:]
    trial.expect(b"SIGKILL" in said, "the worker did not say that its child was killed")


def out_of_disk(trial: Trial) -> None:
    """A worker that cannot write a byte to a file, its log included, sends what it has to."""
    under_way(trial)
    worker = psutil.Process(trial.house.pid(trial.worker))
    for process in (worker, *worker.children(recursive=True)):
        process.rlimit(psutil.RLIMIT_FSIZE, (0, 0))
    trial.resume()
    trial.house.wait(trial.is_over, "the end of the send")
    trial.house.stop(trial.worker)
