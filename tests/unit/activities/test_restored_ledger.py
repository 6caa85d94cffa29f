"""A ledger that is older than the suppliers' books never takes another trip's booking for its own."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from audit.installation import examine
from domain.components import SAGA_OF, TripKind
from domain.options import TripOptions
from domain.trip.effect_outcomes import Cancelled
from domain.trip.records import NewTrip
from domain.trip.requests import TripRequest
from support.orchestrations.installation import MemoryInstallation, quick_folder
from support.orchestrations.services import RealActivities

TRIP = "trip-1"
NIGHTS: dict[TripKind, int | None] = {"travel": 5, "flight": None, "hotel": 5}


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder


def book(house: MemoryInstallation, kind: TripKind, destination: str) -> None:
    request = TripRequest(kind=kind, destination=destination, date=date(2026, 3, 2), nights=NIGHTS[kind])
    house.ledger.open(NewTrip(TRIP, kind, request, TripOptions(), "c-1", 1))
    house.run(SAGA_OF[kind], TRIP, house.order(TRIP, request))


def restored(folder: Path, activities: RealActivities, kind: TripKind, **dials: Any) -> MemoryInstallation:
    """Confirm a trip to Oslo, and put the ledger back to its beginning, so that only the suppliers know of it."""
    house = MemoryInstallation(folder, activities)
    book(house, kind, "Oslo")
    assert house.outcome().status == "confirmed"
    # With the log beside it, from which SQLite would restore what is gone.
    for file in folder.glob("ledger.db*"):
        file.unlink()
    return MemoryInstallation(folder, activities, **dials)


def books(house: MemoryInstallation) -> list[tuple[str, Any]]:
    """Return all bookings and payments under the trip's first keys, as the suppliers have them."""
    suffix = {"travel": ["-flight", "-hotel", "-car"], "flight": [""], "hotel": [""]}[house.row().kind]
    kinds = {"": house.row().kind, "-flight": "flight", "-hotel": "hotel", "-car": "car_hire"}
    lines: list[tuple[str, Any]] = []
    for part in suffix:
        booking = house.books.booking[kinds[part]].find(f"{TRIP}{part}/hold/1").booking  # type: ignore[index]
        payment = house.books.payments.find(f"{TRIP}{part}/authorize/1").payment
        lines += [(f"booking{part}", booking and booking.status), (f"payment{part}", payment and payment.status)]
    return lines


@pytest.mark.parametrize("kind", NIGHTS)
def test_another_booking_under_the_same_key_is_no_success(
    folder: Path, activities: RealActivities, kind: TripKind
) -> None:
    house = restored(folder, activities, kind)
    book(house, kind, "Bonn")
    outcome = house.outcome()
    assert outcome.error
    assert (outcome.status, outcome.error.code) == ("failed", "key_conflict")
    assert [component.confirmation for component in outcome.components] == [None]
    stands = {"booking": "confirmed", "payment": "captured"}
    assert {name.partition("-")[0]: status for name, status in books(house)} == stands
    report = examine(house.settings)
    assert not report.balanced
    assert {finding.code for finding in report.unexplained} >= {"not_in_ledger"}


def test_a_hold_without_any_answer_does_not_cancel_the_other_booking(folder: Path, activities: RealActivities) -> None:
    house = restored(folder, activities, "flight", sim_fault=1)

    def answers_again(activity: str, _: Any) -> None:
        if activity == "cancel_flight_activity":
            house.books.booking["flight"]._deliveries.settings.faults["SIM_FAULT"] = 0  # type: ignore[attr-defined]

    house.before = answers_again
    book(house, "flight", "Bonn")
    assert house.outcome().status == "failed"
    assert books(house) == [("booking", "confirmed"), ("payment", "captured")]
    cancelled = [entry.data for entry in house.ledger.entries(TRIP) if entry.effect == "cancel"][-1]
    assert cancelled == Cancelled(confirmation=None, fee=None)


def test_the_same_trip_asked_for_again_finds_its_own_booking_and_is_charged_once(
    folder: Path, activities: RealActivities
) -> None:
    house = restored(folder, activities, "travel")
    book(house, "travel", "Oslo")
    assert house.outcome().status == "confirmed"
    report = examine(house.settings)
    assert report.balanced, report.as_text(5)
