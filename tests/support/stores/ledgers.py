"""Trips and effects for contract tests of the stores, and the work of other processes on the same stores."""

import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from domain.amount import Money
from domain.components import COMPONENTS, ComponentKind, Effect, TripKind, has_parts, parts_of
from domain.ids import component_id, effect_key
from domain.options import TripOptions
from domain.trip.command_bodies import CancelBody, DecisionBody
from domain.trip.effect_outcomes import (
    Authorized,
    Cancelled,
    Captured,
    Confirmed,
    EffectEnd,
    Held,
    Outcome,
    Refunded,
    Refused,
    Voided,
)
from domain.trip.entry_data import (
    Arguments,
    AuthorizeArguments,
    CancelArguments,
    ConfirmArguments,
    HoldArguments,
    NoArguments,
    RefundArguments,
)
from domain.trip.marks import Decision
from domain.trip.outcomes import Refusal, TripEnd, TripOutcome
from domain.trip.records import NewTrip
from domain.trip.requests import TripRequest
from settings import Settings
from stores.conversations import Post
from stores.ledger import Done, EffectKey, KeyClaim, Ledger, StaleClaimError, StaleVersionError
from stores.opening import Stores, open_stores
from stores.sqlite.database import Database
from stores.sqlite.schema import SCHEMA
from support.suppliers.companies import DAY, NOW

LEASE = 15.0
TRIP = "trip-1"


@dataclass
class TickingClock:
    """A clock whose every look is a millisecond after the last; a test can let more time pass."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    lock: Any = field(default_factory=threading.Lock)

    def read(self) -> datetime:
        with self.lock:
            # Rows are read back in the order of their times, so that no two may have the same.
            self.now += timedelta(milliseconds=1)
            return self.now

    def pass_by(self, seconds: float) -> None:
        with self.lock:
            self.now += timedelta(seconds=seconds)


def request(kind: TripKind = "travel", destination: str = "Paris") -> TripRequest:
    unit = "nights" if has_parts(kind) else parts_of(kind)[0].unit
    length = {unit: 5} if unit else {}
    return TripRequest.model_validate({"kind": kind, "destination": destination, "date": DAY, **length})


def new_trip(trip: str = TRIP, kind: TripKind = "travel", conversation: str = "c1", turn: int = 1) -> NewTrip:
    return NewTrip(trip, kind, request(kind), TripOptions(), conversation, turn)


def effect(name: Effect = "hold", revision: int = 1, kind: ComponentKind = "flight", trip: str = TRIP) -> EffectKey:
    component = component_id(trip, COMPONENTS[kind])
    return EffectKey(trip, component, kind, name, revision, effect_key(component, name, revision))


def usd(minor: int) -> Money:
    return Money(currency="USD", minor=minor)


EXPIRES = datetime(2026, 3, 1, tzinfo=UTC)
ARGUMENTS: dict[Effect, Arguments] = {
    "hold": HoldArguments(destination="Paris", date=date(2026, 3, 2), units=None),
    "authorize": AuthorizeArguments(amount=usd(45_000), confirmation="FL-1"),
    "confirm": ConfirmArguments(price=usd(45_000)),
    "capture": NoArguments(),
    "cancel": CancelArguments(fee_agreed=0),
    "void": NoArguments(),
    "refund": RefundArguments(target=1, amount=45_000),
}
ANSWERS: dict[Effect, Outcome] = {
    "hold": Held(confirmation="FL-1", amount=usd(45_000), details={"airline": "Paris Air"}, expires=EXPIRES),
    "authorize": Authorized(payment="PY-1", amount=usd(45_000), expires=EXPIRES),
    "confirm": Confirmed(),
    "capture": Captured(amount=usd(45_000)),
    "cancel": Cancelled(confirmation="FL-1", fee=None),
    "void": Voided(),
    "refund": Refunded(amount=usd(45_000)),
}
REFUSED = Refused(refusal=Refusal(code="sold_out", message="Paris is full."))


def claimed(ledger: Ledger, key: EffectKey, epoch: int = 1, **arguments: Any) -> KeyClaim:
    """Return the claim of an effect that is free."""
    claim = ledger.claim(key, ARGUMENTS[key.effect].model_copy(update=arguments), epoch, LEASE)
    assert isinstance(claim, KeyClaim), claim
    return claim


def do(ledger: Ledger, key: EffectKey, epoch: int = 1, answer: Outcome | None = None, **arguments: Any) -> Outcome:
    """Claim an effect and conclude it as it usually ends."""
    return ledger.conclude(claimed(ledger, key, epoch, **arguments), answer or ANSWERS[key.effect]).outcome


def paid(ledger: Ledger, kind: ComponentKind = "flight", trip: str = TRIP) -> None:
    """Hold, authorize, confirm and capture one component."""
    for name in ("hold", "authorize", "confirm", "capture"):
        do(ledger, effect(name, kind=kind, trip=trip))


def outcome(status: TripEnd = "confirmed", trip: str = TRIP) -> TripOutcome:
    return TripOutcome(status=status, id=trip, kind="travel")


def version(ledger: Ledger, trip: str = TRIP) -> int:
    row = ledger.trip(trip)
    assert row is not None
    return row.version


def accepted(ledger: Ledger, number: int = 1, trip: str = TRIP) -> int:
    """Have a cancel command accepted and return its number."""
    body = CancelBody(fees=())
    return ledger.accept(trip, "cancel", f"cancel-{number}", "traveller", body, version(ledger, trip)).number


def parked(ledger: Ledger) -> None:
    """Let the cancellation of a paid flight be given up."""
    paid(ledger)
    claimed(ledger, effect("cancel"))
    ledger.give_up(effect("cancel"), 1)


def decision(item: str = "flight-cancel-1", decided: Decision = "settled") -> DecisionBody:
    return DecisionBody(item=item, decision=decided, reason="by phone", reference="R-1")


@dataclass(frozen=True)
class Writer:
    """One of the processes that use the same stores."""

    settings: Settings
    number: int

    def stores(self) -> Stores:
        return open_stores(self.settings)


def claim_and_conclude_many(writer: Writer) -> list[EffectEnd]:
    """Do the same 15 effects as the others, each with this writer's own answer, and return the answer that counts."""
    ledger = writer.stores().ledger
    answers: list[EffectEnd] = []
    for number in range(1, 16):
        key = effect("refund", number)
        claim = ledger.claim(key, RefundArguments(target=1, amount=1), 1, 0.001)
        while not isinstance(claim, Done):
            if isinstance(claim, KeyClaim):
                with suppress(StaleClaimError):
                    ledger.conclude(claim, Refunded(amount=usd(100 + writer.number)))
            claim = ledger.claim(key, RefundArguments(target=1, amount=1), 1, 0.001)
        answers.append(claim.end)
    return answers


