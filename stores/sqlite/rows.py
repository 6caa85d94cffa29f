"""Reads the rows of the ledger's tables as values, and writes values as rows."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from domain.amount import Money
from domain.money.postings import Posting
from domain.options import TripOptions
from domain.trip.command_bodies import body_data, read_body_text
from domain.trip.effect_outcomes import OUTCOMES
from domain.trip.entry_data import Event, entry_data, read_entry_text
from domain.trip.folding import TripRows
from domain.trip.outcomes import TripOutcome
from domain.trip.privacy import anonymous
from domain.trip.records import Command, Entry, NewTrip, TripRow
from domain.trip.requests import TripRequest
from stores.clock import timestamp
from stores.heads import Head, anonymous_head, new_head
from stores.unit_of_work import KeyRecord, UnitOfWork, to_json

Connection = sqlite3.Connection

# Written when the trip is opened. Only forgetting its traveller changes any of them.
_FIXED = "id, kind, request, options, conversation, turn, created"
_CHANGING = "updated, version, epoch, saga, commands, box, outcome, rows, troubled, taken_by"
_HEAD = f"{_FIXED}, {_CHANGING}"

# A saga reads its trip again after each step, so texts are parsed once: values are frozen, and equal texts mean equal
# values. This many entries are those of some hundred trips in flight.
_MOST_ENTRIES = 4096
_MOST_HEADS = 512


class SqliteStoredTrip:
    """The `StoredTrip` port in the connection's transaction.

    Rows are read when they are first needed, unless the caller knows those of this head already.
    """

    def __init__(self, connection: Connection, head: Head, known: TripRows | None = None) -> None:
        self._connection = connection
        self.head = head
        self._known = known

    def key(self, key: str) -> KeyRecord | None:
        row = self._connection.execute(
            # The whole data of a row is in `personal` until its traveller is forgotten; the row itself has the rest.
            "SELECT k.arguments, k.fence, k.owner, k.until, k.mark, k.outcome, coalesce(p.data, e.data) FROM keys k"
            " LEFT JOIN entries e ON e.trip = k.trip AND e.sequence = k.outcome"
            " LEFT JOIN personal p ON p.trip = k.trip AND p.part = 'entry' AND p.number = k.outcome"
            " WHERE k.trip = ? AND k.key = ?",
            (self.head.row.id, key),
        ).fetchone()
        if row is None:
            return None
        arguments, fence, owner, until, mark, outcome, answer = row
        return KeyRecord(
            key=key,
            arguments=arguments,
            fence=fence,
            owner=owner,
            until=datetime.fromisoformat(until) if until else None,
            mark=mark,
            outcome=outcome,
            answer=OUTCOMES.validate_json(answer) if answer else None,
        )

    @property
    def rows(self) -> TripRows:
        return self._known or self._read

    @cached_property
    def _read(self) -> TripRows:
        trip = self.head.row.id
        return TripRows(
            row=self.head.row,
            entries=tuple(entries(self._connection, trip)),
            commands=tuple(commands(self._connection, trip)),
        )


def head(connection: Connection, trip: str) -> Head | None:
    """Return the head of the trip, None for an unknown trip."""
    selected = heads(connection, "id = ?", (trip,))
    return selected[0][1] if selected else None


def heads(connection: Connection, where: str, parameters: tuple[str | int, ...] = ()) -> list[tuple[int, Head]]:
    """Return the heads that the condition selects, each with the trip's number in the order of opening."""
    # The condition is one of this folder's own texts and never a caller's.
    rows = connection.execute(f"SELECT number, {_HEAD} FROM trips WHERE {where}", parameters)  # noqa: S608
    return [(number, _head(row)) for number, *row in rows]


