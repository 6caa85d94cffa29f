"""The kinds of instances in the hub, each with its number; found by skipping through one index, whatever it holds."""

# ruff: noqa: S608 -- the SQL is put together from names in this module only; values are always bound.
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

MOST_KINDS = 300
MOST_COUNTED = 10_000
_COLUMNS = ("name", "is_child", "status", "outcome")
_INDEX = "instances INDEXED BY instances_by_kind"


class Kind(NamedTuple):
    """The instances of one orchestrator with the same status and outcome, which are children or not."""

    name: str
    is_child: bool
    status: str
    outcome: str


class Tally(NamedTuple):
    """The number of instances of a kind; `MOST_COUNTED` and one more stands for any higher number."""

    kind: Kind
    amount: int


def all_kinds(db: sqlite3.Connection, most: int = MOST_KINDS) -> tuple[list[Kind], bool]:
    """Return the kinds, and whether these are all of them."""
    kinds = list(islice(_kinds(db), most + 1))
    return kinds[:most], len(kinds) <= most


def tally(db: sqlite3.Connection, kinds: Sequence[Kind]) -> Iterator[Tally]:
    """Count the instances of each kind."""
    counted = f"SELECT 1 FROM {_INDEX} WHERE {is_kind()} LIMIT {MOST_COUNTED + 1}"
    for kind in kinds:
        row = db.execute(f"SELECT count(*) FROM ({counted})", kind).fetchone()
        yield Tally(kind, row[0])


def is_kind() -> str:
    """Return the SQL condition for the instances of one kind."""
    return " AND ".join(f"{column}=?" for column in _COLUMNS)


def _kinds(db: sqlite3.Connection) -> Iterator[Kind]:
    # Nothing is before the empty name, save for what an index holds for no row.
    last: Sequence[object] = ("", -1, "", "")
    statement = _next_kind()
    while True:
        values = [value for length in range(len(_COLUMNS), 0, -1) for value in last[:length]]
        row = db.execute(statement, values).fetchone()
        if row is None:
            return
        last = row
        yield Kind(row[0], bool(row[1]), row[2], row[3])


def _next_kind() -> str:
    """Return the SQL for the kind after another one.

    A comparison of all columns at once would walk through the index. A seek for each length of what stays the same
    does not.
    """
    seeks: list[str] = []
    for length in reversed(range(len(_COLUMNS))):
        same = "".join(f"{column}=? AND " for column in _COLUMNS[:length])
        order = ", ".join(_COLUMNS)
        condition = f"{same}{_COLUMNS[length]} > ?"
        seeks.append(f"SELECT * FROM (SELECT {order} FROM {_INDEX} WHERE {condition} ORDER BY {order} LIMIT 1)")
    return " UNION ALL ".join(seeks) + " LIMIT 1"
