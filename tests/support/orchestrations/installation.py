"""A whole installation in a folder, with a durable host in memory: the real sagas, activities, ledger and simulators.

Everything goes by the host's clock, so that leases, holds and deadlines run out as fast as timers fire.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from activities.services import ActivityServices, open_services, serving
from agents.component_agents import AGENTS
from agents.travel_agent import TravelAgent
from api.histories import owners_of
from domain.components import COMPONENTS, FOLLOW_UP_SAGA, RECOVERY_SAGA, SAGA_OF, ComponentKind, TripKind
from domain.ids import command_event
from domain.money.terms import cancel_fees, change_of
from domain.options import OnFailure, SagaPolicy, TripOptions
from domain.trip.command_bodies import read_body
from domain.trip.facts import Item, TripFacts
from domain.trip.outcomes import SagaInput, TripOutcome
from domain.trip.records import Command, NewTrip, TripRow
from domain.trip.requests import TripRequest
from domain.trip.status import TripView, trip_view
from settings import Settings
from stores.opening import open_stores
from suppliers.opening import Suppliers, open_suppliers
from suppliers.ports import Enquiry
from support.orchestrations.faults import Schedule, failing
from support.orchestrations.memory_host import Activity, MemoryHost, MemoryInstance, MovableClock
from support.orchestrations.services import CALM, RealActivities, ScriptedModel

PARIS = TripRequest.model_validate({"kind": "travel", "destination": "Paris", "nights": 5, "date": "2026-03-02"})
ALL_REFUSE = dict.fromkeys((*CALM, "sim_price_change", "sim_capture_refused"), 1)
Before = Callable[[str, Any], None]


class MemoryInstallation:
    """`before` is called with name and input of every activity that is delivered; `terse` shortens the answers.

    `dials` are settings of the installation.
    """

    def __init__(
        self,
        state_dir: Path,
        activities: RealActivities,
        schedule: Schedule | None = None,
        host: Callable[..., MemoryHost] = MemoryHost,
        terse: Callable[[Any], Any] = lambda answer: answer,
        **dials: Any,
    ) -> None:
        self.state_dir = state_dir
        self.clock = MovableClock()
        self.schedule = schedule or Schedule()
        self._terse = terse
        self.host = host(self._table(activities), self.clock)
        self.before: Before = lambda name, given: None
        self.delivered: list[str] = []
        """The names of all activities that were delivered."""
        self.overrides: dict[str, Activity] = {}
        """Activities that answer otherwise."""
        self.settings = self._settings(**dials)
        self.books = self._companies(**dials)
        self.ledger = open_stores(self.settings, self.clock).ledger
        self.services = self._services(**dials)

    # what a person does

    def open(
        self, trip: str = "trip-1", kind: TripKind = "travel", on_failure: OnFailure = "all_or_nothing"
    ) -> TripRequest:
        """Give the ledger the row of a trip."""
        request = PARIS if kind == "travel" else PARIS.of_component(kind)
        self.schedule.alone = "" if kind == "travel" else COMPONENTS[kind].suffix
        self.ledger.open(NewTrip(trip, kind, request, TripOptions(on_failure=on_failure), "c-1", 1))
        return request

    def book(
        self,
        kind: TripKind = "travel",
        *,
        trip: str = "trip-1",
        on_failure: OnFailure = "all_or_nothing",
        parallel: bool = False,
        policy: SagaPolicy | None = None,
    ) -> MemoryInstance:
        """Open a trip, start its saga and go on until nothing moves."""
        request = self.open(trip, kind, on_failure)
        given = self.order(trip, request, parallel=parallel, policy=policy or SagaPolicy())
        return self.run(SAGA_OF[kind], trip, given)

    def order(self, trip: str, request: TripRequest, **more: Any) -> dict[str, Any]:
        return SagaInput(trip=trip, component=None, request=request, **more).model_dump(mode="json")

    def run(self, name: str, instance: str, given: Any) -> MemoryInstance:
        with serving(self.services):
            return self.host.run(name, instance, given)

    def go_on(self) -> None:
        with serving(self.services):
            self.host.go_on()

    def cancel(self, trip: str = "trip-1") -> Command:
        """Cancel on the terms that hold now."""
        fees = [fee.model_dump() for fee in cancel_fees(self.facts(trip))]
        return self.command("cancel", trip, fees=fees)

    def change(self, kind: ComponentKind, units: int, trip: str = "trip-1") -> Command:
        """Change the length of a stay."""
        facts = self.facts(trip)
        change = change_of(facts, facts.commands + 1, kind, None, units)
        assert change, f"no {kind} stands"
        return self.command("change", trip, **change.model_dump(mode="json", exclude={"command"}))

    def answer(self, choice: str, trip: str = "trip-1") -> Command:
        return self.command("answer", trip, choice=choice)

    def decide(self, item: Item, decision: str, trip: str = "trip-1") -> Command:
        """Decide on an open item; whatever is no retry closes the key at the company first, and finds what was done."""
        if decision != "retry" and self._close(item).state == "done":
            decision = "retry"
        return self.command("decision", trip, item=item.id, decision=decision, reason="checked", reference="R-1")

    def command(self, what: Any, trip: str, **body: Any) -> Command:
        """Store a command, then wake the trip's saga, or start one if the trip had ended."""
        before = self.row(trip)
        name, stored = f"{what}-{before.version}", read_body(what, body)
        command = self.ledger.accept(trip, what, name, "tester", stored, before.version)
        self.wake(trip)
        return command

    def wake(self, trip: str) -> None:
        """Raise the events of all commands, as the reconciler does too; start a saga that never started."""
        row = self.row(trip)
        if row.box == "open" and row.saga not in self.host.instances and row.saga != trip:
            self._start_later(row, FOLLOW_UP_SAGA if "-command-" in row.saga else RECOVERY_SAGA)
        for number in range(1, row.commands + 1):
            self.host.raise_event(row.saga, command_event(number))

    def has_died(self, trip: str = "trip-1") -> bool:
        """Whether the trip is open although its saga has ended."""
        saga = self.host.instances.get(self.row(trip).saga)
        return self.row(trip).box == "open" and (saga is None or saga.ended)

    def is_overdue(self, trip: str = "trip-1") -> bool:
        """Whether nothing moves any more although the trip has neither ended nor parked."""
        return self.row(trip).box == "open" and self.view(trip).status not in ("waiting", "needs_attention")

    def take_over(self, trip: str = "trip-1") -> None:
        """As the reconciler does with a trip whose saga is dead, or seems to be: it is woken, lest it wait for ever."""
        row = self.ledger.take_over(trip, self.row(trip).version)
        for instance in owners_of(row):
            for number in range(1, row.commands + 2):
                self.host.raise_event(instance, command_event(number))
        self._start_later(row, RECOVERY_SAGA)

    # what is seen of it

    def row(self, trip: str = "trip-1") -> TripRow:
        row = self.ledger.trip(trip)
        assert row
        return row

    def facts(self, trip: str = "trip-1") -> TripFacts:
        return self.ledger.facts(trip)

    def view(self, trip: str = "trip-1") -> TripView:
        return trip_view(self.row(trip), self.ledger.entries(trip), self.ledger.commands(trip))

    def outcome(self, trip: str = "trip-1") -> TripOutcome:
        outcome = self.row(trip).outcome
        assert outcome, f"the trip has not ended: {self.view(trip).status}"
        return outcome

    def effects(self) -> list[str]:
        """The activities that were delivered and act on a company, in order."""
        words = ("book_", "process_", "confirm_", "capture_", "cancel_")
        return [name for name in self.delivered if name.startswith(words)]

    # how it is built

    def _start_later(self, row: TripRow, saga: str) -> None:
        given = self.order(row.id, row.request, epoch=row.epoch)
        self.host.start(saga, row.saga, given)

    def _close(self, item: Item) -> Enquiry:
        company: Any = (
            self.books.booking[item.kind] if item.kind and item.effect in ("confirm", "cancel") else self.books.payments
        )
        return company.close(f"{item.component}/{item.effect}/{item.revision}")

    def _settings(self, **dials: Any) -> Settings:
        return Settings.model_validate({"state_dir": self.state_dir, **CALM, **dials})

    def _companies(self, **dials: Any) -> Suppliers:
        return open_suppliers(self._settings(**dials), sleep=lambda _: None, clock=self.clock)

    def _services(self, **dials: Any) -> ActivityServices:
        opened = open_services(self.settings, open_stores(self.settings))
        model = ScriptedModel()
        return replace(
            opened,
            ledger=self.ledger,
            suppliers=failing(self.books, self._companies(**{**dials, **ALL_REFUSE}), self.schedule),
            travel_agent=TravelAgent(model),
            component_agents={kind: agent(model) for kind, agent in AGENTS.items()},
            clock=self.clock,
        )

    def _table(self, activities: RealActivities) -> dict[str, Activity]:
        table = {**activities.table(), "tell_turn_activity": self._tell}
        return {name: self._delivery(name, function) for name, function in table.items()}

    def _delivery(self, name: str, function: Activity) -> Activity:
        def deliver(given: Any) -> Any:
            self.delivered.append(name)
            self.before(name, given)
            return self._terse(self.overrides.get(name, function)(given))

        return deliver

    def _tell(self, given: Any) -> Any:
        self.host.raise_event(given["turn"]["instance"], given["turn"]["event"])
        return {"told": True}


@contextmanager
def real_activities() -> Iterator[RealActivities]:
    real = RealActivities()
    try:
        yield real
    finally:
        real.close()


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder of its own, in memory where that is to be had."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)
