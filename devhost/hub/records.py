"""Instances and entities as frozen values for readers, and the filters that select them.

Times are UTC text as events carry it (`2024-01-01T00:00:00.1234567Z`). `input`, `output` and `custom_status` are
the stored texts: JSON, save that the output of a failed, terminated or suspended instance is plain text.
"""

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Status = Literal["Pending", "Running", "Completed", "ContinuedAsNew", "Failed", "Canceled", "Terminated", "Suspended"]
TERMINAL: frozenset[str] = frozenset({"Completed", "Failed", "Canceled", "Terminated"})
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """One orchestration, or an entity's scheduler (its id starts with `@`)."""

    instance_id: str
    execution_id: str
    name: str
    version: str | None
    status: str
    input: str | None
    output: str | None
    custom_status: str | None
    created_at: str
    updated_at: str
    parent_instance_id: str | None = None


@dataclass(frozen=True, slots=True)
class EntityRow:
    """`name` is lower-case. `state` is JSON text, None when the entity deleted itself."""

    name: str
    key: str
    state: str | None
    exists: bool
    last_operation_at: str


@dataclass(frozen=True, slots=True)
class InstanceFilter:
    """A selection of instances; None and empty mean any. Times are inclusive UTC text."""

    created_from: str | None = None
    created_to: str | None = None
    statuses: frozenset[str] = frozenset()
    id_prefix: str = ""


@dataclass(frozen=True, slots=True)
class EntityFilter:
    """A selection of entities; None and empty mean any. `name` in any case."""

    name: str = ""
    from_time: str | None = None
    to_time: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows in the order of their ids; `token` asks for the next page, None when this is the last."""

    rows: tuple[Row, ...]
    token: str | None
