"""The ledger port: what the app knows of each trip, as append-only rows, and who may write them.

A trip's rows, its keys, its commands and its head live together and change together: each call is atomic, durable
when it returns, and guarded by the head (in SQLite one transaction, in Table Storage one batch of the trip's
partition under the head's ETag). Effects are written twice, the intent before a company is called and the outcome
after; a company keeps a book of its own, so after a crash the two can differ until the saga has run on.

All calls are synchronous and may block for a disk or a network: call them from a worker thread. A call whose answer
was lost may be repeated: it finds what it wrote.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from domain.components import ComponentKind, Effect
from domain.facts import Item, TripFacts
from domain.outcomes import TripOutcome
from domain.records import Command, CommandKind, Data, Entry, NewTrip, TripRow


class LedgerError(Exception):
    """Base of what the ledger raises, besides faults of the storage below it (`stores.errors.StorageError`)."""


class KeyReusedError(LedgerError):
    """The same key came with other arguments. Nothing was done."""


class TripUnknownError(LedgerError):
    """There is no such trip."""


class TripExistsError(LedgerError):
    """The trip's id is taken by another turn. Nothing was written."""


class StaleClaimError(LedgerError):
    """The claim's lease ran out and somebody else took the key over: this owner's outcome is refused."""


class StaleVersionError(LedgerError):
    """The trip changed since the version that the caller read. Nothing was written."""


@dataclass(frozen=True)
class EffectKey:
    """One effect: `key` is `<component>/<effect>/<revision>`, at most 255 characters."""

    trip: str
    component: str
    kind: ComponentKind
    effect: Effect
    revision: int
    key: str


@dataclass(frozen=True)
class Claim:
    """The right to do an effect until `until`; `fence` grows with every owner. `takeover`: an earlier owner may
    have done it already, so ask the company by key first."""

    effect: EffectKey
    fence: int
    until: datetime
    takeover: bool


@dataclass(frozen=True)
class Done:
    """The effect has been concluded: its first answer, or `{"status": "cancelled"}` when it has been undone since."""

    answer: Data


@dataclass(frozen=True)
class Busy:
    """Somebody holds a live claim until then."""

    until: datetime


@dataclass(frozen=True)
class Superseded:
    """The trip is owned by a later epoch: this saga is to stop."""


@dataclass(frozen=True)
class CommandsWaiting:
    """Commands came that the caller has not read: nothing was written."""


PivotVerdict = Literal["pivot", "hold_expired", "no_answer"]


class LedgerReader(Protocol):
    """What may be read; the audit needs no more."""

    def trip(self, trip: str) -> TripRow | None: ...
    def entries(self, trip: str) -> Sequence[Entry]: ...
    def commands(self, trip: str) -> Sequence[Command]: ...
    def trips(self) -> Iterator[TripRow]: ...


class Ledger(LedgerReader, Protocol):
    # -- trips
    def open(self, trip: NewTrip) -> TripRow:
        """Insert the trip (epoch 1, box open) with its `opened` row; a repeat by the same turn gets what stands.
        Raises `TripExistsError` for another turn's."""
        ...

    def facts(self, trip: str) -> TripFacts:
        """Folded from one consistent read. Raises `TripUnknownError`."""
        ...

    # -- effects
    def claim(self, effect: EffectKey, arguments: Data, epoch: int, lease: float) -> Claim | Done | Busy | Superseded:
        """Write the intent (once) and take the key. Forward effects (hold, authorize, confirm, capture) of an epoch
        other than the head's are `Superseded`. Raises `KeyReusedError`, `TripUnknownError`."""
        ...

    def renew(self, claim: Claim, lease: float) -> Claim:
        """A longer lease. Raises `StaleClaimError`."""
        ...

    def release(self, claim: Claim) -> None:
        """Let the key go without an outcome, so that the next attempt need not wait; its successor counts as takeover."""
        ...

    def conclude(self, claim: Claim, answer: Data) -> Data:
        """Write the outcome, with its postings. Raises `StaleClaimError` unless the very same outcome stands already."""
        ...

    def give_up(self, effect: EffectKey, epoch: int) -> None:
        """Write `given_up`: the attempts are used up; nothing when the effect has been concluded or given up."""
        ...

    def lose(self, trip: str, component: str, kind: ComponentKind, epoch: int) -> None:
        """Write `lost` for revision 1 of a component, once: its saga ended without a result."""
        ...

    # -- the trip's own rows; each is first-wins and checks the epoch
    def pivot(
        self, trip: str, epoch: int, seen: int, verdict: PivotVerdict
    ) -> Literal["done"] | CommandsWaiting | Superseded:
        """Write `pivot`, or `expired` with the verdict's reason, unless one of both stands."""
        ...

    def end_change(self, trip: str, epoch: int, command: int, done: bool) -> None: ...

    def close(self, outcome: TripOutcome, epoch: int, seen: int) -> TripOutcome | CommandsWaiting | Superseded:
        """Close the box with the trip's outcome unless commands above `seen` wait; a repeat gets what stands."""
        ...

    # -- commands
    def accept(self, trip: str, kind: CommandKind, command_id: str, by: str, body: Data, version: int) -> Command:
        """Store the next command under the head's version. A closed box opens again for a follow-up saga
        (`TripRow.saga` = `<trip>-command-<number>`, epoch + 1). The same `command_id` again gets what stands. A
        decision also writes the `resolved` row of its item. Raises `StaleVersionError`, also when the item is not open."""
        ...

    def take_over(self, trip: str, version: int) -> TripRow:
        """For the reconciler: epoch + 1, saga `<trip>-recovery-<epoch>`; a trip before its pivot gets an `expired` row
        with reason `recovered`. Raises `StaleVersionError`."""
        ...

    # -- across trips (projections; each can be rebuilt from the rows)
    def attention(self) -> Sequence[tuple[TripRow, Item]]: ...
    def unfinished(self, before: datetime, limit: int) -> Sequence[TripRow]:
        """Trips with an open box that nobody has written to since."""
        ...

    def keep_text(self, key: str, text: str) -> str: ...
    def text(self, key: str) -> str | None: ...
    def forget(self, conversation: str) -> int:
        """Strip the personal data (destination, dates, texts, details) of the conversation's closed trips."""
        ...

    def ping(self) -> None: ...
