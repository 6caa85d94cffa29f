"""The dials of the simulators."""

from pathlib import Path

import pytest
from support_trips import calm_settings, order

from domain.outcomes import Refusal
from suppliers.dials import Dials
from suppliers.opening import Suppliers, open_suppliers
from suppliers.ports import SupplierFault


def dials(**changes: float | str) -> Dials:
    return Dials.of(calm_settings(Path("unused"), **changes))


def attempts_until_booked(suppliers: Suppliers, key: str) -> int:
    for attempt in range(1, 100):
        try:
            suppliers.booking["flight"].book(key, order("flight"))
        except SupplierFault:
            continue
        return attempt
    raise AssertionError("a hundred deliveries in a row failed")


def test_a_rate_of_nothing_never_and_of_one_always() -> None:
    never, always = dials(), dials(sim_reject_car=1, sim_fault=1, sim_lost_answer=1)
    for n in range(500):
        key = f"trip-{n}/book"
        assert not never.refuses("SIM_REJECT_CAR", key)
        assert not never.fails("book", key, 1)
        assert not never.loses_answer("book", key, 1)
        assert always.refuses("SIM_REJECT_CAR", key)
        assert always.fails("book", key, 1)
        assert always.loses_answer("book", key, 1)


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.8])
def test_a_rate_is_met_over_many_keys(rate: float) -> None:
    turned = dials(sim_reject_hotel=rate)
    share = sum(turned.refuses("SIM_REJECT_HOTEL", f"trip-{n}/book") for n in range(5000)) / 5000
    assert share == pytest.approx(rate, abs=0.03)


def test_refusals_depend_on_seed_and_key_alone() -> None:
    def refused(seed: str) -> list[bool]:
        turned = dials(sim_seed=seed, sim_reject_flight=0.5)
        return [turned.refuses("SIM_REJECT_FLIGHT", f"trip-{n}/book") for n in range(64)]

    assert refused("a") == refused("a")
    assert refused("a") != refused("b")


def test_faults_depend_on_the_delivery_and_on_the_operation() -> None:
    turned = dials(sim_fault=0.5)
    booking = [turned.fails("book", "k", n) for n in range(1, 65)]
    assert booking == [turned.fails("book", "k", n) for n in range(1, 65)]
    assert True in booking
    assert False in booking
    assert booking != [turned.fails("cancel", "k", n) for n in range(1, 65)]


def test_deliveries_are_counted_across_restarts(tmp_path: Path) -> None:
    settings = calm_settings(tmp_path, sim_fault=0.7)
    needed = {n: attempts_until_booked(open_suppliers(settings), f"trip-{n}/book") for n in range(20)}
    assert max(needed.values()) > 1
    again = calm_settings(tmp_path / "again", sim_fault=0.7)
    restarting: dict[int, int] = {}
    for n in range(20):
        restarting[n] = 1
        while True:
            try:
                open_suppliers(again).booking["flight"].book(f"trip-{n}/book", order("flight"))
                break
            except SupplierFault:
                restarting[n] += 1
    assert restarting == needed


def test_every_call_takes_the_latency(tmp_path: Path) -> None:
    slept: list[float] = []
    suppliers = open_suppliers(calm_settings(tmp_path, sim_latency_ms=250), sleep=slept.append)
    suppliers.booking["flight"].book("k", order("flight"))
    suppliers.booking["flight"].find("k")
    suppliers.booking["flight"].cancel("k")
    suppliers.payments.refund("p")
    assert slept == [0.25] * 4
    slept.clear()
    open_suppliers(calm_settings(tmp_path), sleep=slept.append).booking["flight"].find("k")
    assert slept == []


def test_one_dial_does_not_turn_another(tmp_path: Path) -> None:
    suppliers = open_suppliers(calm_settings(tmp_path, sim_reject_car=1))
    assert isinstance(suppliers.booking["car_hire"].book("k", order("car_hire")), Refusal)
    assert not isinstance(suppliers.booking["hotel"].book("k", order("hotel")), Refusal)
    assert not isinstance(suppliers.booking["flight"].book("k", order("flight")), Refusal)
