"""Reads of the hub for clients: from any thread, each with a connection of its own, never waiting for the writer."""

# ruff: noqa: S608 -- the SQL is put together from names in this package only; values are always bound.
from __future__ import annotations

import base64
import binascii
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from devhost.errors import BadRequest
from devhost.hub.hub import read_history
from devhost.hub.hub_schema import open_reader, told_clearly
from devhost.hub.records import EntityFilter, EntityRow, InstanceFilter, InstanceRow, Page
from devhost.protocol.clock import column_text
from devhost.protocol.entity_ids import split_id
from devhost.protocol.events import Event, clock_text, execution_started, ticks_of

_COLUMNS = (
    "instance_id, execution_id, name, version, status, input, output, custom_status, created_at, updated_at, parent_id"
)
_ENTITY_COLUMNS = "entity_id, state, entity_exists, created_at, updated_at, sorter"
_LAST = "\U0010ffff"


class HubReader:
    """Sees what is committed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mine = threading.local()

    def instance(self, instance_id: str) -> InstanceRow | None:
        rows = self._rows(f"SELECT {_COLUMNS} FROM instances WHERE instance_id=?", (instance_id,))
        if rows:
            return InstanceRow(*rows[0])
        if instance_id.startswith("@"):
            found = self._rows(f"SELECT {_ENTITY_COLUMNS} FROM entities WHERE entity_id=?", (instance_id,))
            return _scheduler(found[0]) if found else None
        return None

    def instances(self, wanted: InstanceFilter, top: int, token: str | None) -> Page[InstanceRow]:
        after = _read_token(token)
        clause, values = where(wanted, after)
        ids = f"SELECT instance_id FROM instances {_index_for(wanted)} WHERE {clause} ORDER BY instance_id LIMIT ?"
        rows = [
            InstanceRow(*row)
            for row in self._rows(
                f"SELECT {_COLUMNS} FROM instances WHERE instance_id IN ({ids}) ORDER BY instance_id",
                (*values, top + 1),
            )
        ]
        if not wanted.statuses or "Running" in wanted.statuses:
            times = (wanted.created_from, wanted.created_to)
            found = self._entity_rows("created_at", times, wanted.id_prefix, after, top + 1)
            rows = sorted([*rows, *map(_scheduler, found)], key=lambda row: row.instance_id)
        return Page(tuple(rows[:top]), _token(rows[top].instance_id) if len(rows) > top else None)

    def history(self, instance_id: str) -> list[Event]:
        db = self._connection()
        row = db.execute("SELECT run FROM instances WHERE instance_id=?", (instance_id,)).fetchone()
        if row is not None:
            return read_history(db, row[0])
        entity = self.instance(instance_id)
        return [] if entity is None else [_entity_started(entity)]

    def entity(self, name: str, key: str) -> EntityRow | None:
        rows = self._rows(f"SELECT {_ENTITY_COLUMNS} FROM entities WHERE entity_id=?", (f"@{name.lower()}@{key}",))
        return _entity(rows[0]) if rows else None

    def entities(self, wanted: EntityFilter, top: int, token: str | None) -> Page[EntityRow]:
        prefix = f"@{wanted.name.lower()}@" if wanted.name else ""
        times = (wanted.from_time, wanted.to_time)
        found = self._entity_rows("updated_at", times, prefix, _read_token(token), top + 1)
        return Page(tuple(_entity(row) for row in found[:top]), _token(found[top][0]) if len(found) > top else None)

    def _entity_rows(
        self, time_column: str, times: tuple[str | None, str | None], prefix: str, after: str, limit: int
    ) -> list[Any]:
        clauses, values = _ranges("entity_id", prefix, after, time_column, times)
        return self._rows(
            f"SELECT {_ENTITY_COLUMNS} FROM entities WHERE {' AND '.join(clauses)} ORDER BY entity_id LIMIT ?",
            (*values, limit),
        )

    def _rows(self, sql: str, values: Sequence[Any]) -> list[Any]:
        with told_clearly(self._path):
            return self._connection().execute(sql, values).fetchall()

    def _connection(self) -> Any:
        found = getattr(self._mine, "connection", None)
        if found is None:
            found = self._mine.connection = open_reader(self._path)
        return found


def where(wanted: InstanceFilter, after: str = "") -> tuple[str, list[Any]]:
    """The SQL condition on `instances` from the id `after` on, and its values."""
    times = (wanted.created_from, wanted.created_to)
    clauses, values = _ranges("instance_id", wanted.id_prefix, after, "created_at", times)
    if wanted.statuses:
        clauses.append(f"status IN ({','.join('?' * len(wanted.statuses))})")
        values += sorted(wanted.statuses)
    return " AND ".join(clauses), values


def _index_for(wanted: InstanceFilter) -> str:
    """A range of times alone is quickest found by them; SQLite would walk all ids in order."""
    times_alone = (wanted.created_from or wanted.created_to) and not (wanted.statuses or wanted.id_prefix)
    return "INDEXED BY instances_by_creation" if times_alone else ""


def _ranges(
    id_column: str, prefix: str, after: str, time_column: str, times: tuple[str | None, str | None]
) -> tuple[list[str], list[Any]]:
    clauses, values = [f"{id_column} >= ?"], [max(prefix, after)]
    if prefix:
        clauses.append(f"{id_column} < ?")
        values.append(prefix + _LAST)
    for sign, time in zip((">=", "<="), times, strict=True):
        if time is not None:
            clauses.append(f"{time_column} {sign} ?")
            values.append(column_text(ticks_of(time)))
    return clauses, values


def _entity(row: Sequence[Any]) -> EntityRow:
    entity_id, state, exists, _, updated_at, _ = row
    name, key = split_id(entity_id)
    return EntityRow(name, key, state if exists else None, bool(exists), updated_at)


def _scheduler(row: Sequence[Any]) -> InstanceRow:
    """An entity as the instance that the real host runs it as."""
    entity_id, state, exists, created_at, updated_at, sorter = row
    senders = json.loads(sorter)
    shown: dict[str, Any] = {"exists": True} if exists else {}
    shown |= {"state": state, "sorter": senders}
    custom = {"entityExists": True} if exists else {}
    return InstanceRow(
        entity_id, "", entity_id, None, "Running", json.dumps(shown, ensure_ascii=False, separators=(",", ":")),
        None, json.dumps(custom), created_at, updated_at,
    )  # fmt: skip


def _entity_started(row: InstanceRow) -> Event:
    at = clock_text(ticks_of(row.created_at))
    return execution_started(at, row.name, row.instance_id, row.execution_id, row.input, generation=None)


def _token(next_id: str) -> str:
    return base64.urlsafe_b64encode(next_id.encode("utf-8", "surrogatepass")).decode()


def _read_token(token: str | None) -> str:
    if not token:
        return ""
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise BadRequest("The continuation token is not one that this host gave.") from None
