"""`python -m bench`: the dev host and its peers, the same work side by side, in one table."""

import argparse
import asyncio
import json
import os
import platform
import signal
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench.columns import ALL_WORKS, COLUMNS, Column
from bench.install import MissingPeerError, python_of
from bench.limits import limits
from bench.report import Measured, report
from bench.sessions import MeasurementError, measured
from bench.table import OURS
from bench.travel import FULL, QUICK, travel
from bench.work import SIZES

LONGEST = {"quick": 60.0, "full": 180.0, "long": 1800.0}
HUB = "hub"
TRAVEL = "travel"
Results = defaultdict[str, defaultdict[str, list[float]]]


class Bench:
    """Runs works in columns and keeps the figures; what fails is kept as a reason, and the rest goes on."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.results: Results = defaultdict(lambda: defaultdict(list))
        self.failures: list[tuple[str, str]] = []
        self._pythons: dict[str, Path] = {}
        for column in columns:
            try:
                self._pythons[column.name] = python_of(column.peer)
            except MissingPeerError as error:
                self.failures.append((column.name, str(error)))
        self._columns = [column for column in columns if column.name in self._pythons]

    def run(self, work: str, size: str, turn: int) -> None:
        """The work in every column that has it, one after the other."""
        for column in self._columns:
            if work not in column.works and not (work == HUB and column.name == OURS and turn == 1):
                continue
            try:
                found = measured(self._pythons[column.name], column.name, work, size, LONGEST[size])
            except MeasurementError as error:
                self.failures.append((column.name, f"run {turn} of {work}: {error}"))
                found = {}
            told = ", ".join(f"{name} {value:.4g}" for name, value in found.items()) or "failed"
            print(f"run {turn}, {work}, {column.title}: {told}", file=sys.stderr, flush=True)
            for name, value in found.items():
                self.results[column.name][f"{work}.{name}"].append(value)


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for and print it; 1 when something of the dev host itself failed."""
    asked = _parser().parse_args(arguments)
    size = "quick" if asked.quick else "full"
    peer_works = [work for work in asked.works if work != TRAVEL]
    bench = Bench([column for column in COLUMNS if peer_works and (not asked.only or column.name in asked.only)])
    runs = asked.runs or SIZES[size].runs
    trips: dict[str, list[float]] = {}
    try:
        for turn in range(1, runs + 1):
            for work in peer_works:
                bench.run(work, "long" if asked.long and work == HUB else size, turn)
        if TRAVEL in asked.works and (not asked.only or OURS in asked.only):
            told = asyncio.run(travel(QUICK if asked.quick else FULL, runs))
            trips = told.results
            bench.failures += [(OURS, f"travel, {name}: {reason}") for name, reason in told.failures]
    except KeyboardInterrupt:
        print("stopped; what was measured before follows", file=sys.stderr)
    machine = (os.cpu_count() or 1, platform.platform(), platform.python_version(), limits())
    results = {name: dict(figures) for name, figures in bench.results.items()}
    found = Measured(*machine, runs, asdict(SIZES[size]), results, trips, bench.failures)
    print(json.dumps(asdict(found), indent=1) if asked.json else report(found))
    return 1 if any(name == OURS for name, _ in bench.failures) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    works = (*ALL_WORKS, HUB, TRAVEL)
    parser.add_argument("--quick", action="store_true", help="a smoke run: one run, small sizes")
    parser.add_argument("--long", action="store_true", help="grow the hub to 100,000 instances")
    parser.add_argument("--json", action="store_true", help="print every run's figures as JSON")
    parser.add_argument("--runs", type=int, help="how many runs (default: 3, quick: 1)")
    parser.add_argument("--only", nargs="+", metavar="COLUMN", choices=[column.name for column in COLUMNS])
    parser.add_argument("--works", nargs="+", metavar="WORK", choices=works, default=works)
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
