"""What every payment provider promises."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from support_races import in_processes, in_threads
from support_writers import Writer, charge_many

from domain.money import Money
from domain.outcomes import Refusal
from suppliers.opening import Suppliers
from suppliers.ports import KeyConflictError, Payment, PaymentProvider, SupplierFault, Tombstone

KEY = "trip-1/charge"
AMOUNT = Money(currency="USD", minor=45_000)
Opener = Callable[..., Suppliers]


@pytest.fixture
def payments(suppliers: Suppliers) -> PaymentProvider:
    return suppliers.payments


def captured(payments: PaymentProvider, key: str = KEY) -> Payment:
    payment = payments.charge(key, AMOUNT, "FL-1")
    assert isinstance(payment, Payment)
    return payment


def test_a_charge_captures_the_amount(payments: PaymentProvider) -> None:
    payment = captured(payments)
    assert (payment.key, payment.amount, payment.status) == (KEY, AMOUNT, "captured")
    assert payments.find(KEY) == payment
    assert captured(payments, "trip-2/charge").id != payment.id


def test_a_second_delivery_gets_the_first_answer(open_suppliers_with: Opener) -> None:
    first = captured(open_suppliers_with().payments)
    assert captured(open_suppliers_with(sim_decline_payment=1).payments) == first


def test_a_decline_is_an_answer_too(open_suppliers_with: Opener) -> None:
    declined = open_suppliers_with(sim_decline_payment=1).payments.charge(KEY, AMOUNT, "FL-1")
    assert isinstance(declined, Refusal)
    assert declined.dial == "SIM_DECLINE_PAYMENT"
    assert "simulated (SIM_DECLINE_PAYMENT)" in declined.message
    calm = open_suppliers_with().payments
    assert calm.charge(KEY, AMOUNT, "FL-1") == declined
    assert calm.refund(KEY) == Tombstone(KEY)
    assert calm.find(KEY) == declined


@pytest.mark.parametrize(
    ("amount", "reference"),
    [
        (Money(currency="USD", minor=45_001), "FL-1"),
        (Money(currency="EUR", minor=45_000), "FL-1"),
        (AMOUNT, "FL-2"),
    ],
)
def test_a_key_with_other_arguments_is_an_error(payments: PaymentProvider, amount: Money, reference: str) -> None:
    first = captured(payments)
    with pytest.raises(KeyConflictError):
        payments.charge(KEY, amount, reference)
    refunded = payments.refund(KEY)
    assert refunded == replace(first, status="refunded")
    with pytest.raises(KeyConflictError):
        payments.charge(KEY, amount, reference)
    assert payments.find(KEY) == refunded


@pytest.mark.parametrize("minor", [0, -1])
def test_only_amounts_above_zero_are_charged(payments: PaymentProvider, minor: int) -> None:
    with pytest.raises(ValueError, match="can't be charged"):
        payments.charge(KEY, Money(currency="USD", minor=minor), "FL-1")
    assert payments.find(KEY) is None


def test_refunding_is_safe_to_repeat(payments: PaymentProvider) -> None:
    refunded = replace(captured(payments), status="refunded")
    assert payments.refund(KEY) == refunded
    assert payments.refund(KEY) == refunded
    assert payments.find(KEY) == refunded


def test_a_refunded_charge_is_not_taken_again(payments: PaymentProvider) -> None:
    captured(payments)
    refunded = payments.refund(KEY)
    late = payments.charge(KEY, AMOUNT, "FL-1")
    assert isinstance(late, Refusal)
    assert (late.code, late.dial) == ("cancelled", None)
    assert payments.find(KEY) == refunded


def test_refunding_what_never_arrived_refuses_a_late_arrival(payments: PaymentProvider) -> None:
    assert payments.find(KEY) is None
    assert payments.refund(KEY) == Tombstone(KEY)
    late = payments.charge(KEY, AMOUNT, "FL-1")
    assert isinstance(late, Refusal)
    assert (late.code, late.dial) == ("cancelled_before_arrival", None)
    assert payments.find(KEY) == Tombstone(KEY)


def test_a_fault_comes_before_anything_is_done(open_suppliers_with: Opener) -> None:
    failing, calm = open_suppliers_with(sim_fault=1).payments, open_suppliers_with().payments
    with pytest.raises(SupplierFault):
        failing.charge(KEY, AMOUNT, "FL-1")
    assert calm.find(KEY) is None
    first = captured(calm)
    with pytest.raises(SupplierFault):
        failing.refund(KEY)
    assert calm.find(KEY) == first


def test_a_lost_answer_comes_after_everything_is_done(open_suppliers_with: Opener) -> None:
    losing, calm = open_suppliers_with(sim_lost_answer=1).payments, open_suppliers_with().payments
    with pytest.raises(SupplierFault):
        losing.charge(KEY, AMOUNT, "FL-1")
    first = captured(calm)
    with pytest.raises(SupplierFault):
        losing.refund(KEY)
    assert calm.find(KEY) == replace(first, status="refunded")


def test_simultaneous_deliveries_charge_once(payments: PaymentProvider, supplier_writers: list[Writer]) -> None:
    answers = in_threads(lambda _: captured(payments, "trip-x/charge"), range(16))
    assert all(answer == answers[0] for answer in answers)
    by_process = in_processes(charge_many, supplier_writers)
    assert all(ids == by_process[0] for ids in by_process)
    assert len(set(by_process[0])) == 20
