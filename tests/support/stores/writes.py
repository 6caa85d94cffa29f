"""Makes every kind of write once, and says after each that it is done: `python writes.py FOLDER`."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from domain.trip.effect_outcomes import Held  # noqa: E402
from stores.conversations import Post  # noqa: E402
from stores.ledger import Ledger  # noqa: E402
from stores.opening import open_stores  # noqa: E402
from suppliers.opening import Suppliers, open_suppliers  # noqa: E402
from suppliers.ports import Booking  # noqa: E402
from support.stores.ledgers import (  # noqa: E402
    ANSWERS,
    TRIP,
    accepted,
    claimed,
    effect,
    new_trip,
    outcome,
    usd,
    version,
)
from support.suppliers.companies import NOW, calm_settings, order  # noqa: E402

Writes = Iterator[tuple[str, str, Callable[[], object]]]
"""The name of each write, the file that it belongs to, and the write."""


def all_writes(folder: Path) -> Writes:
    """Yield every kind of write, each once the one before it was made."""
    settings = calm_settings(folder)
    stores = open_stores(settings)
    yield from of_the_ledger(stores.ledger)
    conversations = stores.conversations
    post = Post("hello", "c-1", "key-1", "hash", NOW)
    yield "claim a turn", "ledger", lambda: conversations.claim(post)
    turn = conversations.claim(post)
    yield "take the start", "ledger", lambda: conversations.take_start(turn, NOW)
    yield "start", "ledger", lambda: conversations.started(turn)
    yield "decide", "ledger", lambda: conversations.decide(turn, (), None, None, "offline")
    yield "reply", "ledger", lambda: conversations.finish(turn, "Booked.")
    yield "forget", "ledger", lambda: conversations.forget("c-1", lambda trip: False)
    yield from of_the_companies(open_suppliers(settings))


def of_the_ledger(ledger: Ledger) -> Writes:
    """Yield the writes about a trip."""
    yield "open", "ledger", lambda: ledger.open(new_trip())
    key = effect()
    yield "claim", "ledger", lambda: claimed(ledger, effect("hold", kind="hotel"))
    claim = claimed(ledger, key)
    yield "renew", "ledger", lambda: ledger.renew(claim, 15)
    yield "release", "ledger", lambda: ledger.release(claim)
    claim = claimed(ledger, key)
    held = ANSWERS["hold"]
    assert isinstance(held, Held)
    yield "conclude", "ledger", lambda: ledger.conclude(claim, held, "Held for you.")
    yield "give up", "ledger", lambda: ledger.give_up(effect("authorize"), 1)
    yield "keep a text", "ledger", lambda: ledger.keep_text(f"{TRIP}/note", "kept")
    yield "pivot", "ledger", lambda: ledger.pivot(TRIP, 1, 0, "pivot")
    yield "accept a command", "ledger", lambda: accepted(ledger)
    yield "take over", "ledger", lambda: ledger.take_over(TRIP, version(ledger))
    yield "strand", "ledger", lambda: ledger.strand(TRIP, version(ledger))
    yield "close", "ledger", lambda: ledger.close(outcome("cancelled"), 2, 1)


def of_the_companies(suppliers: Suppliers) -> Writes:
    """Yield the writes of an airline and of the payment provider."""
    airline, payments = suppliers.booking["flight"], suppliers.payments
    yield "hold", "airline", lambda: airline.hold(f"{TRIP}/hold/1", order("flight"))
    booking = airline.hold(f"{TRIP}/hold/1", order("flight"))
    assert isinstance(booking, Booking)
    yield "confirm", "airline", lambda: airline.confirm(f"{TRIP}/confirm/1", f"{TRIP}/hold/1", booking.amount)
    yield "cancel", "airline", lambda: airline.cancel(f"{TRIP}/cancel/1", f"{TRIP}/hold/1")
    yield "close a key", "airline", lambda: airline.close(f"{TRIP}/hold/2")
    yield "authorize", "payments", lambda: payments.authorize(f"{TRIP}/authorize/1", usd(100), "FL-1")
    yield "capture", "payments", lambda: payments.capture(f"{TRIP}/capture/1", f"{TRIP}/authorize/1")
    yield "refund", "payments", lambda: payments.refund(f"{TRIP}/refund/1", f"{TRIP}/authorize/1", usd(30))


if __name__ == "__main__":
    for name, file, write in all_writes(Path(sys.argv[1])):
        # What came before this write, also readings of the test itself, must not count for it.
        os.write(1, b"begin\n")
        write()
        os.write(1, f"done {file}: {name}\n".encode())
