"""The activity that holds, records the pivot or confirms goes on with what the plan names next, and never further."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from activities import following
from activities.services import ActivityServices
from domain.components import Component, parts_of
from domain.ids import component_id, effect_key
from domain.options import TripOptions
from domain.trip.command_bodies import CancelBody
from domain.trip.effects import ConfirmOrder, HoldOrder, PivotOrder
from domain.trip.records import NewTrip
from support.orchestrations.faults import Schedule
from support.orchestrations.installation import ALL_REFUSE
from support.orchestrations.services import open_scripted
from support.stores.entries import PARIS
from support.suppliers.companies import NOW

TRIP = "trip-1"
PARTS = parts_of("travel")


@pytest.fixture
def services(tmp_path: Path) -> ActivityServices:
    return held(open_scripted(tmp_path))


def names(component: Component, effect: Any) -> dict[str, Any]:
    identifier = component_id(TRIP, component)
    key = effect_key(identifier, effect, 1)
    return {"trip": TRIP, "component": identifier, "kind": component.kind, "revision": 1, "key": key, "epoch": 1}


def opened(services: ActivityServices) -> ActivityServices:
    services.ledger.open(NewTrip(TRIP, "travel", PARIS, TripOptions(), "c-1", 1))
    return services


def held(services: ActivityServices) -> ActivityServices:
    """Hold and authorize a whole trip."""
    opened(services)
    for part in PARTS:
        following.hold(services, hold_order(part))
    return services


def hold_order(component: Component, **changes: Any) -> HoldOrder:
    units = PARIS.units_of(component.kind)
    stay: dict[str, Any] = {"destination": "Paris", "date": date(2026, 3, 2), "units": units, "booked_at": NOW}
    return HoldOrder(**names(component, "hold"), **stay, goes_on=True).model_copy(update=changes)


def pivot_order(**changes: Any) -> PivotOrder:
    return PivotOrder(trip=TRIP, epoch=1, now=NOW, margin_seconds=0, goes_on=True).model_copy(update=changes)


def confirm_order(services: ActivityServices, component: Component, **changes: Any) -> ConfirmOrder:
    booked = services.ledger.facts(TRIP).component(component.kind)
    assert booked
    order = ConfirmOrder.model_validate({**names(component, "confirm"), "price": booked.first.price, "goes_on": True})
    return order.model_copy(update=changes)


def booked(services: ActivityServices) -> list[tuple[str, str]]:
    """Return how far hold and authorization of each component have come."""
    return [(part.first.hold, part.first.authorize) for part in services.ledger.facts(TRIP).components]


def marks(services: ActivityServices) -> list[tuple[str, str]]:
    """Return how far confirmation and payment of each component have come."""
    return [(part.first.confirm, part.first.capture) for part in services.ledger.facts(TRIP).components]


def cancel(services: ActivityServices) -> None:
    row = services.ledger.trip(TRIP)
    assert row
    services.ledger.accept(TRIP, "cancel", "command-1", "traveller", CancelBody(fees=()), row.version)


def under(services: ActivityServices, **schedule: Any) -> ActivityServices:
    """Return the services with companies that fail or refuse as scheduled."""
    return replace(services, suppliers=Schedule(**schedule).over(services.suppliers, services.suppliers))


def test_a_hold_goes_on_to_its_authorization_and_no_further(tmp_path: Path) -> None:
    services = opened(open_scripted(tmp_path))
    answer = following.hold(services, hold_order(PARTS[0]))
    assert answer.status == "done"
    assert answer.facts == services.ledger.facts(TRIP)
    assert booked(services) == [("done", "done")]
    again = following.hold(services, hold_order(PARTS[0]))
    assert again.facts == answer.facts


def test_older_flows_hold_and_ask_for_the_same_as_ever(tmp_path: Path) -> None:
    services = opened(open_scripted(tmp_path))
    order = hold_order(PARTS[0], goes_on=False)
    assert "goes_on" not in order.model_dump(mode="json")
    following.hold(services, order)
    assert booked(services) == [("done", "none")]


@pytest.mark.parametrize(
    ("schedule", "status", "left"),
    [
        ({"refusing": frozenset({"flight/authorize"})}, "done", ("done", "refused")),
        ({"stuck": frozenset({"flight/authorize"})}, "done", ("done", "intended")),
        ({"fates": {"flight/authorize": ["timeout"]}}, "done", ("done", "intended")),
        ({"refusing": frozenset({"flight/hold"})}, "refused", ("refused", "none")),
        ({"fates": {"flight/hold": ["timeout"]}}, "unknown", ("intended", "none")),
    ],
)
def test_a_payment_is_reserved_only_for_what_is_held_and_its_facts_are_not_lost(
    tmp_path: Path, schedule: dict[str, Any], status: str, left: tuple[str, str]
) -> None:
    dials: dict[str, Any] = dict(ALL_REFUSE)
    services = opened(open_scripted(tmp_path, **dials))
    calm = open_scripted(tmp_path).suppliers
    tried = replace(services, suppliers=Schedule(**schedule).over(calm, services.suppliers))
    answer = following.hold(tried, hold_order(PARTS[0]))
    assert answer.status == status
    assert answer.facts == services.ledger.facts(TRIP)
    assert booked(services) == [left]


def test_no_payment_is_reserved_for_a_trip_that_was_cancelled_while_it_was_held(tmp_path: Path) -> None:
    services = opened(open_scripted(tmp_path))
    following.hold(services, hold_order(PARTS[0], goes_on=False))
    cancel(services)
    assert following.hold(services, hold_order(PARTS[0])).facts.cancel == 1
    assert booked(services) == [("done", "none")]


def test_the_pivot_goes_on_to_the_trips_end_component_by_component(services: ActivityServices) -> None:
    answer = following.pivot(services, pivot_order())
    assert answer.status == "done"
    assert answer.facts.outcome
    assert answer.facts.outcome.status == "confirmed"
    intents = [entry.key for entry in services.ledger.entries(TRIP) if entry.event == "intent"][2 * len(PARTS) :]
    assert intents == [names(part, effect)["key"] for part in PARTS for effect in ("confirm", "capture")]


def test_a_repeat_does_nothing_twice(services: ActivityServices) -> None:
    first = following.pivot(services, pivot_order())
    rows = services.ledger.entries(TRIP)
    assert following.pivot(services, pivot_order()).facts == first.facts
    assert following.confirm(services, confirm_order(services, PARTS[0])).facts == first.facts
    assert services.ledger.entries(TRIP) == rows


def test_older_flows_take_one_step_and_ask_for_the_same_as_ever(services: ActivityServices) -> None:
    order = pivot_order(goes_on=False)
    assert "goes_on" not in order.model_dump(mode="json")
    following.pivot(services, order)
    assert marks(services) == [("none", "none")] * 3
    confirm = confirm_order(services, PARTS[0], goes_on=False)
    assert "goes_on" not in confirm.model_dump(mode="json")
    following.confirm(services, confirm)
    assert marks(services) == [("done", "none"), ("none", "none"), ("none", "none")]


def test_nothing_follows_a_pivot_that_comes_too_late(services: ActivityServices) -> None:
    answer = following.pivot(services, pivot_order(margin_seconds=10**9))
    assert answer.facts.pivot == "expired"
    assert marks(services) == [("none", "none")] * 3


@pytest.mark.parametrize(
    ("point", "left"),
    [
        ("flight/confirm", [("intended", "none"), ("none", "none"), ("none", "none")]),
        ("flight/capture", [("done", "intended"), ("none", "none"), ("none", "none")]),
        ("hotel/confirm", [("done", "done"), ("intended", "none"), ("none", "none")]),
        ("car/capture", [("done", "done"), ("done", "done"), ("done", "intended")]),
    ],
)
def test_a_fault_leaves_its_step_and_all_after_it_to_the_saga(
    services: ActivityServices, point: str, left: list[tuple[str, str]]
) -> None:
    answer = following.pivot(under(services, stuck=frozenset({point})), pivot_order())
    assert answer.status == "done"
    assert marks(services) == left
    # The saga then asks for the step itself, which goes on from there.
    component = next(part for part in PARTS if point.startswith(part.suffix))
    if point.endswith("/confirm"):
        assert following.confirm(services, confirm_order(services, component)).facts.outcome


def test_a_company_that_does_not_answer_in_time_stops_it_too(services: ActivityServices) -> None:
    late = under(services, fates={"hotel/confirm": ["timeout"]})
    assert following.pivot(late, pivot_order()).facts.outcome is None
    assert marks(services)[1:] == [("intended", "none"), ("none", "none")]


def test_a_cancel_in_between_stops_it(services: ActivityServices) -> None:
    following.pivot(services, pivot_order(goes_on=False))
    cancel(services)
    answer = following.confirm(services, confirm_order(services, PARTS[0]))
    assert answer.facts.cancel == 1
    assert marks(services) == [("done", "none"), ("none", "none"), ("none", "none")]


def test_a_saga_that_lost_the_trip_goes_no_further(services: ActivityServices) -> None:
    following.pivot(services, pivot_order(goes_on=False))
    row = services.ledger.trip(TRIP)
    assert row
    services.ledger.take_over(TRIP, row.version)
    answer = following.confirm(services, confirm_order(services, PARTS[0]))
    assert answer.status == "superseded"
    assert marks(services) == [("none", "none")] * 3
