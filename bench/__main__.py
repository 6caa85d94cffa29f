"""Measure the dev host and its peers at the same work, side by side in one table: `python -m bench`."""

import argparse
import asyncio
import json
import os
import platform
import signal
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from bench.columns import ALL_WORKS, COLUMNS, Column
from bench.install import MissingPeerError, python_of
from bench.limits import limits
from bench.report import Measured, report
from bench.sessions import MeasurementError, measured
from bench.table import OURS
from bench.travel.against import CommitError, worktree
from bench.travel.cases import FULL, QUICK, THIS, Side, Travel, travel
from bench.work import SIZES

LONGEST = {"quick": 60.0, "full": 180.0, "long": 1800.0}
"""Seconds after which one measurement of each size is given up."""
HUB = "hub"
TRAVEL = "travel"
Results = defaultdict[str, defaultdict[str, list[float]]]


class Bench:
    """Runs of works in columns. Figures are kept, a failure is kept as a reason, and the rest goes on."""

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
        """Run the work in every column that has it, one after the other."""
        for column in self._columns:
            # The growing hub is about the dev host alone and takes minutes, so one run of it is enough.
            if work not in column.works and not (work == HUB and column.name == OURS and turn == 1):
                continue
            try:
                figures = measured(self._pythons[column.name], column.name, work, size, LONGEST[size])
            except MeasurementError as error:
                self.failures.append((column.name, f"run {turn} of {work}: {error}"))
                figures = {}
            line = ", ".join(f"{name} {value:.4g}" for name, value in figures.items()) or "failed"
            # To stderr, because stdout is the table or the JSON and nothing else.
            print(f"run {turn}, {work}, {column.title}: {line}", file=sys.stderr, flush=True)
            for name, value in figures.items():
                self.results[column.name][f"{work}.{name}"].append(value)


def main(arguments: list[str] | None = None) -> int:
    """Run the works and print the figures. Return 1 if the dev host itself failed at something."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        with ExitStack() as stack:
            sides = [THIS]
            if options.against:
                sides.append(Side(*stack.enter_context(worktree(options.against))))
            return _measure(options, sides)
    except CommitError as error:
        parser.error(f"--against {options.against}: {error}")


def _measure(options: argparse.Namespace, sides: Sequence[Side]) -> int:
    size = "quick" if options.quick else "full"
    works = options.works or (*ALL_WORKS, HUB, TRAVEL)
    peer_works = [work for work in works if work != TRAVEL]
    bench = Bench([column for column in COLUMNS if peer_works and (not options.only or column.name in options.only)])
    runs = options.runs or SIZES[size].runs
    trips = Travel()
    try:
        # Every column does a work before any column repeats it: a slow minute of the machine then hits all of them.
        for turn in range(1, runs + 1):
            for work in peer_works:
                bench.run(work, "long" if options.long and work == HUB else size, turn)
        if TRAVEL in works and (not options.only or OURS in options.only):
            asyncio.run(travel(QUICK if options.quick else FULL, runs, sides, trips))
    except KeyboardInterrupt:
        print("stopped; what was measured before follows", file=sys.stderr)
    machine = (os.cpu_count() or 1, platform.platform(), platform.python_version(), limits())
    results = {name: dict(figures) for name, figures in bench.results.items()}
    failures = bench.failures + trips.failures
    measurements = Measured(
        *machine,
        runs,
        asdict(SIZES[size]),
        results,
        {side.name: dict(trips.results[side.name]) for side in sides if side.name in trips.results},
        failures,
    )
    print(json.dumps(asdict(measurements), indent=1) if options.json else report(measurements))
    return 1 if any(name == OURS for name, _ in failures) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    works = (*ALL_WORKS, HUB, TRAVEL)
    parser.add_argument("--quick", action="store_true", help="a smoke run: one run, small sizes")
    parser.add_argument("--long", action="store_true", help="grow the hub to 100,000 instances")
    parser.add_argument("--json", action="store_true", help="print every run's figures as JSON")
    parser.add_argument("--runs", type=int, help="how many runs (default: 3, quick: 1)")
    parser.add_argument("--only", nargs="+", metavar="COLUMN", choices=[column.name for column in COLUMNS])
    parser.add_argument("--works", nargs="+", metavar="WORK", choices=works, help="which (default: all)")
    parser.add_argument(
        "--against", metavar="COMMIT", help="measure trips in the app of another commit too, in turn with this one"
    )
    return parser


if __name__ == "__main__":
    # SIGTERM then does what Ctrl+C does: the figures so far are printed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
