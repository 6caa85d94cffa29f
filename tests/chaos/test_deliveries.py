"""Every activity delivered more than once, and every effect with its answer lost: one effect, one charge, no orphan."""

import asyncio
import inspect
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from domain.components import TripKind
from domain.options import OnFailure
from support.chaos.runs import drawn
from support.orchestrations.faults import POINTS, EffectPoint, FaultKind, Schedule
from support.orchestrations.installation import MemoryInstallation
from support.orchestrations.invariant import books_of, require_invariant
from support.orchestrations.memory_host import Activity
from support.orchestrations.services import RealActivities, activity_functions
from support.races import at_once

_TIMES = {
    "twice": 2,
    "three times": 3,
    "twice at once": 2,
    "three times at once": 3,
    "answer lost": 1,
    "first two answers lost": 2,
}
"""The number of deliveries of an activity, or of its answers that are lost, by the manner of the delivery."""
_T = TypeVar("_T")


class LostError(Exception):
    """The activity did all that it does, and its answer was lost."""


Step = Callable[[MemoryInstallation], object]


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
    then: tuple[Step, ...] = ()


_longer: Step = lambda house: house.change("hotel", 7)  # noqa: E731
_shorter: Step = lambda house: house.change("hotel", 3)  # noqa: E731
_cancel: Step = MemoryInstallation.cancel

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


def _ways_and(others: Iterable[_T]) -> list[tuple[ExpectedTrip, _T]]:
    return [(way, other) for way in WAYS for other in others]


def _id(words: object) -> str:
    return words.name if isinstance(words, ExpectedTrip) else str(words)


@pytest.mark.slow
@pytest.mark.parametrize(("way", "manner"), drawn(_ways_and(_TIMES), 24), ids=_id)
def test_an_activity_delivered_again_and_at_once_has_one_effect(
    way: ExpectedTrip, manner: str, folder: Path, activities: RealActivities, met: Counter[str]
) -> None:
    house = MemoryInstallation(folder, activities, Schedule(refusing=way.refusing))
    for name, function in activity_functions().items():
        # Called past the installation's one loop, which cannot run two deliveries at once.
        house.overrides[name] = _delivered(function, manner, met)
    _go(house, way)
    _require(house, way)


@pytest.mark.slow
@pytest.mark.parametrize(("way", "point"), drawn(_ways_and((*POINTS, "all")), 53), ids=_id)
def test_an_effect_whose_answer_is_lost_is_done_once(
    way: ExpectedTrip, point: EffectPoint, folder: Path, activities: RealActivities
) -> None:
    points = POINTS if point == "all" else (point,)
    fates: dict[EffectPoint, list[FaultKind]] = {point: ["lost answer"] for point in points}
    house = MemoryInstallation(folder, activities, Schedule(fates=fates, refusing=way.refusing))
    _go(house, way)
    _require(house, way)


def _go(house: MemoryInstallation, way: ExpectedTrip) -> None:
    house.book(way.kind, on_failure=way.on_failure, parallel=way.parallel)
    for step in way.then:
        step(house)
        house.go_on()


def _require(house: MemoryInstallation, way: ExpectedTrip) -> None:
    status = house.view().status
    assert status == way.status, f"{way.name} is {status}"
    require_invariant(house)
    books = books_of(house, "trip-1")
    _require_once([line.key for line in books.bookings], way.bookings, "bookings")
    _require_once([line.key for line in books.payments], way.payments, "payments")
    for line in books.payments:
        assert line.captured.minor in (0, line.amount.minor), f"{line.key} took {line.captured}"
        assert line.refunded.minor <= line.captured.minor, f"{line.key} gave back {line.refunded}"


def _require_once(keys: list[str], expected: int, what: str) -> None:
    assert len(set(keys)) == len(keys) == expected, f"{expected} {what} expected, made were {keys}"


def _delivered(function: Callable[..., Any], manner: str, met: Counter[str]) -> Activity:
    (parameter,) = inspect.signature(function).parameters
    answers_lost: Counter[str] = Counter()

    def once(order: Any) -> Any:
        met["activities delivered"] += 1
        result = function(**{parameter: order})
        return asyncio.run(result) if inspect.iscoroutine(result) else result

    def deliver(order: Any) -> Any:
        match manner:
            case "twice" | "three times":
                # The host takes the first completion, and the others come all the same.
                first, *_ = [once(order) for _ in range(_TIMES[manner])]
                return first
            case "twice at once" | "three times at once":
                first, *_ = at_once(*[partial(once, order)] * _TIMES[manner])
                if isinstance(first, Exception):
                    raise first
                return first
            case _:
                result = once(order)
                answers_lost[str(order)] += 1
                if answers_lost[str(order)] <= _TIMES[manner]:
                    raise LostError
                return result

    return deliver
