"""The ledger port: what the app knows of each trip, as append-only rows, and who may write them.

A trip's rows, its keys, its commands and its head live together and change together: each call is atomic, durable
when it returns, and guarded by the head (in SQLite one transaction, in Table Storage one batch of the trip's
partition under the head's ETag). Effects are written twice, the intent before a company is called and the outcome
after; a company keeps a book of its own, so after a crash the two can differ until the saga has run on.

All calls are synchronous and may block for a disk or a network: call them from a worker thread. A call whose answer
was lost may be repeated: it finds what it wrote. (Only `claim` can't tell its owner from another one: the repeat is
`Busy` until the lost claim's lease runs out.)

Times come from the clock of whoever writes; the clocks of all writers must agree to well within a lease.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from domain.components import ComponentKind, Effect
from domain.ids import effect_key
from domain.money.postings import Posting
from domain.trip.facts import Item, TripFacts
from domain.trip.outcomes import TripOutcome
from domain.trip.records import Command, CommandKind, Data, Entry, NewTrip, TripRow


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


class TripFullError(LedgerError):
    """The trip has `MOST_ROWS` rows: it takes no more commands and holds, only what brings it to its end."""


MOST_ROWS = 10_000


@dataclass(frozen=True)
class EffectKey:
    """One effect: `key` is `<component>/<effect>/<revision>`, at most 255 characters."""

    trip: str
    component: str
    kind: ComponentKind
    effect: Effect
    revision: int
    key: str


def key_of(trip: str, item: Item) -> EffectKey | None:
    """The effect that is open for a person; None for the recovery of the whole trip, which has no key."""
    if item.kind is None or item.effect == "recovery":
        return None
    key = effect_key(item.component, item.effect, item.revision)
    return EffectKey(trip, item.component, item.kind, item.effect, item.revision, key)


@dataclass(frozen=True)
class KeyClaim:
    """The right to do an effect until `until`; `fence` grows with every owner. `takeover`: an earlier owner may
    have done it already, so ask the company by key first."""

    effect: EffectKey
    fence: int
    until: datetime
    takeover: bool


@dataclass(frozen=True)
class Done:
    """The effect has been concluded: its first answer.

    `{"status": "cancelled"}` for a forward effect that is being undone or has been, whether or not it was ever
    concluded; `{"status": "settled"}` or `{"status": "written_off"}` for one that a person has decided on, whose key is
    closed at the company.
    """

    answer: Data


@dataclass(frozen=True)
class Busy:
    """Somebody holds a live claim until then."""

    until: datetime


@dataclass(frozen=True)
class Superseded:
    """The trip is owned by another epoch, or closed: this saga is to stop."""


@dataclass(frozen=True)
class CommandsWaiting:
    """Commands or rows came that the caller has not read: nothing was written."""


PivotVerdict = Literal["pivot", "hold_expired", "no_answer"]


class LedgerReader(Protocol):
    """What may be read; the audit needs no more."""

    def trip(self, trip: str) -> TripRow | None: ...

    def entries(self, trip: str) -> Sequence[Entry]:
        """The trip's rows in the order of writing, numbered from 1; none for an unknown trip."""
        ...

    def commands(self, trip: str) -> Sequence[Command]:
        """In the order of their numbers, which start at 1."""
        ...

    def postings(self, trip: str) -> Sequence[Posting]:
        """What moved money, in the order of the rows that moved it. See `domain.amount.postings.balances`."""
        ...

    def trips(self) -> Iterator[TripRow]:
        """All of them, oldest first."""
        ...


