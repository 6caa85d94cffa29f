"""The columns of the table: what each is, what it promises, where it is installed and how it is made."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.peer import Peer

ALL_WORKS = ("W1", "W2", "W3", "W4", "W5", "W6", "W7")
SAGAS = ("W1", "W2", "W3")


@dataclass(frozen=True)
class Column:
    """`promise` says what survives. `peer` names the requirements that it needs, None for the project's own.

    `make` builds the system under test; `cold`, where it differs, the one for W5 and W6, in a process of its own.
    Imports happen inside, since each column runs where only its own packages are.
    """

    name: str
    title: str
    promise: str
    peer: str | None
    make: Callable[[Path], Peer]
    cold: Callable[[Path], Peer] | None = None
    works: tuple[str, ...] = ALL_WORKS


def _devhost(*arguments: str, program: str = "devhost", **env: str) -> Callable[[Path], Peer]:
    def make(folder: Path) -> Peer:
        from bench.peers.devhost_peer import DevHost

        return DevHost(folder, arguments, env, program)

    return make


def _durabletask(*, split: bool) -> Callable[[Path], Peer]:
    def make(folder: Path) -> Peer:
        from bench.peers.durabletask_peer import DurableTask

        return DurableTask(folder, split=split)

    return make


def _dbos(folder: Path) -> Peer:
    from bench.peers.dbos_peer import Dbos

    return Dbos(folder)


def _restate(folder: Path) -> Peer:
    from bench.peers.restate_peer import Restate

    return Restate(folder)


def _hosted(name: str) -> Callable[[Path], Peer]:
    def make(folder: Path) -> Peer:
        from bench.peers.hosted import Hosted

        return Hosted(folder, name)

    return make


COLUMNS = (
    Column("devhost", "dev host", "every step, against process death", None, _devhost()),
    Column("fsync", "dev host --fsync", "every step, against power loss", None, _devhost("--fsync"), works=SAGAS),
    Column("strict", "dev host --strict", "every step, against process death", None, _devhost("--strict"), works=SAGAS),
    Column(
        "unexplained", "dev host, explainer off", "every step, against process death", None,
        _devhost(program="bench.peers.unexplained"), works=SAGAS,
    ),
    Column(
        "plain", "dev host, plain SDK", "every step, against process death", None,
        _devhost(DEVHOST_SDK_SPEED="0"), works=SAGAS,
    ),
    Column(
        "durabletask", "durabletask", "nothing: in memory", "durabletask",
        _durabletask(split=False), _hosted("durabletask"), ("W1", "W2", "W3", "W4", "W6", "W7"),
    ),
    Column(
        "split", "durabletask split", "nothing: in memory", "durabletask",
        _durabletask(split=True), _hosted("split"), ("W1", "W2", "W3", "W4", "W6", "W7"),
    ),
    Column("dbos", "DBOS SQLite WAL", "every step, against process death", "dbos", _dbos, _hosted("dbos")),
    Column("restate", "Restate", "every step, against power loss", "restate", _restate),
)  # fmt: skip
BY_NAME = {column.name: column for column in COLUMNS}


def library(name: str, folder: Path) -> Peer:
    """The column's system in this process."""
    return BY_NAME[name].make(folder)
