"""`make bench`: measures, prints a table and writes bench/results/latest.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.email_smtp import measure_smtp
from bench.figures import Effort, Figure, Say
from bench.growth import measure_growth
from bench.lanes import measure_lanes
from bench.launch_page import measure_page
from bench.memory import measure_memory
from bench.pages import measure_pages
from bench.planning import measure_planning
from bench.prediction import measure_prediction
from bench.receipts import measure_callbacks, measure_sustained
from bench.rehearsal import measure_rehearsal
from bench.soak import measure_soak
from bench.stopping import measure_stopping
from bench.webhooks import measure_webhooks

RESULTS = Path(__file__).parent / "results"
_UNITS = {
    "1/s": ".0f",
    "ratio": ".2f",
    "s": ".3f",
    "MiB": ".1f",
    "ms": ".1f",
    "bytes": ".0f",
    "count": ".0f",
}

PARTS: dict[str, Callable[[Effort, Say], list[Figure]]] = {
    "lanes": measure_lanes,
    "smtp": measure_smtp,
    "planning": measure_planning,
    "rehearsal": measure_rehearsal,
    "callbacks": measure_callbacks,
    "sustained": measure_sustained,
    "webhooks": measure_webhooks,
    "stopping": measure_stopping,
    "soak": measure_soak,
    "growth": measure_growth,
    "page": measure_page,
    "pages": measure_pages,
    "prediction": measure_prediction,
    "memory": measure_memory,
}
# Of hours, so only by name or with --full.
_BY_NAME = {"soak"}


def main() -> int:
    """Exit code 1 where a figure falls short of what it must reach."""
    options = _options()
    console = Console()
    effort = _effort(options)
    figures: dict[str, list[Figure]] = {}
    chosen = [name for name in PARTS if options.full or name not in _BY_NAME]
    for name in options.only or chosen:
        console.rule(name)
        figures[name] = PARTS[name](effort, console.print)
        console.print(_table(figures[name]))
    everything = [each for found in figures.values() for each in found]
    console.rule("all")
    console.print(_table(everything))
    _write(figures)
    return 0 if all(each.is_reached for each in everything) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="NAME", help=" ".join(PARTS))
    parser.add_argument("--people", type=int, help="messages in each run of a lane")
    parser.add_argument("--pairs", type=int, help="how often each is measured; 5")
    parser.add_argument("--minutes", type=float, default=3.0, help="how long the soak is; 3")
    parser.add_argument("--rows", type=int, help="ledger rows behind the pages")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small and few: does it run at all")
    size.add_argument(
        "--full", action="store_true", help="1,000,000 messages and 10,000,000 rows; over an hour"
    )
    return parser.parse_args()


def _effort(options: argparse.Namespace) -> Effort:
    return Effort(
        pairs=options.pairs or (1 if options.quick else 5),
        people=options.people or (2_000 if options.quick else 20_000),
        is_quick=options.quick,
        is_full=options.full,
        rows=options.rows,
        minutes=options.minutes,
    )


def _table(figures: list[Figure]) -> Table:
    table = Table("figure", "median", "lowest", "highest", "must reach", "aim", "")
    for each in figures:
        form = _UNITS[each.unit]
        unit = "" if each.unit == "ratio" else f" {each.unit}"
        numbers = (f"{value:{form}}{unit}" for value in (each.median, each.low, each.high))
        table.add_row(
            each.name, *numbers, _line(each, each.must), _line(each, each.aim), _mark(each)
        )
    return table


def _line(each: Figure, value: float | None) -> str:
    if value is None:
        return ""
    return f"{'at most ' if each.is_ceiling else ''}{value:g}"


def _mark(each: Figure) -> str:
    if not each.is_reached:
        return "NOT reached"
    if each.is_aim_reached:
        return "aim reached"
    return "" if each.must is None else "reached"


def _write(figures: dict[str, list[Figure]]) -> None:
    """`latest.json` holds the newest figures of every part, also when only some were measured."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "latest.json"
    known = json.loads(path.read_text()).get("parts", {}) if path.exists() else {}
    measured_at = datetime.now(UTC).isoformat()
    for name, found in figures.items():
        known[name] = {"at": measured_at, "figures": [asdict(each) for each in found]}
    whole = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "parts": known,
    }
    path.write_text(json.dumps(whole, indent=1))


if __name__ == "__main__":
    sys.exit(main())
