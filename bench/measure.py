"""Measurements of one column. Each takes a peer, checks every result, and returns figures by their names."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bench.peer import Peer
from bench.processes import processor_seconds, resident_megabytes, until
from bench.work import CHAIN, WorkSizes, expected, payload

Figures = dict[str, float]
Make = Callable[[Path], Peer]


class WrongAnswerError(Exception):
    """A system answered something other than what the work must answer."""


@asynccontextmanager
async def started(make: Make, folder: Path) -> AsyncGenerator[Peer, None]:
    """Start the peer on a new state, and stop it at the end."""
    peer = make(folder)
    try:
        await peer.start()
        yield peer
    finally:
        await peer.stop()


class Numbers:
    """Numbers for instances, each of which is used once."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        self._last += 1
        return self._last


async def one(peer: Peer, work: str, number: int) -> float:
    """Run one instance, check its result, and return the seconds that it took."""
    since = time.perf_counter()
    result = await peer.run(work, f"{work}-{number}", payload(number))
    took = time.perf_counter() - since
    if result != expected(work, number):
        raise WrongAnswerError(f"{work} {number} answered {result!r}")
    return took


async def alone(peer: Peer, work: str, count: int, numbers: Numbers) -> Figures:
    """Run one instance after another."""
    # The first ones also load modules and open connections.
    for _ in range(3):
        await one(peer, work, numbers.next())
    return {"alone_ms": statistics.median([await one(peer, work, numbers.next()) for _ in range(count)]) * 1e3}