class Ledger(LedgerReader, Protocol):
    """The port. Every call but those of `LedgerReader`, `attention` and `unfinished` raises `TripUnknownError` for a
    trip that was never opened, and each may raise `StorageError`."""

    def open(self, trip: NewTrip) -> TripRow:
        """Insert the trip (version 1, epoch 1, box open, saga = its own id) with its `opened` row.

        A repeat by the same turn gets what stands. Raises `TripExistsError` for another turn's.
        """
        ...

    def facts(self, trip: str) -> TripFacts:
        """Folded from one consistent read."""
        ...

    def claim(
        self, effect: EffectKey, arguments: Data, epoch: int, lease: float
    ) -> KeyClaim | Done | Busy | Superseded:
        """Write the intent (once) and take the key for `lease` seconds.

        Forward effects (hold, authorize, confirm, capture) are `Superseded` for an epoch other than the trip's, and on
        a trip whose box is closed unless they have been concluded. Undoing (cancel, void, refund) never is. Once a
        `cancel` was begun, the hold and the confirmation of its revision are `Done` as cancelled, and so are the
        authorization and the capture once a `void` was. Raises `KeyReusedError` for a key that was claimed with other
        arguments, and `ValueError` for a key that is not the effect's, or longer than 255 characters.
        """
        ...

    def renew(self, claim: KeyClaim, lease: float) -> KeyClaim:
        """The claim with a lease from now on. Raises `StaleClaimError`."""
        ...

    def release(self, claim: KeyClaim) -> None:
        """Let the key go without an outcome, so that the next attempt need not wait; it counts as a takeover.

        Nothing happens if the claim is stale.
        """
        ...

    def conclude(self, claim: KeyClaim, answer: Data) -> Data:
        """Write the outcome, and with it what it posts (`domain.amount.postings`); the answer.

        Also after the lease ran out, as long as nobody took over, and after the attempts were given up: then an open
        box gets a `late_outcome` command, since the saga may have parked. Raises `StaleClaimError` unless the very same
        outcome stands already.
        """
        ...

    def give_up(self, effect: EffectKey, epoch: int, fee_agreed: int | None = None) -> None:
        """Write `given_up`: the attempts are used up. `fee_agreed` is that of a cancel, whose intent may be missing.

        Nothing happens when the effect has been concluded, or given up and not retried since; nor for a refund that was
        never begun, nor for an epoch other than the trip's.
        """
        ...

    def lose(self, trip: str, component: str, kind: ComponentKind, epoch: int) -> None:
        """Write `lost` for revision 1 of a component, once: its saga ended without a result.

        Nothing happens for an epoch other than the trip's.
        """
        ...

    def pivot(
        self, trip: str, epoch: int, seen: int, verdict: PivotVerdict
    ) -> Literal["done"] | CommandsWaiting | Superseded:
        """Write `pivot`, or `expired` with the verdict as its reason, unless one of both stands."""
        ...

    def end_change(self, trip: str, epoch: int, command: int, done: bool) -> None:
        """Write `changed` or `not_changed`, unless one of both stands for that command.

        Nothing happens for an epoch other than the trip's.
        """
        ...

    def close(
        self, outcome: TripOutcome, epoch: int, seen: int, version: int | None = None
    ) -> TripOutcome | CommandsWaiting | Superseded:
        """Close the box with the trip's outcome, unless commands above `seen` wait; a repeat gets what stands.

        With `version`, anything that was added since is waited for in the same way: a late delivery may have begun an
        effect that the outcome knows nothing of.
        """
        ...

    def accept(self, trip: str, kind: CommandKind, command_id: str, by: str, body: Data, version: int) -> Command:
        """Store the next command, if the trip still is at `version`.

        A closed box opens again for a follow-up saga: the trip has no outcome any more, its saga becomes
        `<trip>-command-<number>` and its epoch grows. A decision also writes the `resolved` row of its item with what
        that posts; `settled` and `written_off` close the item's key here, so that an owner who still works on it is
        refused. The same `command_id` again gets what stands. Raises `StaleVersionError`, also when the item is not
        open, and `TripFullError`.
        """
        ...

    def take_over(self, trip: str, version: int) -> TripRow:
        """For the reconciler: a `taken_over` row and a new epoch, with `<trip>-recovery-<epoch>` as its saga; a trip
        before its pivot gets an `expired` row with the reason `recovered`. One caller wins. Raises `StaleVersionError`,
        also for a closed box.
        """
        ...

    def strand(self, trip: str, version: int) -> None:
        """For the reconciler: a `stranded` row, unless it stands since the last command: the trip needs a person.

        Raises `StaleVersionError`, also for a closed box.
        """
        ...

    def attention(self) -> Sequence[tuple[TripRow, Item]]:
        """The open items of all trips, those of the oldest trip first."""
        ...

    def unfinished(self, before: datetime, limit: int) -> Sequence[TripRow]:
        """Trips with an open box to which no row and no command was added since, the oldest trip first."""
        ...

    def keep_text(self, key: str, text: str) -> str:
        """Keep the wording of an effect (its key) or of something else of a trip; the first one stays."""
        ...

    def text(self, key: str) -> str | None: ...

    def forget(self, conversation: str) -> int:
        """Strip the closed trips of a conversation of all that is personal (`domain.trip.privacy`), texts included, and
        of the conversation's name; how many those were. Rows, amounts and keys stay."""
        ...

    def ping(self) -> None:
        """Raise if the storage can't be reached."""
        ...
