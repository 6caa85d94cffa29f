"""The ledger in SQLite: one transaction for each write, which takes the file's write lock before it reads."""

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from domain.ids import owned_id
from domain.money.postings import Posting
from domain.trip.facts import Item
from domain.trip.folding import TripRows
from domain.trip.records import Command, Entry, NewTrip, TripRow
from storage.recent import Recent
from stores import trip_rules
from stores.clock import Clock, timestamp, utc_now
from stores.ledger import TripUnknownError
from stores.ruled_ledger import RuledLedger
from stores.sqlite import rows
from stores.sqlite.database import Database, Readable
from stores.sqlite.rows import Connection, SqliteStoredTrip
from stores.sqlite.schema import OWNER
from stores.texts import trip_of_text
from stores.unit_of_work import UnitOfWork

_T = TypeVar("_T")
_PAGE = 500


class SqliteLedgerReader:
    """The `LedgerReader` port."""

    def __init__(self, source: Readable) -> None:
        self._source = source

    def trip(self, trip: str) -> TripRow | None:
        with self._source.reading() as connection:
            head = rows.head(connection, trip)
        return head.row if head else None

    def entries(self, trip: str) -> Sequence[Entry]:
        with self._source.reading() as connection:
            return rows.entries(connection, trip)

    def commands(self, trip: str) -> Sequence[Command]:
        with self._source.reading() as connection:
            return rows.commands(connection, trip)

    def postings(self, trip: str) -> Sequence[Posting]:
        with self._source.reading() as connection:
            return rows.postings(connection, trip)

    def claims(self, trip: str) -> Mapping[str, int]:
        with self._source.reading() as connection:
            return rows.claims(connection, trip)

    def trips(self) -> Iterator[TripRow]:
        # Page by page, so that no reading transaction stays open while the caller works: the WAL could not shrink.
        last = 0
        while True:
            with self._source.reading() as connection:
                page = rows.heads(connection, "number > ? ORDER BY number LIMIT ?", (last, _PAGE))
            if not page:
                return
            yield from (head.row for _, head in page)
            last = page[-1][0]

    def newest(self, before: TripRow | None, limit: int) -> Sequence[TripRow]:
        return self._newest("1", (), before, limit)

    def newest_of(self, owners: Sequence[str | None], before: TripRow | None, limit: int) -> Sequence[TripRow]:
        names = tuple(owned_id(owner, "") for owner in owners)
        places = ", ".join("?" * len(names))
        # The conversation of a forgotten trip is nothing but its owner.
        condition = f"{OWNER} IN ({places}) AND conversation NOT IN ({places})"
        return self._newest(condition, (*names, *names), before, limit)

    def _newest(
        self, condition: str, parameters: tuple[str, ...], before: TripRow | None, limit: int
    ) -> Sequence[TripRow]:
        earlier = "number < coalesce((SELECT number FROM trips WHERE id = ?), 9223372036854775807)"
        where = f"{condition} AND {earlier} ORDER BY number DESC LIMIT ?"
        with self._source.reading() as connection:
            page = rows.heads(connection, where, (*parameters, before.id if before else "", limit))
        return [head.row for _, head in page]


class SqliteLedger(SqliteLedgerReader, RuledLedger):
    """The `Ledger` port."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        super().__init__(database)
        self._database = database
        self._clock = clock
        self._recent = Recent[str, TripRows]()

    def open(self, trip: NewTrip) -> TripRow:
        with self._database.writing() as connection:
            stored = rows.head(connection, trip.id)
            if stored:
                return trip_rules.opened(trip, stored.row)
            return rows.insert_trip(connection, trip, self._clock()).row

    def rows(self, trip: str) -> TripRows:
        with self._database.reading() as connection:
            stored = self._stored_trip(connection, trip).rows
        self._recent.put(trip, stored)
        return stored

    def attention(self) -> Sequence[tuple[TripRow, Item]]:
        with self._database.reading() as connection:
            # One transaction for all of them, so that no decision comes between a trip and its items.
            troubled = rows.heads(connection, "troubled ORDER BY number")
            trips = [SqliteStoredTrip(connection, head).rows for _, head in troubled]
        return [(trip.row, item) for trip in trips for item in trip.facts.items]

    def unfinished(self, before: datetime, limit: int) -> Sequence[TripRow]:
        with self._database.reading() as connection:
            condition = "box = 'open' AND updated < ? ORDER BY number LIMIT ?"
            return [head.row for _, head in rows.heads(connection, condition, (timestamp(before), limit))]

    def keep_text(self, key: str, text: str) -> str:
        trip = trip_of_text(key)
        with self._database.writing() as connection:
            rows.keep_text(connection, trip, key, text)
            # Read in any case: the first text stays, and this call may not have been the first.
            return connection.execute("SELECT text FROM texts WHERE trip = ? AND key = ?", (trip, key)).fetchone()[0]

    def text(self, key: str) -> str | None:
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT text FROM texts WHERE trip = ? AND key = ?", (trip_of_text(key), key)
            ).fetchone()
        return row[0] if row else None

    def texts(self, trip: str, keys: Collection[str]) -> dict[str, str]:
        with self._database.reading() as connection:
            rows_of_trip = connection.execute("SELECT key, text FROM texts WHERE trip = ?", (trip,)).fetchall()
        return {key: text for key, text in rows_of_trip if key in keys}

    def forget(self, conversation: str) -> int:
        with self._database.writing() as connection:
            # An open trip still needs place and days to be carried out.
            closed = rows.heads(connection, "conversation = ? AND box = 'closed'", (conversation,))
            for _, head in closed:
                rows.make_anonymous(connection, head)
        # After the commit, so that no reader parses the old rows again.
        rows.forget_parsed()
        for _, head in closed:
            self._recent.drop(head.row.id, self._recent.get(head.row.id))
        return len(closed)

    def ping(self) -> None:
        self._database.ping()

    def _write(self, trip: str, rule: Callable[[UnitOfWork], _T]) -> _T:
        with self._database.writing() as connection:
            work = UnitOfWork(self._stored_trip(connection, trip), self._clock(), uuid.uuid4().hex)
            result = rule(work)
            # Before the write, or what is read from the file would have the additions already.
            finished = work.finished_rows
            if not work.is_empty:
                rows.write(connection, work)
        # After the commit, since only then they are the trip's rows.
        self._recent.put(trip, finished)
        return result

    def _stored_trip(self, connection: Connection, trip: str) -> SqliteStoredTrip:
        head = rows.head(connection, trip)
        if head is None:
            raise TripUnknownError(f"There is no trip {trip} in the ledger; nothing was written.")
        recent = self._recent.get(trip)
        # Every write of entries or commands changes the trip's row, also one of another process.
        is_current = recent is not None and recent.row == head.row
        return SqliteStoredTrip(connection, head, recent if is_current else None)
