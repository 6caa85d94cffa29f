"""Drives trips step by step through the real activities, ledger and companies, without any durable runtime.

For tests of what lies around the sagas: each step is one activity, so that a test can stop, fail or die anywhere.
"""

import asyncio
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from activities import effects, trips
from activities.services import ActivityServices, open_services
from domain.amount import Money
from domain.components import COMPONENTS, IN_BOOKING_ORDER, ComponentKind, TripKind
from domain.ids import component_id, effect_key
from domain.options import TripOptions
from domain.trip.command_bodies import read_body
from domain.trip.effects import (
    AuthorizeOrder,
    CancelOrder,
    CaptureOrder,
    CloseOrder,
    ConfirmOrder,
    EffectAnswer,
    EndChangeOrder,
    GiveUpOrder,
    HoldOrder,
    PivotOrder,
    TripAnswer,
)
from domain.trip.facts import TripFacts
from domain.trip.plan import AskTraveller, Close, EndChange, Forward, Park, Pivot, Undo, next_step
from domain.trip.requests import TripRequest
from stores.ledger import NewTrip
from stores.opening import open_stores
from suppliers.opening import Suppliers
from support.suppliers.companies import DAY, calm_settings


def open_desk(state_dir: Path, **changes: Any) -> ActivityServices:
    """Calm services on real stores, with leases so short that nobody waits long for the dead."""
    settings = calm_settings(state_dir, **{"key_lease_seconds": 0.05, **changes})
    return open_services(settings, open_stores(settings))


def open_trip(desk: ActivityServices, trip: str, kind: TripKind = "travel", **options: Any) -> None:
    lengths = {"travel": {"nights": 5}, "hotel": {"nights": 5}, "car_hire": {"days": 5}, "flight": {}}[kind]
    request = TripRequest.model_validate({"kind": kind, "destination": "Paris", "date": DAY, **lengths})
    desk.ledger.open(NewTrip(trip, kind, request, TripOptions(**options), "c", 1))


def command(desk: ActivityServices, trip: str, what: Any, **body: Any) -> None:
    row = desk.ledger.trip(trip)
    assert row is not None
    desk.ledger.accept(trip, what, f"{what}-{row.version}", "tester", read_body(what, body), row.version)


def settle(desk: ActivityServices, trip: str, attempts: int = 2) -> TripFacts:
    """Take every step that is left; the facts of the trip as it then has ended, parked or waits."""
    for _ in steps(desk, trip, attempts):
        pass
    return desk.ledger.facts(trip)


def steps(desk: ActivityServices, trip: str, attempts: int = 2) -> Iterator[str]:
    """Take one step after the other and tell its name, until the trip has ended, parked or waits."""
    saga = _Saga(desk, trip, attempts)
    yield from saga.book()
    for _ in range(200):
        facts = desk.ledger.facts(trip)
        step = next_step(facts)
        match step:
            case Park() | AskTraveller():
                return
            case Close(status):
                desk_answer = trips.close(
                    desk, CloseOrder(trip=trip, epoch=saga.epoch, seen=facts.commands, status=status)
                )
                yield "close"
                if desk_answer.status != "again":
                    return
            case Pivot():
                order = PivotOrder(
                    trip=trip, epoch=saga.epoch, seen=facts.commands, now=desk.clock(), margin_seconds=120
                )
                trips.pivot(desk, order)
                yield "pivot"
            case EndChange(number, done):
                trips.end_change(desk, EndChangeOrder(trip=trip, epoch=saga.epoch, command=number, done=done))
                yield "end change"
            case Forward(kind, revision, effect, amount):
                saga.forward(facts, kind, revision, effect, amount)
                yield f"{kind} {effect}"
            case Undo(kind, revision, fee_agreed):
                saga.undo(kind, revision, fee_agreed)
                yield f"{kind} cancel"
    raise AssertionError(f"{trip} does not come to its end")


@dataclass
class Countdown:
    """Lets the work die at its n-th call to a company or to the ledger: before it is made, or after."""

    left: int
    calls: Iterator[int] = field(default_factory=itertools.count)

    def over(self, desk: ActivityServices) -> ActivityServices:
        """The same services, watched."""
        booking: dict[ComponentKind, Any] = {kind: _Watched(desk.suppliers.booking[kind], self) for kind in COMPONENTS}
        ledger: Any = _Watched(desk.ledger, self)
        payments: Any = _Watched(desk.suppliers.payments, self)
        return replace(desk, ledger=ledger, suppliers=Suppliers(booking, payments))

    def tick(self) -> None:
        if next(self.calls) == self.left:
            raise ProcessDied


