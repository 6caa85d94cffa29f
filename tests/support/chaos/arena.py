"""Where two who want something of one trip at the same moment meet: real threads, the real API, ledger and companies.

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

from activities import attention
from api.durable_port import InstanceState
from api.services import ApiServices
from api.trips.commands import Commands
from api.trips.requests import ChangeRequest
from domain.attention.decisions import Decision, DecisionOrder
from domain.components import SAGA_OF, TripKind
from domain.options import OnFailure, SagaPolicy
from domain.trip.ending import trip_status
from domain.trip.records import Command
from domain.value import Value
from settings import Settings
from stores.opening import Stores
from support.orchestrations.faults import Schedule
from support.orchestrations.installation import MemoryInstallation
from support.orchestrations.services import RealActivities

_JITTER = 0.003
_PATIENCE = 30.0
MOST_ROUNDS = 12


class MemoryDurable:
    """The API's durable port on the host in memory."""

    def __init__(self, house: MemoryInstallation) -> None:
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

    house: MemoryInstallation
    real: dict[str, Callable[[Any], Any]]
    dice: random.Random
    schedule: Schedule
    trip: str = ""

    @classmethod
    def open(cls, folder: Path, activities: RealActivities, seed: int, **dials: Any) -> "Arena":
        schedule = Schedule()
        house = MemoryInstallation(folder, activities, schedule, **dials)
        return cls(house, activities.table(), random.Random(seed), schedule)

    # what is raced with

    def cancels(self, by: str = "traveller") -> int:
        status, _ = self._api(lambda api: api.cancel(self.trip), by)
        return status

    def changes(self, units: int) -> None:
        wanted = ChangeRequest(component="hotel", units=units, day=None)
        self._api(lambda api: api.change(self.trip, wanted), "traveller")

    def answers(self, choice: str) -> None:
        self._api(lambda api: api.answer(self.trip, choice), "traveller")

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
        for _ in range(MOST_ROUNDS):
            self.house.go_on()
            row = self.house.row(self.trip)
            if row.box == "closed" or trip_status(self.house.facts(self.trip)) in ("needs_attention", "waiting"):
                break
            self.house.wake(self.trip)
        self.house.overrides.clear()
        return trip_status(self.house.facts(self.trip))

    def commands(self, kind: str) -> list[Command]:
        return [command for command in self.house.services.ledger.commands(self.trip) if command.kind == kind]

    def _api(self, ask: Callable[[Commands], Coroutine[Any, Any, Any]], by: str) -> Any:
        stores = Stores(self.house.services.ledger, self.house.services.conversations, self.house.settings.store)
        given = ApiServices(Settings.from_environ({}), stores, self.house.clock)
        return asyncio.run(ask(Commands(given, MemoryDurable(self.house), by)))
