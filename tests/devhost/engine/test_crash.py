"""Whatever moment the process dies at, nothing is lost, doubled or stuck."""

import importlib.util
import json
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from devhost.hub.hub_schema import Claim
from devhost.protocol.clock import ticks_of
from support.forking import begin, exit_status

PROGRAM = Path(__file__).with_name("crash_program.py")
SHARES = 4
"""The fault points are shared out among so many tests, which can run beside each other."""
ENDS_TASK = {5, 6, 8, 9, 11}
"""Event types: a task, a sub-orchestration or a timer completed, failed or fired."""


@pytest.fixture(scope="module")
def program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("crash_program", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def start(state: Path, last: int, faults: str = "", steps: int = 64) -> BaseProcess:
    return begin(PROGRAM, str(state), "0", str(last), str(steps), DEVHOST_FAULTS=faults)


def finish(state: Path, last: int, seconds: float = 60) -> None:
    assert exit_status(start(state, last), seconds) == 0


def rows(state: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(state / "hub.db") as db:
        selected = db.execute(sql).fetchall()
    db.close()
    return selected


def histories(state: Path) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    runs: dict[int, list[dict[str, Any]]] = {}
    for run, seq, text in rows(state, "SELECT run, seq, events FROM history ORDER BY run, seq"):
        assert seq == len(runs.setdefault(run, [])), f"run {run} has a gap before {seq}"
        runs[run] += json.loads(text)
    yield from runs.items()


def check(state: Path, program: ModuleType, count: int) -> None:
    """Check every promise, after all instances have ended."""
    names = [program.name_of(number) for number in range(count)]
    ends = {
        name: (status, output)
        for name, status, output in rows(state, "SELECT instance_id, status, output FROM instances")
    }
    effects = Counter((state / "effects").read_text().split("\n"))
    for name in names:
        output, _, keys = program.expected(name)
        assert ends[name][0] == "Completed", (name, ends[name])
        assert json.loads(ends[name][1]) == output, name
        # At least once, because an activity whose result was not stored runs again.
        assert all(effects[key] >= 1 for key in keys), name
    total = sum(program.expected(name)[1] for name in names)
    assert rows(state, "SELECT state FROM entities WHERE entity_id = '@tally@all'") == [(str(total),)]
    for table in ("work", "timers", "inbox", "entity_ops"):
        assert rows(state, f"SELECT * FROM {table}") == [], table
    assert {run for (run,) in rows(state, "SELECT run FROM instances")} == {run for run, _ in histories(state)}
    for run, history in histories(state):
        ended = [e.get("TaskScheduledId", e.get("TimerId")) for e in history if e["EventType"] in ENDS_TASK]
        assert len(ended) == len(set(ended)), f"run {run} has a task that ended twice"
        times = [ticks_of(e["Timestamp"]) for e in history]
        assert times == sorted(times), f"run {run} goes back in time"
        assert all(ticks_of(e["Timestamp"]) >= ticks_of(e["FireAt"]) for e in history if e["EventType"] == 11)


def acknowledged(state: Path) -> list[str]:
    log = state / "acknowledged"
    return log.read_text().splitlines() if log.exists() else []


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the names of all fault points that the program meets."""
    state = tmp_path_factory.mktemp("points")
    # Small commits meet points that large ones pass by, and the other way round. The second run needs instances of
    # its own, because those of the first have ended.
    for steps in (64, 2):
        listing = start(state, 7 if steps == 64 else 14, f"list:{state / 'points'}", steps)
        assert exit_status(listing, 60) == 0
    return sorted(set((state / "points").read_text().split()))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("share", range(SHARES))
def test_a_kill_at_any_fault_point_loses_and_doubles_nothing(
    tmp_path: Path, program: ModuleType, points: list[str], share: int
) -> None:
    assert len(points) >= 15, points
    for point in points[share::SHARES]:
        for time_met, steps in ((1, 2), (3, 64)):
            state = tmp_path / f"{point}-{time_met}"
            state.mkdir()
            # Seven instances are one of each kind. The run ends in peace if it meets the point less often than that.
            died = exit_status(start(state, 7, f"{point}:{time_met}", steps), 60)
            assert died in (-signal.SIGKILL, 0), point
            promised = {line.split()[1] for line in acknowledged(state) if line != "up"}
            stored = {name for (name,) in rows(state, "SELECT instance_id FROM instances")}
            assert promised <= stored, point
            finish(state, 7)
            check(state, program, 7)


def test_two_hosts_never_share_a_state_folder(tmp_path: Path) -> None:
    claim = Claim(tmp_path)
    assert exit_status(start(tmp_path, 1), 30) != 0
    assert not (tmp_path / "hub.db").exists()
    claim.release()
    finish(tmp_path, 1)


def kill_at_random(state: Path, kills: int, per_kill: int, chance: random.Random) -> int:
    """Kill the program again and again while it works on ever more instances, and return their number."""
    count = 0
    for _ in range(kills):
        count += per_kill
        ups = acknowledged(state).count("up")
        process = start(state, count)
        # Counted from the moment at which the engine is up, or most kills would hit the imports.
        while process.is_alive() and acknowledged(state).count("up") == ups:
            time.sleep(0.005)
        time.sleep(chance.random() * 0.25)
        process.kill()
        process.join()
    return count


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_ten_random_kills_lose_and_double_nothing(tmp_path: Path, program: ModuleType) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    count = kill_at_random(tmp_path, 10, 14, random.Random(seed))
    finish(tmp_path, count)
    check(tmp_path, program, count)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_two_hundred_random_kills_lose_and_double_nothing(tmp_path: Path, program: ModuleType) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    count = kill_at_random(tmp_path, 200, 7, random.Random(seed))
    assert count >= 1_000
    finish(tmp_path, count, 300)
    check(tmp_path, program, count)
