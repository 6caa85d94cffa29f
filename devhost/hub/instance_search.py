"""Searches for instances from the newest on; each reads a bounded part of the hub, whatever it holds."""

# ruff: noqa: S608 -- the SQL is put together from names in this package only; values are always bound.
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from devhost.hub.kinds import Kind, all_kinds, is_kind

# Rows that a search reads. One that has not found enough by then goes on from there when it is asked again.
MOST_READ = 10_000
MOST_READ_FOR_TEXT = 1_000
MOST_OF_A_PREFIX = 5_000
MOST_RELATED = 20
_COLUMNS = "instance_id, name, is_child, status, outcome, created_at, updated_at"
_LONG_COLUMNS = "input, output, custom_status"
_NEWEST_FIRST = "ORDER BY created_at DESC, instance_id DESC"
# No id is behind a prefix followed by this character, the last one of Unicode.
_LAST = "\U0010ffff"


class InstanceSummary(NamedTuple):
    """One orchestration in a list. Times are UTC text as events carry it."""

    instance_id: str
    name: str
    is_child: bool
    status: str
    outcome: str
    created_at: str
    updated_at: str

    @property
    def place(self) -> "ListPosition":
        return ListPosition(self.created_at, self.instance_id)


class ListPosition(NamedTuple):
    """A place in the list from the newest instance on: all that is older comes after it."""

    created_at: str
    instance_id: str


@dataclass(frozen=True, slots=True)
class InstanceQuery:
    """The instances to look for; what is None or empty allows any. Times are inclusive UTC text."""

    name: str = ""
    is_child: bool | None = None
    statuses: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()
    created_from: str = ""
    created_to: str = ""
    id_prefix: str = ""
    text: str = ""


class Matches(NamedTuple):
    """A page of instances, and the place to go on from; None at the end."""

    rows: Sequence[InstanceSummary]
    next: ListPosition | None


class _Source(NamedTuple):
    """Rows in the order of an index, from the newest on."""

    table: str
    conditions: Sequence[str]
    values: Sequence[object]


