"""The hub: durable state in one SQLite file. The engine writes it in groups of whole episodes and operations."""

# ruff: noqa: S608 -- the SQL is put together from names in this package only; values are always bound.
import json
import logging
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

from devhost import faults
from devhost.hub.hub_schema import Presence, clear_errors, open_writer, overwrite_free_pages
from devhost.hub.instances import Entity, Instance, Message, Operation
from devhost.hub.rows import (
    INSERT_INSTANCE,
    INSTANCE_COLUMNS,
    UPDATE_INSTANCE,
    UPDATE_UNINDEXED,
    Timer,
    Work,
    changed_row,
    indexed_values,
    instance_of,
    instance_row,
    storable_text,
)
from devhost.protocol.events import Event

log = logging.getLogger(__name__)


class Hub:
    """Collects changes in memory and writes them with `commit`, all or none. Used on the engine thread only."""

    def __init__(self, path: Path, *, fsync: bool = False) -> None:
        self.path = path
        self._db = open_writer(path, fsync=fsync)
        self._presence = Presence(path)
        try:
            with clear_errors(path):
                # Numbers that rows still use are never given out again, even after a crash.
                self._last_run = max(
                    self._value(f"SELECT max(run) FROM {table}", 0) for table in ("history", "inbox", "work", "timers")
                )
                self._last_message: int = self._value("SELECT max(id) FROM inbox", 0)
                self._last_operation: int = self._value("SELECT max(id) FROM entity_ops", 0)
        except BaseException:
            self._db.close()
            raise
        self._instances: dict[str, Instance] = {}
        self._entities: dict[str, Entity] = {}
        self._history: list[tuple[int, int, str]] = []
        self._new: dict[str, list[Sequence[Any]]] = {"inbox": [], "work": [], "timers": [], "entity_ops": []}
        self._gone: dict[str, list[Sequence[Any]]] = {"inbox": [], "work": [], "timers": [], "entity_ops": []}
        self._gone_runs: list[tuple[int]] = []
        self._gone_histories: list[tuple[int]] = []
        self._gone_instances: list[tuple[str, int]] = []
        self._meta: dict[str, Any] = {}

    def next_run(self) -> int:
        """Return a run number that was never used."""
        self._last_run += 1
        return self._last_run

    def save(self, instance: Instance) -> None:
        """Write the instance's row with the next commit."""
        self._instances[instance.instance_id] = instance

    def append(self, instance: Instance, events: list[Event]) -> None:
        """Add events to the end of the instance's stored history."""
        text = json.dumps(events)
        # For the cache, which bounds the memory that histories take.
        instance.size += len(text)
        self._history.append((instance.run, instance.stored, text))
        instance.stored += len(events)

    def drop_run(self, run: int, *, history: bool) -> None:
        """Delete the run's work, timers and messages, and with `history` its events."""
        self._gone_runs.append((run,))
        if history:
            self._gone_histories.append((run,))

    def delete(self, instance: Instance) -> None:
        """Delete the instance with everything of its run."""
        self._instances.pop(instance.instance_id, None)
        self._gone_instances.append((instance.instance_id, instance.run))
        self.drop_run(instance.run, history=True)

    def add_message(self, instance: Instance, message: Message) -> None:
        """Give the message a row in the inbox, in place of the row that it came from."""
        self._last_message += 1
        # Ids are given here and not by SQLite: they are needed before the commit.
        message.row = self._last_message
        self._new["inbox"].append((message.row, instance.instance_id, instance.run, json.dumps(message.event)))
        if message.source is not None:
            self._gone[message.source].append((instance.run, message.task_id))

    def drop_message(self, instance: Instance, message: Message) -> None:
        """Delete the message's row: it is in history now, or will never be."""
        if message.row is not None:
            self._gone["inbox"].append((message.row,))
        elif message.source is not None:
            self._gone[message.source].append((instance.run, message.task_id))

    def add_work(self, work: Work) -> None:
        """Keep the work until its result is stored."""
        self._new["work"].append(
            (work.run, work.task_id, work.instance_id, work.kind, work.name, storable_text(work.input))
        )

    def add_timer(self, timer: Timer) -> None:
        """Keep the timer until its TimerFired is stored."""
        self._new["timers"].append(timer)

    def save_entity(self, entity: Entity) -> None:
        """Write the entity's row with the next commit, or delete it if it was purged."""
        self._entities[entity.entity_id] = entity

    def add_operation(self, entity_id: str, operation: Operation, due: int | None = None) -> None:
        """Give the operation a row in the entity's queue; `due` is the tick of a scheduled signal."""
        self._last_operation += 1
        operation.row = self._last_operation
        self._new["entity_ops"].append((operation.row, entity_id, operation.text, due))

    def drop_operation(self, operation: Operation) -> None:
        """Delete the operation's row."""
        if operation.row is not None:
            self._gone["entity_ops"].append((operation.row,))

    def set_meta(self, key: str, value: Any) -> None:
        """Keep a value of the hub as a whole."""
        self._meta[key] = value

    @property
    def has_changes(self) -> bool:
        changes = (
            self._instances,
            self._entities,
            self._history,
            self._gone_runs,
            self._gone_instances,
            self._meta,
            *self._new.values(),
            *self._gone.values(),
        )
        return any(changes)

    def commit(self) -> None:
        """Write all changes durably. Raises HubError or sqlite3.Error, after which the hub must not be used again."""
        faults.point("commit.before")
        self._presence.check()
        with clear_errors(self.path):
            # IMMEDIATE takes the write lock at once, so that no statement in between can find it taken.
            self._db.execute("BEGIN IMMEDIATE")
            self._write()
            self._db.execute("COMMIT")
        faults.point("commit.after")

    def _write(self) -> None:
        self._write_instances()
        self._step("INSERT INTO history VALUES (?,?,?)", self._history, "commit.history")
        # A row may come and go within one round: deletes follow the inserts.
        new, gone = self._new, self._gone
        self._step("INSERT INTO inbox VALUES (?,?,?,?)", new["inbox"], "commit.inbox")
        self._step("INSERT INTO work VALUES (?,?,?,?,?,?)", new["work"], "commit.work")
        self._step("INSERT INTO timers VALUES (?,?,?,?)", new["timers"], "commit.timers")
        self._step("INSERT INTO entity_ops VALUES (?,?,?,?)", new["entity_ops"], "commit.operations")
        self._write_entities()
        self._step("DELETE FROM inbox WHERE id=?", gone["inbox"], "commit.consumed")
        self._step("DELETE FROM work WHERE run=? AND task_id=?", gone["work"], "commit.done")
        self._step("DELETE FROM timers WHERE run=? AND task_id=?", gone["timers"], "commit.fired")
        self._step("DELETE FROM entity_ops WHERE id=?", gone["entity_ops"], "commit.applied")
        for table in ("work", "timers", "inbox") if self._gone_runs else ():
            self._db.executemany(f"DELETE FROM {table} WHERE run=?", self._gone_runs)
        self._gone_runs.clear()
        self._step("DELETE FROM history WHERE run=?", self._gone_histories, "commit.purged")
        self._step("DELETE FROM instances WHERE instance_id=? AND run=?", self._gone_instances, "commit.deleted")
        for item in self._meta.items():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", item)
        self._meta.clear()

    def _write_instances(self) -> None:
        new_rows: list[Sequence[Any]] = []
        changed_rows: list[Sequence[Any]] = []
        unindexed_rows: list[Sequence[Any]] = []
        for i in self._instances.values():
            values = indexed_values(i)
            if i.is_new:
                new_rows.append(instance_row(i, values[-1]))
            elif values == i.indexed:
                unindexed_rows.append((*changed_row(i), i.instance_id))
            else:
                changed_rows.append((*changed_row(i), *values, i.instance_id))
            i.is_new, i.indexed = False, values
        self._instances.clear()
        self._step(INSERT_INSTANCE, new_rows, "commit.created")
        self._step(UPDATE_INSTANCE, changed_rows, "commit.changed")
        self._step(UPDATE_UNINDEXED, unindexed_rows, "commit.changed")

    def _write_entities(self) -> None:
        for entity in self._entities.values():
            if entity.purged:
                self._db.execute("DELETE FROM entities WHERE entity_id=?", (entity.entity_id,))
            else:
                row = (
                    entity.entity_id,
                    storable_text(entity.state),
                    entity.exists,
                    entity.created_at,
                    entity.updated_at,
                    json.dumps(entity.sorter),
                )
                self._db.execute("INSERT OR REPLACE INTO entities VALUES (?,?,?,?,?,?)", row)
        self._entities.clear()

    def _step(self, sql: str, rows: list[Any], name: str) -> None:
        if rows:
            self._db.executemany(sql, rows)
            rows.clear()
            faults.point(name)

    def instance(self, instance_id: str) -> Instance | None:
        """Return a stored instance, without its history."""
        row = self._db.execute(
            f"SELECT {INSTANCE_COLUMNS} FROM instances WHERE instance_id=?", (instance_id,)
        ).fetchone()
        return None if row is None else instance_of(row)

    def history(self, run: int) -> list[Event]:
        """Return the events of a run, in order."""
        return read_history(self._db, run)

    def stored_size(self, run: int) -> int:
        """Return the number of characters that a run's events take as JSON."""
        return self._value("SELECT sum(length(events)) FROM history WHERE run=?", 0, run)

    def unfinished_runs(self) -> dict[int, str]:
        """Return the runs that have not ended, each with its instance id."""
        rows = self._db.execute(
            "SELECT run, instance_id FROM instances WHERE status IN ('Pending', 'Running', 'Suspended')"
        )
        return dict(cast(Iterable[tuple[int, str]], rows))

    def all_work(self) -> Iterable[Work]:
        """Return the stored work, in the order of its scheduling."""
        return (Work(*row) for row in self._db.execute("SELECT * FROM work ORDER BY run, task_id").fetchall())

    def all_timers(self) -> Iterable[Timer]:
        """Return the stored timers, those due first at the beginning."""
        return (Timer(*row) for row in self._db.execute("SELECT * FROM timers ORDER BY due").fetchall())

    def all_messages(self) -> Iterable[tuple[str, int, Message]]:
        """Return each message with its instance id and run, in order of arrival."""
        rows = self._db.execute("SELECT id, instance_id, run, event FROM inbox ORDER BY id").fetchall()
        return ((owner, run, Message(json.loads(event), row)) for row, owner, run, event in rows)

    def entity(self, entity_id: str) -> Entity | None:
        """Return a stored entity, without its queue."""
        row = self._db.execute("SELECT * FROM entities WHERE entity_id=?", (entity_id,)).fetchone()
        if row is None:
            return None
        _, state, exists, created_at, updated_at, sorter = row
        return Entity(
            entity_id,
            created_at,
            updated_at,
            state,
            bool(exists),
            json.loads(sorter),
            is_stored=True,
        )

    def all_operations(self) -> Iterable[tuple[str, Operation, int | None]]:
        """Return each operation with its entity id and due tick, in order of arrival."""
        rows = self._db.execute("SELECT id, entity_id, request, due FROM entity_ops ORDER BY id").fetchall()
        return ((entity, Operation(json.loads(request), row), due) for row, entity, request, due in rows)

    def ids_where(self, condition: str, values: Sequence[Any]) -> list[str]:
        """Return the ids of the instances for which a condition of `hub_read.where` holds."""
        return [row[0] for row in self._db.execute(f"SELECT instance_id FROM instances WHERE {condition}", values)]

    def meta(self, key: str, default: Any = None) -> Any:
        """Return a value of the hub as a whole."""
        return self._value("SELECT value FROM meta WHERE key=?", default, key)

    def close(self) -> None:
        """Overwrite what was purged, then close the file."""
        try:
            overwrite_free_pages(self._db)
        except sqlite3.Error as error:
            # A full disk, for instance. Nothing that counts is lost, since closing rolls back.
            log.warning("What was purged from the hub may still be in its file: %s", error)
        self._db.close()

    def _value(self, sql: str, default: Any, *values: Any) -> Any:
        row = self._db.execute(sql, values).fetchone()
        return default if row is None or row[0] is None else row[0]


def read_history(db: sqlite3.Connection, run: int) -> list[Event]:
    """Return the events of a run, in order."""
    rows = db.execute("SELECT events FROM history WHERE run=? ORDER BY seq", (run,))
    return [event for (text,) in rows for event in json.loads(text)]
