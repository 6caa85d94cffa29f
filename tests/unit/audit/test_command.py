"""The audit as an operator runs it, on real files, over trips that went every way."""

import itertools
import json
import random
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from audit.installation import examine
from domain.amount import Money
from domain.components import COMPONENT_KINDS, ComponentKind, TripKind
from domain.options import OnFailure, SagaPolicy
from scripts.audit import main
from settings import Settings
from suppliers.opening import book_of
from support.orchestrations.faults import Countdown, ProcessDied
from support.orchestrations.installation import MemoryInstallation, quick_folder, real_activities
from support.orchestrations.services import RealActivities
from support.suppliers.companies import order

POLICIES: tuple[OnFailure, ...] = ("all_or_nothing", "keep_what_works")
OpenHouse = Callable[..., MemoryInstallation]
KINDS: tuple[TripKind, ...] = ("travel", "flight", "hotel", "car_hire")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder in memory, where the machine has one, because hundreds of installations are made here."""
    with quick_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def activities() -> Iterator[RealActivities]:
    with real_activities() as real:
        yield real


@pytest.fixture
def open_house(tmp_path: Path, activities: RealActivities) -> OpenHouse:
    """Return a function that opens the installation with some dials turned. The audit goes by the real time."""
    return lambda **dials: MemoryInstallation(tmp_path, activities, now=datetime.now(UTC), **dials)


@pytest.fixture
def house(open_house: OpenHouse) -> MemoryInstallation:
    return open_house()


def audit(state_dir: Path, *options: str) -> int:
    return main(["--state-dir", str(state_dir), *options])


def differences(state_dir: Path) -> list[str]:
    report = examine(Settings(state_dir=state_dir))
    return [
        f"{difference.trip}: {difference.text} [{difference.code}] {difference.explanation}"
        for difference in report.differences
    ]


def test_an_app_that_never_ran_is_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(tmp_path / "nowhere") == 0
    assert capsys.readouterr().out.startswith("Nothing to audit")
    assert not (tmp_path / "nowhere").exists()


def test_trips_that_agree_are_balanced(
    house: MemoryInstallation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house.book()
    assert house.outcome().status == "confirmed"
    assert audit(tmp_path) == 0
    output = capsys.readouterr().out
    assert "Trips: 1 (1 confirmed)" in output
    assert "$1,550.00" in output
    assert output.rstrip().endswith("Balanced: ledger and books agree.")


@pytest.mark.parametrize(
    ("dials", "end"),
    [
        ({"sim_reject_car": 1}, "failed"),
        ({"sim_decline_payment": 1}, "failed"),
        ({"sim_price_change": 1}, "failed"),
        ({"sim_capture_refused": 1}, "failed"),
        ({"sim_hold_seconds": 60}, "failed"),
        ({"sim_lost_answer": 0.4}, "confirmed"),
        ({"sim_cancel_fee_percent": 50, "sim_capture_refused": 0.5}, None),
    ],
)
def test_every_end_of_a_trip_is_balanced(
    open_house: OpenHouse, tmp_path: Path, dials: dict[str, Any], end: str | None
) -> None:
    house = open_house(**dials)
    for number, on_failure in enumerate(POLICIES):
        trip = f"trip-{number}"
        house.book(trip=trip, on_failure=on_failure, policy=SagaPolicy(compensation_attempts=20))
        assert end is None or on_failure != "all_or_nothing" or house.outcome(trip).status == end
    assert differences(tmp_path) == []


def test_a_cancel_on_the_suppliers_terms_and_changes_both_ways_are_balanced(
    house: MemoryInstallation, tmp_path: Path
) -> None:
    changes: tuple[tuple[ComponentKind, int], ...] = (("hotel", 7), ("hotel", 2), ("car_hire", 30))
    for kind, units in changes:
        trip = f"trip-{kind}-{units}"
        house.book(kind, trip=trip)
        house.change(kind, units, trip)
        assert house.settle(trip) == "confirmed"
        assert differences(tmp_path) == []
        house.cancel(trip)
        assert house.settle(trip) == "cancelled"
    assert differences(tmp_path) == []


@pytest.mark.parametrize("units", [9, 2])
def test_a_cancel_in_the_middle_of_a_change_costs_what_was_told_and_no_less(
    house: MemoryInstallation, tmp_path: Path, units: int
) -> None:
    for point in itertools.count():
        trip, left = f"trip-{point}", [point]
        house.before = lambda name, order: None
        house.book("car_hire", trip=trip)

        def cancel_at_the_point(name: str, order: Any, trip: str = trip, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == -1:
                house.cancel(trip)

        house.before = cancel_at_the_point
        house.change("car_hire", units, trip)
        if house.settle(trip) == "confirmed":
            break
        assert house.outcome(trip).status == "cancelled"
        assert differences(tmp_path) == [], f"cancelled at activity {point}"
    assert point > 3


@pytest.mark.parametrize("item", ["cancel", "refund"])
def test_a_trip_that_needs_attention_lists_its_items_and_is_explained(
    house: MemoryInstallation, tmp_path: Path, item: str, capsys: pytest.CaptureFixture[str]
) -> None:
    house.book()
    house.schedule.stuck = frozenset(f"{name}/{item}" for name in ("flight", "hotel", "car"))
    house.cancel()
    assert house.settle() == "needs_attention"
    assert audit(tmp_path) == 0
    output = capsys.readouterr().out
    assert "1 needs_attention" in output
    for name in ("flight", "hotel", "car"):
        assert f"trip-1  {name}-{item}-1" in output
    assert audit(tmp_path, "--json") == 0
    (trip,) = json.loads(capsys.readouterr().out)["trips"]
    assert [open_item["id"] for open_item in trip["items"]] == [
        f"{name}-{item}-1" for name in ("flight", "hotel", "car")
    ]


def test_a_difference_is_told_and_fails(
    house: MemoryInstallation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house.book()
    house.books.payments.refund(
        "trip-1-hotel/refund/9", "trip-1-hotel/authorize/1", Money(currency="USD", minor=87_500)
    )
    assert audit(tmp_path) == 1
    output = capsys.readouterr().out
    assert "UNEXPLAINED" in output
    assert "trip-1: of payment" in output
    assert output.rstrip().endswith("NOT balanced.")
    assert audit(tmp_path, "--json") == 1
    report = json.loads(capsys.readouterr().out)
    assert report["balanced"] is False
    assert {difference["code"] for difference in report["differences"]} == {"refund_differs", "told_differs"}
    assert report["totals"]["USD"]["book_refunded"] == 87_500


def test_a_hold_that_the_ledger_never_heard_of_fails(
    house: MemoryInstallation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house.book()
    house.books.booking["flight"].hold("trip-2-flight/hold/1", order("flight"))
    assert audit(tmp_path) == 1
    assert "a trip that the ledger does not know" in capsys.readouterr().out


def test_a_lost_book_or_ledger_fails(tmp_path: Path, activities: RealActivities) -> None:
    for name in ("book", "ledger"):
        MemoryInstallation(tmp_path / name, activities).book()
    for file in book_of(tmp_path / "book", "hotel").parent.glob("hotel.db*"):
        file.unlink()
    for file in (tmp_path / "ledger").glob("ledger.db*"):
        file.unlink()
    assert audit(tmp_path / "book") == audit(tmp_path / "ledger") == 1


@pytest.mark.parametrize("file", ["ledger.db", "suppliers/payments.db"])
def test_what_cannot_be_read_is_said_in_a_sentence(
    tmp_path: Path, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "suppliers").mkdir()
    (tmp_path / file).write_bytes(b"this is no database at all" * 100)
    assert audit(tmp_path) == 2
    output = capsys.readouterr()
    assert output.err.startswith("The audit can't be done: ")
    assert "Traceback" not in output.err


def died_everywhere(folder: Path, activities: RealActivities, **dials: Any) -> Iterator[tuple[Path, int]]:
    """One installation after the other, in which a trip died at the next call; until one no longer dies."""
    for point in itertools.count():
        house = MemoryInstallation(folder / str(point), activities, now=datetime.now(UTC), **dials)
        house.services = Countdown(point).over(house.services)
        try:
            house.book("hotel")
        except ProcessDied:
            yield house.state_dir, point
        else:
            return


@pytest.mark.slow
@pytest.mark.parametrize("dials", [{}, {"sim_capture_refused": 1}], ids=["confirmed", "turned round"])
def test_death_at_any_call_is_explained_and_finishing_balances(
    tmp_path: Path, activities: RealActivities, dials: dict[str, Any]
) -> None:
    points = 0
    for state_dir, point in died_everywhere(tmp_path, activities, **dials):
        points += 1
        assert audit(state_dir) == 0, f"died at call {point}: {differences(state_dir)}"
        house = MemoryInstallation(state_dir, activities, now=datetime.now(UTC), **dials)
        if house.row().box == "open":
            house.take_over()
        assert house.settle() in ("confirmed", "failed")
        assert differences(state_dir) == [], f"died at call {point}"
    assert points > 30


@pytest.mark.parametrize("seed", range(12))
def test_trips_with_every_sort_of_trouble_are_balanced_or_explained(
    open_house: OpenHouse, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    rates = ("reject_hotel", "decline_payment", "fault", "lost_answer", "fail_cancel", "fail_refund", "price_change")
    dials = {f"sim_{name}": dice.choice((0, 0, 0.2, 0.5)) for name in (*rates, "capture_refused")}
    print(f"seed {seed}: {dials}")
    house = open_house(sim_seed=str(seed), **dials)
    unexplained: list[str] = []
    for number in range(4):
        trip, kind = f"trip-{number}", dice.choice(KINDS)
        cancel_at = dice.choice((None, len(house.delivered) + dice.randrange(12)))

        def before(name: str, order: Any, trip: str = trip, at: int | None = cancel_at) -> None:
            if len(house.delivered) == at:
                house.cancel(trip)
            # An error raised here would be the activity's own.
            unexplained.extend(differences(tmp_path) if audit(tmp_path) else ())

        house.before = before
        on_failure: OnFailure = dice.choice((*POLICIES, "ask_me"))
        house.book(kind, trip=trip, on_failure=on_failure, policy=SagaPolicy(compensation_attempts=3))
        assert unexplained == []
        assert audit(tmp_path) == 0, differences(tmp_path)


@pytest.mark.slow
def test_an_audit_beside_a_busy_app_finds_nothing_wrong(house: MemoryInstallation, tmp_path: Path) -> None:
    house.book(trip="trip-first")
    stop = threading.Event()

    def keep_booking() -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            house.book(trip=f"trip-{number}")

    writer = threading.Thread(target=keep_booking)
    writer.start()
    try:
        while sum(1 for _ in house.ledger.trips()) < 30:
            assert audit(tmp_path) == 0, differences(tmp_path)
    finally:
        stop.set()
        writer.join()
    assert differences(tmp_path) == []


def test_the_audit_changes_nothing(house: MemoryInstallation, tmp_path: Path) -> None:
    house.book()
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.db")}
    assert len(before) == 2 + len(COMPONENT_KINDS)
    assert audit(tmp_path) == 0
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.db")} == before


def test_only_the_latest_trips_are_listed(
    house: MemoryInstallation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(5):
        house.book("flight", trip=f"trip-{number}")
    assert audit(tmp_path, "--trips", "2") == 0
    output = capsys.readouterr().out
    assert "Trips: 5 (5 confirmed); 2 of them, those in trouble first, then the latest:" in output
    assert "trip-2 " not in output
    assert "trip-4 " in output