def newest(db: sqlite3.Connection, query: InstanceQuery, size: int, after: ListPosition | None) -> Matches:
    """Return the newest instances that fit the query, those after a place if there is one."""
    sources = [_within(source, query, after) for source in _sources(db, query)]
    budget = MOST_READ_FOR_TEXT if query.text else MOST_READ
    # Each source alone may have to fill the page.
    most = max(size + 1, budget // max(1, len(sources)))
    rows: list[InstanceSummary] = []
    stops: list[ListPosition] = []
    for source in sources:
        matching = list(_read(db, source, query, most, size + 1))
        rows += matching
        if len(matching) <= size:
            stops += _end(db, source, most)
    # Beyond the first end of a source, some rows are not known yet.
    reached = max(stops, default=ListPosition("", ""))
    rows = sorted((row for row in rows if row.place >= reached), key=lambda row: row.place, reverse=True)
    if len(rows) > size:
        return Matches(rows[:size], rows[size - 1].place)
    return Matches(rows, reached if stops else None)


def related(db: sqlite3.Connection, instance_id: str) -> list[InstanceSummary]:
    """Return the orchestrations whose ids begin with this id and a sign, or which this id begins with in that way.

    Apps give such ids to what they start later for the same thing. Children are not among them: they have a parent.
    """
    stems = [instance_id[: sign.start()] for sign in re.finditer(r"[^A-Za-z0-9]+", instance_id)][-MOST_RELATED:]
    marks = ",".join("?" * len(stems))
    before = db.execute(f"SELECT {_COLUMNS} FROM instances WHERE instance_id IN ({marks})", stems)
    behind = db.execute(
        f"SELECT {_COLUMNS} FROM instances WHERE instance_id > ? AND instance_id < ? LIMIT 200",
        (instance_id, instance_id + _LAST),
    )
    rows = [*map(_summary, before), *map(_summary, behind)]
    same = re.compile(re.escape(instance_id) + "[A-Za-z0-9]")
    return [row for row in rows if not row.is_child and not same.match(row.instance_id)][:MOST_RELATED]


def _sources(db: sqlite3.Connection, query: InstanceQuery) -> list[_Source]:
    by_id = _Source(
        "instances INDEXED BY sqlite_autoindex_instances_1",
        ["instance_id >= ?", "instance_id < ?"],
        (query.id_prefix, query.id_prefix + _LAST),
    )
    if query.id_prefix and _is_small(db, by_id):
        # Sorted, since there are few: by creation they may be far apart.
        return [by_id]
    kinds, are_all = all_kinds(db)
    fitting = [kind for kind in kinds if _allows(query, kind)]
    if are_all and len(fitting) < len(kinds):
        table = "instances INDEXED BY instances_by_kind"
        return [_Source(table, [is_kind()], kind) for kind in fitting]
    return [_Source("instances INDEXED BY instances_by_creation", [], ())]


def _allows(query: InstanceQuery, kind: Kind) -> bool:
    return (
        query.name in ("", kind.name)
        and query.is_child in (None, kind.is_child)
        and kind.status in (query.statuses or {kind.status})
        and kind.outcome in (query.outcomes or {kind.outcome})
    )


def _is_small(db: sqlite3.Connection, source: _Source) -> bool:
    rows = f"SELECT 1 FROM {source.table} WHERE {' AND '.join(source.conditions)} LIMIT {MOST_OF_A_PREFIX + 1}"
    row = db.execute(f"SELECT count(*) FROM ({rows})", source.values).fetchone()
    return row[0] <= MOST_OF_A_PREFIX


def _within(source: _Source, query: InstanceQuery, after: ListPosition | None) -> _Source:
    """Return the part of a source in the query's period, and after a place."""
    period = ["created_at >= ?", "created_at <= ?"]
    conditions = [*source.conditions, *period]
    values = [*source.values, query.created_from, query.created_to or _LAST]
    if after is not None:
        conditions.append("(created_at, instance_id) < (?, ?)")
        values += after
    return _Source(source.table, conditions, values)


def _read(
    db: sqlite3.Connection, source: _Source, query: InstanceQuery, most: int, limit: int
) -> Iterator[InstanceSummary]:
    """Read up to `limit` rows that fit the query, among the first `most` ones of the source."""
    columns = f"{_COLUMNS}, {_LONG_COLUMNS}" if query.text else _COLUMNS
    first = f"SELECT {columns} FROM {source.table} WHERE {' AND '.join(source.conditions)} {_NEWEST_FIRST} LIMIT ?"
    conditions, values = _filters(query)
    sql = f"SELECT {_COLUMNS} FROM ({first}) WHERE {' AND '.join(conditions)} LIMIT ?"
    return map(_summary, db.execute(sql, (*source.values, most, *values, limit)))


def _filters(query: InstanceQuery) -> tuple[list[str], list[object]]:
    """Return the conditions of the query on single rows, and their values."""
    conditions = ["instance_id >= ?", "instance_id < ?"]
    values: list[object] = [query.id_prefix, query.id_prefix + _LAST]
    choices = [
        ("name", {query.name} - {""}),
        ("status", query.statuses),
        ("outcome", query.outcomes),
        ("is_child", {query.is_child} - {None}),
    ]
    for column, allowed in choices:
        if allowed:
            conditions.append(f"{column} IN ({','.join('?' * len(allowed))})")
            values += allowed
    if query.text:
        pattern = "%" + re.sub(r"([\\%_])", r"\\\1", query.text) + "%"
        columns = ["instance_id", "name", *_LONG_COLUMNS.split(", ")]
        conditions.append("(" + " OR ".join(rf"{column} LIKE ? ESCAPE '\'" for column in columns) + ")")
        values += [pattern] * len(columns)
    return conditions, values


def _end(db: sqlite3.Connection, source: _Source, most: int) -> list[ListPosition]:
    """Return the place of the last of the `most` first rows, if there are more rows."""
    where = " AND ".join(source.conditions)
    sql = f"SELECT created_at, instance_id FROM {source.table} WHERE {where} {_NEWEST_FIRST} LIMIT 2 OFFSET ?"
    rows = db.execute(sql, (*source.values, most - 1)).fetchall()
    return [ListPosition(*rows[0])] if len(rows) == 2 else []


def _summary(row: Sequence[Any]) -> InstanceSummary:
    instance_id, name, is_child, *rest = row
    return InstanceSummary(instance_id, name, bool(is_child), *rest)
