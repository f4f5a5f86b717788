"""Run benchmark scenarios against the stand-ins: `python -m benchmarks [--scenario NAME] [--customers N …]`.

Prints a table; writes the same with all settings to `.bench/NAME.json`. Ends with 1 when a goal is missed.
"""

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.large_crm import large_crm
from benchmarks.scenarios import SCENARIOS, Measurement
from benchmarks.site import Site
from scripts.children import ROOT
from scripts.stand_ins import StandIns

ALONE = {"large_crm": large_crm}
"""Scenarios about a stand-in itself: they start it, and there is no site."""
COUNTS = {"customers": 1000, "contacts": 1000, "items": 1000, "prices": 1000}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Benchmark scenarios.")
    parser.add_argument(
        "--scenario", choices=sorted(SCENARIOS | ALONE), action="append", help="all of them if not given"
    )
    parser.add_argument("--flavour", choices=("nav2017", "bc"), default="nav2017")
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--row-ms", type=float, default=0.0)
    parser.add_argument("--limits", choices=("off", "real", "tenth"), default="off")
    parser.add_argument("--out", type=Path, default=ROOT / ".bench")
    parser.add_argument("--accounts", type=int, default=1_000_000, help="for large_crm")
    for name, number in COUNTS.items():
        parser.add_argument(f"--{name}", type=int, default=number)
    return parser.parse_args()


def stand_in_arguments(chosen: argparse.Namespace) -> list[str]:
    """Return what the stand-ins are started with."""
    names = ("flavour", "latency-ms", "row-ms", "limits", *COUNTS)
    return [part for name in names for part in (f"--{name}", str(getattr(chosen, name.replace("-", "_"))))]


def table(name: str, found: list[Measurement]) -> str:
    """Return the measurements for the terminal."""
    marks = {True: "met", False: "MISSED", None: ""}
    rows = [f"{row.name:<30} {row.value:>12,} {row.unit:<9} {row.goal:>8} {marks[row.is_met]}" for row in found]
    return "\n".join([name, *rows])


def settings(chosen: argparse.Namespace) -> dict[str, Any]:
    """Return what the numbers depend on."""
    given = {name: value for name, value in vars(chosen).items() if name not in ("out", "scenario")}
    machine = {"processors": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    return {**given, **machine, "at": datetime.now(UTC).isoformat(timespec="seconds")}


def main() -> int:
    """Run the chosen scenarios."""
    chosen = arguments()
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / ".gitignore").write_text("*\n", encoding="utf-8")
    missed = False
    for name in chosen.scenario or sorted(SCENARIOS | ALONE):
        if name in ALONE:
            found = ALONE[name](chosen.accounts)
        else:
            with StandIns(*stand_in_arguments(chosen)) as stand_ins, Site(stand_ins) as site:
                found = SCENARIOS[name](site, chosen.flavour)
        print(table(name, found), flush=True)
        result = {"scenario": name, "settings": settings(chosen), "measurements": [row.as_json() for row in found]}
        (chosen.out / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        missed = missed or any(row.is_met is False for row in found)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
