"""The settings of the simulators."""

from pathlib import Path

import pytest

from domain.amount import Money
from domain.trip.outcomes import Refusal
from suppliers.opening import Suppliers, open_suppliers
from suppliers.ports import Booking, Operation, SupplierFault
from suppliers.simulator_settings import FaultSetting, InjectedFault, SimulatorSettings
from support.suppliers.companies import Timepiece, calm_settings, order


def dials(**changes: float | str) -> SimulatorSettings:
    return SimulatorSettings.of(calm_settings(Path("unused"), **changes))


def attempts_until_held(suppliers: Suppliers, key: str) -> int:
    # At the rates of these tests, a hundred failures in a row cannot be by chance.
    for attempt in range(1, 100):
        try:
            suppliers.booking["flight"].hold(key, order("flight"))
        except SupplierFault:
            continue
        return attempt
    raise AssertionError("a hundred deliveries in a row failed")


def test_a_rate_of_nothing_never_and_of_one_always() -> None:
    never = dials()
    always = dials(sim_reject_car=1, sim_capture_refused=1, sim_fault=1, sim_lost_answer=1, sim_late_answer=1)
    for n in range(500):
        key = f"trip-{n}/hold/1"
        assert not never.refuses("SIM_REJECT_CAR", key)
        assert not never.refuses("SIM_PRICE_CHANGE", key)
        assert never.injected_fault("hold", key, 1) == InjectedFault(
            failing_setting=None, answer_lost=False, answer_late=False
        )
        assert always.refuses("SIM_REJECT_CAR", key)
        assert always.refuses("SIM_CAPTURE_REFUSED", key)
        assert always.injected_fault("hold", key, 1) == InjectedFault(
            failing_setting="SIM_FAULT", answer_lost=True, answer_late=True
        )


def test_the_dials_that_only_refuse_or_fail_on_request_are_off_by_default() -> None:
    default = SimulatorSettings.of(calm_settings(Path("unused")))
    assert default.refusals["SIM_PRICE_CHANGE"] == default.refusals["SIM_CAPTURE_REFUSED"] == 0
    assert set(default.faults.values()) == {0}
    assert default.lost_answer == default.late_answer == 0
    assert (default.hold.total_seconds(), default.cancel_fee_percent) == (1800, 10)


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.8])
def test_a_rate_is_met_over_many_keys(rate: float) -> None:
    turned = dials(sim_reject_hotel=rate)
    # Of 5000 keys, a share that is off by 0.03 is more than four standard deviations away; the seed is fixed anyway.
    share = sum(turned.refuses("SIM_REJECT_HOTEL", f"trip-{n}/hold/1") for n in range(5000)) / 5000
    assert share == pytest.approx(rate, abs=0.03)


def test_refusals_depend_on_seed_and_key_alone() -> None:
    def refused(seed: str) -> list[bool]:
        turned = dials(sim_seed=seed, sim_reject_flight=0.5)
        return [turned.refuses("SIM_REJECT_FLIGHT", f"trip-{n}/hold/1") for n in range(64)]

    assert refused("a") == refused("a")
    assert refused("a") != refused("b")


def test_faults_depend_on_the_delivery_and_on_the_operation() -> None:
    turned = dials(sim_fault=0.5, sim_lost_answer=0.5, sim_late_answer=0.5)
    holding = [turned.injected_fault("hold", "k", n) for n in range(1, 65)]
    assert holding == [turned.injected_fault("hold", "k", n) for n in range(1, 65)]
    # Three settings, each of which fires or does not.
    assert len(set(holding)) == 8
    assert holding != [turned.injected_fault("cancel", "k", n) for n in range(1, 65)]


def test_cancels_and_refunds_fail_by_dials_of_their_own_for_each_delivery() -> None:
    turned = dials(sim_fail_cancel=0.5, sim_fail_refund=0.5)
    undoing: tuple[tuple[Operation, FaultSetting], ...] = (
        ("cancel", "SIM_FAIL_CANCEL"),
        ("void", "SIM_FAIL_REFUND"),
        ("refund", "SIM_FAIL_REFUND"),
    )
    for operation, dial in undoing:
        assert {turned.injected_fault(operation, "k", n).failing_setting for n in range(1, 65)} == {None, dial}
    others: tuple[Operation, ...] = ("hold", "confirm", "authorize", "capture", "find", "terms", "close")
    for operation in others:
        assert {turned.injected_fault(operation, "k", n).failing_setting for n in range(1, 65)} == {None}