def entries(connection: Connection, trip: str) -> Sequence[Entry]:
    """Return the entries of the trip in order, with personal data that was not removed."""
    rows = connection.execute(
        "SELECT e.sequence, e.trip, e.at, e.event, e.component, e.kind, e.effect, e.revision, e.key,"
        " coalesce(p.data, e.data) FROM entries e"
        " LEFT JOIN personal p ON p.trip = e.trip AND p.part = 'entry' AND p.number = e.sequence"
        " WHERE e.trip = ? ORDER BY e.sequence",
        (trip,),
    )
    return [_entry(*row) for row in rows]


def commands(connection: Connection, trip: str) -> Sequence[Command]:
    """Return the commands of the trip in order, with personal data that was not removed."""
    rows = connection.execute(
        "SELECT c.trip, c.number, c.id, c.kind, c.at, c.by, coalesce(p.data, c.body) FROM commands c"
        " LEFT JOIN personal p ON p.trip = c.trip AND p.part = 'command' AND p.number = c.number"
        " WHERE c.trip = ? ORDER BY c.number",
        (trip,),
    )
    return [
        Command(name, number, identifier, kind, datetime.fromisoformat(at), by, read_body_text(kind, body))
        for name, number, identifier, kind, at, by, body in rows
    ]


def postings(connection: Connection, trip: str) -> Sequence[Posting]:
    """Return the postings of the trip in the order of writing."""
    rows = connection.execute(
        "SELECT sequence, what, debit, credit, minor, currency FROM postings WHERE trip = ? ORDER BY sequence, number",
        (trip,),
    )
    return [
        Posting(sequence, what, debit, credit, Money(currency=currency, minor=minor))
        for sequence, what, debit, credit, minor, currency in rows
    ]


def claims(connection: Connection, trip: str) -> dict[str, int]:
    """Return the number of claims of each key of the trip."""
    return dict(connection.execute("SELECT key, fence FROM keys WHERE trip = ?", (trip,)))


def insert_trip(connection: Connection, trip: NewTrip, at: datetime) -> Head:
    """Insert a new trip with its first entry, and return its head."""
    head, first = new_head(trip, at)
    columns = (*_fixed_columns(head.row), *_changing_columns(head))
    places = ", ".join("?" * len(columns))
    connection.execute(f"INSERT INTO trips ({_HEAD}) VALUES ({places})", columns)  # noqa: S608
    _insert_entry(connection, first)
    return head


def write(connection: Connection, work: UnitOfWork) -> None:
    """Write everything that the unit of work adds."""
    trip = work.row.id
    if work.head != work.stored.head:
        _update_head(connection, work.finished_head())
    for entry in work.entries:
        _insert_entry(connection, entry)
    for command in work.commands:
        _insert_command(connection, command)
    for number, posting in enumerate(work.postings):
        amount = (posting.amount.minor, posting.amount.currency)
        connection.execute(
            "INSERT INTO postings (trip, sequence, number, what, debit, credit, minor, currency)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (trip, posting.sequence, number, posting.what, posting.debit, posting.credit, *amount),
        )
    for key, text in work.texts.items():
        keep_text(connection, trip, key, text)
    for record in work.keys:
        until = timestamp(record.until) if record.until else None
        connection.execute(
            # Keys alone are replaced: they say who may act now, and the entries say what happened.
            "INSERT OR REPLACE INTO keys (trip, key, arguments, fence, owner, until, mark, outcome)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (trip, record.key, record.arguments, record.fence, record.owner, until, record.mark, record.outcome),
        )


