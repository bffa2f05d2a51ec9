"""`make bench`: measures, prints a table and writes bench/results/latest.json."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.lanes import Figure, measure_lanes

RESULTS = Path(__file__).parent / "results"


def main() -> int:
    """Exit code 1 where a figure falls short of what it must reach."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000, help="messages in each run")
    parser.add_argument("--pairs", type=int, default=5, help="how often each pair is measured")
    options = parser.parse_args()
    console = Console()
    figures = measure_lanes(options.people, options.pairs, console.print)
    console.print(_table(figures))
    _write(figures)
    return 0 if all(each.is_reached for each in figures) else 1


def _table(figures: list[Figure]) -> Table:
    table = Table("figure", "median", "lowest", "highest", "must reach", "")
    for each in figures:
        must = "" if each.must is None else f"{each.must:g}"
        mark = "" if each.must is None else ("reached" if each.is_reached else "NOT reached")
        form = ".0f" if each.unit == "1/s" else ".2f"
        numbers = (f"{value:{form}}" for value in (each.median, each.low, each.high))
        table.add_row(each.name, *numbers, must, mark)
    return table


def _write(figures: list[Figure]) -> None:
    RESULTS.mkdir(exist_ok=True)
    found = {
        "at": datetime.now(UTC).isoformat(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "figures": [asdict(each) for each in figures],
    }
    (RESULTS / "latest.json").write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    sys.exit(main())
