"""The ledger in Azure Table Storage."""

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import TypeVar

from domain.money.postings import Posting
from domain.trip.facts import Item
from domain.trip.folding import TripRows
from domain.trip.records import Command, Entry, NewTrip, TripRow
from storage.recent import Recent
from storage.table_account import Account
from storage.table_errors import ConflictError, UncertainError
from stores import trip_rules
from stores.clock import Clock, utc_now
from stores.heads import is_forgotten, new_head
from stores.ledger import TripUnknownError
from stores.ruled_ledger import RuledLedger
from stores.tables.lists import (
    Lists,
    Pointer,
    in_all,
    in_attention,
    in_conversation,
    in_newest,
    in_open,
    in_owner,
)
from stores.tables.service import Stored, Table, Write, repeated
from stores.tables.trips import (
    HEAD,
    TEXTS,
    TableStoredTrip,
    forgetting_writes,
    opening_writes,
    read_head,
    text_row,
    work_writes,
)
from stores.texts import trip_of_text
from stores.unit_of_work import UnitOfWork

_T = TypeVar("_T")
_MOST_AT_ONCE = 1000


class TableLedger(RuledLedger):
    """The `Ledger` port."""

    def __init__(self, account: Account, clock: Clock = utc_now) -> None:
        self._trips = Table(account, "ledger")
        self._lists = Lists(Table(account, "lists"))
        # Every write of rows replaces the head, so a trip in memory is whole and new as long as its head's ETag is.
        self._recent = Recent[str, TableStoredTrip]()
        self._clock = clock

    def trip(self, trip: str) -> TripRow | None:
        stored = repeated(lambda: self._trips.get(trip, HEAD))
        return read_head(stored.document).row if stored else None

    def entries(self, trip: str) -> Sequence[Entry]:
        stored = repeated(lambda: self._load(trip))
        return list(stored.rows.entries) if stored else []

    def commands(self, trip: str) -> Sequence[Command]:
        stored = repeated(lambda: self._load(trip))
        return list(stored.rows.commands) if stored else []

    def postings(self, trip: str) -> Sequence[Posting]:
        stored = repeated(lambda: self._load(trip))
        return stored.postings() if stored else ()

    def claims(self, trip: str) -> Mapping[str, int]:
        stored = repeated(lambda: self._load(trip))
        return stored.claims() if stored else {}

    def trips(self) -> Iterator[TripRow]:
        for pointer in self._lists.trips():
            stored = repeated(lambda trip=pointer.trip: self._trips.get(trip, HEAD))
            head = read_head(stored.document) if stored else None
            # An opening that died and was repeated left a second pointer with another time.
            if head and in_all(head) == pointer:
                yield head.row

    def newest(self, before: TripRow | None, limit: int) -> Sequence[TripRow]:
        return list(islice(self._listed(self._lists.newest(before), in_newest), limit))

    def newest_of(self, owners: Sequence[str | None], before: TripRow | None, limit: int) -> Sequence[TripRow]:
        listed = self._listed(self._lists.newest_of(owners, before), in_owner)
        # The pointer may have stayed, if the process that made its trip anonymous died.
        return list(islice((row for row in listed if not is_forgotten(row)), limit))

    def _listed(self, pointers: Iterator[Pointer], place: Callable[[TripRow], Pointer]) -> Iterator[TripRow]:
        """Yield the rows of the trips that a list points to."""
        for pointer in pointers:
            row = self.trip(pointer.trip)
            # An opening that died and was repeated left a second pointer with another time.
            if row and place(row) == pointer:
                yield row

    def open(self, trip: NewTrip) -> TripRow:
        at = self._clock()
        return repeated(lambda: self._open(trip, at))

    def rows(self, trip: str) -> TripRows:
        return repeated(lambda: self._stored_trip(trip)).rows

    def attention(self) -> Sequence[tuple[TripRow, Item]]:
        items: list[tuple[TripRow, Item]] = []
        for pointer, head in self._pointed_to(self._lists.attention()):
            if head.document["head"]["troubled"]:
                stored = repeated(lambda trip=pointer.trip: self._stored_trip(trip))
                items.extend((stored.head.row, item) for item in stored.rows.facts.items)
        return items

    def unfinished(self, before: datetime, limit: int) -> Sequence[TripRow]:
        rows: list[TripRow] = []
        for _, stored in self._pointed_to(self._lists.open()):
            row = read_head(stored.document).row
            # The list may have pointers to trips that have been closed since, so the row decides.
            if row.box == "open" and row.updated < before:
                rows.append(row)
            if len(rows) == limit:
                break
        return rows

    def keep_text(self, key: str, text: str) -> str:
        return repeated(lambda: self._keep_text(trip_of_text(key), text_row(key), text))

    def text(self, key: str) -> str | None:
        stored = repeated(lambda: self._trips.get(trip_of_text(key), text_row(key)))
        return stored.document["text"] if stored else None

    def texts(self, trip: str, keys: Collection[str]) -> dict[str, str]:
        stored = repeated(lambda: self._trips.rows(trip, TEXTS, f"{TEXTS}~"))
        texts = {one.row: one.document["text"] for one in stored}
        return {key: texts[text_row(key)] for key in keys if text_row(key) in texts}

    def forget(self, conversation: str) -> int:
        forgotten: set[str] = set()
        for pointer in list(self._lists.of_conversation(conversation)):
            if repeated(lambda trip=pointer.trip: self._forget(trip, conversation)):
                forgotten.add(pointer.trip)
                self._remove_personal(pointer)
        return len(forgotten)

    def _remove_personal(self, pointer: Pointer) -> None:
        """Remove the pointers of a forgotten trip in the lists of its owner and of its conversation."""
        row = self.trip(pointer.trip)
        if row:
            self._lists.remove(in_owner(row))
        # Last, since a repeat begins with this one.
        self._lists.remove(pointer)

    def rebuild_projections(self) -> int:
        """Write again every pointer that the trips need, and return the number of trips. Reads the whole ledger."""
        heads = [stored.document for stored in self._trips.everywhere(HEAD)]
        for document in heads:
            head, closings = read_head(document), document["closings"]
            pointers = [in_all(head), in_newest(head.row)]
            if not is_forgotten(head.row):
                pointers += [in_conversation(head), in_owner(head.row)]
            if head.row.box == "open":
                pointers.append(in_open(head, closings))
            if head.troubled:
                pointers.append(in_attention(head, closings))
            self._add(pointers)
        return len(heads)

    def ping(self) -> None:
        self._trips.get("ping", HEAD)

    def _open(self, trip: NewTrip, at: datetime) -> TripRow:
        stored = self._trips.get(trip.id, HEAD)
        if stored:
            return trip_rules.opened(trip, read_head(stored.document).row)
        head, first = new_head(trip, at)
        # Pointers first: a death in between leaves stale pointers, and never a trip that no list has.
        self._add([in_all(head), in_newest(head.row), in_conversation(head), in_owner(head.row), in_open(head, 0)])
        self._recent.put(trip.id, TableStoredTrip(self._trips.write(trip.id, opening_writes(head, first))))
        return head.row

    def _write(self, trip: str, rule: Callable[[UnitOfWork], _T]) -> _T:
        # One name for all attempts, so that the rule recognizes what an attempt with a lost answer has written.
        call = uuid.uuid4().hex
        return repeated(lambda: self._write_once(trip, rule, call))

    def _write_once(self, trip: str, rule: Callable[[UnitOfWork], _T], call: str) -> _T:
        # The write itself finds out whether a trip in memory is as stored, by the ETag of its head.
        stored = self._recent.get(trip) or self._stored_trip(trip)
        work = UnitOfWork(stored, self._clock(), call)
        try:
            result = rule(work)
        except Exception:
            self._require_current(trip, stored)
            raise
        if work.is_empty:
            self._require_current(trip, stored)
        else:
            self._save(trip, stored, work)
        return result

    def _save(self, trip: str, stored: TableStoredTrip, work: UnitOfWork) -> None:
        before, after, closings = stored.head, work.head, stored.closings
        # Pointers are added before the write and removed after it, so that a list never lacks a trip.
        if after.troubled and not before.troubled:
            self._lists.add(in_attention(before, closings))
        if after.row.box == "open" and before.row.box == "closed":
            self._lists.add(in_open(before, closings))
        # Dropped first: a write that fails has met another writer, or nobody knows what it did.
        self._recent.drop(trip, stored)
        self._recent.put(trip, stored.after(self._trips.write(trip, work_writes(stored, work))))
        if after.row.box == "closed" and before.row.box == "open":
            self._lists.remove(in_open(before, closings))
            if before.troubled:
                self._lists.remove(in_attention(before, closings))

    def _require_current(self, trip: str, stored: TableStoredTrip) -> None:
        """Raise `ConflictError` if the trip has changed: then nothing may rest on these rows."""
        head = self._trips.get(trip, HEAD)
        if head is None or head.etag != stored.stored_head.etag:
            self._recent.drop(trip, stored)
            raise ConflictError(f"The trip {trip} has changed.")

    def _stored_trip(self, trip: str) -> TableStoredTrip:
        stored = self._load(trip)
        if stored is None:
            raise TripUnknownError(f"There is no trip {trip} in the ledger; nothing was written.")
        return stored

    def _load(self, trip: str) -> TableStoredTrip | None:
        """Return the trip as of one moment, without its texts; None for an unknown trip. Raises `ConflictError`."""
        recent = self._recent.get(trip)
        if recent is not None:
            head = self._trips.get(trip, HEAD)
            if head and head.etag == recent.stored_head.etag:
                return recent
        stored = self._read(trip)
        if stored is not None:
            self._recent.put(trip, stored)
        return stored

    def _read(self, trip: str) -> TableStoredTrip | None:
        """Return all rows of a trip as of one moment, None for an unknown trip. Raises `ConflictError`."""
        rows = self._trips.rows(trip)
        stored = TableStoredTrip(rows)
        if not stored.exists:
            return None
        # So many rows came in several requests, and a write may have come between them.
        if len(rows) >= _MOST_AT_ONCE:
            self._require_current(trip, stored)
        return stored

    def _keep_text(self, trip: str, row: str, text: str) -> str:
        # Most texts are new, so the row is looked for only if it is there or no answer came.
        with suppress(ConflictError, UncertainError):
            self._trips.write(trip, [Write("insert", row, {"text": text})])
            return text
        stored = self._trips.get(trip, row)
        if stored is None:
            raise ConflictError(f"A text of the trip {trip} was not written.")
        return stored.document["text"]

    def _forget(self, trip: str, conversation: str) -> bool:
        """Remove personal data from a trip, in as many batches as needed; return whether none is left.

        A trip without its conversation's id was finished by an earlier call whose answer, or process, was lost.
        """
        while True:
            stored = self._read(trip)
            row = stored.head.row if stored else None
            if stored is None or row is None or not (row.conversation == conversation or is_forgotten(row)):
                return False
            if row.box == "open" or is_forgotten(row):
                return is_forgotten(row)
            writes, is_last = forgetting_writes(stored)
            self._recent.drop(trip, self._recent.get(trip))
            self._trips.write(trip, writes)
            if is_last:
                return True

    def _pointed_to(self, pointers: Iterator[Pointer]) -> Iterator[tuple[Pointer, Stored]]:
        """Yield the pointers of a list with the heads of their trips, and remove those that are not needed any more."""
        for pointer in pointers:
            stored = repeated(lambda trip=pointer.trip: self._trips.get(trip, HEAD))
            # A pointer without a trip stays: the trip may be about to be written.
            if stored is None:
                continue
            if pointer.closings < stored.document["closings"]:
                self._lists.remove(pointer)
            else:
                yield pointer, stored

    def _add(self, pointers: Sequence[Pointer]) -> None:
        for pointer in pointers:
            self._lists.add(pointer)