async def loaded(peer: Peer, work: str, sizes: WorkSizes, numbers: Numbers) -> Figures:
    """Keep a number of instances in flight all the time.

    Systems that take all in turn end whole rounds of them at once: what counts is therefore from the end of the
    round in which the warm-up ends to the last end of all, not a window of time that could hold a round more or less.
    """
    ends: list[tuple[float, float]] = []
    since = time.perf_counter()
    warm = since + sizes.warm_up
    processor = processor_seconds(peer.pids())

    async def keep_going() -> None:
        while time.perf_counter() < warm + sizes.window:
            took = await one(peer, work, numbers.next())
            ends.append((time.perf_counter(), took))

    await asyncio.gather(*(keep_going() for _ in range(sizes.in_flight)))
    used = processor_seconds(peer.pids()) - processor
    before = sum(at < warm for at, _ in ends)
    # Rounded up to whole rounds, see above.
    first = -(-before // sizes.in_flight) * sizes.in_flight
    took = sorted(took for _, took in ends[first:])
    if not took:
        raise TimeoutError(f"no {work} ended after the warm-up")
    begin = ends[first - 1][0] if first else since
    return {
        "per_second": len(took) / (ends[-1][0] - begin),
        "p95_ms": took[int(len(took) * 0.95)] * 1e3,
        # By all that ended, because the processor time includes the warm-up.
        "processor_ms": used / len(ends) * 1e3,
    }


async def w1(make: Make, folder: Path, sizes: WorkSizes) -> Figures:
    """Measure a chain of ten activities."""
    numbers = Numbers()
    async with started(make, folder) as peer:
        return {**await alone(peer, "chain", sizes.alone, numbers), **await loaded(peer, "chain", sizes, numbers)}


async def w2(make: Make, folder: Path, sizes: WorkSizes) -> Figures:
    """Measure fan-outs, one after another."""
    took: list[float] = []
    async with started(make, folder) as peer:
        for turn in range(sizes.fan_outs + 1):
            since = time.perf_counter()
            result = await peer.run("fan", f"fan-{turn}", {"count": sizes.fan_out, "item": payload(turn)})
            took.append(time.perf_counter() - since)
            if result != sizes.fan_out:
                raise WrongAnswerError(f"the fan-out answered {result!r}")
    # Without the first, in which everything is done for the first time.
    return {"activities_per_second": sizes.fan_out / statistics.median(took[1:])}


async def w3(make: Make, folder: Path, sizes: WorkSizes) -> Figures:
    """Measure the travel shape, and the memory held after it."""
    numbers = Numbers()
    async with started(make, folder) as peer:
        figures = {**await alone(peer, "trip", sizes.alone, numbers), **await loaded(peer, "trip", sizes, numbers)}
        return {**figures, "resident_mb": resident_megabytes(peer.pids())}


async def w4(make: Make, folder: Path, sizes: WorkSizes) -> Figures:
    """Measure `sizes.timers` timers of one second, each in another instance, all started at once.

    The second time counts: the first also opens that many connections.
    """
    numbers = Numbers()
    async with started(make, folder) as peer:
        took = 0.0
        for _ in range(2):
            since = time.perf_counter()
            await asyncio.gather(*(one(peer, "nap", numbers.next()) for _ in range(sizes.timers)))
            took = time.perf_counter() - since
        return {"wall_s": took}


async def w5(make: Make, folder: Path, sizes: WorkSizes) -> Figures:
    """Measure instances that are killed when half of their activities have run, and then resumed."""
    peer = make(folder)
    numbers = range(sizes.killed)
    try:
        await peer.start()
        names = {number: f"slow-{number}" for number in numbers}
        await asyncio.gather(*(peer.begin("slow_chain", names[number], payload(number)) for number in numbers))
        await until(lambda: _has_run(peer, sizes.killed * CHAIN // 2), 60)
        await peer.kill()
        before = len(_lines(peer))
        # A restart with nothing to resume would be a figure of something else.
        if before >= sizes.killed * CHAIN:
            raise RuntimeError("everything had run before the kill")
        since = time.perf_counter()
        await peer.start()
        results = await asyncio.gather(*(_result(peer, names[number]) for number in numbers))
        took = time.perf_counter() - since
        ran = Counter(_lines(peer))
        return {
            "restart_s": took,
            "lost": results.count(None),
            "wrong": sum(result not in (None, CHAIN) for result in results),
            "ran_twice": sum(count - 1 for count in ran.values()),
        }
    finally:
        await peer.stop()


async def _has_run(peer: Peer, count: int) -> bool:
    return len(_lines(peer)) >= count


def _lines(peer: Peer) -> list[str]:
    return peer.ledger.read_text().splitlines() if peer.ledger.exists() else []


async def _result(peer: Peer, instance: str) -> object:
    try:
        async with asyncio.timeout(60):
            return await peer.result("slow_chain", instance)
    except TimeoutError:
        return None


async def w6(make: Make, folder: Path, sizes: WorkSizes) -> Figures:
    """Measure the time from nothing to the first result, and what an idle system uses of one core."""
    since = time.perf_counter()
    async with started(make, folder) as peer:
        await one(peer, "chain", 1)
        cold = time.perf_counter() - since
        # Half a second for what a start leaves to be done, which is no cost of idling.
        await asyncio.sleep(0.5)
        before = processor_seconds(peer.pids())
        await asyncio.sleep(sizes.idle)
        return {"cold_s": cold, "idle_percent": (processor_seconds(peer.pids()) - before) / sizes.idle * 100}


async def w7(make: Make, folder: Path, sizes: WorkSizes) -> Figures:
    """Measure signals to one counter, until it has counted them all."""
    async with started(make, folder) as peer:
        ready = asyncio.Semaphore(sizes.in_flight)

        async def send() -> None:
            async with ready:
                await peer.signal("c1")

        # Made before the clock runs, since one peer counts in a workflow that must be started first.
        await peer.make_counter("c1", sizes.signals)
        since = time.perf_counter()
        await asyncio.gather(*(send() for _ in range(sizes.signals)), peer.counted("c1", sizes.signals))
        return {"signals_per_second": sizes.signals / (time.perf_counter() - since)}


async def hub(make: Make, folder: Path, sizes: WorkSizes) -> Figures:
    """Measure the cost of a trip with more and more instances (a trip is four) in the hub."""
    numbers = Numbers()
    figures: Figures = {}
    made = 0
    async with started(make, folder) as peer:
        await loaded(peer, "trip", WorkSizes(in_flight=sizes.in_flight, warm_up=0, window=sizes.warm_up), Numbers())
        for level in sizes.hub_levels:
            while (missing := level - 4 * made) > 0:
                batch = [numbers.next() for _ in range(min(sizes.in_flight, missing // 4 + 1))]
                await asyncio.gather(*(one(peer, "trip", 1_000_000 + number) for number in batch))
                made += len(batch)
            figures[f"{level}_alone_ms"] = (await alone(peer, "trip", sizes.alone, numbers))["alone_ms"]
            figures[f"{level}_processor_ms"] = (await loaded(peer, "trip", sizes, numbers))["processor_ms"]
        figures["resident_mb"] = resident_megabytes(peer.pids())
    return figures


WORKS: dict[str, Callable[[Make, Path, WorkSizes], Awaitable[Figures]]] = {
    "W1": w1, "W2": w2, "W3": w3, "W4": w4, "W5": w5, "W6": w6, "W7": w7, "hub": hub,
}  # fmt: skip
COLD = ("W5", "W6")
