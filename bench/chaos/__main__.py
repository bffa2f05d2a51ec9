"""`make chaos`: does the faults one after another, prints the table, writes bench/results/.

Exit code 1 where a number falls short.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.chaos.faults import FAULTS, Fault, run_fault
from bench.chaos.house import House
from bench.chaos.trial import Result

RESULTS = Path(__file__).parent.parent / "results"
PEOPLE = 600


def main() -> int:
    """Exit code 1 where a number falls short."""
    options = _options()
    console = Console(stderr=True)
    chosen = _chosen(options)
    began = time.monotonic()
    results: list[Result] = []
    with console.status("PostgreSQL, Redis, the sandbox and an audience"):
        house = House(options.people).__enter__()
    try:
        for place, fault in enumerate(chosen, 1):
            runs = options.runs or (fault.runs_in_full if options.full else 1)
            for number in range(1, runs + 1):
                with console.status(f"{place}/{len(chosen)} {fault.name}, run {number} of {runs}"):
                    results.append(run_fault(house, fault, full=options.full))
                _say(console, results[-1], time.monotonic() - began)
    finally:
        house.close()
    Console(width=120).print(_table(chosen, results))
    _write(results)
    return 1 if any(each.shortfalls for each in results) else 0


def _chosen(options: argparse.Namespace) -> list[Fault]:
    if options.only:
        return [FAULTS[name] for name in options.only]
    return [fault for fault in FAULTS.values() if options.full or fault.is_short]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=list(FAULTS), metavar="NAME", help=", ".join(FAULTS)
    )
    parser.add_argument("--runs", type=int, help="how often each fault is done (default 1)")
    parser.add_argument("--full", action="store_true", help="the full numbers, some hours")
    parser.add_argument("--people", type=int, default=PEOPLE, help="messages in each run")
    return parser.parse_args()


def _say(console: Console, found: Result, seconds: float) -> None:
    verdict = "[red]FALLS SHORT[/red]" if found.shortfalls else "[green]ok[/green]"
    console.print(f"{seconds:6.0f} s  {found.fault:22} {verdict}")
    for shortfall in found.shortfalls:
        console.print(f"          {shortfall}", markup=False)


def _table(chosen: list[Fault], results: list[Result]) -> Table:
    columns = ("runs", "planned", "accepted", "duplicates", "lost", "unknown", "resumed, s")
    table = Table("fault")
    for column in columns:
        table.add_column(column, justify="right")
    table.add_column("")
    for fault in chosen:
        mine = [each for each in results if each.fault == fault.name]
        sums = (
            sum(getattr(each, name) for each in mine)
            for name in ("planned", "accepted", "duplicates", "lost", "unknown")
        )
        slowest = max((each.resume_seconds or 0.0 for each in mine), default=0.0)
        mark = "FALLS SHORT" if any(each.shortfalls for each in mine) else "ok"
        table.add_row(
            fault.name, str(len(mine)), *(str(each) for each in sums), f"{slowest:.1f}", mark
        )
    return table


def _write(results: list[Result]) -> None:
    RESULTS.mkdir(exist_ok=True)
    found = {
        "at": datetime.now(UTC).isoformat(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "runs": [asdict(each) for each in results],
    }
    (RESULTS / "chaos.json").write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    sys.exit(main())
