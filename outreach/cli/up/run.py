"""The course of `outreach up`: everything up, in the foreground, everything down."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from outreach.cli.up import outside
from outreach.cli.up.cli_settings import how_to_use, write_cli_settings
from outreach.cli.up.interrupts import Interrupts, stop_signals
from outreach.cli.up.lapse import HEARTBEAT_SECONDS, LapseMemory
from outreach.cli.up.orphans import kill_all, sweep
from outreach.cli.up.plan import HOST, Plan, UpOptions, make_plan
from outreach.cli.up.ports import require_free
from outreach.cli.up.postgres import EmbeddedPostgres
from outreach.cli.up.ready import wait_until_ready
from outreach.cli.up.redis import EmbeddedRedis
from outreach.cli.up.state import StateFolder
from outreach.cli.up.supervisor import Supervisor, last_lines
from outreach.cli.up.unread import unread_settings
from outreach.cli.up.watch import Watch
from outreach.config.environment import Environment, Mode, environment
from outreach.core.clock import LapseClock
from outreach.core.errors import NotNow, Unavailable

_LOOK_SECONDS = 1.0
_POLL_SECONDS = 0.2
_REACHES = {
    Mode.DEMO: "nothing leaves this machine",
    Mode.TRIAL: "only staff whose address was confirmed are reached",
    Mode.LIVE: "everybody who agreed is reached",
}


def run_up(options: UpOptions, *, console: Console | None = None) -> int:
    """Runs the installation until a stop signal; returns the exit code, 0 after a clean stop.

    Raises BadInput for a wrong setting, NotNow for a port in use or a second start in the
    same folder, Unavailable for a server or process that does not come up. Whatever it
    raises, everything it started is stopped first.
    """
    settings = environment()
    if options.demo and settings.mode is not Mode.DEMO:
        raise NotNow(
            f"The demo does not run in mode {settings.mode}: it would mix with real people.",
            remedy="Add --no-demo, or unset OUTREACH_MODE.",
        )
    folder = StateFolder.prepare(options.state_dir)
    screen = console or Console(highlight=False)
    _say_what_counts(options, settings.mode, screen)
    with folder.locked(), stop_signals() as interrupts:
        session = _Session(options, settings, folder, screen, interrupts)
        try:
            session.bring_up()
            session.stay()
        except KeyboardInterrupt:
            screen.print("\nStopping. Press Ctrl-C again to hurry.")
        finally:
            interrupts.stopping()
            session.bring_down()
    return 0


def _say_what_counts(options: UpOptions, mode: Mode, screen: Console) -> None:
    screen.print(f"Mode {mode}: {_REACHES[mode]}.")
    unread = "" if options.demo else unread_settings(Path.cwd(), os.environ)
    if unread:
        screen.print(unread, style="yellow", markup=False)


class _Session:
    """One run: holds what was started, so that it can be stopped."""

    def __init__(
        self,
        options: UpOptions,
        settings: Environment,
        folder: StateFolder,
        screen: Console,
        interrupts: Interrupts,
    ) -> None:
        self._options = options
        self._settings = settings
        self._folder = folder
        self._screen = screen
        self._interrupts = interrupts
        self._memory = LapseMemory(folder.clock)
        self._lapse: LapseClock | None = None
        self._supervisor: Supervisor | None = None
        self._stops: list[tuple[str, Callable[[], None]]] = []

    def bring_up(self) -> None:
        """Starts everything in order; returns when every process is at work."""
        with self._step("Looking for what an earlier start left behind"):
            ran_on = sweep(self._folder.root) > 0
        self._require_ports()
        if self._options.demo:
            # Real speed until the processes run: laying out the demo costs no business hours.
            self._lapse = self._memory.resume(speed=1, ran_on=ran_on, real_now=datetime.now(UTC))
        plan = make_plan(
            self._options,
            self._folder,
            database_url=self._start_database(),
            redis_url=self._start_redis(),
            with_sandbox=self._has_sandbox,
            clock_text=self._lapse.as_text() if self._lapse else "",
        )
        with self._step("Preparing the tables"):
            self._command("migrate", plan, role="owner")
        introduction = ""
        if self._options.demo:
            with self._step("Laying out the demo: schools, parents, the Say No! campaign"):
                introduction = self._command("demo", plan, role="work")
        plan = self._with_waiting_clock(plan)
        self._start_programs(plan)
        write_cli_settings(self._folder.cli_settings, plan.environment, given=os.environ)
        self._begin_time_lapse()
        self._announce(introduction)

    def stay(self) -> None:
        """Watches until a stop signal. Raises Unavailable when the supervisor is gone."""
        assert self._supervisor is not None  # noqa: S101  # bring_up came before
        # Logs are full of brackets, which the screen would take for colours.
        watch = Watch(self._supervisor, lambda text: self._screen.print(text, markup=False))
        beat_at = 0.0
        while True:
            watch.look()
            if time.monotonic() >= beat_at:
                self._remember_clock(stopped=False)
                beat_at = time.monotonic() + HEARTBEAT_SECONDS
            time.sleep(_LOOK_SECONDS)

    def bring_down(self) -> None:
        """Stops what was started, in the opposite order. Never raises for what is already gone."""
        if self._supervisor:
            self._stop_programs(self._supervisor)
        self._remember_clock(stopped=True)
        for name, stop in reversed(self._stops):
            with self._step(f"Stopping {name}"):
                stop()
        if self._stops:
            self._screen.print(f"Stopped. The data stays in {self._folder.root}.")

    def _require_ports(self) -> None:
        wanted = [(self._options.port, "--port"), (self._options.webhook_port, "--webhook-port")]
        if self._has_sandbox:
            wanted.append((self._options.sandbox_port, "--sandbox-port"))
        for port, option in wanted:
            require_free(port, host=HOST, option=option)

    @property
    def _has_sandbox(self) -> bool:
        return self._settings.mode is Mode.DEMO

    def _start_database(self) -> str:
        if self._settings.database_url:
            outside.require_database(self._settings.database_url)
            return self._settings.database_url
        log = self._folder.log / "postgres.log"
        server = EmbeddedPostgres(self._folder.postgres, log_file=log)
        with self._step("Starting PostgreSQL"):
            self._stops.append(("PostgreSQL", server.stop))
            server.start()
        return server.url()

    def _start_redis(self) -> str:
        if self._settings.redis_url:
            outside.require_redis(self._settings.redis_url)
            return self._settings.redis_url
        server = EmbeddedRedis(self._folder.redis, log_file=self._folder.log / "redis.log")
        with self._step("Starting Redis"):
            self._stops.append(("Redis", server.stop))
            server.start()
        return server.url()

    def _with_waiting_clock(self, plan: Plan) -> Plan:
        """The processes' clock stands still until all are at work (see `AwaitedClock`)."""
        if self._lapse is None:
            return plan
        self._folder.lapse.unlink(missing_ok=True)
        shown = self._lapse.now().isoformat()
        clock = {"OUTREACH_DEMO_CLOCK": f"await|{shown}|{self._folder.lapse}"}
        self._lapse = replace(self._lapse, shown_start=datetime.fromisoformat(shown))
        return replace(plan, environment={**plan.environment, **clock})

    def _begin_time_lapse(self) -> None:
        if self._lapse is None:
            return
        self._lapse = replace(self._lapse, real_start=datetime.now(UTC), speed=self._options.speed)
        fresh = self._folder.lapse.with_suffix(".new")
        fresh.write_text(self._lapse.as_text(), encoding="utf-8")
        fresh.replace(self._folder.lapse)

    def _command(self, name: str, plan: Plan, *, role: str) -> str:
        """Runs `outreach NAME` to its end and returns what it printed."""
        log = self._folder.log / f"{name}.log"
        with log.open("wb") as errors:
            done = subprocess.run(  # noqa: S603  # our own command
                ["outreach", name],  # noqa: S607  # found in the PATH that we set
                env={**plan.environment, "OUTREACH_DATABASE_ROLE": role},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                check=False,
                start_new_session=True,
            )
        if done.returncode:
            words = "\n  ".join(last_lines(log, 12)) or "(it said nothing)"
            raise Unavailable(f"`outreach {name}` failed:\n  {words}")
        return done.stdout.decode(errors="replace").strip()

    def _start_programs(self, plan: Plan) -> None:
        supervisor = Supervisor(self._folder, plan.programs, plan.environment)
        self._supervisor = supervisor
        waiting = [program.name for program in plan.programs]
        with self._step("Starting the processes") as detail:

            def tick(name: str) -> None:
                waiting.remove(name)
                detail(f"waiting for {', '.join(waiting)}")

            supervisor.start()
            wait_until_ready(
                supervisor,
                plan.programs,
                host=HOST,
                broker_url=plan.broker_url,
                tell=tick,
            )

    def _stop_programs(self, supervisor: Supervisor) -> None:
        """The clock and the workers first, the sandbox last: they may still be talking to it."""
        names = _names(supervisor)
        with self._step("Stopping the processes; workers finish what they have begun"):
            for group in ([n for n in names if n != "sandbox"], ["sandbox"]):
                supervisor.signal_stop(group)
                self._wait_for_stop(supervisor, group)
            if self._interrupts.hurry:
                kill_all(self._folder.root)
            supervisor.end()
            sweep(self._folder.root)

    def _wait_for_stop(self, supervisor: Supervisor, names: list[str]) -> None:
        give_up_at = time.monotonic() + supervisor.longest_stop_seconds(names)
        while supervisor.running(names) and time.monotonic() < give_up_at:
            if self._interrupts.hurry:
                return
            time.sleep(_POLL_SECONDS)

    def _remember_clock(self, *, stopped: bool) -> None:
        if self._lapse:
            now = datetime.now(UTC)
            self._memory.write(self._lapse, seen_at=now, stopped_at=now if stopped else None)

    def _announce(self, introduction: str) -> None:
        host, options = f"http://{HOST}", self._options
        lines = ["", f"  Pages    {host}:{options.port}"]
        if self._has_sandbox:
            lines.append(f"  Sandbox  {host}:{options.sandbox_port}  (mailboxes and phones)")
        if self._lapse:
            minutes = options.speed / 60
            lines.append(f"  Clock    time-lapse: one second shows {minutes:g} minutes")
        where = "in another terminal" + ("" if self._options.demo else ", with what you exported")
        lines.append(f"  Shell    {how_to_use(self._folder.cli_settings)}  ({where})")
        lines += ["", introduction, ""] if introduction else [""]
        lines.append("Ctrl-C stops everything.")
        self._screen.print("\n".join(lines), markup=False)

    @contextmanager
    def _step(self, title: str) -> Iterator[Callable[[str], None]]:
        """A line that turns while the block runs and is ticked when it ends well."""
        with self._screen.status(f"{title} …") as status:
            yield lambda detail: status.update(f"{title} … {detail}")
        self._screen.print(f"[green]✓[/green] {title}")


def _names(supervisor: Supervisor) -> list[str]:
    """What supervisord keeps; nothing when it is gone."""
    try:
        return [status.name for status in supervisor.statuses()]
    except Unavailable:
        return []
