"""The audit recounts trips on either store."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from audit.installation import examine
from domain.amount import Money
from scripts.audit import main
from settings import Settings
from suppliers.opening import Suppliers, snapshots
from support.orchestrations.installation import MemoryInstallation, real_activities
from support.suppliers.companies import order


@pytest.fixture
def house(store_settings: Settings) -> Iterator[MemoryInstallation]:
    with real_activities() as activities:
        yield MemoryInstallation(activities=activities, now=datetime.now(UTC), **store_settings.model_dump())


def test_the_audit_agrees_with_ledger_and_books_on_either_store(
    house: MemoryInstallation, store_settings: Settings
) -> None:
    for trip in ("trip-1", "trip-2"):
        house.book(trip=trip)
    house.cancel("trip-2")
    house.settle("trip-2")
    report = examine(store_settings)
    assert [(trip.trip, trip.status) for trip in report.trips] == [("trip-1", "confirmed"), ("trip-2", "cancelled")]
    assert report.differences == []
    house.books.payments.refund("trip-1-hotel/refund/9", "trip-1-hotel/authorize/1", Money(currency="USD", minor=1))
    assert {difference.code for difference in examine(store_settings).unexplained} == {"refund_differs", "told_differs"}
    house.books.booking["flight"].hold("trip-3-flight/hold/1", order("flight"))
    codes = {difference.code for difference in examine(store_settings).unexplained}
    assert codes == {"refund_differs", "told_differs", "not_in_ledger"}


def test_the_audit_command_reads_what_the_environment_names(
    house: MemoryInstallation,
    store_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret = store_settings.tables_connection_string
    monkeypatch.setenv("STORE", store_settings.store)
    monkeypatch.setenv("TABLES_PREFIX", store_settings.tables_prefix)
    monkeypatch.setenv("TABLES_CONNECTION_STRING", secret.get_secret_value() if secret else "")
    arguments = ["--state-dir", os.fspath(store_settings.state_dir)]
    house.book("hotel")
    assert main(arguments) == 0
    assert capsys.readouterr().out.rstrip().endswith("Balanced: ledger and books agree.")
    house.books.booking["hotel"].cancel("trip-1/cancel/1", "trip-1/hold/1")
    assert main(arguments) == 1


def test_a_snapshot_shows_the_books_as_they_were_and_makes_none(
    store_settings: Settings, open_suppliers_with: Callable[..., Suppliers]
) -> None:
    with snapshots(store_settings) as nothing:
        assert [list(book.everything()) for book in nothing.booking.values()] == [[], [], []]
    airline = open_suppliers_with().booking["flight"]
    lines = [airline.hold(f"trip-{number}-flight/hold/1", order("flight")) for number in (2, 10, 1)]
    with snapshots(store_settings) as books:
        airline.cancel("trip-1-flight/cancel/1", "trip-1-flight/hold/1")
        airline.hold("trip-3-flight/hold/1", order("flight"))
        book = books.booking["flight"]
        assert list(book.everything()) == [lines[2], lines[1], lines[0]]
        assert list(book.starting_with("trip-1")) == [lines[2], lines[1]]
        assert list(book.starting_with("trip-3")) == []
        assert list(books.payments.everything()) == []
