"""What the contract tests let other processes do; each opens the implementation afresh, as a second worker would."""

import os
from dataclasses import dataclass
from pathlib import Path

from support_implementations import STORES, SUPPLIERS
from support_trips import NOW, Desk, calm_settings, order, run

from domain.components import ComponentKind
from domain.conversation import Turn
from domain.money import Money
from stores.conversations import Post
from stores.database import Database
from stores.ledger import Intent
from stores.opening import Stores
from stores.schema import SCHEMA, SCHEMA_VERSION
from suppliers.book import Book, Record
from suppliers.opening import Suppliers, book_of
from suppliers.ports import Booking, Payment


@dataclass(frozen=True)
class Writer:
    """Which implementation, where it keeps its state, and which of the writers this is."""

    implementation: str
    state_dir: Path
    number: int

    def stores(self) -> Stores:
        return STORES[self.implementation](calm_settings(self.state_dir))

    def suppliers(self) -> Suppliers:
        return SUPPLIERS[self.implementation](calm_settings(self.state_dir))


def ledger_intent(number: int = 1, trip: str = "trip-1") -> Intent:
    component = f"{trip}-{number}"
    return Intent(trip, component, "flight", "book", f"{component}/book", {"destination": "Paris"})


def conclude_many(writer: Writer) -> list[object]:
    """Intend and conclude the same 25 effects, each with this writer's own answer; what stands."""
    ledger = writer.stores().ledger
    standing: list[object] = []
    for number in range(25):
        intent = ledger_intent(number)
        answer = ledger.intend(intent)
        standing.append(answer or ledger.conclude(intent, {"writer": writer.number}))
    return standing


def claim_keyed(writer: Writer) -> list[Turn]:
    """Claim ten turns under keys that the other writers use too."""
    conversations = writer.stores().conversations
    return [conversations.claim(Post("hello", None, f"key-{n}", "hash", NOW)) for n in range(10)]


def claim_unkeyed(writer: Writer) -> list[int]:
    """Claim ten turns of one conversation; their numbers."""
    conversations = writer.stores().conversations
    return [conversations.claim(Post("hello", "shared", None, "hash", NOW)).number for _ in range(10)]


def read_secret(writer: Writer) -> bytes:
    return writer.stores().conversations.installation_secret()


def book_many(writer: Writer) -> list[str]:
    """Order the same 20 flights as the other writers, all in the same second; their confirmations."""
    airline = writer.suppliers().booking["flight"]
    answers = [airline.book(f"trip-{n}/book", order("flight")) for n in range(20)]
    return [answer.confirmation for answer in answers if isinstance(answer, Booking)]


def book_or_cancel(writer: Writer) -> list[str]:
    """Even writers order 20 cars, odd ones cancel the same keys; how each key was answered."""
    kind: ComponentKind = "car_hire"
    company = writer.suppliers().booking[kind]
    if writer.number % 2:
        return [type(company.cancel(f"trip-{n}/book")).__name__ for n in range(20)]
    return [type(company.book(f"trip-{n}/book", order(kind))).__name__ for n in range(20)]


def charge_many(writer: Writer) -> list[str]:
    """Charge the same 20 payments as the other writers; their ids."""
    payments = writer.suppliers().payments
    amount = Money(currency="USD", minor=100)
    answers = [payments.charge(f"trip-{n}/charge", amount, "FL-1") for n in range(20)]
    return [answer.id for answer in answers if isinstance(answer, Payment)]


def die_at(place: tuple[Path, str, str]) -> None:
    """Book a flight in a process of its own up to a step and die there, without any goodbye."""
    state_dir, trip, last = place
    desk = Desk.open(calm_settings(state_dir))
    desk.open_trip(trip, "flight")
    run(desk.steps(trip, "flight", alone=True), until=last)
    os._exit(9)


def die_writing_the_ledger(state_dir: Path) -> None:
    """Die while holding the only right to write, with a row written and not committed."""
    with Database(state_dir / "ledger.db", SCHEMA, SCHEMA_VERSION).writing() as connection:
        connection.execute("INSERT INTO texts (key, text) VALUES ('half', 'done')")
        os._exit(9)


def die_writing_a_book(state_dir: Path) -> None:
    """Die likewise in the airline's book."""
    with Book(book_of(state_dir, "flight")).writing() as page:
        page.add(Record("half/book", "tombstone"))
        os._exit(9)
