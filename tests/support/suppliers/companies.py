"""The simulated companies for tests: calm unless a dial is named, with a clock and a sleep that tests control."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from domain.amount import Money
from domain.components import COMPONENTS, ComponentKind
from settings import Settings
from suppliers.book import Record
from suppliers.catalogue import CATALOGUE
from suppliers.opening import Suppliers, book_of, open_suppliers
from suppliers.ports import Booking, Order, Payment
from suppliers.sqlite_book import SqliteBook

NOW = datetime(2026, 2, 16, 14, 30, 22, tzinfo=UTC)
DAY = date(2026, 3, 2)
CALM: Mapping[str, float] = {
    **{entry.refused_by.lower(): 0 for entry in CATALOGUE.values()},
    "sim_decline_payment": 0,
}
REJECTING: dict[ComponentKind, str] = {kind: entry.refused_by.lower() for kind, entry in CATALOGUE.items()}
KEYS = range(20)


@dataclass
class Timepiece:
    """A clock that only a test moves, and a sleep that only notes how long."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    slept: list[float] = field(default_factory=list[float])

    def read(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def calm_settings(state_dir: Path, **changes: float | str) -> Settings:
    """Return settings in which no dial is turned up, apart from the changes."""
    return Settings.model_validate({"state_dir": state_dir, **CALM, **changes})


def order(kind: ComponentKind, destination: str = "Paris", units: int | None = 5) -> Order:
    return Order(kind, destination, DAY, units if COMPONENTS[kind].unit else None, NOW)


@dataclass(frozen=True)
class Customer:
    """One of the processes that deal with the same companies."""

    settings: Settings
    number: int

    def suppliers(self) -> Suppliers:
        return open_suppliers(self.settings, sleep=Timepiece().sleep)


def hold_many(customer: Customer) -> list[str]:
    """Hold the same flights as the other customers, all in the same second, and return the confirmations."""
    airline = customer.suppliers().booking["flight"]
    bookings = [airline.hold(f"trip-{n}/hold/1", order("flight")) for n in KEYS]
    return [booking.confirmation for booking in bookings if isinstance(booking, Booking)]


def hold_or_cancel(customer: Customer) -> list[str]:
    """Hold and confirm cars, or cancel them with an odd number; return the kind of each result."""
    cars = customer.suppliers().booking["car_hire"]
    answers: list[str] = []
    for n in KEYS:
        target = f"trip-{n}/hold/1"
        if customer.number % 2:
            result = cars.cancel(f"trip-{n}/cancel/{customer.number}", target)
        else:
            result = cars.hold(target, order("car_hire"))
            if isinstance(result, Booking):
                result = cars.confirm(f"trip-{n}/confirm/1", target, result.amount)
        answers.append(type(result).__name__)
    return answers


def pay_many(customer: Customer) -> list[str]:
    """Authorize, capture and refund the same payments as the other customers, and return their ids."""
    payments = customer.suppliers().payments
    amount = Money(currency="USD", minor=100)
    ids: list[str] = []
    for n in KEYS:
        target = f"trip-{n}/authorize/1"
        payments.authorize(target, amount, "FL-1")
        payments.capture(f"trip-{n}/capture/1", target)
        payment = payments.refund(f"trip-{n}/refund/1", target, Money(currency="USD", minor=30))
        if isinstance(payment, Payment):
            ids.append(payment.id)
    return ids


def capture_or_void(customer: Customer) -> list[str]:
    """Capture payments, or void them with an odd number; return the kind of each result."""
    payments = customer.suppliers().payments
    answers: list[str] = []
    for n in KEYS:
        target = f"trip-{n}/authorize/1"
        if customer.number % 2:
            result = payments.void(f"trip-{n}/void/1", target)
        else:
            result = payments.capture(f"trip-{n}/capture/1", target)
        answers.append(type(result).__name__)
    return answers


def die_writing_a_book(state_dir: Path) -> None:
    """Die while holding the only right to write in the airline's book, with a record written and not committed."""

    def write_and_die(page: object) -> None:
        page.add_record(Record("half/hold/1", "closed"))  # type: ignore[attr-defined]
        os._exit(9)

    SqliteBook(book_of(state_dir, "flight"), Booking).change("half/hold/1", write_and_die)
