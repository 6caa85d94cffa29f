"""The ledger port: what the app knows of each trip, as append-only entries.

Every effect is written twice: its intent before a supplier is called, its outcome after. Suppliers keep books of
their own, so after a crash the two can differ until the saga has run on; the audit compares them.

All calls are synchronous and may block for a disk or a network: call them from a worker thread.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domain.components import ComponentKind, Effect
from domain.outcomes import TripOutcome
from domain.records import Answer, Entry, TripRow

__all__ = [
    "Answer",
    "Entry",
    "Intent",
    "IntentMissingError",
    "KeyReusedError",
    "Ledger",
    "LedgerError",
    "LedgerReader",
    "TripRow",
    "TripUnknownError",
]


class LedgerError(Exception):
    """Base of what the ledger raises, besides faults of the storage below it."""


class KeyReusedError(LedgerError):
    """The same idempotency key came with other arguments. Nothing was done."""


class TripUnknownError(LedgerError):
    """An effect names a trip that has no row."""


class IntentMissingError(LedgerError):
    """An outcome came for an effect whose intent was never written."""


@dataclass(frozen=True)
class Intent:
    """What is about to be done: the effect's key, whom it concerns, and the arguments as JSON.

    `arguments` are what makes two deliveries of a key the same request, so they hold no clock of a run.
    """

    trip: str
    component: str
    kind: ComponentKind
    effect: Effect
    key: str
    arguments: dict[str, Any]


class LedgerReader(Protocol):
    """The reading half of the port, which is all that the audit needs."""

    def trip(self, trip: str) -> TripRow | None: ...

    def entries(self, trip: str) -> Sequence[Entry]:
        """All entries of the trip in the order in which they were written."""
        ...

    def trips(self) -> Iterator[TripRow]:
        """Every trip, oldest first; nothing holds them all in memory."""
        ...


class Ledger(LedgerReader, Protocol):
    """The port. Each call is atomic and durable when it returns, or raises `StorageError`."""

    def intend(self, intent: Intent) -> Answer | None:
        """Write the intent unless it stands already; return the answer if the effect has been concluded.

        Raises `KeyReusedError` when the key stands with other arguments, `TripUnknownError` without a trip row.
        """
        ...

    def conclude(self, intent: Intent, answer: Answer) -> Answer:
        """Write the outcome of an intent; the first one stays and is returned.

        Raises `KeyReusedError` like `intend`, `IntentMissingError` when the intent was never written.
        """
        ...

    def keep_text(self, key: str, text: str) -> str:
        """Keep how the effect of this key was worded; the first wording stays and is returned."""
        ...

    def text(self, key: str) -> str | None:
        """The wording kept for this key."""
        ...

    def close(self, outcome: TripOutcome) -> TripOutcome:
        """Write how the trip ended; the first one stays and is returned. Raises `TripUnknownError`."""
        ...

    def ping(self) -> None:
        """Raise if the storage can't be reached."""
        ...
