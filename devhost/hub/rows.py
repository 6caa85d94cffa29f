"""Rows of the hub as values, and the values of rows."""

# ruff: noqa: S608 -- the SQL is put together from names in this module only; values are always bound.
from collections.abc import Sequence
from typing import Any, NamedTuple

from devhost.hub.instances import Instance, Parent
from devhost.hub.outcomes import outcome_of
from devhost.protocol.payload import storable

INSTANCE_COLUMNS = (
    "instance_id, run, execution_id, name, version, status, input, output, custom_status, generation, "
    "parent_id, parent_execution_id, parent_task_id, parent_name, parent_version, created_at, updated_at"
)
INSERT_INSTANCE = f"INSERT OR REPLACE INTO instances ({INSTANCE_COLUMNS}, outcome) VALUES ({','.join('?' * 18)})"
UPDATE_INSTANCE = (
    "UPDATE instances SET run=?, execution_id=?, output=?, custom_status=?, updated_at=?, status=?, created_at=?, "
    "outcome=? WHERE instance_id=?"
)
UPDATE_UNINDEXED = (
    "UPDATE instances SET run=?, execution_id=?, output=?, custom_status=?, updated_at=? WHERE instance_id=?"
)
"""For a row whose `indexed_values` stay: SQLite writes an index anew whenever a statement names one of its columns."""


class Work(NamedTuple):
    """One activity or HTTP call to make; `kind` is `activity` or `http`.

    `has_receiver` is false for work of a discarded episode: it runs, but nobody waits for its result. It is never
    stored, so it has no column.
    """

    run: int
    task_id: int
    instance_id: str
    kind: str
    name: str
    input: str | None
    has_receiver: bool = True


class Timer(NamedTuple):
    """A timer that fires at tick `due`."""

    run: int
    task_id: int
    instance_id: str
    due: int


def storable_text(text: str | None) -> str | None:
    """Return the text without halves of surrogate pairs, which SQLite cannot store."""
    return text if text is None or text.isascii() else storable(text)


def indexed_values(i: Instance) -> tuple[str, str, str]:
    """Return the status, the time of creation and the outcome: the changing values that instances are listed by."""
    return (i.status, i.created_at, outcome_of(i.status, storable_text(i.output), storable_text(i.custom_status)))


def instance_row(i: Instance, outcome: str) -> tuple[Any, ...]:
    """Return the values of `INSERT_INSTANCE`."""
    p = i.parent
    parent = (p.instance_id, p.execution_id, p.task_id, p.name, p.version) if p else (None,) * 5
    texts = (storable_text(i.input), storable_text(i.output), storable_text(i.custom_status))
    identity = (i.instance_id, i.run, i.execution_id, i.name, i.version, i.status)
    return (*identity, *texts, i.generation, *parent, i.created_at, i.updated_at, outcome)


def changed_row(i: Instance) -> tuple[Any, ...]:
    """Return the values of `UPDATE_UNINDEXED` but for the id; a row's other columns never change."""
    return (i.run, i.execution_id, storable_text(i.output), storable_text(i.custom_status), i.updated_at)


def instance_of(row: Sequence[Any]) -> Instance:
    """Return the instance of a row with the columns `INSTANCE_COLUMNS`."""
    instance_id, run, execution_id, name, version, status, input_text, output, custom, generation = row[:10]
    parent_id, parent_execution, task_id, parent_name, parent_version, created_at, updated_at = row[10:]
    parent = None
    if parent_id:
        parent = Parent(parent_id, parent_execution, task_id, parent_name, parent_version)
    return Instance(
        instance_id,
        run,
        execution_id,
        name,
        version,
        input_text,
        created_at,
        updated_at,
        generation,
        parent,
        status,
        output,
        custom,
    )
