"""Reads of the hub for clients: from any thread, through a connection for each call, without waiting for writes."""

# ruff: noqa: S608 -- the SQL is put together from names in this package only; values are always bound.
import base64
import json
import sqlite3
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from devhost.errors import BadRequest
from devhost.hub.hub import read_history
from devhost.hub.hub_schema import clear_errors, open_reader
from devhost.hub.instance_search import InstanceQuery, InstanceSummary, ListPosition, Matches, newest, related
from devhost.hub.kinds import Tally, all_kinds, tally
from devhost.hub.records import EntityFilter, EntityRow, InstanceFilter, InstanceRow, Page
from devhost.protocol.clock import clock_text, column_text, ticks_of
from devhost.protocol.entity_ids import split_id
from devhost.protocol.events import Event, execution_started

_COLUMNS = (
    "instance_id, execution_id, name, version, status, input, output, custom_status, created_at, updated_at, parent_id"
)
_ENTITY_COLUMNS = "entity_id, state, entity_exists, created_at, updated_at, sorter"
# No id is behind a prefix followed by this character, the last one of Unicode.
_LAST = "\U0010ffff"

MOST_OF_A_PERIOD = 5_000
"""Instances of a period that are all read, and sorted by id, for each page of a list.

In a period that holds more, going through the ids in order soon comes upon enough of them for a page.
"""