class ProcessDied(BaseException):
    """Ends the work as the death of its process would: nothing of it cleans up after itself."""


class _Watched:
    def __init__(self, watched: Any, countdown: Countdown) -> None:
        self._watched = watched
        self._countdown = countdown

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._watched, name)

        def call(*arguments: Any) -> Any:
            self._countdown.tick()
            answer = method(*arguments)
            self._countdown.tick()
            return answer

        return call


class _Saga:
    def __init__(self, desk: ActivityServices, trip: str, attempts: int) -> None:
        row = desk.ledger.trip(trip)
        assert row is not None
        self._desk = desk
        self._row = row
        self._attempts = attempts
        self.epoch = row.epoch

    def book(self) -> Iterator[str]:
        """Hold and authorize one component after the other; a saga that took over does not begin anew."""
        if self.epoch > 1:
            return
        for component in IN_BOOKING_ORDER:
            if self._row.kind not in ("travel", component.kind):
                continue
            for effect in ("hold", "authorize"):
                facts = self._desk.ledger.facts(self._row.id)
                if (
                    facts.pivot != "none"
                    or facts.cancel is not None
                    or any(c.revisions[0].failed for c in facts.components)
                ):
                    return
                self.forward(facts, component.kind, 1, effect, None)
                yield f"{component.kind} {effect}"

    def forward(self, facts: TripFacts, kind: ComponentKind, revision: int, effect: str, amount: int | None) -> None:
        common = self._common(kind, revision)
        common["key"] = effect_key(common["component"], effect, revision)  # type: ignore[arg-type]
        component = facts.component(kind)
        known = component.revision(revision) if component and len(component.revisions) >= revision else None
        price = known.price if known and known.price else Money.zero()
        change = facts.change
        units: int | None = self._row.request.units_of(kind)
        day: date = self._row.request.date
        if revision > 1 and change:
            units, day = change.units, change.date
        desk = self._desk
        match effect:
            case "hold":
                held = HoldOrder(**common, destination="Paris", date=day, units=units, booked_at=desk.clock())
                self._try(COMPONENTS[kind].book, kind, revision, lambda: asyncio.run(effects.hold(desk, held)))
            case "authorize":
                due = price if amount is None else Money(currency=price.currency, minor=amount)
                confirmation = known.confirmation if known and known.confirmation else ""
                paid = AuthorizeOrder(**common, amount=due, confirmation=confirmation)
                self._try(COMPONENTS[kind].pay, kind, revision, lambda: effects.authorize(desk, paid))
            case "confirm":
                ticket = ConfirmOrder(**common, price=price)
                self._try(COMPONENTS[kind].confirm, kind, revision, lambda: effects.confirm(desk, ticket))
            case _:
                taken = CaptureOrder(**common)
                self._try(COMPONENTS[kind].capture, kind, revision, lambda: effects.capture(desk, taken))

    def undo(self, kind: ComponentKind, revision: int, fee_agreed: int) -> None:
        common = self._common(kind, revision)
        key = effect_key(common["component"], "cancel", revision)
        order = CancelOrder(**common, key=key, fee_agreed=fee_agreed)
        self._try(COMPONENTS[kind].cancel, kind, revision, lambda: effects.cancel(self._desk, order))

    def _common(self, kind: ComponentKind, revision: int) -> dict[str, Any]:
        trip = self._row.id
        component = component_id(trip, COMPONENTS[kind]) if self._row.kind == "travel" else trip
        return {"trip": trip, "component": component, "kind": kind, "revision": revision, "epoch": self.epoch}

    def _try(self, activity: str, kind: ComponentKind, revision: int, act: Any) -> None:
        """Attempt an activity, waiting out other owners of its keys; at last give up."""
        left = self._attempts
        while left:
            try:
                answer: EffectAnswer | TripAnswer = act()
            except Exception:
                left -= 1
                continue
            if isinstance(answer, EffectAnswer) and answer.status == "busy" and answer.until:
                time.sleep(max(0.0, (answer.until - self._desk.clock()).total_seconds()))
                continue
            if answer.status != "unknown":
                return
            left -= 1
        effects.give_up(self._desk, GiveUpOrder(**self._common(kind, revision), activity=activity))
