"""The ledger in SQLite."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from domain.conversation import Call
from domain.outcomes import TripOutcome
from domain.requests import TripRequest
from stores.database import Database, Readable
from stores.ledger import (
    Answer,
    Entry,
    Intent,
    IntentMissingError,
    KeyReusedError,
    TripRow,
    TripUnknownError,
)

Clock = Callable[[], datetime]
_PAGE = 500
_TRIPS = """
    SELECT t.number, t.id, t.kind, t.request, t.conversation, t.turn, t.created,
        (SELECT e.at FROM entries e WHERE e.trip = t.id ORDER BY e.sequence DESC LIMIT 1),
        (SELECT e.data FROM entries e WHERE e.trip = t.id AND e.key IS NULL AND e.event = 'closed')
    FROM trips t
"""


def utc_now() -> datetime:
    return datetime.now(UTC)


def timestamp(at: datetime) -> str:
    """Text of fixed width, so that it sorts as time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def to_json(value: Any) -> str:
    """One text for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def open_trip(connection: sqlite3.Connection, call: Call, conversation: str, turn: int, at: datetime) -> None:
    """Insert the row of a trip and its first entry."""
    row = (call.trip, call.kind, call.request.model_dump_json(), conversation, turn, timestamp(at))
    connection.execute(
        "INSERT INTO trips (id, kind, request, conversation, turn, created) VALUES (?, ?, ?, ?, ?, ?)", row
    )
    connection.execute("INSERT INTO entries (trip, at, event) VALUES (?, ?, 'opened')", (call.trip, timestamp(at)))


class SqliteLedgerReader:
    """The `LedgerReader` port."""

    def __init__(self, source: Readable) -> None:
        self._source = source

    def trip(self, trip: str) -> TripRow | None:
        with self._source.reading() as connection:
            row = connection.execute(_TRIPS + "WHERE t.id = ?", (trip,)).fetchone()
        return _trip_row(row) if row else None

    def entries(self, trip: str) -> Sequence[Entry]:
        with self._source.reading() as connection:
            rows = connection.execute(
                "SELECT sequence, trip, at, event, component, kind, effect, key, data"
                " FROM entries WHERE trip = ? ORDER BY sequence",
                (trip,),
            ).fetchall()
        return [_entry(row) for row in rows]

    def trips(self) -> Iterator[TripRow]:
        last = 0
        while True:
            with self._source.reading() as connection:
                rows = connection.execute(
                    _TRIPS + "WHERE t.number > ? ORDER BY t.number LIMIT ?", (last, _PAGE)
                ).fetchall()
            if not rows:
                return
            yield from map(_trip_row, rows)
            last = rows[-1][0]


class SqliteLedger(SqliteLedgerReader):
    """The `Ledger` port."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        super().__init__(database)
        self._database = database
        self._clock = clock

    def intend(self, intent: Intent) -> Answer | None:
        with self._database.writing() as connection:
            if _stands(connection, intent):
                return _outcome(connection, intent.key)
            if not connection.execute("SELECT 1 FROM trips WHERE id = ?", (intent.trip,)).fetchone():
                raise TripUnknownError(f"There is no trip {intent.trip} in the ledger; nothing was done.")
            self._append(connection, intent, "intent", intent.arguments)
            return None

    def conclude(self, intent: Intent, answer: Answer) -> Answer:
        with self._database.writing() as connection:
            if not _stands(connection, intent):
                raise IntentMissingError(f"The intent of {intent.key} was never written to the ledger.")
            first = _outcome(connection, intent.key)
            if first is None:
                self._append(connection, intent, "outcome", answer)
            return answer if first is None else first

    def keep_text(self, key: str, text: str) -> str:
        with self._database.writing() as connection:
            connection.execute("INSERT INTO texts (key, text) VALUES (?, ?) ON CONFLICT DO NOTHING", (key, text))
            return connection.execute("SELECT text FROM texts WHERE key = ?", (key,)).fetchone()[0]

    def text(self, key: str) -> str | None:
        with self._database.reading() as connection:
            row = connection.execute("SELECT text FROM texts WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def close(self, outcome: TripOutcome) -> TripOutcome:
        with self._database.writing() as connection:
            row = connection.execute(_TRIPS + "WHERE t.id = ?", (outcome.id,)).fetchone()
            if row is None:
                raise TripUnknownError(f"There is no trip {outcome.id} in the ledger; nothing was closed.")
            if first := _trip_row(row).outcome:
                return first
            connection.execute(
                "INSERT INTO entries (trip, at, event, data) VALUES (?, ?, 'closed', ?)",
                (outcome.id, timestamp(self._clock()), outcome.model_dump_json()),
            )
            return outcome

    def ping(self) -> None:
        self._database.ping()

    def _append(self, connection: sqlite3.Connection, intent: Intent, event: str, data: Answer) -> None:
        connection.execute(
            "INSERT INTO entries (trip, at, event, component, kind, effect, key, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                intent.trip,
                timestamp(self._clock()),
                event,
                intent.component,
                intent.kind,
                intent.effect,
                intent.key,
                to_json(data),
            ),
        )


def _stands(connection: sqlite3.Connection, intent: Intent) -> bool:
    """Whether the intent has been written; raises when its key was used for something else."""
    row = connection.execute(
        "SELECT trip, component, kind, effect, data FROM entries WHERE key = ? AND event = 'intent'", (intent.key,)
    ).fetchone()
    if row is None:
        return False
    if row != (intent.trip, intent.component, intent.kind, intent.effect, to_json(intent.arguments)):
        raise KeyReusedError(f"The key {intent.key} was used with other arguments; nothing was done.")
    return True


def _outcome(connection: sqlite3.Connection, key: str) -> Answer | None:
    row = connection.execute("SELECT data FROM entries WHERE key = ? AND event = 'outcome'", (key,)).fetchone()
    return json.loads(row[0]) if row else None


def _trip_row(row: tuple[Any, ...]) -> TripRow:
    _, trip, kind, request, conversation, turn, created, updated, closed = row
    return TripRow(
        id=trip,
        kind=kind,
        request=TripRequest.model_validate_json(request),
        conversation=conversation,
        turn=turn,
        created=datetime.fromisoformat(created),
        updated=datetime.fromisoformat(updated),
        outcome=TripOutcome.model_validate_json(closed) if closed else None,
    )


def _entry(row: tuple[Any, ...]) -> Entry:
    sequence, trip, at, event, component, kind, effect, key, data = row
    return Entry(
        sequence=sequence,
        trip=trip,
        at=datetime.fromisoformat(at),
        event=event,
        component=component,
        kind=kind,
        effect=effect,
        key=key,
        data=json.loads(data) if data else None,
    )
