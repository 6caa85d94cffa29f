"""`python -m bench`: the dev host and its peers, the same work side by side, in one table."""

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

from bench import table
from bench.columns import COLUMNS, Column
from bench.drive import SIZES
from bench.install import MissingPeerError, python_of
from bench.processes import ROOT

LONGEST = {"quick": 60.0, "full": 180.0, "long": 1800.0}
HUB = "hub"
Figures = defaultdict[str, defaultdict[str, list[float]]]


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for and print it; 1 when a measurement of the dev host itself failed."""
    asked = _parser().parse_args(arguments)
    size = "quick" if asked.quick else "full"
    columns = [column for column in COLUMNS if not asked.only or column.name in asked.only]
    failures: list[tuple[str, str]] = []
    pythons: dict[str, Path] = {}
    for column in columns:
        try:
            pythons[column.name] = python_of(column.peer)
        except MissingPeerError as error:
            failures.append((column.name, str(error)))
    columns = [column for column in columns if column.name in pythons]
    results: Figures = defaultdict(lambda: defaultdict(list))
    for turn in range(asked.runs or SIZES[size].runs):
        for work in asked.works:
            _run_all(columns, pythons, work, "long" if asked.long and work == HUB else size, turn, results, failures)
    sizes = asdict(SIZES[size])
    if asked.json:
        machine = {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}
        print(json.dumps({"machine": machine, "sizes": sizes, "results": results, "failures": failures}, indent=1))
    else:
        _print(columns, results, failures, sizes)
    return 1 if any(name == table.OURS for name, _ in failures) else 0


def _run_all(
    columns: list[Column],
    pythons: dict[str, Path],
    work: str,
    size: str,
    turn: int,
    results: Figures,
    failures: list[tuple[str, str]],
) -> None:
    """One work in all columns, one after the other; what fails is told, and the rest goes on."""
    for column in columns:
        if work not in column.works and not (work == HUB and column.name == table.OURS and turn == 0):
            continue
        print(f"run {turn + 1}, {work}, {column.title}", file=sys.stderr, flush=True)
        try:
            figures = measured([str(pythons[column.name]), "-m", "bench.drive", column.name, work, size], LONGEST[size])
        except MeasurementError as error:
            failures.append((column.name, f"run {turn + 1} of {work}: {error}"))
            continue
        for name, value in figures.items():
            results[column.name][f"{work}.{name}"].append(value)


class MeasurementError(Exception):
    """A measurement gave no figures; the text says why."""


def measured(command: list[str], seconds: float) -> dict[str, float]:
    """Run the measurement in a session of its own, all of which ends with it. Raises MeasurementError."""
    env = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": ""}
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise MeasurementError(f"it did not end within {seconds:g} s") from None
    finally:
        _end_session(process)
    if process.returncode:
        raise MeasurementError((err.strip().splitlines() or ["no reason given"])[-1][:300])
    return json.loads(out.strip().splitlines()[-1])


def _end_session(process: subprocess.Popen[str]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def _print(columns: list[Column], results: Figures, failures: list[tuple[str, str]], sizes: dict[str, object]) -> None:
    print(f"\n{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}")
    print("Medians of the runs, with (min–max). Ratios above 1: the dev host is better than the best peer.\n")
    print(table.text(columns, results, sizes))
    ours = results[table.OURS]
    for peer, figure in (("restate", "sagas"), ("dbos", "sagas")):
        theirs = results[peer].get("W3.per_second")
        if theirs and (mine := ours.get("W3.per_second")):
            times = statistics.median(mine) / statistics.median(theirs)
            print(f"\nW3 {figure} per second: {times:.1f} times those of {peer}", end="")
    print()
    hub = {name.removeprefix("hub."): runs for name, runs in ours.items() if name.startswith("hub.")}
    if hub:
        print("\nThe dev host with a growing hub (a saga is four instances):\n")
        print(table.hub_text(hub))
    for name, reason in failures:
        print(f"\nno figures for {name}: {reason}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    works = ("W1", "W2", "W3", "W4", "W5", "W6", "W7", HUB)
    parser.add_argument("--quick", action="store_true", help="a smoke run: one run, small sizes")
    parser.add_argument("--long", action="store_true", help="grow the hub to 100,000 instances")
    parser.add_argument("--json", action="store_true", help="print every run's figures as JSON")
    parser.add_argument("--runs", type=int, help="how many runs (default: 3, quick: 1)")
    parser.add_argument("--only", nargs="+", metavar="COLUMN", choices=[column.name for column in COLUMNS])
    parser.add_argument("--works", nargs="+", metavar="WORK", choices=works, default=works)
    return parser


if __name__ == "__main__":
    sys.exit(main())
