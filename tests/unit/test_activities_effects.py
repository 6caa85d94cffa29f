"""Booking, charging and cancelling on real books: each effect once, whatever is delivered how often."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from support_scripted import PARIS
from support_services import NOW, ScriptedModel, open_scripted, open_trip

from activities import effects
from activities.services import Services
from domain.components import COMPONENT_KINDS, ComponentKind
from domain.ids import effect_key
from domain.money import Money
from domain.outcomes import BookOrder, BookResult, CancelOrder, PayOrder
from stores.ledger import KeyReusedError, TripUnknownError
from suppliers.opening import Suppliers
from suppliers.ports import Booking, Payment, SupplierFault, Tombstone

TRIP = "trip-1"
FLIGHT = "trip-1-flight"


@pytest.fixture
def services(tmp_path: Path) -> Services:
    opened = open_scripted(tmp_path)
    open_trip(opened, TRIP, PARIS)
    return opened


def book_order(kind: ComponentKind = "flight", **changes: Any) -> BookOrder:
    component = f"{TRIP}-{kind}"
    units = None if kind == "flight" else 5
    order = BookOrder(
        trip=TRIP,
        component=component,
        kind=kind,
        key=effect_key(component, "book"),
        destination="Paris",
        date=date(2026, 3, 2),
        units=units,
        booked_at=NOW,
    )
    return order.model_copy(update=changes)


def pay_order(booked: BookResult, kind: ComponentKind = "flight") -> PayOrder:
    assert booked.confirmation
    assert booked.amount
    component = f"{TRIP}-{kind}"
    return PayOrder(
        trip=TRIP,
        component=component,
        kind=kind,
        key=effect_key(component, "charge"),
        confirmation=booked.confirmation,
        amount=booked.amount,
    )


def cancel_order(kind: ComponentKind = "flight") -> CancelOrder:
    component = f"{TRIP}-{kind}"
    return CancelOrder(trip=TRIP, component=component, kind=kind, key=effect_key(component, "cancel"))


async def test_a_booking_has_the_facts_of_the_supplier_and_is_in_the_ledger(services: Services) -> None:
    result = await effects.book(services, book_order())
    assert result.status == "booked"
    assert result.amount == Money(currency="USD", minor=45000)
    assert result.confirmation
    assert result.confirmation.startswith("FL-20260216143022-")
    events = [(entry.event, entry.effect) for entry in services.ledger.entries(TRIP)]
    assert events == [("opened", None), ("intent", "book"), ("outcome", "book")]


async def test_a_second_delivery_gives_the_first_answer_and_no_second_booking(services: Services) -> None:
    first = await effects.book(services, book_order())
    assert await effects.book(services, book_order()) == first
    assert len(services.ledger.entries(TRIP)) == 3


async def test_a_run_at_another_time_is_the_same_order(services: Services) -> None:
    first = await effects.book(services, book_order())
    assert await effects.book(services, book_order(booked_at=NOW + timedelta(hours=1))) == first


async def test_a_second_delivery_gives_the_first_refusal_even_when_the_supplier_would_book_now(tmp_path: Path) -> None:
    refusing = open_scripted(tmp_path, sim_reject_flight=1)
    open_trip(refusing, TRIP, PARIS)
    first = await effects.book(refusing, book_order())
    assert first.status == "rejected"
    assert first.refusal
    assert first.refusal.dial == "SIM_REJECT_FLIGHT"
    assert await effects.book(open_scripted(tmp_path), book_order()) == first


@pytest.mark.parametrize("kind", COMPONENT_KINDS)
async def test_deliveries_at_the_same_moment_book_and_charge_once(services: Services, kind: ComponentKind) -> None:
    order = book_order(kind)
    results = await asyncio.gather(*(effects.book(services, order) for _ in range(4)))
    assert all(result == results[0] for result in results)
    charge = pay_order(results[0], kind)
    with ThreadPoolExecutor(4) as pool:
        paid = list(pool.map(lambda _: effects.charge(services, charge), range(4)))
        undone = list(pool.map(lambda _: effects.cancel(services, cancel_order(kind)), range(4)))
    assert all(result == paid[0] for result in paid)
    assert all(result == undone[0] for result in undone)
    assert len(services.ledger.entries(TRIP)) == 7


async def test_the_answer_of_a_delivery_that_died_after_the_supplier_acted_is_found_again(services: Services) -> None:
    dying = replace(services, suppliers=after_acting(services.suppliers, fault))
    with pytest.raises(SupplierFault):
        await effects.book(dying, book_order())
    found = services.suppliers.booking["flight"].find(effect_key(FLIGHT, "book"))
    assert isinstance(found, Booking)
    assert (await effects.book(services, book_order())).confirmation == found.confirmation


def test_a_declined_charge_is_an_answer_with_its_dial(tmp_path: Path) -> None:
    services = open_scripted(tmp_path, sim_decline_payment=1)
    open_trip(services, TRIP, PARIS)
    booked = asyncio.run(effects.book(services, book_order()))
    paid = effects.charge(services, pay_order(booked))
    assert paid.status == "declined"
    assert paid.refusal
    assert paid.refusal.dial == "SIM_DECLINE_PAYMENT"
    assert effects.cancel(services, cancel_order()).refunded is None


async def test_a_cancel_undoes_booking_and_charge_and_says_what_was_refunded(services: Services) -> None:
    booked = await effects.book(services, book_order())
    effects.charge(services, pay_order(booked))
    cancelled = effects.cancel(services, cancel_order())
    assert (cancelled.confirmation, cancelled.refunded) == (booked.confirmation, booked.amount)
    booking = services.suppliers.booking["flight"].find(effect_key(FLIGHT, "book"))
    payment = services.suppliers.payments.find(effect_key(FLIGHT, "charge"))
    assert isinstance(booking, Booking)
    assert isinstance(payment, Payment)
    assert (booking.status, payment.status) == ("cancelled", "refunded")


async def test_a_cancel_works_by_key_when_nothing_arrived_and_a_late_arrival_is_refused(services: Services) -> None:
    cancelled = effects.cancel(services, cancel_order())
    assert (cancelled.confirmation, cancelled.refunded) == (None, None)
    assert isinstance(services.suppliers.payments.find(effect_key(FLIGHT, "charge")), Tombstone)
    late = await effects.book(services, book_order())
    assert late.status == "rejected"
    assert late.refusal
    assert late.refusal.code == "cancelled_before_arrival"


async def test_a_cancel_goes_on_where_an_earlier_attempt_lost_its_answer(services: Services, tmp_path: Path) -> None:
    booked = await effects.book(services, book_order())
    effects.charge(services, pay_order(booked))
    services.suppliers.booking["flight"].cancel(effect_key(FLIGHT, "book"))
    services.suppliers.payments.refund(effect_key(FLIGHT, "charge"))
    failing_ever_since = open_scripted(tmp_path, sim_fault=1)
    assert effects.cancel(failing_ever_since, cancel_order()).refunded == booked.amount


async def test_a_booking_cancelled_before_its_answer_was_stored_is_not_announced(services: Services) -> None:
    dying = replace(services, suppliers=after_acting(services.suppliers, fault))
    with pytest.raises(SupplierFault):
        await effects.book(dying, book_order())
    effects.cancel(services, cancel_order())
    assert (await effects.book(services, book_order())).status == "rejected"


async def test_another_order_under_the_same_key_is_a_fault_and_books_nothing(services: Services) -> None:
    await effects.book(services, book_order())
    with pytest.raises(KeyReusedError):
        await effects.book(services, book_order(destination="Tokyo"))


async def test_a_key_that_is_not_the_effects_own_is_a_fault(services: Services) -> None:
    with pytest.raises(ValueError, match="not the key of book"):
        await effects.book(services, book_order(key=effect_key(FLIGHT, "charge")))


async def test_an_unknown_trip_is_a_fault_before_any_supplier_is_called(tmp_path: Path) -> None:
    services = open_scripted(tmp_path)
    with pytest.raises(TripUnknownError, match="There is no trip trip-1"):
        await effects.book(services, book_order())
    assert services.suppliers.booking["flight"].find(effect_key(FLIGHT, "book")) is None


async def test_the_booking_stands_before_it_is_worded(services: Services) -> None:
    class Watching(ScriptedModel):
        async def word(self, task: Any) -> str:
            self.stored = [entry.event for entry in services.ledger.entries(TRIP)]
            return await super().word(task)

    model = Watching()
    agent = type(services.clerks["flight"])(model)
    await effects.book(replace(services, clerks={"flight": agent}), book_order())
    assert model.stored == ["opened", "intent", "outcome"]


async def test_the_first_wording_is_kept(services: Services) -> None:
    first = await effects.book(services, book_order())
    talkative = ScriptedModel(words=f"Enjoy Paris, your flight {first.confirmation} is booked!")
    agent = type(services.clerks["flight"])(talkative)
    again = await effects.book(replace(services, clerks={"flight": agent}), book_order())
    assert again.text == first.text
    assert talkative.wordings == []


async def test_a_failing_model_hides_no_booking(services: Services) -> None:
    agent = type(services.clerks["flight"])(ScriptedModel(words=RuntimeError("no words")))
    result = await effects.book(replace(services, clerks={"flight": agent}), book_order())
    assert result.status == "booked"
    assert result.confirmation
    assert result.confirmation in result.text


def fault() -> None:
    raise SupplierFault("the answer was lost")


def after_acting(suppliers: Suppliers, act: Callable[[], None]) -> Suppliers:
    """Companies that do what they are asked, after which `act` is called."""

    class Airline:
        def book(self, key: str, order: Any) -> Any:
            answer = suppliers.booking["flight"].book(key, order)
            act()
            return answer

        def cancel(self, key: str) -> Any:
            return suppliers.booking["flight"].cancel(key)

        def find(self, key: str) -> Any:
            return suppliers.booking["flight"].find(key)

    return replace(suppliers, booking={**suppliers.booking, "flight": Airline()})
