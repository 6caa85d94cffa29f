"""A whole installation in a folder, with a durable host in memory: the real sagas, activities, ledger and simulators.

Everything goes by the host's clock, so that leases, holds and deadlines run out as fast as timers fire.
"""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from activities import attention
from activities.services import ActivityServices, open_services, serving
from api.identity.caller import Caller
from api.instances.approvals import Approvals
from api.instances.histories import owners_of
from api.services import ApiServices
from api.trips.commands import Commands
from domain.attention.decisions import DecisionOrder
from domain.components import FOLLOW_UP_SAGA, RECOVERY_SAGA, SAGA_OF, ComponentKind, TripKind, parts_of
from domain.ids import command_event, decision_id
from domain.money.terms import cancel_fees, change_of
from domain.options import OnFailure, SagaPolicy, TripOptions
from domain.trip.command_bodies import read_body
from domain.trip.ending import trip_status
from domain.trip.facts import Item, TripFacts
from domain.trip.outcomes import SagaInput, TripOutcome
from domain.trip.records import Command, NewTrip, TripRow
from domain.trip.requests import TripRequest
from domain.trip.status import TripView, trip_view
from stores.opening import open_stores
from suppliers.opening import Suppliers, open_suppliers
from suppliers.ports import Enquiry
from support.app.durable import MemoryDurable
from support.orchestrations.faults import Schedule
from support.orchestrations.memory_host import Activity, MemoryHost, MemoryInstance, MovableClock
from support.orchestrations.services import RealActivities, open_scripted
from support.suppliers.companies import CALM, NOW, calm_settings

PARIS = TripRequest.model_validate({"kind": "travel", "destination": "Paris", "nights": 5, "date": "2026-03-02"})
ALL_REFUSE = dict.fromkeys((*CALM, "sim_price_change", "sim_capture_refused"), 1)
AT_REST = ("needs_attention", "waiting")
"""Statuses of an open trip whose saga waits for somebody."""
_ROUNDS = 20


