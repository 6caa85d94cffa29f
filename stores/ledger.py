"""The ledger port: append-only rows about each trip, and the rules of writing them.

The rows, keys, commands and head of a trip change together. Each call is atomic, durable when it returns, and guarded
by the head: in SQLite by one transaction, in Table Storage by one batch of the trip's partition under the head's ETag.
An effect is written twice: its intent before the supplier is called, its outcome after. A supplier keeps its own book,
so after a crash ledger and book can differ until the saga has gone on.

All calls are synchronous and may block for a disk or a network: call them from a worker thread. A call whose result was
lost may be repeated, because it recognizes its own rows. Only a repeated `claim` cannot: it is `Busy` until the lease
of the lost claim runs out.

Times come from the writer's clock. The clocks of all writers must agree to well within a lease.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from domain.components import ComponentKind, Effect
from domain.ids import effect_key
from domain.money.postings import Posting
from domain.trip.command_bodies import CommandBody, CommandKind
from domain.trip.effect_outcomes import EffectEnd, Outcome
from domain.trip.entry_data import Arguments
from domain.trip.facts import Item, TripFacts
from domain.trip.folding import TripRows
from domain.trip.outcomes import TripOutcome
from domain.trip.records import Command, Entry, NewTrip, TripRow


class LedgerError(Exception):
    """Base of the ledger's errors, except failures of the storage below it (`stores.errors.StorageError`)."""


class KeyReusedError(LedgerError):
    """The same key came with other arguments. Nothing was done."""


class TripUnknownError(LedgerError):
    """There is no such trip."""


class TripExistsError(LedgerError):
    """The trip's id is taken by another turn. Nothing was written."""


class StaleClaimError(LedgerError):
    """The claim's lease ran out and another owner has the key now: the outcome of this owner is refused."""


class StaleVersionError(LedgerError):
    """The trip changed since the version that the caller read. Nothing was written."""


class TripFullError(LedgerError):
    """The trip has `MOST_ROWS` rows: it takes no more commands and holds, only the rows that end it."""


MOST_ROWS = 10_000
"""A trip that could grow without end would make every write to it slower, because its rows are read each time."""


@dataclass(frozen=True)
class EffectKey:
    """One effect. `key` is `<component>/<effect>/<revision>` and has at most 255 characters."""

    trip: str
    component: str
    kind: ComponentKind
    effect: Effect
    revision: int
    key: str


def key_of(trip: str, item: Item) -> EffectKey | None:
    """Return the effect of an open item, None for the recovery of the whole trip, which has no key."""
    if item.kind is None or item.effect == "recovery":
        return None
    key = effect_key(item.component, item.effect, item.revision)
    return EffectKey(trip, item.component, item.kind, item.effect, item.revision, key)


@dataclass(frozen=True)
class KeyClaim:
    """The right to do an effect until `until`. `fence` is the fencing token.

    With `takeover` an earlier owner may have done the effect already, so ask the supplier by key first.
    """

    effect: EffectKey
    fence: int
    until: datetime
    takeover: bool


@dataclass(frozen=True)
class Done:
    """The effect has been concluded. `end` is its first outcome.

    It is `Cancelled()` for a forward effect whose undoing has begun, whether or not the effect was ever concluded. It
    is `Settled()` or `WrittenOff()` for an effect that an operator has decided on, whose key is closed at the supplier.
    """

    end: EffectEnd


@dataclass(frozen=True)
class Conclusion:
    """The stored outcome of an effect, and the rows of its trip right after it was stored."""

    outcome: Outcome
    rows: TripRows


@dataclass(frozen=True)
class Busy:
    """Another owner has a claim until then."""

    until: datetime


@dataclass(frozen=True)
class Superseded:
    """The trip is closed, or another epoch owns it: this saga must stop."""


@dataclass(frozen=True)
class CommandsWaiting:
    """The trip has commands or rows that the caller has not read. Nothing was written."""


