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

from devhost.clock import column_text
from devhost.entities import split_id
from devhost.errors import BadRequest
from devhost.events import Event, clock_text, execution_started, ticks_of
from devhost.hub import read_history
from devhost.hub_schema import open_reader, told_clearly
from devhost.records import EntityFilter, EntityRow, InstanceFilter, InstanceRow, Page

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
        clause, values = where(wanted)
        rows = [
            InstanceRow(*row)
            for row in self._rows(
                f"SELECT {_COLUMNS} FROM instances WHERE instance_id >= ? AND {clause} ORDER BY instance_id LIMIT ?",
                (after, *values, top + 1),
            )
        ]
        if not wanted.statuses or "Running" in wanted.statuses:
            clause, values = _entity_where(wanted.created_from, wanted.created_to, wanted.id_prefix, "created_at")
            found = self._rows(
                f"SELECT {_ENTITY_COLUMNS} FROM entities WHERE entity_id >= ? AND {clause} ORDER BY entity_id LIMIT ?",
                (after, *values, top + 1),
            )
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
        clause, values = _entity_where(wanted.from_time, wanted.to_time, prefix, "updated_at")
        found = self._rows(
            f"SELECT {_ENTITY_COLUMNS} FROM entities WHERE entity_id >= ? AND {clause} ORDER BY entity_id LIMIT ?",
            (_read_token(token), *values, top + 1),
        )
        return Page(tuple(_entity(row) for row in found[:top]), _token(found[top][0]) if len(found) > top else None)

    def _rows(self, sql: str, values: Sequence[Any]) -> list[Any]:
        with told_clearly(self._path):
            return self._connection().execute(sql, values).fetchall()

    def _connection(self) -> Any:
        found = getattr(self._mine, "connection", None)
        if found is None:
            found = self._mine.connection = open_reader(self._path)
        return found


def where(wanted: InstanceFilter) -> tuple[str, list[Any]]:
    """The SQL condition on `instances` and its values."""
    clauses, values = ["1"], list[Any]()
    if wanted.statuses:
        clauses.append(f"status IN ({','.join('?' * len(wanted.statuses))})")
        values += sorted(wanted.statuses)
    for column, sign, time in (("created_at", ">=", wanted.created_from), ("created_at", "<=", wanted.created_to)):
        if time is not None:
            clauses.append(f"{column} {sign} ?")
            values.append(column_text(ticks_of(time)))
    if wanted.id_prefix:
        clauses.append("instance_id >= ? AND instance_id < ?")
        values += [wanted.id_prefix, wanted.id_prefix + _LAST]
    return " AND ".join(clauses), values


def _entity_where(from_time: str | None, to_time: str | None, prefix: str, column: str) -> tuple[str, list[Any]]:
    clauses, values = ["1"], list[Any]()
    for sign, time in ((">=", from_time), ("<=", to_time)):
        if time is not None:
            clauses.append(f"{column} {sign} ?")
            values.append(column_text(ticks_of(time)))
    if prefix:
        clauses.append("entity_id >= ? AND entity_id < ?")
        values += [prefix, prefix + _LAST]
    return " AND ".join(clauses), values


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
