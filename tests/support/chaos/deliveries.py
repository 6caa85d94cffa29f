"""Every activity delivered more than once, and every effect with its answer lost: one effect, one charge, no orphan."""

import asyncio
import inspect
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from activities.services import serving
from domain.components import TripKind
from domain.options import OnFailure
from suppliers.ports import Booking, Payment
from support.orchestrations.faults import POINTS, EffectPoint, FaultKind, Schedule
from support.orchestrations.installation import MemoryInstallation
from support.orchestrations.invariant import books_of, require_invariant
from support.orchestrations.memory_host import Activity
from support.orchestrations.services import RealActivities, activity_functions

Manner = Literal[
    "twice", "three times", "twice at once", "three times at once", "answer lost", "first two answers lost"
]
MANNERS: tuple[Manner, ...] = (
    "twice",
    "three times",
    "twice at once",
    "three times at once",
    "answer lost",
    "first two answers lost",
)
_TIMES = {"twice": 2, "three times": 3, "twice at once": 2, "three times at once": 3}
_PATIENCE = 60.0


class LostError(Exception):
    """The activity did all that it does, and nobody was told."""


@dataclass(frozen=True)
class ExpectedTrip:
    """A trip to book, with what becomes of it and how many bookings and charges it makes by itself."""

    name: str
    status: str
    bookings: int
    payments: int
    kind: TripKind = "travel"
    on_failure: OnFailure = "all_or_nothing"
    parallel: bool = False
    refusing: frozenset[EffectPoint] = frozenset()
    then: tuple[Callable[[MemoryInstallation], object], ...] = field(default=())


def _cancel(house: MemoryInstallation) -> None:
    house.cancel()


def _longer(house: MemoryInstallation) -> None:
    house.change("hotel", 7)


def _shorter(house: MemoryInstallation) -> None:
    house.change("hotel", 3)


WAYS = (
    ExpectedTrip("a trip", "confirmed", 3, 3),
    ExpectedTrip("a trip side by side", "confirmed", 3, 3, parallel=True),
    ExpectedTrip("a flight alone", "confirmed", 1, 1, kind="flight"),
    ExpectedTrip("a car that is refused", "failed", 2, 2, refusing=frozenset({"car/hold"})),
    ExpectedTrip("a payment that is declined", "failed", 3, 2, refusing=frozenset({"car/authorize"})),
    ExpectedTrip("a confirmation that is refused", "failed", 3, 3, refusing=frozenset({"hotel/confirm"})),
    ExpectedTrip("a capture that is refused", "failed", 3, 3, refusing=frozenset({"car/capture"})),
    ExpectedTrip(
        "what works is kept", "partly_confirmed", 2, 2, on_failure="keep_what_works", refusing=frozenset({"car/hold"})
    ),
    ExpectedTrip("a cancel", "cancelled", 3, 3, then=(_cancel,)),
    ExpectedTrip("a longer stay", "confirmed", 4, 4, then=(_longer,)),
    ExpectedTrip("a shorter stay", "confirmed", 4, 3, then=(_shorter,)),
    ExpectedTrip("a longer stay, cancelled", "cancelled", 4, 4, then=(_longer, _cancel)),
)


def deliver(way: ExpectedTrip, manner: Manner, folder: Path, activities: RealActivities) -> int:
    """Go the way with every activity delivered in this manner; how many deliveries there were."""
    house = MemoryInstallation(folder, activities, Schedule(refusing=way.refusing))
    count = [0]
    for name, function in activity_functions().items():
        house.overrides[name] = _delivered(function, manner, count)
    _go(house, way)
    _require(house, way)
    return count[0]


def lose(
    way: ExpectedTrip, points: tuple[EffectPoint, ...], folder: Path, activities: RealActivities, times: int = 1
) -> None:
    """Go the way with the companies' first answers at these points lost."""
    fates: dict[EffectPoint, list[FaultKind]] = {point: ["lost answer"] * times for point in points}
    schedule = Schedule(fates=fates, refusing=way.refusing)
    house = MemoryInstallation(folder, activities, schedule)
    _go(house, way)
    _require(house, way)


def every_point() -> list[tuple[EffectPoint, ...]]:
    """Each point by itself, and all of them together."""
    return [*((point,) for point in POINTS), POINTS]


def _go(house: MemoryInstallation, way: ExpectedTrip) -> None:
    house.book(way.kind, on_failure=way.on_failure, parallel=way.parallel)
    for step in way.then:
        with serving(house.services):
            step(house)
        house.go_on()


def _require(house: MemoryInstallation, way: ExpectedTrip) -> None:
    status = house.view().status
    assert status == way.status, f"{way.name} is {status}"
    require_invariant(house)
    books = books_of(house, "trip-1")
    _require_once([line.key for line in books.bookings], way.bookings, "bookings")
    _require_once([line.key for line in books.payments], way.payments, "payments")
    for line in (*books.bookings, *books.payments):
        _require_fair(line)


def _require_once(keys: list[str], wanted: int, what: str) -> None:
    assert len(set(keys)) == len(keys) == wanted, f"{wanted} {what} wanted, made were {keys}"


def _require_fair(line: Booking | Payment) -> None:
    if isinstance(line, Payment):
        assert line.captured.minor in (0, line.amount.minor), f"{line.key} took {line.captured}"
        assert line.refunded.minor <= line.captured.minor, f"{line.key} gave back {line.refunded}"


def _delivered(function: Callable[..., Any], manner: Manner, count: list[int]) -> Activity:
    (parameter,) = inspect.signature(function).parameters
    lost: dict[str, int] = {}

    def once(given: Any) -> Any:
        count[0] += 1
        answer = function(**{parameter: given})
        return asyncio.run(answer) if inspect.iscoroutine(answer) else answer

    def again_and_again(given: Any) -> Any:
        """The host takes the first completion."""
        first, *_ = [once(given) for _ in range(_TIMES[manner])]
        return first

    def at_once(given: Any) -> Any:
        return _at_once(lambda: once(given), _TIMES[manner])

    def losing(given: Any) -> Any:
        answer = once(given)
        known = lost[str(given)] = lost.get(str(given), 0) + 1
        if known <= (1 if manner == "answer lost" else 2):
            raise LostError
        return answer

    if manner in ("twice", "three times"):
        return again_and_again
    return at_once if manner in ("twice at once", "three times at once") else losing


def _at_once(act: Callable[[], Any], times: int) -> Any:
    """What the first of so many threads gets; all are waited for."""
    barrier, lock, ended = threading.Barrier(times), threading.Lock(), list[Any]()

    def run() -> None:
        barrier.wait(_PATIENCE)
        try:
            got = act()
        except Exception as error:
            got = error
        with lock:
            ended.append(got)

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE)
    if isinstance(ended[0], Exception):
        raise ended[0]
    return ended[0]