@pytest.mark.parametrize("operation", ["find", "terms"])
def test_an_enquiry_is_answered_in_time_or_fails(operation: Operation) -> None:
    turned = dials(sim_lost_answer=1, sim_late_answer=1)
    assert turned.injected_fault(operation, "k", 1) == InjectedFault(
        failing_setting=None, answer_lost=False, answer_late=False
    )


def test_deliveries_are_counted_across_restarts(tmp_path: Path) -> None:
    settings = calm_settings(tmp_path, sim_fault=0.7)
    needed = {n: attempts_until_held(open_suppliers(settings), f"trip-{n}/hold/1") for n in range(20)}
    assert max(needed.values()) > 1
    again = calm_settings(tmp_path / "again", sim_fault=0.7)
    restarting: dict[int, int] = {}
    for n in range(20):
        restarting[n] = 1
        # Opened anew for each delivery, as if the process had died in between.
        while True:
            try:
                open_suppliers(again).booking["flight"].hold(f"trip-{n}/hold/1", order("flight"))
                break
            except SupplierFault:
                restarting[n] += 1
    assert restarting == needed


def test_every_call_takes_the_latency(tmp_path: Path) -> None:
    time = Timepiece()
    suppliers = open_suppliers(calm_settings(tmp_path, sim_latency_ms=250), sleep=time.sleep)
    suppliers.booking["flight"].hold("k", order("flight"))
    suppliers.booking["flight"].find("k")
    suppliers.booking["flight"].terms("k")
    suppliers.booking["flight"].cancel("k/l", "k")
    suppliers.payments.void("p/v", "p")
    assert time.slept == [0.25] * 5
    time.slept.clear()
    open_suppliers(calm_settings(tmp_path), sleep=time.sleep).booking["flight"].find("k")
    assert time.slept == []


def test_a_late_answer_comes_after_everybody_stopped_waiting_unless_told_otherwise() -> None:
    assert dials().late_by.total_seconds() == 15
    assert dials(supplier_timeout_seconds=0.2).late_by.total_seconds() == pytest.approx(0.3)
    assert dials(sim_late_answer_ms=40).late_by.total_seconds() == 0.04


def test_one_dial_does_not_turn_another(tmp_path: Path) -> None:
    suppliers = open_suppliers(calm_settings(tmp_path, sim_reject_car=1))
    assert isinstance(suppliers.booking["car_hire"].hold("k", order("car_hire")), Refusal)
    assert not isinstance(suppliers.booking["hotel"].hold("k", order("hotel")), Refusal)
    assert not isinstance(suppliers.booking["flight"].hold("k", order("flight")), Refusal)


def test_a_hold_of_no_time_has_gone_at_once(tmp_path: Path) -> None:
    hotel = open_suppliers(calm_settings(tmp_path, sim_hold_seconds=0)).booking["hotel"]
    booking = hotel.hold("k", order("hotel"))
    assert isinstance(booking, Booking)
    refusal = hotel.confirm("k/c", "k", booking.amount)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "hold_gone"


@pytest.mark.parametrize(
    ("percent", "price", "fee"), [(10, 45_000, 4_500), (10, 14, 1), (10, 15, 2), (10, 4, 0), (33, 1, 0), (50, 1, 1)]
)
@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_a_fee_is_rounded_half_up_in_minor_units(percent: int, price: int, fee: int, currency: str) -> None:
    turned = dials(sim_cancel_fee_percent=percent)
    assert turned.cancel_fee(Money(currency=currency, minor=price)) == Money(currency=currency, minor=fee)


def test_a_fee_is_never_more_than_the_price() -> None:
    for percent in (0, 1, 99, 100):
        turned = dials(sim_cancel_fee_percent=percent)
        fees = [(n, turned.cancel_fee(Money.zero() + Money(currency="USD", minor=n)).minor) for n in range(200)]
        assert all(0 <= fee <= price for price, fee in fees)
