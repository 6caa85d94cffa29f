"""The rows of `docs/restored-backups.md`: the promises after one file of the state folder was put back."""

from pathlib import Path

import pytest

from audit.installation import examine
from domain.trip.status import TripView
from suppliers.opening import snapshots
from support.chaos.restore import FILES, Installation
from support.orchestrations.services import RealActivities

OSLO = "Just get me a flight to Oslo"
BONN = "Just get me a flight to Bonn"
BOOKED_WITH = {
    "airline": OSLO,
    "hotel": "Book me a hotel in Rome for 4 nights",
    "car_hire": "Book me a rental car in Lisbon for 2 days",
}
EARLIER, LATER = "Book me a hotel in Rome for 3 nights", "later"

pytestmark = pytest.mark.slow


@pytest.fixture
def app(folder: Path, activities: RealActivities) -> Installation:
    """Make an installation with one trip, and back it up after that."""
    app = Installation(folder / "state", activities)
    app.post(EARLIER, "earlier")
    app.settle_all()
    app.back_up(folder / "backup")
    return app


def booked(app: Installation, message: str, key: str = LATER) -> TripView:
    """Post the message, settle its trip and return that."""
    app.post(message, key)
    app.settle_all()
    # Trips come in the order in which they were opened.
    *_, row = app.ledger.trips()
    return app.view(row.id)


def go_back(app: Installation, *files: str) -> None:
    for file in files:
        app.restore(file, app.state_dir.parent / "backup")
    app.settle_all()


def audited(app: Installation) -> set[tuple[str, str]]:
    """Return trip and code of each difference that nothing explains."""
    return {(difference.trip, difference.code) for difference in examine(app.settings).unexplained}


def taken(app: Installation, trip: str) -> int:
    """Return the money that the provider's book keeps of a trip, in minor units."""
    with snapshots(app.settings) as books:
        return sum(line.captured.minor - line.refunded.minor for line in books.payments.starting_with(trip))


def confirmations(app: Installation, destination: str) -> list[str]:
    """Return the airline's confirmations for that destination."""
    with snapshots(app.settings) as books:
        lines = books.booking["flight"].everything()
        return [line.confirmation for line in lines if line.destination == destination and line.status == "confirmed"]


def test_all_files_from_one_moment_fit_together(app: Installation) -> None:
    lost = booked(app, OSLO)
    go_back(app, *FILES)
    assert len(list(app.ledger.trips())) == 1
    again = booked(app, BONN)
    assert (again.id, again.status) == (lost.id, "confirmed")
    assert (confirmations(app, "Oslo"), confirmations(app, "Bonn")) == ([], [again.bookings[0].confirmation])
    assert audited(app) == set()


def test_an_older_ledger_knows_less_and_the_audit_names_what_it_does_not_know(app: Installation) -> None:
    lost = booked(app, OSLO)
    go_back(app, "ledger")
    assert lost.id not in {row.id for row in app.ledger.trips()}
    assert audited(app) == {(lost.id, "not_in_ledger")}


def test_after_an_older_ledger_the_same_message_finds_its_booking_and_pays_nothing_again(app: Installation) -> None:
    first = booked(app, OSLO)
    go_back(app, "ledger")
    again = booked(app, OSLO)
    assert (again.id, again.status, again.bookings) == (first.id, "confirmed", first.bookings)
    assert taken(app, first.id) == first.total.minor
    assert audited(app) == set()


def test_after_an_older_ledger_another_message_is_told_nothing_of_the_other_booking(app: Installation) -> None:
    oslo = booked(app, OSLO)
    go_back(app, "ledger")
    bonn = booked(app, BONN)
    assert (bonn.id, bonn.status) == (oslo.id, "failed")
    confirmation = oslo.bookings[0].confirmation
    assert confirmation
    assert confirmation not in bonn.model_dump_json()
    assert confirmations(app, "Oslo") == [confirmation], "it is somebody's, and nobody cancels it"
    assert taken(app, oslo.id) == oslo.total.minor
    assert {trip for trip, _ in audited(app)} == {oslo.id}


def test_after_an_older_ledger_a_trip_that_was_cancelled_since_is_named_by_the_audit(app: Installation) -> None:
    [row] = app.ledger.trips()
    app.cancels(row.id)
    app.settle_all()
    go_back(app, "ledger")
    assert app.view(row.id).status == "confirmed"
    assert (row.id, "state_differs") in audited(app)
    app.cancels(row.id)
    app.settle_all()
    assert app.view(row.id).status == "cancelled"
    assert audited(app) == set(), "cancelling it again finds what was done, and does nothing twice"


@pytest.mark.parametrize("file", BOOKED_WITH)
def test_a_company_with_an_older_book_costs_the_traveller_nothing(app: Installation, file: str) -> None:
    trip = booked(app, BOOKED_WITH[file])
    go_back(app, file)
    assert app.view(trip.id).bookings == trip.bookings
    lost = {(trip.id, "not_in_book"), (trip.id, "captured_without_booking"), (trip.id, "told_differs")}
    assert audited(app) == lost, "what the traveller is told of the booking is not so"
    app.cancels(trip.id)
    app.settle_all()
    assert (app.view(trip.id).status, taken(app, trip.id)) == ("cancelled", 0)
    assert audited(app) == {(trip.id, "not_in_book"), (trip.id, "told_differs")}


def test_a_payment_that_the_provider_lost_is_given_back_by_a_person(app: Installation) -> None:
    trip = booked(app, OSLO)
    go_back(app, "payments")
    assert audited(app) == {(trip.id, "not_in_book"), (trip.id, "told_differs")}
    app.cancels(trip.id)
    app.settle_all()
    [(row, item)] = app.ledger.attention()
    assert (row.id, item.effect, app.view(trip.id).status) == (trip.id, "refund", "needs_attention")
    assert (trip.id, "not_in_book") in audited(app), "an open refund does not hide that the payment is gone"
    assert app.decide(item, "settled", row.id) == "accepted"
    app.settle_all()
    assert app.view(trip.id).status == "cancelled"
    assert audited(app) == {(trip.id, "not_in_book"), (trip.id, "told_differs")}


def test_the_table_names_every_file(root: Path) -> None:
    text = (root / "docs" / "restored-backups.md").read_text()
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    for file in (*FILES.values(), "hub.db"):
        assert sum(f"`{file}`" in row for row in rows) == 1, file
