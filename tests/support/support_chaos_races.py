"""Two who want something of one trip at the same moment, in real threads, on the real API, sagas, ledger and companies.

Which of them comes first is left to the threads; a seed shifts them against each other by up to some milliseconds. The
saga of the trip itself runs on in one thread, as it does on the durable host.
"""

import asyncio
import random
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support_faults import Schedule
from support_house import House
from support_invariant import require_invariant
from support_services import RealActivities

from activities import attention
from activities.services import serving
from api.command_requests import ChangeWanted
from api.commands import Commands
from api.durable_port import InstanceState
from api.problems import ApiProblem
from api.services import Services as ApiServices
from domain.attention import Decision, DecisionOrder
from domain.components import SAGA_OF, TripKind
from domain.ending import trip_status
from domain.options import OnFailure, SagaPolicy
from domain.outcomes import Value
from settings import Settings
from stores.opening import Stores

PIVOT = "record_pivot_activity"
_JITTER = 0.003
_PATIENCE = 30.0
_MOST_ROUNDS = 12


class RaceError(AssertionError):
    """Somebody got an answer that the trip does not keep."""


class MemoryDurable:
    """The API's durable port on the host in memory."""

    def __init__(self, house: House) -> None:
        self._host = house.host
        self._lock = threading.Lock()

    async def start(self, orchestrator: str, instance_id: str, order: Value) -> None:
        with self._lock:
            if await self.state(instance_id) != "alive":
                self._host.start(orchestrator, instance_id, order.model_dump(mode="json"))

    async def state(self, instance_id: str) -> InstanceState:
        known = self._host.instances.get(instance_id)
        return "missing" if known is None else "ended" if known.ended else "alive"

    async def raise_event(self, instance_id: str, name: str) -> None:
        self._host.raise_event(instance_id, name)

    async def output(self, instance_id: str) -> Any:
        return self._host.instances[instance_id].output

    async def purge(self, instance_id: str) -> None:
        raise NotImplementedError


