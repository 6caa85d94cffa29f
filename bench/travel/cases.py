"""Cost of a trip in the app itself, on each store and with more and more trips kept; perhaps beside another commit."""

import asyncio
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.azurite import azurite
from bench.processes import ROOT
from bench.table import OURS
from bench.travel.app import TravelApp, running_app
from bench.travel.kept import endpoint_of, fill_sqlite, fill_tables
from bench.travel.requests import counting_proxy, rows_read
from bench.travel.syncs import UncountedError, counted_syncs

Results = defaultdict[str, list[float]]
"""One value per run, by `<store>.<kept>.<in flight>.<figure>`."""
Keep = Callable[[dict[str, float]], None]


@dataclass(frozen=True)
class TravelSizes:
    """Counts and times of the measurement. `warm_up` and `window` are seconds of load, longer where trips take long.

    `filling` limits a case, and `measuring` each number in flight. Another commit is measured on tables with at most
    `tables_against` trips kept.
    """

    runs: int = 3
    sqlite: tuple[int, ...] = (100, 10_000, 100_000)
    tables: tuple[int, ...] = (100, 2_000, 10_000)
    tables_against: int = 2_000
    in_flight: tuple[int, ...] = (1, 20, 50)
    warm_up: float = 1.5
    window: float = 6.0
    least: int = 10
    filling: float = 900.0
    measuring: float = 200.0


FULL = TravelSizes()
QUICK = TravelSizes(
    runs=1, sqlite=(20, 1_000), tables=(20,), in_flight=(1, 5), warm_up=0.5, window=1.0, least=1, filling=30.0,
    measuring=60.0,
)  # fmt: skip


@dataclass(frozen=True)
class Side:
    """One version of the app: this one, or that of another commit in the folder `root`."""

    name: str
    root: Path


THIS = Side("this", ROOT)


@dataclass
class Travel:
    """Figures of each side, and the reasons of what failed."""

    results: defaultdict[str, Results] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    failures: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def keep(self, side: Side, figures: dict[str, float]) -> None:
        line = ", ".join(f"{name} {value:.1f}" for name, value in figures.items())
        print(f"travel, {side.name}: {line}", file=sys.stderr, flush=True)
        for name, value in figures.items():
            self.results[side.name][name].append(value)

    def fail(self, side: Side, what: str, error: BaseException) -> None:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        name = OURS if side is THIS else side.name
        self.failures.append((name, f"travel, {what}: {str(error)[:300] or type(error).__name__}"))


@dataclass
class TravelCase:
    """One side and store with `kept` trips and its state in `folder`. `others` are the processes of its storage."""

    store: str
    kept: int
    folder: Path
    side: Side = THIS
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
        async with self._app() as app:
            booked = await app.book()
        # One copy fewer than trips are kept: the booked trip is the first of them.
        if self.store == "tables":
            await fill_tables(self.env, booked, self.kept - 1, seconds)
        else:
            await asyncio.to_thread(fill_sqlite, self.folder / "state", booked, self.kept - 1, seconds)

    async def run(self, sizes: TravelSizes, keep: Keep, *, count: bool = False) -> None:
        """Measure each number in flight once, and then perhaps count syncs or requests. The trips booked stay.

        Raise UncountedError when all times are measured.
        """
        async with self._app() as app:
            for in_flight in sizes.in_flight:
                async with asyncio.timeout(sizes.measuring):
                    figures = await app.loaded(in_flight, sizes.warm_up, sizes.window, sizes.least)
                keep(self._named(in_flight, figures))
            # Counting slows the app down, so it comes after all that is timed.
            if count and self.store == "sqlite":
                await self._count_syncs(app, sizes.in_flight, keep)
        if count and self.store == "tables":
            await self._count_requests(sizes.in_flight, keep)

    async def _count_syncs(self, app: TravelApp, levels: Sequence[int], keep: Keep) -> None:
        for in_flight in levels:
            async with counted_syncs(app.pid) as syncs:
                await app.book_together(in_flight)
            keep(self._named(in_flight, {"syncs": syncs.count / in_flight}))

    async def _count_requests(self, levels: Sequence[int], keep: Keep) -> None:
        account, endpoint = self.env["TABLES_CONNECTION_STRING"], endpoint_of(self.env)
        async with counting_proxy(endpoint) as requests:
            env = {"TABLES_CONNECTION_STRING": account.replace(endpoint, requests.endpoint)}
            async with self._app(env) as app:
                # The first trip also makes sure of the tables.
                await app.book_together(1)
                for in_flight in levels:
                    requests.seen.clear()
                    await app.book_together(in_flight)
                    counts = {"requests": len(requests.seen), "rows": rows_read(requests.seen)}
                    keep(self._named(in_flight, {name: count / in_flight for name, count in counts.items()}))

    def _named(self, in_flight: int, figures: dict[str, float]) -> dict[str, float]:
        return {f"{self.store}.{self.kept}.{in_flight}.{name}": value for name, value in figures.items()}

    @asynccontextmanager
    async def _app(self, env: dict[str, str] | None = None) -> AsyncGenerator[TravelApp]:
        async with running_app(self.folder, {**self.env, **(env or {})}, self.others, self.side.root) as app:
            yield app


async def travel(sizes: TravelSizes, runs: int, sides: Sequence[Side], into: Travel) -> None:
    """Prepare every case once, then measure them in turn, run after run, so that a slow hour hits all of them."""
    with tempfile.TemporaryDirectory(prefix="bench-travel-", ignore_cleanup_errors=True) as folder:
        async with AsyncExitStack() as stack:
            cases = await _prepared(stack, Path(folder), sizes, sides, into)
            for turn in range(1, runs + 1):
                for case in cases:
                    print(f"run {turn}, travel, {case.side.name}, {case.name}", file=sys.stderr, flush=True)
                    await _run(case, sizes, turn, into)


async def _run(case: TravelCase, sizes: TravelSizes, turn: int, into: Travel) -> None:
    try:
        await case.run(sizes, lambda figures: into.keep(case.side, figures), count=turn == 1)
    except UncountedError as error:
        # A machine without the tool is no failure of the app.
        if ("syncs", str(error)) not in into.failures:
            into.failures.append(("syncs", str(error)))
    except Exception as error:
        # The other cases have taken minutes to fill and can still be measured.
        into.fail(case.side, f"{case.name}, run {turn}", error)


async def _prepared(
    stack: AsyncExitStack, folder: Path, sizes: TravelSizes, sides: Sequence[Side], into: Travel
) -> Sequence[TravelCase]:
    cases: list[TravelCase] = []
    stores = (("sqlite", sizes.sqlite), ("tables", sizes.tables))
    # The sides of a case follow each other, so that they are measured within a minute.
    for store, kept, side in [(store, kept, side) for store, levels in stores for kept in levels for side in sides]:
        # Earlier commits read all trips for each one, and would take half an hour for these alone.
        if side is not THIS and store == "tables" and kept > sizes.tables_against:
            continue
        case = TravelCase(store, kept, folder / f"{store}-{kept}-{side.name}", side)
        print(f"filling, travel, {side.name}, {case.name}", file=sys.stderr, flush=True)
        try:
            await case.prepare(stack, sizes.filling)
        except Exception as error:
            into.fail(side, f"{case.name}, filling", error)
        else:
            cases.append(case)
    return cases
