"""What every airline, hotel and car hire company promises."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from support_races import in_processes, in_threads
from support_trips import DAY, NOW, order
from support_writers import Writer, book_many, book_or_cancel

from domain.components import COMPONENT_KINDS, COMPONENTS, ComponentKind
from domain.ids import confirmation_id
from domain.money import Money
from domain.outcomes import Refusal
from suppliers.opening import Suppliers
from suppliers.ports import Booking, KeyConflictError, SupplierFault, Tombstone

KEY = "trip-1/book"
REJECTING: dict[ComponentKind, str] = {
    "flight": "sim_reject_flight",
    "hotel": "sim_reject_hotel",
    "car_hire": "sim_reject_car",
}
Opener = Callable[..., Suppliers]


@pytest.fixture(params=COMPONENT_KINDS)
def kind(request: pytest.FixtureRequest) -> ComponentKind:
    return request.param


def test_a_booking_has_confirmation_price_and_facts(suppliers: Suppliers, kind: ComponentKind) -> None:
    booking = suppliers.booking[kind].book(KEY, order(kind))
    assert isinstance(booking, Booking)
    assert booking.confirmation.startswith({"flight": "FL", "hotel": "HT", "car_hire": "CR"}[kind] + "-20260216143022-")
    assert booking.amount == Money(currency="USD", minor={"flight": 45_000, "hotel": 87_500, "car_hire": 22_500}[kind])
    assert booking.details
    assert (booking.key, booking.kind, booking.status) == (KEY, kind, "booked")


def test_a_second_delivery_gets_the_first_answer(open_suppliers_with: Opener, kind: ComponentKind) -> None:
    first = open_suppliers_with().booking[kind].book(KEY, order(kind))
    restarted = open_suppliers_with(**{REJECTING[kind]: 1}).booking[kind]
    assert restarted.book(KEY, order(kind)) == first
    assert restarted.book(KEY, replace(order(kind), booked_at=NOW + timedelta(hours=1))) == first
    assert restarted.find(KEY) == first


def test_a_refusal_is_an_answer_too(open_suppliers_with: Opener, kind: ComponentKind) -> None:
    refusal = open_suppliers_with(**{REJECTING[kind]: 1}).booking[kind].book(KEY, order(kind))
    assert isinstance(refusal, Refusal)
    assert refusal.dial == REJECTING[kind].upper()
    assert "simulated" in refusal.message
    assert REJECTING[kind].upper() in refusal.message
    calm = open_suppliers_with().booking[kind]
    assert calm.book(KEY, order(kind)) == refusal
    assert calm.find(KEY) == refusal
    assert calm.cancel(KEY) == Tombstone(KEY)
    assert calm.find(KEY) == refusal


@pytest.mark.parametrize("changes", [{"destination": "Rome"}, {"date": DAY + timedelta(days=1)}, {"units": 6}])
@pytest.mark.parametrize("dials", [{}, {"sim_reject_hotel": 1}])
def test_a_key_with_other_arguments_is_an_error(
    open_suppliers_with: Opener, changes: dict[str, object], dials: dict[str, float]
) -> None:
    hotel = open_suppliers_with(**dials).booking["hotel"]
    first = hotel.book(KEY, order("hotel"))
    with pytest.raises(KeyConflictError):
        hotel.book(KEY, replace(order("hotel"), **changes))
    assert hotel.find(KEY) == first


def test_a_company_books_only_what_it_sells(suppliers: Suppliers) -> None:
    with pytest.raises(ValueError, match="hotel"):
        suppliers.booking["flight"].book(KEY, order("hotel"))


def test_an_unknown_key_is_not_found(suppliers: Suppliers, kind: ComponentKind) -> None:
    assert suppliers.booking[kind].find(KEY) is None


def test_cancelling_is_safe_to_repeat(suppliers: Suppliers, kind: ComponentKind) -> None:
    company = suppliers.booking[kind]
    booking = company.book(KEY, order(kind))
    assert isinstance(booking, Booking)
    cancelled = replace(booking, status="cancelled")
    assert company.cancel(KEY) == cancelled
    assert company.cancel(KEY) == cancelled
    assert company.find(KEY) == cancelled


def test_a_cancelled_booking_is_not_made_again(suppliers: Suppliers, kind: ComponentKind) -> None:
    company = suppliers.booking[kind]
    company.book(KEY, order(kind))
    cancelled = company.cancel(KEY)
    late = company.book(KEY, order(kind))
    assert isinstance(late, Refusal)
    assert (late.code, late.dial) == ("cancelled", None)
    assert company.find(KEY) == cancelled


def test_cancelling_what_never_arrived_refuses_a_late_arrival(suppliers: Suppliers, kind: ComponentKind) -> None:
    company = suppliers.booking[kind]
    assert company.cancel(KEY) == Tombstone(KEY)
    assert company.cancel(KEY) == Tombstone(KEY)
    late = company.book(KEY, order(kind))
    assert isinstance(late, Refusal)
    assert (late.code, late.dial) == ("cancelled_before_arrival", None)
    assert company.find(KEY) == Tombstone(KEY)


def test_a_fault_comes_before_anything_is_done(open_suppliers_with: Opener, kind: ComponentKind) -> None:
    failing, calm = open_suppliers_with(sim_fault=1).booking[kind], open_suppliers_with().booking[kind]
    with pytest.raises(SupplierFault):
        failing.book(KEY, order(kind))
    with pytest.raises(SupplierFault):
        failing.cancel(KEY)
    assert calm.find(KEY) is None
    calm.book(KEY, order(kind))
    with pytest.raises(SupplierFault):
        failing.cancel(KEY)
    found = calm.find(KEY)
    assert isinstance(found, Booking)
    assert found.status == "booked"


def test_a_lost_answer_comes_after_everything_is_done(open_suppliers_with: Opener, kind: ComponentKind) -> None:
    losing, calm = open_suppliers_with(sim_lost_answer=1).booking[kind], open_suppliers_with().booking[kind]
    with pytest.raises(SupplierFault):
        losing.book(KEY, order(kind))
    booking = calm.find(KEY)
    assert isinstance(booking, Booking)
    assert calm.book(KEY, order(kind)) == booking
    with pytest.raises(SupplierFault):
        losing.cancel(KEY)
    assert calm.find(KEY) == replace(booking, status="cancelled")


def test_simultaneous_deliveries_have_one_effect(
    suppliers: Suppliers, supplier_writers: list[Writer], kind: ComponentKind
) -> None:
    answers = in_threads(lambda _: suppliers.booking[kind].book(KEY, order(kind)), range(16))
    assert all(answer == answers[0] for answer in answers)
    by_process = in_processes(book_many, supplier_writers)
    assert all(confirmations == by_process[0] for confirmations in by_process)
    assert len(set(by_process[0])) == 20


def test_a_booking_racing_its_cancellation_never_stands(suppliers: Suppliers, supplier_writers: list[Writer]) -> None:
    in_processes(book_or_cancel, supplier_writers)
    cars = suppliers.booking["car_hire"]
    for n in range(20):
        found = cars.find(f"trip-{n}/book")
        assert isinstance(found, Tombstone) or (isinstance(found, Booking) and found.status == "cancelled")


def test_confirmations_of_one_second_are_distinct(suppliers: Suppliers) -> None:
    taken: dict[str, str] = {}
    for key in (f"trip-{n}/book" for n in count()):
        confirmation = confirmation_id(COMPONENTS["flight"], NOW, key)
        if confirmation in taken:
            break
        taken[confirmation] = key
    first = suppliers.booking["flight"].book(taken[confirmation], order("flight"))
    second = suppliers.booking["flight"].book(key, order("flight"))
    assert isinstance(first, Booking)
    assert isinstance(second, Booking)
    assert first.confirmation == confirmation
    assert second.confirmation == confirmation_id(COMPONENTS["flight"], NOW, key, collision=1)
    assert suppliers.booking["flight"].book(key, order("flight")) == second
