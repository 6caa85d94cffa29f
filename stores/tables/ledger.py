"""The ledger in Azure Table Storage."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from domain.money.postings import Posting
from domain.trip.facts import Item, TripFacts
from domain.trip.folding import trip_facts
from domain.trip.records import Command, Entry, NewTrip, TripRow
from storage.table_account import Account
from storage.table_errors import ConflictError
from stores import trip_rules
from stores.clock import Clock, utc_now
from stores.heads import new_head
from stores.ledger import TripUnknownError
from stores.ruled_ledger import RuledLedger
from stores.tables.lists import Lists, Pointer, in_all, in_attention, in_conversation, in_open
from stores.tables.service import Stored, Table, Write, repeated
from stores.tables.trips import HEAD, StoredTrip, anonymity, changes, opening, read_head, text_row
from stores.texts import trip_of_text
from stores.unit_of_work import UnitOfWork

_T = TypeVar("_T")
_MOST_AT_ONCE = 1000


class TableLedger(RuledLedger):
    """The `Ledger` port."""

    def __init__(self, account: Account, clock: Clock = utc_now) -> None:
        self._trips = Table(account, "ledger")
        self._lists = Lists(Table(account, "lists"))
        self._clock = clock

    def trip(self, trip: str) -> TripRow | None:
        stored = repeated(lambda: self._trips.get(trip, HEAD))
        return read_head(stored.document).row if stored else None

    def entries(self, trip: str) -> Sequence[Entry]:
        stored = repeated(lambda: self._load(trip))
        return stored.entries() if stored else ()

    def commands(self, trip: str) -> Sequence[Command]:
        stored = repeated(lambda: self._load(trip))
        return stored.commands() if stored else ()

    def postings(self, trip: str) -> Sequence[Posting]:
        stored = repeated(lambda: self._load(trip))
        return stored.postings() if stored else ()

    def trips(self) -> Iterator[TripRow]:
        for pointer in self._lists.trips():
            stored = repeated(lambda trip=pointer.trip: self._trips.get(trip, HEAD))
            head = read_head(stored.document) if stored else None
            if head and in_all(head) == pointer:
                yield head.row

    def open(self, trip: NewTrip) -> TripRow:
        at = self._clock()
        return repeated(lambda: self._open(trip, at))

    def facts(self, trip: str) -> TripFacts:
        return _facts(repeated(lambda: self._standing(trip)))

    def attention(self) -> Sequence[tuple[TripRow, Item]]:
        found: list[tuple[TripRow, Item]] = []
        for pointer, stored in self._pointed_to(self._lists.attention()):
            if stored.document["head"]["troubled"]:
                standing = repeated(lambda trip=pointer.trip: self._standing(trip))
                found.extend((standing.head.row, item) for item in _facts(standing).items)
        return found

    def unfinished(self, before: datetime, limit: int) -> Sequence[TripRow]:
        found: list[TripRow] = []
        for _, stored in self._pointed_to(self._lists.open()):
            row = read_head(stored.document).row
            if row.box == "open" and row.updated < before:
                found.append(row)
            if len(found) == limit:
                break
        return found

    def keep_text(self, key: str, text: str) -> str:
        return repeated(lambda: self._keep_text(trip_of_text(key), text_row(key), text))

    def text(self, key: str) -> str | None:
        stored = repeated(lambda: self._trips.get(trip_of_text(key), text_row(key)))
        return stored.document["text"] if stored else None

    def forget(self, conversation: str) -> int:
        forgotten: set[str] = set()
        for pointer in list(self._lists.of_conversation(conversation)):
            if repeated(lambda trip=pointer.trip: self._forget(trip, conversation)):
                forgotten.add(pointer.trip)
                self._lists.remove(pointer)
        return len(forgotten)

    def rebuild_projections(self) -> int:
        """Make every pointer that the trips ask for anew; how many trips there are. Looks at the whole ledger."""
        heads = [stored.document for stored in self._trips.everywhere(HEAD)]
        for document in heads:
            head, closings = read_head(document), document["closings"]
            pointers = [in_all(head)]
            if head.row.conversation:
                pointers.append(in_conversation(head))
            if head.row.box == "open":
                pointers.append(in_open(head, closings))
            if head.troubled:
                pointers.append(in_attention(head, closings))
            self._add(pointers)
        return len(heads)

    def ping(self) -> None:
        self._trips.get("ping", HEAD)

    def _open(self, trip: NewTrip, at: datetime) -> TripRow:
        standing = self._trips.get(trip.id, HEAD)
        if standing:
            return trip_rules.opened(trip, read_head(standing.document).row)
        head, first = new_head(trip, at)
        self._add([in_all(head), in_conversation(head), in_open(head, 0)])
        self._trips.write(trip.id, opening(head, first))
        return head.row

    def _write(self, trip: str, rule: Callable[[UnitOfWork], _T]) -> _T:
        call = uuid.uuid4().hex
        return repeated(lambda: self._write_once(trip, rule, call))

    def _write_once(self, trip: str, rule: Callable[[UnitOfWork], _T], call: str) -> _T:
        standing = self._standing(trip)
        work = UnitOfWork(standing, self._clock(), call)
        answer = rule(work)
        if work.empty:
            return answer
        before, after, closings = standing.head, work.head, standing.closings
        if after.troubled and not before.troubled:
            self._lists.add(in_attention(before, closings))
        if after.row.box == "open" and before.row.box == "closed":
            self._lists.add(in_open(before, closings))
        self._trips.write(trip, changes(standing, work))
        if after.row.box == "closed" and before.row.box == "open":
            self._lists.remove(in_open(before, closings))
            self._lists.remove(in_attention(before, closings))
        return answer

    def _standing(self, trip: str) -> StoredTrip:
        standing = self._load(trip)
        if standing is None:
            raise TripUnknownError(f"There is no trip {trip} in the ledger; nothing was written.")
        return standing

    def _load(self, trip: str) -> StoredTrip | None:
        """All of a trip as of one moment."""
        rows = self._trips.rows(trip)
        standing = StoredTrip(rows)
        if not standing.exists:
            return None
        if len(rows) >= _MOST_AT_ONCE:
            head = self._trips.get(trip, HEAD)
            if head is None or head.etag != standing.stored_head.etag:
                raise ConflictError(f"The trip {trip} changed while it was read.")
        return standing

    def _keep_text(self, trip: str, row: str, text: str) -> str:
        standing = self._trips.get(trip, row)
        if standing:
            return standing.document["text"]
        self._trips.write(trip, [Write("insert", row, {"text": text})])
        return text

    def _forget(self, trip: str, conversation: str) -> bool:
        """Take what is personal from a trip, in as many batches as that needs; whether nothing is left.

        A trip that has lost its conversation's name was done with before, when an answer or the process was lost.
        """
        while True:
            standing = self._load(trip)
            row = standing.head.row if standing else None
            if standing is None or row is None or row.conversation not in (conversation, ""):
                return False
            if row.box == "open" or not row.conversation:
                return not row.conversation
            writes, is_last = anonymity(standing)
            self._trips.write(trip, writes)
            if is_last:
                return True

    def _pointed_to(self, pointers: Iterator[Pointer]) -> Iterator[tuple[Pointer, Stored]]:
        """The heads of a list's trips; pointers that no trip will ever need again are removed on the way."""
        for pointer in pointers:
            stored = repeated(lambda trip=pointer.trip: self._trips.get(trip, HEAD))
            if stored is None:
                continue
            if pointer.closings < stored.document["closings"]:
                self._lists.remove(pointer)
            else:
                yield pointer, stored

    def _add(self, pointers: Sequence[Pointer]) -> None:
        for pointer in pointers:
            self._lists.add(pointer)


def _facts(standing: StoredTrip) -> TripFacts:
    return trip_facts(standing.head.row, standing.entries(), standing.commands())
