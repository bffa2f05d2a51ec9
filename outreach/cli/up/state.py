"""The state folder (`.outreach/`): its layout and the lock that keeps a second start out."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from outreach.core.errors import NotNow, Unavailable

# Every process that we start carries it, so that a later start finds what was left behind.
INSTANCE_VARIABLE = "OUTREACH_INSTANCE"


@dataclass(frozen=True)
class StateFolder:
    """Paths inside one state folder. `root`: absolute."""

    root: Path

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def redis(self) -> Path:
        return self.root / "redis"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.env"

    @property
    def cli_settings(self) -> Path:
        return self.root / "cli.env"

    @property
    def event_key(self) -> Path:
        return self.root / "event-key.pem"

    @property
    def lapse(self) -> Path:
        """Appears when the processes are at work; their clock begins then."""
        return self.run / "time-lapse"

    @property
    def clock(self) -> Path:
        return self.root / "clock.json"

    @classmethod
    def prepare(cls, root: Path) -> StateFolder:
        """Makes the folders. Raises Unavailable when they cannot be written."""
        folder = cls(root.resolve())
        try:
            folder.root.mkdir(parents=True, exist_ok=True)
            folder.run.mkdir(mode=0o700, exist_ok=True)
            folder.log.mkdir(exist_ok=True)
        except OSError as error:
            raise Unavailable(
                f"The state folder {folder.root} cannot be written: {error.strerror}.",
                remedy="Choose another with --state-dir.",
            ) from error
        return folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps the folder to this process; the kernel frees it when the process dies.

        Raises NotNow, naming the process, when another one has it.
        """
        descriptor = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
                raise NotNow(
                    f"Outreach already runs from {self.root} (process {holder}).",
                    remedy="Stop it with Ctrl-C, or choose another folder with --state-dir.",
                ) from error
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(descriptor)
