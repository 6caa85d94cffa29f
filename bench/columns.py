"""Columns of the table: the systems under test, what each promises and how each is made."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.peer import Peer

ALL_WORKS = ("W1", "W2", "W3", "W4", "W5", "W6", "W7")
SAGAS = ("W1", "W2", "W3")
# Without W5: what is killed has nothing to resume from if it keeps its state in memory.
IN_MEMORY = ("W1", "W2", "W3", "W4", "W6", "W7")


@dataclass(frozen=True)
class Column:
    """One system under test.

    `survives` names the accident by which no finished step is lost. `peer` names its requirements, or is None.

    `make` builds the system under test. `cold`, where it differs, builds the one for W5 and W6, in another process.
    A `variant` is the dev host with something changed, to measure what that costs.
    Imports happen inside, since each column runs where only its own packages are.
    """

    name: str
    title: str
    survives: str
    peer: str | None
    make: Callable[[Path], Peer]
    cold: Callable[[Path], Peer] | None = None
    works: tuple[str, ...] = ALL_WORKS
    variant: bool = False


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


DEATH, POWER, NOTHING = "process death", "power loss", "nothing, in memory"

COLUMNS = (
    Column("devhost", "dev host", DEATH, None, _devhost()),
    # The variants change what a step costs, so they do only the works that consist of steps.
    Column("fsync", "dev host --fsync", POWER, None, _devhost("--fsync"), works=SAGAS),
    Column("strict", "--strict", DEATH, None, _devhost("--strict"), works=SAGAS, variant=True),
    Column(
        "unexplained", "explainer off", DEATH, None, _devhost(program="bench.peers.unexplained"), works=SAGAS,
        variant=True,
    ),
    Column("plain", "DEVHOST_SDK_SPEED=0", DEATH, None, _devhost(DEVHOST_SDK_SPEED="0"), works=SAGAS, variant=True),
    Column(
        "durabletask", "durabletask", NOTHING, "durabletask", _durabletask(split=False), _hosted("durabletask"),
        IN_MEMORY,
    ),
    Column("split", "durabletask split", NOTHING, "durabletask", _durabletask(split=True), _hosted("split"), IN_MEMORY),
    Column("dbos", "DBOS SQLite WAL", DEATH, "dbos", _dbos, _hosted("dbos")),
    Column("restate", "Restate", POWER, "restate", _restate),
)  # fmt: skip
BY_NAME = {column.name: column for column in COLUMNS}


def library(name: str, folder: Path) -> Peer:
    """Make the column's system in this process."""
    return BY_NAME[name].make(folder)
