"""The order of the trips in a report: a trip in trouble is seen first, however many others there are."""

import re
from pathlib import Path

from audit.findings import Difference, TripAudit
from audit.money import Totals
from audit.report import Report
from domain.amount import Money
from domain.trip.facts import Item

UNEXPLAINED = Difference(
    trip="trip-3", component=None, code="refund_differs", text="Only one book has it.", explanation=None
)
OPEN = Item(
    component="trip-5-flight", kind="flight", effect="refund", revision=1, amount=Money(currency="USD", minor=100)
)


def report() -> Report:
    report = Report(state_dir=Path("state"), ran=True)
    for number in range(30):
        report.add_trip(
            TripAudit(
                trip=f"trip-{number}",
                kind="flight",
                status="needs_attention" if number == 5 else "confirmed",
                totals=Totals(),
                items=(OPEN,) if number == 5 else (),
                differences=(UNEXPLAINED,) if number == 3 else (),
            )
        )
    return report


def listed(text: str) -> list[str]:
    table, _, _ = text.partition("\n\n")
    return re.findall(r"^(trip-\d+)", table, re.MULTILINE)


def test_trips_in_trouble_come_first_and_then_the_latest() -> None:
    assert listed(report().as_text(5)) == ["trip-3", "trip-5", "trip-29", "trip-28", "trip-27"]


def test_no_trip_is_listed_if_none_is_wanted() -> None:
    assert listed(report().as_text(0)) == []
