"""The effects on real books: each is done once under its key, however often and whenever it is delivered."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any, cast

import pytest

from activities import effects
from activities.keyed import Timeouts
from activities.services import ActivityServices, serving
from activities.threads import MOST_THREADS
from domain.amount import Money
from domain.components import COMPONENT_KINDS, COMPONENTS, ComponentKind, Effect
from domain.ids import effect_key
from domain.options import TripOptions
from domain.trip.command_bodies import CancelBody
from domain.trip.effects import (
    AuthorizeOrder,
    CancelOrder,
    CaptureOrder,
    ConfirmOrder,
    EffectAnswer,
    EffectOrder,
    GiveUpOrder,
    HoldOrder,
)
from domain.trip.entry_data import NoArguments
from domain.trip.facts import Fee, Revision
from domain.trip.records import NewTrip
from domain.trip.requests import TripRequest
from stores.ledger import EffectKey, KeyClaim, KeyReusedError, TripUnknownError
from suppliers.opening import Suppliers
from suppliers.ports import SupplierFault
from support.app.running import ROOT
from support.orchestrations.faults import Schedule
from support.orchestrations.services import ScriptedModel, activity_functions, open_scripted
from support.suppliers.companies import NOW

TRIP = "trip-1"
PARIS = TripRequest.model_validate({"kind": "travel", "destination": "Paris", "nights": 5, "date": "2026-03-02"})
PRICES: dict[ComponentKind, int] = {"flight": 45000, "hotel": 87500, "car_hire": 22500}


@pytest.fixture
def services(tmp_path: Path) -> ActivityServices:
    return opened(tmp_path)


def opened(tmp_path: Path, **dials: Any) -> ActivityServices:
    services = open_scripted(tmp_path, **dials)
    services.ledger.open(NewTrip(TRIP, "travel", PARIS, TripOptions(), "c-1", 1))
    return services


def common(kind: ComponentKind, effect: Any, revision: int = 1) -> dict[str, Any]:
    component = f"{TRIP}-{COMPONENTS[kind].suffix}"
    key = effect_key(component, effect, revision)
    return {"trip": TRIP, "component": component, "kind": kind, "revision": revision, "key": key, "epoch": 1}


def hold_order(kind: ComponentKind = "flight", **changes: Any) -> HoldOrder:
    units = None if kind == "flight" else 5
    order = HoldOrder(**common(kind, "hold"), destination="Paris", date=date(2026, 3, 2), units=units, booked_at=NOW)
    return order.model_copy(update=changes)


def money(minor: int) -> Money:
    return Money(currency="USD", minor=minor)


def authorize_order(kind: ComponentKind = "flight") -> AuthorizeOrder:
    return AuthorizeOrder(**common(kind, "authorize"), amount=money(PRICES[kind]), confirmation="X-1")


def confirm_order(kind: ComponentKind = "flight") -> ConfirmOrder:
    return ConfirmOrder(**common(kind, "confirm"), price=money(PRICES[kind]))


def capture_order(kind: ComponentKind = "flight") -> CaptureOrder:
    return CaptureOrder(**common(kind, "capture"))


def cancel_order(kind: ComponentKind = "flight", fee_agreed: int = 0) -> CancelOrder:
    return CancelOrder(**common(kind, "cancel"), fee_agreed=fee_agreed)


def give_up_order(activity: str) -> GiveUpOrder:
    named = {name: value for name, value in common("flight", "hold").items() if name != "key"}
    return GiveUpOrder(**named, activity=activity)


def book(services: ActivityServices, kind: ComponentKind = "flight") -> None:
    effects.hold(services, hold_order(kind))
    effects.authorize(services, authorize_order(kind))
    effects.confirm(services, confirm_order(kind))
    effects.capture(services, capture_order(kind))


def cancelled(services: ActivityServices, kind: ComponentKind = "flight", fee_agreed: int = 0) -> EffectAnswer:
    """Have the trip cancelled by its traveller, and cancel one component of it."""
    row = services.ledger.trip(TRIP)
    assert row
    body = CancelBody(fees=(Fee(kind=kind, revision=1, amount=fee_agreed),))
    services.ledger.accept(TRIP, "cancel", "cancel-1", "traveller", body, row.version)
    return effects.cancel(services, cancel_order(kind, fee_agreed))


def revision(result: EffectAnswer, kind: ComponentKind = "flight") -> Revision:
    component = result.facts.component(kind)
    assert component
    return component.revision(1)


def outcomes(services: ActivityServices) -> list[str | None]:
    return [entry.effect for entry in services.ledger.entries(TRIP) if entry.event == "outcome"]


def test_a_hold_has_the_facts_of_the_supplier_and_is_in_the_ledger(services: ActivityServices) -> None:
    result = effects.hold(services, hold_order())
    held = revision(result)
    assert (result.status, held.hold, held.price) == ("done", "done", money(45000))
    assert (held.confirmation or "").startswith("FL-20260216143022-")
    assert held.hold_expires
    events = [(entry.event, entry.effect) for entry in services.ledger.entries(TRIP)]
    assert events == [("opened", None), ("intent", "hold"), ("outcome", "hold")]


def test_a_run_at_another_time_is_the_same_order_and_gets_the_first_answer(services: ActivityServices) -> None:
    first = effects.hold(services, hold_order())
    assert effects.hold(services, hold_order(booked_at=NOW + timedelta(hours=1))) == first
    assert outcomes(services) == ["hold"]


def test_a_second_delivery_gives_the_first_refusal_even_when_the_supplier_would_book_now(tmp_path: Path) -> None:
    refusing = opened(tmp_path, sim_reject_flight=1)
    first = effects.hold(refusing, hold_order())
    refusal = revision(first).refusal
    assert first.status == "refused"
    assert refusal
    assert refusal.dial == "SIM_REJECT_FLIGHT"
    assert effects.hold(open_scripted(tmp_path), hold_order()) == first


@pytest.mark.parametrize("kind", COMPONENT_KINDS)
def test_deliveries_at_the_same_moment_have_one_effect_each(services: ActivityServices, kind: ComponentKind) -> None:
    steps: list[Callable[[], EffectAnswer]] = [
        lambda: effects.hold(services, hold_order(kind)),
        lambda: effects.authorize(services, authorize_order(kind)),
        lambda: effects.confirm(services, confirm_order(kind)),
        lambda: effects.capture(services, capture_order(kind)),
        lambda: cancelled(services, kind),
    ]
    with ThreadPoolExecutor(4) as pool:
        for step in steps:
            deliveries = [pool.submit(step) for _ in range(4)]
            # Busy is the answer while another delivery has the lease of the key.
            assert {delivery.result().status for delivery in deliveries} <= {"done", "busy"}
            assert step().status == "done"
    done = outcomes(services)
    assert done[:4] == ["hold", "authorize", "confirm", "capture"]
    assert done[4:] in (["cancel", "refund"], ["refund", "cancel"]), (
        "a delivery may refund while another one still cancels"
    )


def test_a_key_that_another_delivery_works_on_is_busy_until_its_lease_ends(services: ActivityServices) -> None:
    key = EffectKey(TRIP, f"{TRIP}-flight", "flight", "capture", 1, f"{TRIP}-flight/capture/1")
    claimed = services.ledger.claim(key, NoArguments(), 1, 15)
    assert isinstance(claimed, KeyClaim)
    result = effects.capture(services, capture_order())
    assert (result.status, result.until) == ("busy", claimed.until)


def test_past_the_time_out_the_outcome_is_unknown_and_the_next_delivery_finds_it(services: ActivityServices) -> None:
    effects.hold(services, hold_order())
    # So late that it arrives only when the test says so.
    schedule = Schedule(fates={"flight/confirm": ["late"]}, lateness=1000)
    hasty = replace(services, suppliers=schedule.over(services.suppliers, services.suppliers))
    assert effects.confirm(hasty, confirm_order()).status == "unknown"
    schedule.arrive()
    assert effects.confirm(hasty, confirm_order()).status == "done"
    assert len(schedule.delivered) == 1, "the enquiry told"


def test_a_slow_company_is_not_waited_for_longer_than_the_time_out(tmp_path: Path) -> None:
    services = opened(tmp_path, sim_latency_ms=400)
    # An eighth of what the call takes.
    hasty = replace(services, timeouts=Timeouts(lease=15, call=0.05))
    assert effects.authorize(hasty, authorize_order()).status == "unknown"
    assert effects.authorize(services, authorize_order()).status == "done"


def test_the_answer_of_a_delivery_whose_answer_was_lost_is_found_again(services: ActivityServices) -> None:
    schedule = Schedule(fates={"flight/hold": ["lost answer"]})
    dying = replace(services, suppliers=schedule.over(services.suppliers, services.suppliers))
    with pytest.raises(SupplierFault):
        effects.hold(dying, hold_order())
    assert (effects.hold(dying, hold_order())).status == "done"
    assert len(schedule.delivered) == 1


def test_a_saga_that_owns_the_trip_no_more_is_told_so_before_anything_is_done(services: ActivityServices) -> None:
    row = services.ledger.trip(TRIP)
    assert row
    services.ledger.take_over(TRIP, row.version)
    assert effects.authorize(services, authorize_order()).status == "superseded"
    assert effects.give_up(services, give_up_order("book_flight_activity")).status == "superseded"
    assert services.suppliers.payments.find(f"{TRIP}-flight/authorize/1").state == "not_found"


def test_confirming_tells_what_cancelling_will_cost(services: ActivityServices) -> None:
    book(services)
    assert revision(effects.capture(services, capture_order())).cancel_fee == 4500


@pytest.mark.parametrize(("agreed", "back", "lost"), [(4500, 40500, 0), (0, 45000, 4500), (1000, 44000, 3500)])
def test_a_cancel_gives_back_all_but_the_agreed_fee(
    services: ActivityServices, agreed: int, back: int, lost: int
) -> None:
    book(services)
    cancelled(services, fee_agreed=agreed)
    posted = [(posting.what, posting.amount.minor) for posting in services.ledger.postings(TRIP)]
    assert sum(minor for what, minor in posted if what == "write_off") == lost
    payment = services.suppliers.payments.find(f"{TRIP}-flight/authorize/1").payment
    assert payment
    assert payment.refunded.minor == back


def test_before_the_capture_a_cancel_releases_and_voids(services: ActivityServices) -> None:
    effects.hold(services, hold_order())
    effects.authorize(services, authorize_order())
    effects.cancel(services, cancel_order())
    booking = services.suppliers.booking["flight"].find(f"{TRIP}-flight/hold/1").booking
    payment = services.suppliers.payments.find(f"{TRIP}-flight/authorize/1").payment
    assert booking
    assert payment
    assert (booking.status, payment.status) == ("released", "voided")
    assert outcomes(services) == ["hold", "authorize", "cancel", "void"]


def test_a_cancel_works_by_key_when_nothing_arrived_and_a_late_arrival_is_refused(
    services: ActivityServices,
) -> None:
    schedule = Schedule(fates={"flight/hold": ["late"]}, lateness=1000)
    slow = replace(services, suppliers=schedule.over(services.suppliers, services.suppliers))
    assert (effects.hold(slow, hold_order())).status == "unknown"
    assert revision(effects.cancel(services, cancel_order())).cancel == "done"
    schedule.arrive()
    assert services.suppliers.booking["flight"].find(f"{TRIP}-flight/hold/1").state == "closed"
    again = effects.hold(services, hold_order())
    assert (again.status, revision(again).hold) == ("done", "intended"), "the key answers that it is cancelled"


def test_every_part_of_a_cancel_is_tried_although_one_fails(services: ActivityServices) -> None:
    effects.hold(services, hold_order())
    effects.authorize(services, authorize_order())
    schedule = Schedule(fates={"flight/cancel": ["fault"]})
    shaky = replace(services, suppliers=schedule.over(services.suppliers, services.suppliers))
    with pytest.raises(SupplierFault):
        effects.cancel(shaky, cancel_order())
    assert outcomes(services)[-1] == "void"
    effects.cancel(shaky, cancel_order())
    assert outcomes(services)[-2:] == ["void", "cancel"]
    assert [call.split()[0] for call in schedule.delivered] == ["cancel", "void", "cancel"]


def test_giving_up_names_each_effect_that_has_no_outcome(services: ActivityServices) -> None:
    effects.hold(services, hold_order())
    effects.authorize(services, authorize_order())
    order = give_up_order("cancel_flight_activity")
    result = effects.give_up(services, order)
    assert [item.id for item in result.facts.items] == ["flight-cancel-1", "flight-void-1"]
    assert effects.give_up(services, order) == result


def test_another_order_under_the_same_key_is_a_fault_and_books_nothing(services: ActivityServices) -> None:
    effects.hold(services, hold_order())
    with pytest.raises(KeyReusedError):
        effects.hold(services, hold_order(destination="Tokyo"))


def test_a_key_that_is_not_the_effects_own_is_a_fault(services: ActivityServices) -> None:
    with pytest.raises(ValueError, match="not the key of hold"):
        effects.hold(services, hold_order(key=f"{TRIP}-flight/authorize/1"))


def test_an_unknown_trip_is_a_fault_before_any_supplier_is_called(tmp_path: Path) -> None:
    services = open_scripted(tmp_path)
    with pytest.raises(TripUnknownError, match="There is no trip trip-1"):
        effects.hold(services, hold_order())
    assert services.suppliers.booking["flight"].find(f"{TRIP}-flight/hold/1").state == "not_found"


async def test_the_hold_stands_before_it_is_worded(services: ActivityServices) -> None:
    class Watching(ScriptedModel):
        async def word(self, task: Any) -> str:
            self.stored = [entry.event for entry in services.ledger.entries(TRIP)]
            return await super().word(task)

    model = Watching()
    effects.hold(
        replace(services, component_agents={"flight": type(services.component_agents["flight"])(model)}), hold_order()
    )
    assert model.stored == ["opened", "intent", "outcome"]


def test_the_first_wording_is_kept_and_a_failing_model_hides_no_booking(services: ActivityServices) -> None:
    clerk = type(services.component_agents["flight"])
    mute = ScriptedModel(words=RuntimeError("no words"))
    result = effects.hold(replace(services, component_agents={"flight": clerk(mute)}), hold_order())
    text = services.ledger.text(f"{TRIP}-flight/hold/1")
    assert revision(result).confirmation
    assert text
    talkative = ScriptedModel(words="Enjoy!")
    effects.hold(replace(services, component_agents={"flight": clerk(talkative)}), hold_order())
    assert services.ledger.text(f"{TRIP}-flight/hold/1") == text
    assert talkative.wordings == []


class Meeting:
    """A supplier that answers nobody before so many callers are in it at once."""

    def __init__(self, inner: Any, callers: int) -> None:
        self._inner, self._barrier = inner, Barrier(callers)

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> Any:
            # If fewer are let in at once, the barrier breaks and the calls fail.
            self._barrier.wait(timeout=10)
            return getattr(self._inner, name)(*arguments)

        return call


def slow(services: ActivityServices) -> Suppliers:
    return Suppliers(
        booking={"flight": cast(Any, Meeting(services.suppliers.booking["flight"], MOST_THREADS))},
        payments=cast(Any, Meeting(services.suppliers.payments, MOST_THREADS)),
    )


def orders_of_many_trips(services: ActivityServices, effect: Effect, like: EffectOrder) -> list[Any]:
    trips = [f"trip-{number}" for number in range(2, 2 + MOST_THREADS)]
    for trip in trips:
        services.ledger.open(NewTrip(trip, "flight", PARIS.of_component("flight"), TripOptions(), trip, 1))
    named = [{"trip": trip, "component": trip, "key": effect_key(trip, effect, 1)} for trip in trips]
    return [like.model_copy(update=names).model_dump(mode="json") for names in named]


@pytest.mark.parametrize(
    ("name", "effect", "order"),
    [("book_flight_activity", "hold", hold_order()), ("process_flight_payment", "authorize", authorize_order())],
)
def test_steps_with_slow_companies_keep_no_other_trip_waiting(
    services: ActivityServices, name: str, effect: Effect, order: EffectOrder
) -> None:
    example = json.loads((ROOT / "local.settings.example.json").read_text(encoding="utf-8"))
    # The worker's own threads run them, and by default it has only a few.
    threads = int(example["Values"]["PYTHON_THREADPOOL_THREAD_COUNT"])
    orders = orders_of_many_trips(services, effect, order)
    activity = activity_functions()[name]
    with serving(replace(services, suppliers=slow(services))), ThreadPoolExecutor(threads) as worker:
        answers = list(worker.map(lambda order: activity(order=order), orders))
    assert {result["status"] for result in answers} == {"done"}