PivotVerdict = Literal["pivot", "hold_expired", "no_answer", "price_changed"]


class LedgerReader(Protocol):
    """The reading part of the port, which is all that the audit needs."""

    def trip(self, trip: str) -> TripRow | None:
        """Return the trip's row, None for an unknown trip."""
        ...

    def entries(self, trip: str) -> Sequence[Entry]:
        """Return the trip's entries in the order of writing, numbered from 1; none for an unknown trip."""
        ...

    def commands(self, trip: str) -> Sequence[Command]:
        """Return the trip's commands in the order of their numbers, which start at 1."""
        ...

    def postings(self, trip: str) -> Sequence[Posting]:
        """Return the postings in the order of the entries that caused them. See `domain.money.postings.balances`."""
        ...

    def claims(self, trip: str) -> Mapping[str, int]:
        """Return how often each key of the trip was claimed; a key that was never claimed may be missing."""
        ...

    def trips(self) -> Iterator[TripRow]:
        """Yield the rows of all trips, oldest first."""
        ...


class Ledger(LedgerReader, Protocol):
    """The port. Every call may raise `StorageError`.

    Every call but those of `LedgerReader`, `attention` and `unfinished` raises `TripUnknownError` for a trip that was
    never opened.
    """

    def open(self, trip: NewTrip) -> TripRow:
        """Insert the trip (version 1, epoch 1, open inbox, its id as the saga) with its `opened` entry.

        A repeat by the same turn returns the row as stored. Raises `TripExistsError` if another turn has the id.
        """
        ...

    def rows(self, trip: str) -> TripRows:
        """Return the trip's row, entries and commands from one consistent read; the facts are folded from them."""
        ...

    def facts(self, trip: str) -> TripFacts:
        """Return the trip's facts, folded from one consistent read."""
        ...

    def claim(
        self, effect: EffectKey, arguments: Arguments, epoch: int, lease: float
    ) -> KeyClaim | Done | Busy | Superseded:
        """Write the intent (once) and take the key for `lease` seconds.

        Forward effects (hold, authorize, confirm, capture) are `Superseded` for an epoch other than the trip's. On a
        trip with a closed inbox they are `Superseded` unless they have been concluded. Undoing (cancel, void, refund)
        is never superseded. After a `cancel` has begun, the hold and the confirmation of its revision are `Done` as
        cancelled. The same holds for the authorization and the capture after a `void`.
        Raises `KeyReusedError` for a key that was claimed with other arguments, `ValueError` for a key that is not the
        effect's or is longer than 255 characters, and `TripFullError` for a hold.
        """
        ...

    def renew(self, claim: KeyClaim, lease: float) -> KeyClaim:
        """Return the claim with a lease of that many seconds from now. Raises `StaleClaimError`."""
        ...

    def release(self, claim: KeyClaim) -> None:
        """Release the key without an outcome, so that the next attempt need not wait. It will be a takeover.

        Does nothing if the claim is stale.
        """
        ...

    def conclude(self, claim: KeyClaim, outcome: Outcome, text: str | None = None) -> Conclusion:
        """Write the outcome with its postings (`domain.money.postings`), and return it with the rows that include it.

        `text` is kept under the effect's key, as `keep_text` does.

        Works also after the lease ran out, as long as no other owner took the key. If the attempts were given up, an
        open inbox gets a `late_outcome` command, because the saga may have parked. A repeat with the same outcome
        returns it. Raises `StaleClaimError` in all other cases.
        """
        ...

    def give_up(self, effect: EffectKey, epoch: int, fee_agreed: int | None = None) -> None:
        """Write `given_up`: the attempts are used up.

        `fee_agreed` is the fee of a cancel in minor units, because its intent may be missing. Does nothing if the
        effect has been concluded, or given up and not retried since, for a refund that was never begun, and for an
        epoch other than the trip's. Raises `ValueError` as `claim` does.
        """
        ...

    def lose(self, trip: str, component: str, kind: ComponentKind, epoch: int) -> None:
        """Write `lost` for revision 1 of a component, once: its saga ended without a result.

        Does nothing for an epoch other than the trip's.
        """
        ...

    def pivot(
        self, trip: str, epoch: int, commands_read: int, verdict: PivotVerdict
    ) -> Literal["done"] | CommandsWaiting | Superseded:
        """Write `pivot`, or `expired` with the verdict as its reason, unless one of both is written already.

        `commands_read` is the number of the last command that the caller has read.
        """
        ...

    def end_change(self, trip: str, epoch: int, command: int, done: bool) -> None:
        """Write `changed` or `not_changed`, unless one of both is written already for that command.

        Does nothing for an epoch other than the trip's.
        """
        ...

    def close(
        self, outcome: TripOutcome, epoch: int, commands_read: int, version: int | None = None
    ) -> TripOutcome | CommandsWaiting | Superseded:
        """Close the inbox with the trip's outcome, and return it; a repeat returns the outcome as stored.

        Commands above `commands_read` must be read first. With `version`, so must everything that was added since: a
        late delivery may have begun an effect that the outcome does not contain.
        """
        ...

    def accept(  # noqa: PLR0913 - the parts of one command
        self, trip: str, kind: CommandKind, command_id: str, by: str, body: CommandBody, version: int
    ) -> Command:
        """Store the next command, if the trip is still at `version`.

        A closed inbox opens again for a follow-up saga: the trip has no outcome any more, its saga becomes
        `<trip>-command-<number>` and its epoch grows. A decision also writes the `resolved` entry of its item with its
        postings. `settled` and `written_off` close the item's key here, so that the outcome of an owner who still works
        on it is refused. A repeat of a `command_id` returns the command as stored. Raises `StaleVersionError`, also
        when the item is not open, and `TripFullError`.
        """
        ...

    def take_over(self, trip: str, version: int) -> TripRow:
        """Write `taken_over` and begin a new epoch, with `<trip>-recovery-<epoch>` as its saga. For the reconciler.

        A trip before its pivot also gets `expired` with the reason `recovered`. One caller wins. Raises
        `StaleVersionError`, also for a closed inbox.
        """
        ...

    def strand(self, trip: str, version: int) -> None:
        """Write `stranded`: the trip needs an operator. For the reconciler.

        Does nothing if it was written since the last command. Raises `StaleVersionError`, also for a closed inbox.
        """
        ...

    def attention(self) -> Sequence[tuple[TripRow, Item]]:
        """Return the open items of all trips, those of the oldest trip first."""
        ...

    def unfinished(self, before: datetime, limit: int) -> Sequence[TripRow]:
        """Return trips with an open inbox to which no row and no command was added since then, oldest first."""
        ...

    def keep_text(self, key: str, text: str) -> str:
        """Keep a wording under the key of an effect, or another key of a trip. The first one stays and is returned."""
        ...

    def text(self, key: str) -> str | None:
        """Return the wording under the key, None if there is none."""
        ...

    def texts(self, trip: str, keys: Collection[str]) -> dict[str, str]:
        """Return the wordings under these keys of one trip, by key, without the keys that have none."""
        ...

    def note_purge(self, trip: str, version: int) -> None:
        """Note that the durable histories of the trip at this version are purged; it is kept as a text."""
        ...

    def is_purged(self, trip: str, version: int) -> bool:
        """Return whether it was noted that the histories of the trip at this version are purged."""
        ...

    def forget(self, conversation: str) -> int:
        """Remove personal data from the closed trips of a conversation, and return their number.

        Personal is what `domain.trip.privacy` names, the texts, and the conversation's id. Rows, amounts and keys stay.
        """
        ...

    def ping(self) -> None:
        """Raise `StorageError` if the storage cannot be reached."""
        ...