@dataclass
class Arena:
    """One installation in which trips are raced for, one after the other."""

    house: House
    real: dict[str, Callable[[Any], Any]]
    dice: random.Random
    schedule: Schedule
    trip: str = ""

    @classmethod
    def open(cls, folder: Path, activities: RealActivities, seed: int) -> "Arena":
        schedule = Schedule()
        house = House(folder, activities, schedule)
        return cls(house, activities.table(), random.Random(seed), schedule)

    # what is raced with

    def cancels(self) -> int:
        status, _ = self._api(lambda api: api.cancel(self.trip))
        return status

    def changes(self, units: int) -> None:
        self._api(lambda api: api.change(self.trip, ChangeWanted(component="hotel", units=units, day=None)))

    def answers(self, choice: str) -> None:
        self._api(lambda api: api.answer(self.trip, choice))

    def decides(self, decision: Decision, version: int, item: str) -> str:
        order = DecisionOrder(
            trip=self.trip,
            item=item,
            version=version,
            decision=decision,
            reason="A race decides.",
            reference="REF-1",
            by="tester",
            command=f"{decision}-{version}-{self.dice.random()}",
        )
        return attention.decide(self.house.services, order).status

    # how it is raced

    def contend(self, *rivals: Callable[[], Any]) -> list[Any]:
        """Let all loose at one moment; what each got, exceptions too."""
        barrier = threading.Barrier(len(rivals))
        shifts = [self.dice.uniform(0, _JITTER) for _ in rivals]
        got: list[Any] = [None] * len(rivals)

        def run(index: int) -> None:
            barrier.wait(_PATIENCE)
            time.sleep(shifts[index])
            try:
                got[index] = rivals[index]()
            except Exception as error:
                got[index] = error

        threads = [threading.Thread(target=run, args=(index,)) for index in range(len(rivals))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(_PATIENCE)
        return got

    def during(
        self, activity: str, rival: Callable[[], Any], when: Callable[[Any], bool] = lambda _: True
    ) -> list[Any]:
        """Let the rival loose at the same moment as the next delivery of an activity; what they got, once they did."""
        house, got = self.house, list[Any]()

        def deliver(given: Any) -> Any:
            if not when(given) or given.get("trip") != self.trip:
                return self.real[activity](given)
            house.overrides.pop(activity)
            got.extend(self.contend(lambda: self.real[activity](given), rival))
            if isinstance(got[0], Exception):
                raise got[0]
            return got[0]

        house.overrides[activity] = deliver
        return got

    def book(
        self, kind: TripKind = "hotel", on_failure: OnFailure = "all_or_nothing", policy: SagaPolicy | None = None
    ) -> None:
        request = self.house.open(self.trip, kind, on_failure)
        order = self.house.order(self.trip, request, policy=policy or SagaPolicy(compensation_attempts=2))
        self.house.host.start(SAGA_OF[kind], self.trip, order)

    def settle(self) -> str:
        """Go on until nothing moves, with a reconciler that wakes the sagas of unread commands; the trip's status."""
        for _ in range(_MOST_ROUNDS):
            self.house.go_on()
            row = self.house.row(self.trip)
            if row.box == "closed" or trip_status(self.house.facts(self.trip)) in ("needs_attention", "waiting"):
                break
            self.house.wake(self.trip)
        self.house.overrides.clear()
        return trip_status(self.house.facts(self.trip))

    def commands(self, kind: str) -> int:
        return sum(command.kind == kind for command in self.house.services.ledger.commands(self.trip))

    def _api(self, ask: Callable[[Commands], Coroutine[Any, Any, Any]]) -> Any:
        stores = Stores(self.house.services.ledger, self.house.services.conversations, "sqlite")
        given = ApiServices(Settings.from_environ({}), stores, self.house.clock)
        return asyncio.run(ask(Commands(given, MemoryDurable(self.house), "tester")))


Race = Callable[[Arena], str]


def cancel_against_pivot(arena: Arena) -> str:
    got = arena.during(PIVOT, arena.cancels)
    arena.book("travel" if arena.dice.random() < 0.1 else "hotel")
    _require(arena.settle() == "cancelled", "a cancel was accepted, and the trip is not cancelled", got)
    _require(got[1] == 202, "the cancel was not accepted", got)
    return f"pivot {arena.house.facts(arena.trip).pivot}"


def change_against_cancel(arena: Arena) -> str:
    """At the trip's end, or at some step of a change."""
    arena.book()
    arena.settle()
    if arena.dice.random() < 0.5:
        got = arena.contend(lambda: arena.changes(7), arena.cancels)
    else:
        arena.changes(7)
        steps = ("book_hotel_activity", "process_hotel_payment", "confirm_hotel_activity", "capture_hotel_payment")
        got = arena.during(
            arena.dice.choice((*steps[1:], "cancel_hotel_activity", "close_trip_activity")), arena.cancels
        )
    _require(arena.settle() == "cancelled", "a cancel was accepted, and the trip is not cancelled", got)
    _require(arena.commands("cancel") == 1, "one cancel was accepted", got)
    revisions = arena.house.facts(arena.trip).components[0].revisions
    return f"{'changed' if len(revisions) > 1 else 'never changed'}, then cancelled"


def two_cancels(arena: Arena) -> str:
    arena.book()
    if arena.dice.random() < 0.5:
        arena.settle()
        got = arena.contend(arena.cancels, arena.cancels)
        when = "after the end"
    else:
        activity = arena.dice.choice(("process_hotel_payment", "confirm_hotel_activity", "close_trip_activity"))
        got = arena.during(activity, lambda: arena.contend(arena.cancels, arena.cancels))
        when = "on the way"
    _require(arena.settle() == "cancelled", "a cancel was accepted, and the trip is not cancelled", got)
    _require(arena.commands("cancel") == 1, "two cancels are one", got)
    return when


def two_changes(arena: Arena) -> str:
    arena.book()
    arena.settle()
    lengths = arena.dice.sample((1, 2, 3, 4, 6, 7, 8, 9), 2)
    got = arena.contend(*(lambda units=units: arena.changes(units) for units in lengths))
    refused = [each for each in got if isinstance(each, ApiProblem)]
    _require(len(refused) == 1 and refused[0].problem.code == "change_in_progress", "one of two changes is made", got)
    _require(arena.settle() == "confirmed", "the trip stays confirmed", got)
    kept = arena.house.facts(arena.trip).components[0].revisions[-1].units
    _require(kept == lengths[got.index(None)], "the change that was accepted is made", got)
    return f"{'first' if got[0] is None else 'second'} won"


def answer_against_deadline(arena: Arena) -> str:
    arena.schedule.refusing = frozenset({"car/hold"})
    got = arena.during(PIVOT, lambda: arena.answers("keep"), when=lambda given: given["give_up"])
    arena.book("travel", "ask_me", SagaPolicy(ask_me_seconds=60))
    status = arena.settle()
    arena.schedule.refusing = frozenset()
    _require(bool(got), "the deadline came", got)
    accepted = not isinstance(got[1], Exception)
    _require(accepted == (arena.commands("answer") == 1), "an answer is stored or refused", got)
    _require(status == ("partly_confirmed" if accepted else "failed"), f"the answer counts, if taken: {status}", got)
    return "answer won" if accepted else "deadline won"


def attention_against_retry(arena: Arena) -> str:
    """Two operators decide on one item; or one does, while the round of another's retry runs."""
    effect = arena.dice.choice(("cancel", "refund"))
    arena.schedule.stuck = frozenset({f"hotel/{effect}"})
    arena.book()
    arena.settle()
    arena.cancels()
    _require(arena.settle() == "needs_attention", "the trip is parked", [])
    version, [item] = arena.house.row(arena.trip).version, arena.house.facts(arena.trip).items
    arena.schedule.mend()
    closing: Decision = arena.dice.choice(("settled", "written_off"))
    if arena.dice.random() < 0.5:
        got = arena.contend(
            lambda: arena.decides("retry", version, item.id), lambda: arena.decides(closing, version, item.id)
        )
        _require(got.count("accepted") + got.count("already_done") == 1, "one of two decisions counts", got)
        won = "retry" if got[0] == "accepted" else closing
    else:
        arena.decides("retry", version, item.id)
        now = arena.house.row(arena.trip).version
        got = arena.during("cancel_hotel_activity", lambda: arena.decides(closing, now, item.id))
        won = "retry under way"
    arena.house.wake(arena.trip)
    for _ in range(_MOST_ROUNDS):
        if arena.settle() != "needs_attention":
            break
        open_item = arena.house.facts(arena.trip).items[0]
        arena.decides("written_off", arena.house.row(arena.trip).version, open_item.id)
        arena.house.wake(arena.trip)
    _require(arena.settle() == "cancelled", f"the trip comes to its end: {arena.settle()}", got)
    return won


RACES: dict[str, Race] = {
    "cancel against pivot": cancel_against_pivot,
    "change against cancel": change_against_cancel,
    "two cancels": two_cancels,
    "two changes": two_changes,
    "answer against deadline": answer_against_deadline,
    "attention against retry": attention_against_retry,
}


def run_race(arena: Arena, race: Race, name: str) -> str:
    """Run one race for a fresh trip and require the invariant; who won. Raises `AssertionError` with its timeline."""
    arena.trip = name
    with serving(arena.house.services):
        try:
            won = race(arena)
            arena.schedule.arrive()
            require_invariant(arena.house, name)
            return won
        except Exception as error:
            moments = [f"  {m.at:%H:%M:%S.%f} {m.event}: {m.text}" for m in arena.house.view(name).timeline]
            raise AssertionError("\n".join([str(error), *moments])) from error


def _require(kept: bool, promise: str, got: list[Any]) -> None:
    if not kept:
        raise RaceError(f"{promise}; they got {got}")
