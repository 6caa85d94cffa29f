"""Cost of a trip in the app itself, on each store and with more and more trips kept."""

import asyncio
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.azurite import azurite
from bench.travel_app import running_app
from bench.travel_kept import fill_sqlite, fill_tables

Results = dict[str, list[float]]
"""One value per run, by `<store>.<kept>.<in flight>.<figure>`."""


@dataclass(frozen=True)
class TravelSizes:
    """Counts and times of the measurement. `warm_up` and `window` are seconds of load, longer where trips take long."""

    runs: int = 3
    sqlite: tuple[int, ...] = (100, 10_000, 100_000)
    tables: tuple[int, ...] = (100, 2_000)
    in_flight: tuple[int, ...] = (1, 20)
    warm_up: float = 1.5
    window: float = 6.0
    least: int = 10
    filling: float = 600.0
    measuring: float = 240.0


FULL = TravelSizes()
QUICK = TravelSizes(
    runs=1, sqlite=(20, 1_000), tables=(20,), in_flight=(1, 5), warm_up=0.5, window=1.0, least=2, filling=30.0,
    measuring=40.0,
)  # fmt: skip


@dataclass(frozen=True)
class Travel:
    """Figures, and the reasons of what failed."""

    results: Results
    failures: list[tuple[str, str]]


@dataclass
class TravelCase:
    """One store with `kept` trips and its state in `folder`. `others` are the processes of its storage."""

    store: str
    kept: int
    folder: Path
    env: dict[str, str] = field(default_factory=dict[str, str])
    others: list[int] = field(default_factory=list[int])

    @property
    def name(self) -> str:
        return f"{self.store} with {self.kept:,} trips"

    async def prepare(self, stack: AsyncExitStack, seconds: float) -> None:
        """Book one trip and copy it until enough are kept."""
        self.folder.mkdir()
        if self.store == "tables":
            account, process = await stack.enter_async_context(azurite(self.folder))
            self.env = {"STORE": "tables", "TABLES_CONNECTION_STRING": account}
            self.others = [process]
        async with running_app(self.folder, self.env, self.others) as app:
            booked = await app.book()
        # One copy fewer than trips are kept: the booked trip is the first of them.
        if self.store == "tables":
            await asyncio.to_thread(fill_tables, self.env, booked, self.kept - 1, seconds)
        else:
            await asyncio.to_thread(fill_sqlite, self.folder / "state", booked, self.kept - 1, seconds)

    async def run(self, sizes: TravelSizes) -> dict[str, float]:
        """Return all figures of one run. The trips that it books stay."""
        measured: dict[str, float] = {}
        async with asyncio.timeout(sizes.measuring), running_app(self.folder, self.env, self.others) as app:
            for in_flight in sizes.in_flight:
                figures = await app.loaded(in_flight, sizes.warm_up, sizes.window, sizes.least)
                measured.update({f"{self.store}.{self.kept}.{in_flight}.{name}": figures[name] for name in figures})
        return measured


async def travel(sizes: TravelSizes, runs: int) -> Travel:
    """Prepare every case once, then measure them in turn, run after run, so that a slow hour hits all of them."""
    results: defaultdict[str, list[float]] = defaultdict(list)
    failures: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory(prefix="bench-travel-", ignore_cleanup_errors=True) as folder:
        async with AsyncExitStack() as stack:
            cases = await _prepared(stack, Path(folder), sizes, failures)
            for turn in range(1, runs + 1):
                for case in cases:
                    print(f"run {turn}, travel, {case.name}", file=sys.stderr, flush=True)
                    try:
                        figures = await case.run(sizes)
                    except Exception as error:
                        # The other cases have taken minutes to fill and can still be measured.
                        failures.append((case.name, f"run {turn}: {_reason(error)}"))
                        continue
                    line = ", ".join(f"{name} {value:.1f}" for name, value in figures.items())
                    print(f"run {turn}, travel: {line}", file=sys.stderr, flush=True)
                    for name, value in figures.items():
                        results[name].append(value)
    return Travel(dict(results), failures)


async def _prepared(
    stack: AsyncExitStack, folder: Path, sizes: TravelSizes, failures: list[tuple[str, str]]
) -> Sequence[TravelCase]:
    cases: list[TravelCase] = []
    for store, levels in (("sqlite", sizes.sqlite), ("tables", sizes.tables)):
        for kept in levels:
            case = TravelCase(store, kept, folder / f"{store}-{kept}")
            print(f"filling, travel, {case.name}", file=sys.stderr, flush=True)
            try:
                await case.prepare(stack, sizes.filling)
            except Exception as error:
                failures.append((case.name, _reason(error)))
            else:
                cases.append(case)
    return cases


def _reason(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)[:300] or type(error).__name__