class MemoryInstallation:
    """`before` is called with name and input of every activity that is delivered; `terse` shortens the answers.

    `dials` are settings of the installation. An installation that `chats` has the offline model, any other one a model
    without words.
    """

    def __init__(
        self,
        state_dir: Path,
        activities: RealActivities,
        schedule: Schedule | None = None,
        host: Callable[..., MemoryHost] = MemoryHost,
        terse: Callable[[Any], Any] = lambda answer: answer,
        *,
        now: datetime = NOW,
        chats: bool = False,
        **dials: Any,
    ) -> None:
        self.state_dir = state_dir
        self.clock = MovableClock(now)
        self.schedule = schedule or Schedule()
        self._terse, self._chats, self._dials = terse, chats, dials
        self.before: Callable[[str, Any], None] = lambda name, order: None
        self.delivered: list[str] = []
        """The names of all activities that were delivered."""
        self.is_working = False
        """True while an activity does what it does."""
        self.overrides: dict[str, Activity] = {}
        """Activities that answer otherwise."""
        table = {**activities.table(), "tell_turn_activity": self._tell, "wake_quote_activity": self._wake_quote}
        self.host = host({name: self._delivery(name, function) for name, function in table.items()}, self.clock)
        self.durable = MemoryDurable(self.host)
        self.settings = calm_settings(state_dir, **dials)
        self.open_all()

    def open_all(self, **dials: Any) -> None:
        """Open ledger, companies and services, as a process does that starts; with other dials for the companies."""
        self.stores = open_stores(self.settings, self.clock)
        self.ledger = self.stores.ledger
        self.books = self._companies(**dials)
        # The same books with every dial turned: the schedule chooses for each call which of both is asked.
        refusing = self._companies(**ALL_REFUSE)
        if self._chats:
            opened = open_services(self.settings, open_stores(self.settings))
        else:
            opened = open_scripted(**self.settings.model_dump())
        suppliers = self.schedule.over(self.books, refusing)
        self.services: ActivityServices = replace(opened, ledger=self.ledger, suppliers=suppliers, clock=self.clock)

    # what a person does

    def open(
        self,
        trip: str = "trip-1",
        kind: TripKind = "travel",
        on_failure: OnFailure = "all_or_nothing",
        asked: TripRequest = PARIS,
    ) -> TripRequest:
        """Give the ledger the row of a trip."""
        parts = parts_of(kind)
        request, self.schedule.alone = asked.model_copy(update={"kind": kind}), ""
        if len(parts) == 1:
            [part] = parts
            # A trip of one component has that as its whole id, so the keys do not name the component.
            request, self.schedule.alone = asked.of_component(part.kind), part.suffix
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
        asked: TripRequest = PARIS,
    ) -> MemoryInstance:
        """Open a trip, start its saga and go on until nothing moves."""
        request = self.open(trip, kind, on_failure, asked)
        order = self.order(trip, request, parallel=parallel, policy=policy or SagaPolicy())
        return self.run(SAGA_OF[kind], trip, order)

    def order(self, trip: str, request: TripRequest, **more: Any) -> dict[str, Any]:
        return SagaInput(trip=trip, component=None, request=request, **more).model_dump(mode="json")

    def run(self, name: str, instance: str, order: Any) -> MemoryInstance:
        with serving(self.services):
            return self.host.run(name, instance, order)

    def go_on(self, most_steps: int | None = None) -> None:
        # Activities take their services from the process, so the installation is put there while it works.
        with serving(self.services):
            self.host.go_on(most_steps)

    def cancel(self, trip: str = "trip-1") -> Command:
        """Cancel on the terms that hold now."""
        fees = [fee.model_dump() for fee in cancel_fees(self.facts(trip))]
        return self.command("cancel", trip, fees=fees)

    def change(self, kind: ComponentKind, units: int, trip: str = "trip-1") -> Command:
        """Change the length of a stay."""
        facts = self.facts(trip)
        change = change_of(facts, facts.commands + 1, kind, None, units)
        assert change, f"no {kind} is booked"
        return self.command("change", trip, **change.model_dump(mode="json", exclude={"command"}))

    def answer(self, choice: str, trip: str = "trip-1") -> Command:
        return self.command("answer", trip, choice=choice)

    def command(self, what: Any, trip: str, **body: Any) -> Command:
        """Store a command, then wake the trip's saga, or start one if the trip had ended."""
        before = self.row(trip)
        name, stored = f"{what}-{before.version}", read_body(what, body)
        command = self.ledger.accept(trip, what, name, "tester", stored, before.version)
        self.wake(trip)
        return command

    def decide(self, item: Item | str, decision: str, trip: str = "trip-1", **more: Any) -> str:
        """Decide on an open item as an operator does, and return the status of the decision."""
        status = attention.decide(self.services, self.decision_order(item, decision, trip, **more)).status
        self.wake(trip)
        return status

    def decision_order(
        self, item: Item | str, decision: str, trip: str = "trip-1", by: str = "tester", version: int | None = None
    ) -> DecisionOrder:
        identifier = item if isinstance(item, str) else item.id
        version = version or self.row(trip).version
        order = {"trip": trip, "item": identifier, "version": version, "decision": decision, "by": by}
        command = decision_id(trip, identifier, version, (decision, "checked", "R-1", by))
        return DecisionOrder.model_validate({**order, "reason": "checked", "reference": "R-1", "command": command})

    def ask_api(self, ask: Callable[[Commands], Coroutine[Any, Any, Any]], by: str = "traveller") -> Any:
        """Give a command as the API's handlers do. Raise `ApiProblem`."""
        return asyncio.run(ask(Commands(self.api_services(), self.durable, Caller(by, None, is_operator=False))))

    def api_services(self) -> ApiServices:
        stores = replace(self.stores, ledger=self.services.ledger, conversations=self.services.conversations)
        return ApiServices(self.settings, stores, self.clock)

    # what the reconciler does

    def wake(self, trip: str = "trip-1") -> None:
        """Raise the events of all commands; start a saga that never started."""
        row = self.row(trip)
        if row.box == "open" and row.saga not in self.host.instances and row.saga != trip:
            self._start_later(row, FOLLOW_UP_SAGA if "-command-" in row.saga else RECOVERY_SAGA)
        for number in range(1, row.commands + 1):
            self.host.raise_event(row.saga, command_event(number))

    def take_over(self, trip: str = "trip-1") -> None:
        """Take the trip from a saga that is dead, or seems to be and is woken so that it does not wait for ever."""
        row = self.ledger.take_over(trip, self.row(trip).version)
        for instance in owners_of(row):
            for number in range(1, row.commands + 2):
                self.host.raise_event(instance, command_event(number))
        # Only now: a saga that still lives must see first that it is superseded.
        self._start_later(row, RECOVERY_SAGA)

    def settle(self, trip: str = "trip-1") -> str:
        """Go on, with a reconciler that looks whenever nothing moves, and return the status of the trip at rest."""
        for _ in range(_ROUNDS):
            self.go_on()
            row = self.row(trip)
            if row.box == "closed" or (row.saga in self.host.living() and self.status(trip) in AT_REST):
                return self.status(trip)
            # The events of commands may be lost with a dead host; only the rows are certain.
            self.wake(trip)
            self.go_on()
            is_parked = row.saga in self.host.living() and self.status(trip) in AT_REST
            now = self.row(trip)
            if now.version == row.version and now.box == "open" and row.saga in self.host.instances and not is_parked:
                self.schedule.met["saga overdue" if row.saga in self.host.living() else "saga dead"] += 1
                self.take_over(trip)
        raise AssertionError(f"{trip} does not come to rest")

    def has_died(self, trip: str = "trip-1") -> bool:
        """Return whether the trip is open although its saga has ended."""
        saga = self.host.instances.get(self.row(trip).saga)
        return self.row(trip).box == "open" and (saga is None or saga.ended)

    def is_overdue(self, trip: str = "trip-1") -> bool:
        """Return whether nothing moves any more although the trip has neither ended nor parked."""
        return self.row(trip).box == "open" and self.status(trip) not in AT_REST

    # what is seen of it

    def row(self, trip: str = "trip-1") -> TripRow:
        row = self.ledger.trip(trip)
        assert row
        return row

    def facts(self, trip: str = "trip-1") -> TripFacts:
        return self.ledger.facts(trip)

    def status(self, trip: str = "trip-1") -> str:
        return trip_status(self.facts(trip))

    def view(self, trip: str = "trip-1") -> TripView:
        return trip_view(self.row(trip), self.ledger.entries(trip), self.ledger.commands(trip))

    def timeline(self, trip: str = "trip-1") -> list[str]:
        """Return what happened, for the report of a broken promise."""
        view = self.view(trip)
        moments = [f"  {moment.at:%d %H:%M:%S.%f} {moment.event}: {moment.text}" for moment in view.timeline]
        return [f"{trip} is {view.status}:", *moments]

    def outcome(self, trip: str = "trip-1") -> TripOutcome:
        outcome = self.row(trip).outcome
        assert outcome, f"the trip has not ended: {self.view(trip).status}"
        return outcome

    def effects(self) -> list[str]:
        """Return the delivered activities that act on a company, in order."""
        words = ("book_", "process_", "confirm_", "capture_", "cancel_")
        return [name for name in self.delivered if name.startswith(words)]

    def enquiry(self, item: Item) -> Enquiry:
        """Ask the company about the effect of an open item."""
        is_booking = item.kind and item.effect in ("confirm", "cancel")
        company: Any = self.books.booking[item.kind] if item.kind and is_booking else self.books.payments
        return company.find(f"{item.component}/{item.effect}/{item.revision}")

    # how it is built

    def _start_later(self, row: TripRow, saga: str) -> None:
        self.host.start(saga, row.saga, self.order(row.id, row.request, epoch=row.epoch))

    def _companies(self, **dials: Any) -> Suppliers:
        settings = calm_settings(self.state_dir, **{**self._dials, **dials})
        return open_suppliers(settings, sleep=lambda _: None, clock=self.clock)

    def _delivery(self, name: str, function: Activity) -> Activity:
        def deliver(order: Any) -> Any:
            self.delivered.append(name)
            self.before(name, order)
            # Not before `before`: a person acts there, whose own calls meet a working store.
            self.is_working = True
            try:
                return self._terse(self.overrides.get(name, function)(order))
            finally:
                self.is_working = False

        return deliver

    def _wake_quote(self, order: Any) -> Any:
        quote = self.services.quotes.quote(order["quote"])
        if quote:
            asyncio.run(Approvals(self.stores, self.durable).wake(quote, order["round"]))
        return {"told": quote is not None}

    def _tell(self, order: Any) -> Any:
        self.host.raise_event(order["turn"]["instance"], order["turn"]["event"])
        return {"told": True}


@contextmanager
def real_activities() -> Generator[RealActivities]:
    real = RealActivities()
    try:
        yield real
    finally:
        real.close()


@contextmanager
def quick_folder() -> Generator[Path]:
    """Make a folder, in memory where that is to be had."""
    # Hundreds of installations are made in a run, and syncing them to a disk would take most of the time.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)