def keep_text(connection: Connection, trip: str, key: str, text: str) -> None:
    """Keep a text of the trip, unless there is one under the key."""
    connection.execute("INSERT INTO texts (trip, key, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (trip, key, text))


def make_anonymous(connection: Connection, head: Head) -> None:
    """Remove personal data from a trip; its entries and commands stay as they are."""
    trip = head.row.id
    connection.execute("DELETE FROM personal WHERE trip = ?", (trip,))
    connection.execute("DELETE FROM texts WHERE trip = ?", (trip,))
    anonymized = anonymous_head(head)
    connection.execute(
        "UPDATE trips SET request = ?, conversation = ? WHERE id = ?",
        (anonymized.row.request.model_dump_json(), anonymized.row.conversation, trip),
    )
    _update_head(connection, anonymized)


def _insert_entry(connection: Connection, entry: Entry) -> None:
    data = entry_data(entry.data)
    text = None if data is None else _without_personal(connection, entry.trip, "entry", entry.sequence, data)
    effect = (entry.component, entry.kind, entry.effect, entry.revision, entry.key)
    connection.execute(
        "INSERT INTO entries (trip, sequence, at, event, component, kind, effect, revision, key, data)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (entry.trip, entry.sequence, timestamp(entry.at), entry.event, *effect, text),
    )


def _insert_command(connection: Connection, command: Command) -> None:
    body = _without_personal(connection, command.trip, "command", command.number, body_data(command.body))
    connection.execute(
        "INSERT INTO commands (trip, number, id, kind, at, by, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (command.trip, command.number, command.id, command.kind, timestamp(command.at), command.by, body),
    )


def _without_personal(connection: Connection, trip: str, part: str, number: int, data: dict[str, Any]) -> str:
    """Return the text of the data that may stay for good. The whole goes to `personal` if anything is personal."""
    # Rows of entries and commands are never changed, so personal data is kept where it can be deleted.
    whole, rest = to_json(data), to_json(anonymous(data))
    if rest != whole:
        connection.execute(
            "INSERT INTO personal (trip, part, number, data) VALUES (?, ?, ?, ?)", (trip, part, number, whole)
        )
    return rest


def _update_head(connection: Connection, head: Head) -> None:
    places = ", ".join("?" * len(_CHANGING.split(",")))
    connection.execute(
        f"UPDATE trips SET ({_CHANGING}) = ({places}) WHERE id = ?",  # noqa: S608
        (*_changing_columns(head), head.row.id),
    )


def _fixed_columns(row: TripRow) -> tuple[str | int, ...]:
    request = (row.request.model_dump_json(), row.options.model_dump_json())
    return (row.id, row.kind, *request, row.conversation, row.turn, timestamp(row.created))


def _changing_columns(head: Head) -> tuple[str | int | None, ...]:
    row = head.row
    outcome = row.outcome.model_dump_json() if row.outcome else None
    numbers = (row.version, row.epoch, row.saga, row.commands, row.box, outcome)
    return (timestamp(row.updated), *numbers, head.rows, head.troubled, head.taken_by)


@lru_cache(_MOST_ENTRIES)
def _entry(sequence: int, trip: str, at: str, event: Event, *effect_and_data: Any) -> Entry:
    component, kind, effect, revision, key, text = effect_and_data
    data = read_entry_text(event, effect, text)
    return Entry(sequence, trip, datetime.fromisoformat(at), event, component, kind, effect, revision, key, data)


def _head(columns: Sequence[Any]) -> Head:
    trip, kind, request, options, conversation, turn, created, updated, *rest = columns
    version, epoch, saga, commands, box, outcome, rows, troubled, taken_by = rest
    row = TripRow(
        id=trip,
        kind=kind,
        request=_request(request),
        options=_options(options),
        conversation=conversation,
        turn=turn,
        created=datetime.fromisoformat(created),
        updated=datetime.fromisoformat(updated),
        version=version,
        epoch=epoch,
        saga=saga,
        commands=commands,
        box=box,
        outcome=_outcome(outcome) if outcome else None,
    )
    return Head(row, rows, bool(troubled), taken_by)


_request = lru_cache(_MOST_HEADS)(TripRequest.model_validate_json)
_options = lru_cache(_MOST_HEADS)(TripOptions.model_validate_json)
_outcome = lru_cache(_MOST_HEADS)(TripOutcome.model_validate_json)


def forget_parsed() -> None:
    """Drop the values that were parsed from rows, because personal data of a forgotten traveller is among them."""
    for parsed in (_entry, _request, _outcome):
        parsed.cache_clear()
