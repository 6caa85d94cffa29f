"""The audit recounts trips on either store."""

from dataclasses import replace

from support_settling import command, open_desk, open_trip, settle

from domain.money import Money
from scripts.audit import examine
from settings import Settings
from stores.opening import open_stores


def test_the_audit_agrees_with_a_live_ledger_on_either_store(store_settings: Settings) -> None:
    ledger = open_stores(store_settings).ledger
    desk = replace(open_desk(store_settings.state_dir), ledger=ledger)
    for trip in ("trip-1", "trip-2"):
        open_trip(desk, trip)
        settle(desk, trip)
    command(desk, "trip-2", "cancel", fees=[])
    settle(desk, "trip-2")
    report = examine(store_settings.state_dir, ledger)
    assert [(trip.trip, trip.status) for trip in report.trips] == [("trip-1", "confirmed"), ("trip-2", "cancelled")]
    assert report.differences == []
    desk.suppliers.payments.refund("stray", "trip-1-hotel/authorize/1", Money(currency="USD", minor=1))
    assert [each.code for each in examine(store_settings.state_dir, ledger).unexplained] == ["refund_differs"]