def accept_many(writer: Writer) -> list[int]:
    """Have ten commands accepted, reading the version again after each that was slower than another; return numbers."""
    ledger = writer.stores().ledger
    numbers: list[int] = []
    for count in range(10):
        name = f"command-{writer.number}-{count}"
        while not (number := _accept(ledger, name)):
            pass
        numbers.append(number)
    return numbers


def _accept(ledger: Ledger, name: str) -> int | None:
    try:
        return ledger.accept(TRIP, "cancel", name, "traveller", CancelBody(fees=()), version(ledger)).number
    except StaleVersionError:
        return None


def die_holding_a_key(writer: Writer) -> None:
    """Claim the flight's hold for two seconds and die with it."""
    writer.stores().ledger.claim(effect(), ARGUMENTS["hold"], 1, 2.0)
    os._exit(9)


def claim_keyed(writer: Writer) -> list[Any]:
    """Claim ten turns under keys that the other writers use too."""
    conversations = writer.stores().conversations
    return [conversations.claim(Post("hello", None, f"key-{n}", "hash", NOW)) for n in range(10)]


def claim_unkeyed(writer: Writer) -> list[int]:
    """Claim ten turns of one conversation and return their numbers."""
    conversations = writer.stores().conversations
    return [conversations.claim(Post("hello", "shared", None, "hash", NOW)).number for _ in range(10)]


def read_secret(writer: Writer) -> bytes:
    return writer.stores().conversations.installation_secret()


def die_writing_the_ledger(state_dir: Path) -> None:
    """Die while holding the only right to write, with a row written and not committed."""
    with Database(state_dir / "ledger.db", SCHEMA).writing() as connection:
        connection.execute("INSERT INTO texts (trip, key, text) VALUES ('half', 'half', 'done')")
        os._exit(9)