class HubReader:
    """Reads committed instances, entities and histories."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()

    def instance(self, instance_id: str) -> InstanceRow | None:
        """Return an orchestration, or an entity's scheduler."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM instances WHERE instance_id=?", (instance_id,))
        if rows:
            return InstanceRow(*rows[0])
        if instance_id.startswith("@"):
            entities = self._rows(f"SELECT {_ENTITY_COLUMNS} FROM entities WHERE entity_id=?", (instance_id,))
            return _scheduler(entities[0]) if entities else None
        return None

    def instances(self, selection: InstanceFilter, top: int, token: str | None) -> Page[InstanceRow]:
        """Return a page of the selected instances, entities among them, as the real host lists them (`list_api`)."""
        after = _read_token(token)
        clause, values = where(selection, after)
        with clear_errors(self._path), self._connection() as db:
            index = _index_for(db, selection)
            # Ids first, all columns then: the long ones are read for this page only.
            ids = f"SELECT instance_id FROM instances {index} WHERE {clause} ORDER BY instance_id LIMIT ?"
            sql = f"SELECT {_COLUMNS} FROM instances WHERE instance_id IN ({ids}) ORDER BY instance_id"
            # One row more than the page holds: its id is the token for the next page.
            rows = [InstanceRow(*row) for row in db.execute(sql, (*values, top + 1))]
        if not selection.statuses or "Running" in selection.statuses:
            times = (selection.created_from, selection.created_to)
            entities = self._entity_rows(
                "created_at",
                times,
                selection.id_prefix,
                after,
                top + 1,
            )
            rows = sorted([*rows, *map(_scheduler, entities)], key=lambda row: row.instance_id)
        return Page(tuple(rows[:top]), _token(rows[top].instance_id) if len(rows) > top else None)

    def newest(self, query: InstanceQuery, size: int, after: ListPosition | None) -> Matches:
        """Return the newest orchestrations that fit the query, those after a place if there is one."""
        with clear_errors(self._path), self._connection() as db:
            return newest(db, query, size, after)

    def tallies(self) -> tuple[list[Tally], bool]:
        """Return the number of orchestrations of each kind, and whether these are all kinds."""
        with clear_errors(self._path), self._connection() as db:
            kinds, are_all = all_kinds(db)
            return list(tally(db, kinds)), are_all

    def related(self, instance_id: str) -> list[InstanceSummary]:
        """Return the orchestrations whose ids say that they belong to this one, or this one to them."""
        with clear_errors(self._path), self._connection() as db:
            return related(db, instance_id)

    def history(self, instance_id: str) -> list[Event]:
        """Return the events of the current execution, none for an unknown instance."""
        with self._connection() as db:
            row = db.execute("SELECT run FROM instances WHERE instance_id=?", (instance_id,)).fetchone()
            if row is not None:
                return read_history(db, row[0])
        entity = self.instance(instance_id)
        return [] if entity is None else [_entity_started(entity)]

    def entity(self, name: str, key: str) -> EntityRow | None:
        """Return the entity, None if it never existed or was purged."""
        rows = self._rows(f"SELECT {_ENTITY_COLUMNS} FROM entities WHERE entity_id=?", (f"@{name.lower()}@{key}",))
        return _entity(rows[0]) if rows else None

    def entities(self, selection: EntityFilter, top: int, token: str | None) -> Page[EntityRow]:
        """Return a page of the selected entities."""
        prefix = f"@{selection.name.lower()}@" if selection.name else ""
        times = (selection.from_time, selection.to_time)
        rows = self._entity_rows(
            "updated_at",
            times,
            prefix,
            _read_token(token),
            top + 1,
        )
        return Page(tuple(_entity(row) for row in rows[:top]), _token(rows[top][0]) if len(rows) > top else None)

    def _entity_rows(
        self, time_column: str, times: tuple[str | None, str | None], prefix: str, after: str, limit: int
    ) -> list[Any]:
        clauses, values = _ranges(
            "entity_id",
            prefix,
            after,
            time_column,
            times,
        )
        return self._rows(
            f"SELECT {_ENTITY_COLUMNS} FROM entities WHERE {' AND '.join(clauses)} ORDER BY entity_id LIMIT ?",
            (*values, limit),
        )

    def _rows(self, sql: str, values: Sequence[Any]) -> list[Any]:
        with clear_errors(self._path), self._connection() as db:
            return db.execute(sql, values).fetchall()

    def close(self) -> None:
        """Close the connections, so that closing the hub writes its WAL into the file."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _connection(self) -> Generator[sqlite3.Connection]:
        # Opening a connection is slow, so idle ones are kept. One is used by one thread at a time.
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = open_reader(self._path)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)


def where(selection: InstanceFilter, after: str = "") -> tuple[str, list[Any]]:
    """Return the SQL condition for the selected instances from the id `after` on, and its values."""
    times = (selection.created_from, selection.created_to)
    clauses, values = _ranges(
        "instance_id",
        selection.id_prefix,
        after,
        "created_at",
        times,
    )
    if selection.statuses:
        clauses.append(f"status IN ({','.join('?' * len(selection.statuses))})")
        values += sorted(selection.statuses)
    return " AND ".join(clauses), values


def _index_for(db: sqlite3.Connection, selection: InstanceFilter) -> str:
    """Return the index to read a selection by; SQLite does not know how many instances a period holds."""
    clauses, values = _period("created_at", (selection.created_from, selection.created_to))
    if not clauses:
        return ""
    by_creation = "INDEXED BY instances_by_creation"
    further = f"SELECT 1 FROM instances {by_creation} WHERE {' AND '.join(clauses)} LIMIT 1 OFFSET ?"
    if db.execute(further, (*values, MOST_OF_A_PERIOD)).fetchone() is None:
        return by_creation
    return f"INDEXED BY {'instances_by_status' if selection.statuses else 'sqlite_autoindex_instances_1'}"


def _ranges(
    id_column: str, prefix: str, after: str, time_column: str, times: tuple[str | None, str | None]
) -> tuple[list[str], list[Any]]:
    clauses, values = [f"{id_column} >= ?"], [max(prefix, after)]
    if prefix:
        clauses.append(f"{id_column} < ?")
        values.append(prefix + _LAST)
    period, period_values = _period(time_column, times)
    return clauses + period, values + period_values


def _period(time_column: str, times: tuple[str | None, str | None]) -> tuple[list[str], list[str]]:
    ends = [(sign, time) for sign, time in zip((">=", "<="), times, strict=True) if time is not None]
    return [f"{time_column} {sign} ?" for sign, _ in ends], [column_text(ticks_of(time)) for _, time in ends]


def _entity(row: Sequence[Any]) -> EntityRow:
    entity_id, state, exists, _, updated_at, _ = row
    name, key = split_id(entity_id)
    return EntityRow(
        name,
        key,
        state if exists else None,
        bool(exists),
        updated_at,
    )


def _scheduler(row: Sequence[Any]) -> InstanceRow:
    """Return an entity as the instance that the real host runs it as (recording `list_api`)."""
    entity_id, state, exists, created_at, updated_at, sorter = row
    scheduler: dict[str, Any] = {"exists": True} if exists else {}
    scheduler |= {"state": state, "sorter": json.loads(sorter)}
    input_text = json.dumps(scheduler, ensure_ascii=False, separators=(",", ":"))
    custom_status = json.dumps({"entityExists": True} if exists else {})
    return InstanceRow(
        entity_id, "", entity_id, None, "Running", input_text, None, custom_status, created_at, updated_at
    )


def _entity_started(row: InstanceRow) -> Event:
    at = clock_text(ticks_of(row.created_at))
    return execution_started(
        at,
        row.name,
        row.instance_id,
        row.execution_id,
        row.input,
        generation=None,
    )


def _token(next_id: str) -> str:
    return base64.urlsafe_b64encode(next_id.encode("utf-8", "surrogatepass")).decode()


def _read_token(token: str | None) -> str:
    if not token:
        return ""
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except ValueError:
        raise BadRequest("The continuation token is not valid: take it from the last response of this host.") from None
