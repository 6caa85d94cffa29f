"""Each run purges the histories whose time has run out, however long ago, and remembers that they are gone."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from api.background.retention import Retention
from api.services import ApiServices
from domain.ids import price_enquiry_id
from domain.options import TripOptions
from domain.trip.command_bodies import CancelBody
from domain.trip.outcomes import TripEnd, TripOutcome
from domain.trip.records import NewTrip
from domain.trip.requests import TripRequest
from settings import Settings
from stores.opening import open_stores
from support.app.durable import FakeDurable

ROME = TripRequest(kind="flight", destination="Rome", date=date(2020, 5, 1))
TRIP = "trip-1"


class RetentionApp:
    """One trip that has ended, on real stores; `days` have passed since."""

    def __init__(self, state: Path, status: TripEnd = "failed") -> None:
        settings = Settings(state_dir=state, history_retention_days=30)
        stores = open_stores(settings)
        self.ledger = stores.ledger
        self.durable = FakeDurable()
        self.days = 0
        self.services = ApiServices(settings, stores, lambda: datetime.now(UTC) + timedelta(days=self.days))
        self.ledger.open(NewTrip(TRIP, "flight", ROME, TripOptions(), "c1", 1))
        self.status: TripEnd = status
        self.close()

    def close(self) -> None:
        row = self.ledger.trip(TRIP)
        assert row
        self.ledger.close(TripOutcome(status=self.status, id=TRIP, kind="flight"), row.epoch, row.commands)
        self.durable.instances[row.saga] = "ended"

    def cancel(self) -> None:
        row = self.ledger.trip(TRIP)
        assert row
        self.ledger.accept(TRIP, "cancel", "c-1", "somebody", CancelBody(fees=()), row.version)

    def run(self) -> list[str]:
        """Return the instances that one run purges."""
        before = len(self.durable.purged)
        asyncio.run(Retention(self.services, self.durable).run())
        return self.durable.purged[before:]


# Just after the thirty days for which histories are kept, and long after them.
@pytest.mark.parametrize("days", [31, 61, 4000])
@pytest.mark.parametrize("status", get_args(TripEnd))
def test_what_ended_is_purged_however_long_ago(tmp_path: Path, days: int, status: TripEnd) -> None:
    app = RetentionApp(tmp_path, status)
    app.days = 29
    assert app.run() == []
    app.days = days
    assert app.run() == [TRIP]


def test_a_price_enquiry_is_purged_with_its_trip(tmp_path: Path) -> None:
    app = RetentionApp(tmp_path)
    app.durable.instances[price_enquiry_id(TRIP)] = "ended"
    app.days = 31
    assert set(app.run()) == {TRIP, price_enquiry_id(TRIP)}, "its input names place and day"


def test_who_is_purged_is_not_asked_after_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = RetentionApp(tmp_path)
    app.days = 31
    assert app.run() == [TRIP]
    app.durable.is_down = True
    assert app.run() == []
    assert caplog.messages == []


def test_a_trip_that_was_opened_again_is_purged_again(tmp_path: Path) -> None:
    app = RetentionApp(tmp_path)
    app.days = 31
    app.run()
    app.cancel()
    assert app.run() == []
    app.close()
    assert app.run() == [f"{TRIP}-command-1"]


def test_a_failed_run_and_a_saga_that_is_about_to_end_are_made_good_by_a_later_one(tmp_path: Path) -> None:
    app = RetentionApp(tmp_path)
    app.days = 31
    app.durable.is_down = True
    assert app.run() == []
    app.durable.is_down = False
    app.durable.instances[TRIP] = "alive"
    assert app.run() == []
    app.durable.end_all()
    assert app.run() == [TRIP]
