"""Promises of every payment provider."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.amount import Money
from domain.trip.outcomes import Refusal
from suppliers.opening import Suppliers
from suppliers.ports import Enquiry, KeyConflictError, Payment, PaymentProvider, SupplierFault, Tombstone
from support.races import in_processes, in_threads
from support.suppliers.companies import KEYS, Customer, Timepiece, capture_or_void, pay_many

AUTHORIZE, CAPTURE, VOID, REFUND = (f"trip-1/{effect}/1" for effect in ("authorize", "capture", "void", "refund"))
AMOUNT = Money(currency="USD", minor=45_000)
NOTHING = Money.zero()
Opener = Callable[..., Suppliers]


@pytest.fixture
def payments(suppliers: Suppliers) -> PaymentProvider:
    return suppliers.payments


def usd(minor: int) -> Money:
    return Money(currency="USD", minor=minor)


def authorized(payments: PaymentProvider, amount: Money = AMOUNT, key: str = AUTHORIZE) -> Payment:
    payment = payments.authorize(key, amount, "FL-1")
    assert isinstance(payment, Payment)
    return payment


def captured(payments: PaymentProvider, amount: Money = AMOUNT) -> Payment:
    authorized(payments, amount)
    payment = payments.capture(CAPTURE, AUTHORIZE)
    assert isinstance(payment, Payment)
    return payment


def payment_of_trip(payments: PaymentProvider) -> Payment:
    payment = payments.find(AUTHORIZE).payment
    assert payment is not None
    return payment


def code(result: object) -> str:
    assert isinstance(result, Refusal)
    return result.code


def test_an_authorization_reserves_and_takes_nothing(payments: PaymentProvider, time: Timepiece) -> None:
    payment = authorized(payments)
    assert (payment.key, payment.amount, payment.status) == (AUTHORIZE, AMOUNT, "authorized")
    assert (payment.captured, payment.refunded) == (NOTHING, NOTHING)
    assert payment.expires == time.now + timedelta(seconds=1800)
    assert authorized(payments, key="trip-2/authorize/1").id != payment.id


def test_a_capture_takes_the_whole_amount(payments: PaymentProvider) -> None:
    payment = authorized(payments)
    taken = payments.capture(CAPTURE, AUTHORIZE)
    assert isinstance(taken, Payment)
    assert taken == replace(payment, status="captured", captured=AMOUNT)
    assert payments.find(CAPTURE) == payments.find(AUTHORIZE) == Enquiry("done", payment=taken)


def test_a_second_delivery_gets_the_first_answer(open_suppliers_with: Opener, time: Timepiece) -> None:
    payments = open_suppliers_with().payments
    first, taken = authorized(payments), captured(payments)
    part = payments.refund(REFUND, AUTHORIZE, usd(100))
    payments.refund("trip-1/refund/2", AUTHORIZE, usd(100))
    time.move(3600)
    restarted = open_suppliers_with(sim_decline_payment=1, sim_capture_refused=1).payments
    assert authorized(restarted) == first
    assert restarted.capture(CAPTURE, AUTHORIZE) == taken
    assert restarted.refund(REFUND, AUTHORIZE, usd(100)) == part
    assert payment_of_trip(restarted).refunded == usd(200)


def test_a_decline_is_an_answer_too(open_suppliers_with: Opener) -> None:
    declined = open_suppliers_with(sim_decline_payment=1).payments.authorize(AUTHORIZE, AMOUNT, "FL-1")
    assert isinstance(declined, Refusal)
    assert (declined.code, declined.dial) == ("declined", "SIM_DECLINE_PAYMENT")
    assert "simulated (SIM_DECLINE_PAYMENT)" in declined.message
    calm = open_suppliers_with().payments
    assert calm.authorize(AUTHORIZE, AMOUNT, "FL-1") == declined
    assert code(calm.capture(CAPTURE, AUTHORIZE)) == "authorization_gone"
    assert calm.void(VOID, AUTHORIZE) == Tombstone(AUTHORIZE)
    assert calm.find(AUTHORIZE) == Enquiry("refused", refusal=declined)


def test_a_refused_capture_takes_nothing(open_suppliers_with: Opener) -> None:
    refusing, calm = open_suppliers_with(sim_capture_refused=1).payments, open_suppliers_with().payments
    payment = authorized(refusing)
    refusal = refusing.capture(CAPTURE, AUTHORIZE)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.dial) == ("capture_refused", "SIM_CAPTURE_REFUSED")
    assert calm.capture(CAPTURE, AUTHORIZE) == refusal
    assert payment_of_trip(calm) == payment
    assert calm.void(VOID, AUTHORIZE) == replace(payment, status="voided")


@pytest.mark.parametrize(
    ("amount", "reference"),
    [(usd(45_001), "FL-1"), (Money(currency="EUR", minor=45_000), "FL-1"), (AMOUNT, "FL-2")],
)
def test_a_key_with_other_arguments_is_an_error(payments: PaymentProvider, amount: Money, reference: str) -> None:
    authorized(payments)
    with pytest.raises(KeyConflictError):
        payments.authorize(AUTHORIZE, amount, reference)
    assert payment_of_trip(payments).amount == AMOUNT


def test_a_key_belongs_to_one_target_one_amount_and_one_operation(payments: PaymentProvider) -> None:
    captured(payments)
    part = payments.refund(REFUND, AUTHORIZE, usd(100))
    for call in (
        lambda: payments.capture(CAPTURE, "trip-1/authorize/2"),
        lambda: payments.refund(REFUND, AUTHORIZE, usd(101)),
        lambda: payments.refund(REFUND, "trip-1/authorize/2", usd(100)),
        lambda: payments.void(REFUND, AUTHORIZE),
        lambda: payments.refund(AUTHORIZE, AUTHORIZE, AMOUNT),
    ):
        with pytest.raises(KeyConflictError):
            call()
    assert payment_of_trip(payments) == part


@pytest.mark.parametrize("minor", [0, -1])
def test_only_amounts_above_zero_are_paid(payments: PaymentProvider, minor: int) -> None:
    with pytest.raises(ValueError, match="can't be paid"):
        payments.authorize("trip-2/authorize/1", usd(minor), "FL-1")
    taken = captured(payments)
    with pytest.raises(ValueError, match="can't be paid"):
        payments.refund(REFUND, AUTHORIZE, usd(minor))
    assert payments.find("trip-2/authorize/1") == payments.find(REFUND) == Enquiry("not_found")
    assert payment_of_trip(payments) == taken


def test_money_comes_back_in_the_currency_in_which_it_was_taken(payments: PaymentProvider) -> None:
    taken = captured(payments)
    with pytest.raises(ValueError, match="EUR"):
        payments.refund(REFUND, AUTHORIZE, Money(currency="EUR", minor=1))
    assert payments.find(REFUND) == Enquiry("not_found")
    assert payment_of_trip(payments) == taken


@pytest.mark.parametrize("currency", ["JPY", "EUR", "KWD"])
def test_every_currency_is_paid_to_the_last_unit(payments: PaymentProvider, currency: str) -> None:
    amount, one = Money(currency=currency, minor=1_234_567), Money(currency=currency, minor=1)
    captured(payments, amount)
    payments.refund(REFUND, AUTHORIZE, amount - one)
    assert code(payments.refund("trip-1/refund/2", AUTHORIZE, one + one)) == "too_much"
    gone = payments.refund("trip-1/refund/3", AUTHORIZE, one)
    assert isinstance(gone, Payment)
    assert (gone.captured, gone.refunded, gone.status) == (amount, amount, "refunded")


def test_what_is_not_authorized_any_more_is_not_captured(payments: PaymentProvider, time: Timepiece) -> None:
    assert code(payments.capture("a/capture/1", "a/authorize/1")) == "authorization_gone"
    authorized(payments, key="b/authorize/1")
    payments.void("b/void/1", "b/authorize/1")
    assert code(payments.capture("b/capture/1", "b/authorize/1")) == "authorization_gone"
    authorized(payments)
    time.move(1800)
    assert payment_of_trip(payments).status == "voided"
    assert code(payments.capture(CAPTURE, AUTHORIZE)) == "authorization_gone"
    assert payment_of_trip(payments).captured == NOTHING


def test_money_is_not_taken_twice_under_another_key(open_suppliers_with: Opener) -> None:
    taken = captured(open_suppliers_with().payments)
    refusing = open_suppliers_with(sim_capture_refused=1).payments
    assert refusing.capture("trip-1/capture/2", AUTHORIZE) == taken
    assert payment_of_trip(refusing) == taken


def test_a_voided_authorization_is_gone(payments: PaymentProvider) -> None:
    voided = replace(authorized(payments), status="voided")
    assert payments.void(VOID, AUTHORIZE) == voided
    assert payments.void(VOID, AUTHORIZE) == payments.void("trip-1/void/2", AUTHORIZE) == voided
    assert code(payments.capture(CAPTURE, AUTHORIZE)) == "authorization_gone"
    assert code(payments.authorize(AUTHORIZE, AMOUNT, "FL-1")) == "cancelled"
    assert payment_of_trip(payments) == voided


def test_what_was_captured_is_not_voided(payments: PaymentProvider) -> None:
    taken = captured(payments)
    assert code(payments.void(VOID, AUTHORIZE)) == "already_captured"
    payments.refund(REFUND, AUTHORIZE, AMOUNT)
    assert code(payments.void(VOID, AUTHORIZE)) == code(payments.void("trip-1/void/2", AUTHORIZE)) == "already_captured"
    assert payment_of_trip(payments) == replace(taken, refunded=AMOUNT, status="refunded")


def test_a_refunded_capture_is_not_taken_again(payments: PaymentProvider) -> None:
    captured(payments)
    payments.refund(REFUND, AUTHORIZE, AMOUNT)
    assert code(payments.capture(CAPTURE, AUTHORIZE)) == "cancelled"
    assert code(payments.capture("trip-1/capture/2", AUTHORIZE)) == "authorization_gone"
    assert code(payments.authorize(AUTHORIZE, AMOUNT, "FL-1")) == "cancelled"
    assert payment_of_trip(payments).refunded == AMOUNT


def test_no_more_is_refunded_than_was_captured(payments: PaymentProvider) -> None:
    captured(payments)
    part = payments.refund(REFUND, AUTHORIZE, usd(44_999))
    assert isinstance(part, Payment)
    assert (part.status, part.refunded) == ("captured", usd(44_999))
    assert code(payments.refund("trip-1/refund/2", AUTHORIZE, usd(2))) == "too_much"
    assert payment_of_trip(payments) == part


def test_nothing_is_refunded_that_was_not_captured(payments: PaymentProvider) -> None:
    assert code(payments.refund("a/refund/1", "a/authorize/1", AMOUNT)) == "nothing_captured"
    authorized(payments)
    assert code(payments.refund(REFUND, AUTHORIZE, AMOUNT)) == "nothing_captured"
    payments.void(VOID, AUTHORIZE)
    assert code(payments.refund("trip-1/refund/2", AUTHORIZE, AMOUNT)) == "nothing_captured"
    assert payment_of_trip(payments).refunded == NOTHING


def test_voiding_what_never_arrived_refuses_a_late_arrival(payments: PaymentProvider) -> None:
    assert payments.find(AUTHORIZE) == Enquiry("not_found")
    assert payments.void(VOID, AUTHORIZE) == Tombstone(AUTHORIZE)
    assert payments.void(VOID, AUTHORIZE) == Tombstone(AUTHORIZE)
    late = payments.authorize(AUTHORIZE, AMOUNT, "FL-1")
    assert isinstance(late, Refusal)
    assert (late.code, late.dial) == ("cancelled_before_arrival", None)
    assert code(payments.capture(CAPTURE, AUTHORIZE)) == "authorization_gone"
    assert payments.find(AUTHORIZE) == Enquiry("closed")
    assert payments.find(VOID) == Enquiry("done")


@pytest.mark.parametrize("key", [CAPTURE, VOID, REFUND])
def test_a_closed_key_does_nothing_when_it_arrives(payments: PaymentProvider, key: str) -> None:
    taken = captured(payments) if key == REFUND else authorized(payments)
    assert payments.close(key) == payments.close(key) == payments.find(key) == Enquiry("closed")
    calls = {
        CAPTURE: lambda: payments.capture(CAPTURE, AUTHORIZE),
        VOID: lambda: payments.void(VOID, AUTHORIZE),
        REFUND: lambda: payments.refund(REFUND, AUTHORIZE, AMOUNT),
    }
    assert code(calls[key]()) == "cancelled_before_arrival"
    assert payment_of_trip(payments) == taken


def test_closing_what_was_answered_leaves_it(open_suppliers_with: Opener) -> None:
    payments = open_suppliers_with().payments
    taken = captured(payments)
    assert payments.close(CAPTURE) == Enquiry("done", payment=taken)
    refusal = payments.void(VOID, AUTHORIZE)
    assert isinstance(refusal, Refusal)
    assert payments.close(VOID) == Enquiry("refused", refusal=refusal)
    assert payments.capture(CAPTURE, AUTHORIZE) == taken


def test_a_fault_comes_before_anything_is_done(open_suppliers_with: Opener) -> None:
    failing, calm = open_suppliers_with(sim_fault=1).payments, open_suppliers_with().payments
    taken = captured(calm)
    for call in (
        lambda: failing.authorize("trip-2/authorize/1", AMOUNT, "FL-1"),
        lambda: failing.capture("trip-1/capture/2", AUTHORIZE),
        lambda: failing.void(VOID, AUTHORIZE),
        lambda: failing.refund(REFUND, AUTHORIZE, AMOUNT),
        lambda: failing.close(REFUND),
        lambda: failing.find(AUTHORIZE),
    ):
        with pytest.raises(SupplierFault, match="SIM_FAULT"):
            call()
    assert payment_of_trip(calm) == taken
    for key in ("trip-2/authorize/1", "trip-1/capture/2", VOID, REFUND):
        assert calm.find(key) == Enquiry("not_found")


def test_a_lost_answer_comes_after_everything_is_done(open_suppliers_with: Opener) -> None:
    losing = open_suppliers_with(sim_lost_answer=1).payments
    with pytest.raises(SupplierFault, match="SIM_LOST_ANSWER"):
        losing.authorize(AUTHORIZE, AMOUNT, "FL-1")
    assert payment_of_trip(losing).status == "authorized"
    with pytest.raises(SupplierFault, match="SIM_LOST_ANSWER"):
        losing.capture(CAPTURE, AUTHORIZE)
    assert payment_of_trip(losing).captured == AMOUNT
    for _ in range(2):
        with pytest.raises(SupplierFault, match="SIM_LOST_ANSWER"):
            losing.refund(REFUND, AUTHORIZE, usd(100))
    assert payment_of_trip(losing).refunded == usd(100)


def test_a_late_answer_is_pending_until_it_comes(open_suppliers_with: Opener, time: Timepiece) -> None:
    authorized(open_suppliers_with().payments)
    late = open_suppliers_with(sim_late_answer=1, supplier_timeout_seconds=4).payments
    taken = late.capture(CAPTURE, AUTHORIZE)
    assert isinstance(taken, Payment)
    # One and a half times the time-out: later than anybody still waits.
    assert time.slept == [6]
    assert late.find(CAPTURE) == Enquiry("pending")
    assert payment_of_trip(late) == taken
    time.move(6)
    assert late.find(CAPTURE) == Enquiry("done", payment=taken)


def test_giving_back_can_fail_alone(open_suppliers_with: Opener) -> None:
    failing = open_suppliers_with(sim_fail_refund=1).payments
    taken = captured(failing)
    with pytest.raises(SupplierFault, match="SIM_FAIL_REFUND"):
        failing.refund(REFUND, AUTHORIZE, AMOUNT)
    with pytest.raises(SupplierFault, match="SIM_FAIL_REFUND"):
        failing.void(VOID, AUTHORIZE)
    assert failing.find(REFUND) == failing.find(VOID) == Enquiry("not_found")
    assert payment_of_trip(failing) == taken
    assert isinstance(open_suppliers_with(sim_fail_cancel=1).payments.refund(REFUND, AUTHORIZE, AMOUNT), Payment)


def test_simultaneous_deliveries_pay_once(payments: PaymentProvider) -> None:
    authorizations = in_threads(lambda _: authorized(payments), range(16))
    assert all(payment == authorizations[0] for payment in authorizations)
    in_threads(lambda n: payments.capture(f"trip-1/capture/{n % 2}", AUTHORIZE), range(16))
    assert payment_of_trip(payments).captured == AMOUNT
    # Four keys with four deliveries each: a refund for each key, and none for the repeats.
    in_threads(lambda n: payments.refund(f"trip-1/refund/{n % 4}", AUTHORIZE, usd(10_000)), range(16))
    assert payment_of_trip(payments).refunded == usd(40_000)


def test_processes_pay_each_key_once(payments: PaymentProvider, customers: list[Customer]) -> None:
    by_process = in_processes(pay_many, customers)
    assert all(ids == by_process[0] for ids in by_process)
    assert len(set(by_process[0])) == len(KEYS)
    for n in KEYS:
        payment = payments.find(f"trip-{n}/authorize/1").payment
        assert payment is not None
        assert (payment.captured, payment.refunded) == (usd(100), usd(30))


def test_a_capture_racing_a_void_either_took_the_money_or_never_will(
    payments: PaymentProvider, customers: list[Customer]
) -> None:
    for n in KEYS:
        authorized(payments, key=f"trip-{n}/authorize/1")
    in_processes(capture_or_void, customers)
    for n in KEYS:
        payment = payments.find(f"trip-{n}/authorize/1").payment
        assert payment is not None
        capture, void = payments.find(f"trip-{n}/capture/1"), payments.find(f"trip-{n}/void/1")
        if payment.captured == AMOUNT:
            assert (payment.status, capture.state, void.state) == ("captured", "done", "refused")
        else:
            assert (payment.status, capture.state, void.state) == ("voided", "refused", "done")
