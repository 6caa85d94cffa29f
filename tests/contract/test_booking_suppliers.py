"""Promises of every airline, hotel and car hire company."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from domain.amount import Money
from domain.components import COMPONENT_KINDS, COMPONENTS, ComponentKind
from domain.ids import confirmation_id
from domain.trip.outcomes import Refusal
from suppliers.opening import Suppliers
from suppliers.ports import Booking, BookingSupplier, Enquiry, KeyConflictError, SupplierFault, Tombstone
from support.races import in_processes, in_threads
from support.suppliers.companies import DAY, KEYS, NOW, REJECTING, Customer, Timepiece, hold_many, hold_or_cancel, order

HOLD, CONFIRM, CANCEL = "trip-1/hold/1", "trip-1/confirm/1", "trip-1/cancel/1"
Opener = Callable[..., Suppliers]


@pytest.fixture(params=COMPONENT_KINDS)
def kind(request: pytest.FixtureRequest) -> ComponentKind:
    return request.param


@pytest.fixture
def company(suppliers: Suppliers, kind: ComponentKind) -> BookingSupplier:
    return suppliers.booking[kind]


@pytest.fixture
def hotel(suppliers: Suppliers) -> BookingSupplier:
    return suppliers.booking["hotel"]


def held(company: BookingSupplier, kind: ComponentKind = "hotel", key: str = HOLD) -> Booking:
    booking = company.hold(key, order(kind))
    assert isinstance(booking, Booking)
    return booking


def confirmed(company: BookingSupplier, kind: ComponentKind = "hotel") -> Booking:
    booking = company.confirm(CONFIRM, HOLD, held(company, kind).amount)
    assert isinstance(booking, Booking)
    return booking


def code(result: object) -> str:
    assert isinstance(result, Refusal)
    return result.code


def test_a_hold_has_confirmation_price_facts_and_an_end(
    company: BookingSupplier, kind: ComponentKind, time: Timepiece
) -> None:
    booking = held(company, kind)
    assert booking.confirmation.startswith({"flight": "FL", "hotel": "HT", "car_hire": "CR"}[kind] + "-20260216143022-")
    assert booking.amount == Money(currency="USD", minor={"flight": 45_000, "hotel": 87_500, "car_hire": 22_500}[kind])
    assert booking.details
    assert (booking.key, booking.kind, booking.status, booking.fee) == (HOLD, kind, "held", None)
    assert booking.expires == time.now + timedelta(seconds=1800)


def test_confirming_tickets_the_hold(company: BookingSupplier, kind: ComponentKind) -> None:
    booking = held(company, kind)
    ticket = company.confirm(CONFIRM, HOLD, booking.amount)
    assert isinstance(ticket, Booking)
    assert ticket == replace(booking, status="confirmed", cancel_fee=company.terms(HOLD))
    assert company.find(HOLD) == company.find(CONFIRM) == Enquiry("done", ticket)


def test_what_cancelling_costs_is_told_at_confirmation(open_suppliers_with: Opener, kind: ComponentKind) -> None:
    calm, dearer = open_suppliers_with().booking[kind], open_suppliers_with(sim_cancel_fee_percent=50).booking[kind]
    booking = held(calm, kind)
    agreed, dear = (Money(currency="USD", minor=booking.amount.minor // part) for part in (10, 2))
    assert booking.cancel_fee is None
    assert confirmed(calm, kind).cancel_fee == confirmed(dearer, kind).cancel_fee == agreed
    assert dearer.terms(HOLD) == dear
    gone = dearer.cancel(CANCEL, HOLD)
    assert isinstance(gone, Booking)
    assert (gone.cancel_fee, gone.fee) == (agreed, dear)
    assert calm.find(CONFIRM).booking == gone


def test_a_second_delivery_gets_the_first_answer(
    open_suppliers_with: Opener, kind: ComponentKind, time: Timepiece
) -> None:
    company = open_suppliers_with().booking[kind]
    first, ticket = held(company, kind), confirmed(company, kind)
    time.move(3600)
    # With settings under which a first delivery would be refused.
    restarted = open_suppliers_with(**{REJECTING[kind]: 1, "sim_price_change": 1}).booking[kind]
    assert restarted.hold(HOLD, order(kind)) == first
    assert restarted.hold(HOLD, replace(order(kind), booked_at=NOW + timedelta(hours=1))) == first
    assert restarted.confirm(CONFIRM, HOLD, first.amount) == ticket
    gone = restarted.cancel(CANCEL, HOLD)
    assert open_suppliers_with(sim_cancel_fee_percent=50).booking[kind].cancel(CANCEL, HOLD) == gone


def test_a_rejection_is_an_answer_too(open_suppliers_with: Opener, kind: ComponentKind) -> None:
    refusal = open_suppliers_with(**{REJECTING[kind]: 1}).booking[kind].hold(HOLD, order(kind))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.dial) == ("sold_out", REJECTING[kind].upper())
    assert f"simulated ({refusal.dial})" in refusal.message
    calm = open_suppliers_with().booking[kind]
    assert calm.hold(HOLD, order(kind)) == refusal
    assert calm.find(HOLD) == calm.close(HOLD) == Enquiry("refused", refusal=refusal)
    assert calm.cancel(CANCEL, HOLD) == Tombstone(HOLD)
    assert calm.find(HOLD) == Enquiry("refused", refusal=refusal)


def test_a_changed_price_is_never_confirmed(open_suppliers_with: Opener, time: Timepiece) -> None:
    changing, calm = open_suppliers_with(sim_price_change=1).booking["hotel"], open_suppliers_with().booking["hotel"]
    booking = held(changing)
    refusal = changing.confirm(CONFIRM, HOLD, booking.amount)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.dial) == ("price_changed", "SIM_PRICE_CHANGE")
    assert calm.confirm(CONFIRM, HOLD, booking.amount) == refusal
    other = calm.confirm("trip-1/confirm/2", HOLD, booking.amount + Money(currency="USD", minor=1))
    assert isinstance(other, Refusal)
    assert (other.code, other.dial) == ("price_changed", None)
    assert calm.find(HOLD).booking == booking
    assert calm.cancel(CANCEL, HOLD) == replace(booking, status="released")


def test_what_is_not_held_any_more_is_not_confirmed(hotel: BookingSupplier, time: Timepiece) -> None:
    price = held(hotel).amount
    assert code(hotel.confirm("a/confirm/1", "a/hold/1", price)) == "hold_gone"
    time.move(1800)
    booking = hotel.find(HOLD).booking
    assert booking is not None
    assert booking.status == "released"
    assert code(hotel.confirm(CONFIRM, HOLD, price)) == "hold_gone"
    held(hotel, key="b/hold/1")
    hotel.cancel("b/cancel/1", "b/hold/1")
    assert code(hotel.confirm("b/confirm/1", "b/hold/1", price)) == "hold_gone"


def test_a_hold_stands_until_its_very_end(hotel: BookingSupplier, time: Timepiece) -> None:
    booking = held(hotel)
    # A millisecond before the 1800 seconds of a hold are over.
    time.move(1799.999)
    assert isinstance(hotel.confirm(CONFIRM, HOLD, booking.amount), Booking)
    time.move(86_400)
    ticket = hotel.find(HOLD).booking
    assert ticket is not None
    assert ticket.status == "confirmed"


def test_a_confirmed_booking_is_not_confirmed_twice(open_suppliers_with: Opener) -> None:
    ticket = confirmed(open_suppliers_with().booking["hotel"])
    changing = open_suppliers_with(sim_price_change=1).booking["hotel"]
    assert changing.confirm("trip-1/confirm/2", HOLD, ticket.amount) == ticket


@pytest.mark.parametrize("changes", [{"destination": "Rome"}, {"date": DAY + timedelta(days=1)}, {"units": 6}])
@pytest.mark.parametrize("dials", [{}, {"sim_reject_hotel": 1}])
def test_a_key_with_other_arguments_is_an_error(
    open_suppliers_with: Opener, changes: dict[str, object], dials: dict[str, float]
) -> None:
    hotel = open_suppliers_with(**dials).booking["hotel"]
    hotel.hold(HOLD, order("hotel"))
    before = hotel.find(HOLD)
    with pytest.raises(KeyConflictError):
        hotel.hold(HOLD, replace(order("hotel"), **changes))
    assert hotel.find(HOLD) == before


def test_a_key_belongs_to_one_target_one_price_and_one_operation(hotel: BookingSupplier) -> None:
    ticket = confirmed(hotel)
    with pytest.raises(KeyConflictError):
        hotel.confirm(CONFIRM, "trip-1/hold/2", ticket.amount)
    with pytest.raises(KeyConflictError):
        hotel.confirm(CONFIRM, HOLD, ticket.amount + ticket.amount)
    with pytest.raises(KeyConflictError):
        hotel.cancel(CONFIRM, HOLD)
    with pytest.raises(KeyConflictError):
        hotel.hold(CONFIRM, order("hotel"))
    assert hotel.find(HOLD) == Enquiry("done", ticket)


def test_a_call_concerns_one_component(company: BookingSupplier, kind: ComponentKind) -> None:
    booking = held(company, kind)
    for call in (
        lambda: company.confirm("trip-2/confirm/1", HOLD, booking.amount),
        lambda: company.cancel("trip-2/cancel/1", HOLD),
    ):
        with pytest.raises(ValueError, match="different components"):
            call()
    assert company.find(HOLD) == Enquiry("done", booking)


def test_a_company_books_only_what_it_sells(suppliers: Suppliers) -> None:
    with pytest.raises(ValueError, match="hotel"):
        suppliers.booking["flight"].hold(HOLD, order("hotel"))


def test_releasing_a_hold_costs_nothing(company: BookingSupplier, kind: ComponentKind) -> None:
    booking = held(company, kind)
    assert company.terms(HOLD) is None
    released = company.cancel(CANCEL, HOLD)
    assert released == replace(booking, status="released")
    assert company.cancel(CANCEL, HOLD) == released
    assert company.find(CANCEL) == company.find(HOLD) == Enquiry("done", replace(booking, status="released"))


def test_cancelling_a_confirmed_booking_costs_what_the_terms_say(company: BookingSupplier, kind: ComponentKind) -> None:
    ticket = confirmed(company, kind)
    fee = company.terms(HOLD)
    assert fee == Money(currency="USD", minor=ticket.amount.minor // 10)
    gone = company.cancel(CANCEL, HOLD)
    assert gone == replace(ticket, status="cancelled", fee=fee)
    assert company.terms(HOLD) is None


def test_a_second_cancel_under_another_key_costs_nothing_more(open_suppliers_with: Opener) -> None:
    company = open_suppliers_with().booking["hotel"]
    confirmed(company)
    gone = company.cancel(CANCEL, HOLD)
    dearer = open_suppliers_with(sim_cancel_fee_percent=100).booking["hotel"]
    assert dearer.cancel("trip-1/cancel/2", HOLD) == gone
    assert dearer.find(HOLD).booking == gone


def test_terms_of_the_unknown_are_none(company: BookingSupplier) -> None:
    assert company.terms("trip-9/hold/1") is None


def test_what_was_cancelled_is_not_made_again(company: BookingSupplier, kind: ComponentKind) -> None:
    ticket = confirmed(company, kind)
    gone = company.cancel(CANCEL, HOLD)
    assert code(company.hold(HOLD, order(kind))) == "cancelled"
    assert code(company.confirm(CONFIRM, HOLD, ticket.amount)) == "cancelled"
    assert code(company.confirm("trip-1/confirm/2", HOLD, ticket.amount)) == "hold_gone"
    assert company.find(HOLD).booking == gone


def test_cancelling_what_never_arrived_refuses_a_late_arrival(company: BookingSupplier, kind: ComponentKind) -> None:
    assert company.cancel(CANCEL, HOLD) == Tombstone(HOLD)
    assert company.cancel(CANCEL, HOLD) == Tombstone(HOLD)
    late = company.hold(HOLD, order(kind))
    assert isinstance(late, Refusal)
    assert (late.code, late.dial) == ("cancelled_before_arrival", None)
    assert company.find(HOLD) == Enquiry("closed")
    assert company.find(CANCEL) == Enquiry("done")
    assert code(company.confirm(CONFIRM, HOLD, Money.zero())) == "hold_gone"


def test_a_key_that_never_came_is_not_found(company: BookingSupplier) -> None:
    assert company.find(HOLD) == Enquiry("not_found")


@pytest.mark.parametrize("key", [HOLD, CONFIRM, CANCEL])
def test_a_closed_key_does_nothing_when_it_arrives(hotel: BookingSupplier, key: str) -> None:
    price = held(hotel, key="trip-1/hold/0").amount
    assert hotel.close(key) == hotel.close(key) == hotel.find(key) == Enquiry("closed")
    calls = {
        HOLD: lambda: hotel.hold(HOLD, order("hotel")),
        CONFIRM: lambda: hotel.confirm(CONFIRM, "trip-1/hold/0", price),
        CANCEL: lambda: hotel.cancel(CANCEL, "trip-1/hold/0"),
    }
    assert code(calls[key]()) == "cancelled_before_arrival"
    booking = hotel.find("trip-1/hold/0").booking
    assert booking is not None
    assert booking.status == "held"


def test_closing_what_was_done_leaves_it(hotel: BookingSupplier) -> None:
    ticket = confirmed(hotel)
    assert hotel.close(CONFIRM) == Enquiry("done", ticket)
    assert hotel.confirm(CONFIRM, HOLD, ticket.amount) == ticket


def test_a_fault_comes_before_anything_is_done(open_suppliers_with: Opener) -> None:
    failing, calm = open_suppliers_with(sim_fault=1).booking["hotel"], open_suppliers_with().booking["hotel"]
    with pytest.raises(SupplierFault, match="SIM_FAULT"):
        failing.hold(HOLD, order("hotel"))
    assert calm.find(HOLD) == Enquiry("not_found")
    booking = held(calm)
    for call in (
        lambda: failing.confirm(CONFIRM, HOLD, booking.amount),
        lambda: failing.cancel(CANCEL, HOLD),
        lambda: failing.close(CANCEL),
        lambda: failing.find(HOLD),
        lambda: failing.terms(HOLD),
    ):
        with pytest.raises(SupplierFault, match="SIM_FAULT"):
            call()
    assert calm.find(HOLD) == Enquiry("done", booking)
    assert calm.find(CONFIRM) == calm.find(CANCEL) == Enquiry("not_found")


def test_a_lost_answer_comes_after_everything_is_done(open_suppliers_with: Opener) -> None:
    losing, calm = open_suppliers_with(sim_lost_answer=1).booking["hotel"], open_suppliers_with().booking["hotel"]
    with pytest.raises(SupplierFault, match="SIM_LOST_ANSWER"):
        losing.hold(HOLD, order("hotel"))
    booking = held(calm)
    with pytest.raises(SupplierFault, match="SIM_LOST_ANSWER"):
        losing.confirm(CONFIRM, HOLD, booking.amount)
    fee = Money(currency="USD", minor=8_750)
    ticket = replace(booking, status="confirmed", cancel_fee=fee)
    assert losing.find(HOLD) == Enquiry("done", ticket)
    with pytest.raises(SupplierFault, match="SIM_LOST_ANSWER"):
        losing.cancel(CANCEL, HOLD)
    assert losing.find(CANCEL) == Enquiry("done", replace(ticket, status="cancelled", fee=fee))


def test_a_late_answer_is_pending_until_it_comes(open_suppliers_with: Opener, time: Timepiece) -> None:
    late = open_suppliers_with(sim_late_answer=1, sim_late_answer_ms=15_000).booking["hotel"]
    booking = held(late)
    # The call itself waited for its late answer, and the enquiry asks at the moment at which it began.
    assert time.slept == [15]
    assert late.find(HOLD) == Enquiry("pending")
    assert late.hold(HOLD, order("hotel")) == booking
    time.move(15)
    assert late.find(HOLD) == Enquiry("done", booking)


def test_an_undoing_overtakes_a_late_answer(open_suppliers_with: Opener, time: Timepiece) -> None:
    booking = held(open_suppliers_with(sim_late_answer=1).booking["hotel"])
    calm = open_suppliers_with().booking["hotel"]
    assert calm.cancel(CANCEL, HOLD) == replace(booking, status="released")
    time.move(60)
    assert calm.find(HOLD) == Enquiry("done", replace(booking, status="released"))


def test_cancelling_can_fail_alone(open_suppliers_with: Opener) -> None:
    failing = open_suppliers_with(sim_fail_cancel=1).booking["hotel"]
    ticket = confirmed(failing)
    with pytest.raises(SupplierFault, match="SIM_FAIL_CANCEL"):
        failing.cancel(CANCEL, HOLD)
    assert failing.find(CANCEL) == Enquiry("not_found")
    assert failing.find(HOLD) == Enquiry("done", ticket)
    assert isinstance(open_suppliers_with(sim_fail_refund=1).booking["hotel"].cancel(CANCEL, HOLD), Booking)


def test_simultaneous_deliveries_have_one_effect(
    company: BookingSupplier, customers: list[Customer], suppliers: Suppliers, kind: ComponentKind
) -> None:
    bookings = in_threads(lambda _: company.hold(HOLD, order(kind)), range(16))
    assert all(booking == bookings[0] for booking in bookings)
    tickets = in_threads(lambda _: company.confirm(CONFIRM, HOLD, held(company, kind).amount), range(16))
    assert all(ticket == tickets[0] for ticket in tickets)
    gone = in_threads(lambda n: company.cancel(f"trip-1/cancel/{n}", HOLD), range(16))
    assert all(booking == gone[0] for booking in gone)


def test_processes_hold_each_key_once(customers: list[Customer]) -> None:
    by_process = in_processes(hold_many, customers)
    assert all(confirmations == by_process[0] for confirmations in by_process)
    assert len(set(by_process[0])) == len(KEYS)


def test_a_booking_racing_its_cancellation_never_stands(suppliers: Suppliers, customers: list[Customer]) -> None:
    in_processes(hold_or_cancel, customers)
    cars = suppliers.booking["car_hire"]
    for n in KEYS:
        enquiry = cars.find(f"trip-{n}/hold/1")
        gone = enquiry.booking is not None and enquiry.booking.status in ("released", "cancelled")
        assert gone or enquiry == Enquiry("closed")


def test_confirmations_of_one_second_are_distinct(suppliers: Suppliers) -> None:
    # Two keys that get the same confirmation: among enough of them, a pair is bound to come.
    taken: dict[str, str] = {}
    for key in (f"trip-{n}/hold/1" for n in count()):
        confirmation = confirmation_id(COMPONENTS["flight"], NOW, key)
        if confirmation in taken:
            break
        taken[confirmation] = key
    airline = suppliers.booking["flight"]
    assert held(airline, "flight", taken[confirmation]).confirmation == confirmation
    second = held(airline, "flight", key)
    assert second.confirmation == confirmation_id(COMPONENTS["flight"], NOW, key, collision=1)
    assert airline.hold(key, order("flight")) == second


def test_a_quote_is_the_price_of_the_hold_and_holds_nothing(company: BookingSupplier, kind: ComponentKind) -> None:
    quoted = company.quote("trip-1/quote/1", order(kind))
    assert company.find("trip-1/quote/1").state == "not_found"
    assert company.find(HOLD).state == "not_found"
    assert company.quote("trip-1/quote/1", replace(order(kind), destination="Oslo")) != quoted, "each call asks anew"
    assert held(company, kind).amount == quoted.amount


def test_a_quote_of_another_kind_is_a_mistake_of_the_caller(hotel: BookingSupplier) -> None:
    with pytest.raises(ValueError, match="flight"):
        hotel.quote("trip-1/quote/1", order("flight"))
