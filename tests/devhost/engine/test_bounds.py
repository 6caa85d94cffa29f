"""The engine at its bounds: full memory, a full disk, a hub of another version."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import pytest

from devhost.errors import EngineStopped, HubError
from devhost.hub.hub import Hub
from devhost.hub.hub_schema import Presence, open_reader
from devhost.hub.instances import Cache, Instance, Message
from devhost.hub.records import InstanceFilter


def instance(number: int) -> Instance:
    return Instance(f"i{number}", number, "e", "n", None, None, "", "", size=100)


def wait_until_broken(host: Any) -> None:
    deadline = time.monotonic() + 5
    while not host.broken:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_idle_instances_are_forgotten_and_those_at_work_are_kept() -> None:
    cache = Cache(max_instances=100)
    at_work = [instance(n) for n in range(3)]
    at_work[0].is_busy, at_work[1].queued = True, True
    at_work[2].inbox.append(Message({"EventType": 15}))
    for one in (*at_work, *(instance(n) for n in range(3, 1_000))):
        cache.put(one)
        cache.trim()
    kept = [n for n in range(1_000) if cache.get(f"i{n}")]
    assert kept[:3] == [0, 1, 2]
    assert 999 in kept
    assert len(kept) <= 110


def test_large_histories_are_forgotten_before_many_small_ones() -> None:
    cache = Cache(max_instances=100, max_size=2_000)
    for n in range(100):
        cache.put(instance(n))
        cache.trim()
    assert sum(cache.get(f"i{n}") is not None for n in range(100)) <= 30


def test_a_full_disk_ends_the_engine_with_one_sentence(host_for: Callable[..., Any]) -> None:
    app = df.DFApp()

    @app.orchestration_trigger(context_name="context")
    def waits(context: df.DurableOrchestrationContext):
        yield context.wait_for_external_event("go")

    host = host_for(app)
    host.begin("waits")
    db: sqlite3.Connection = host.engine._hub._db
    # Two more pages than it has now are less than the next start needs.
    db.execute(f"PRAGMA max_page_count={db.execute('PRAGMA page_count').fetchone()[0] + 2}")
    with pytest.raises(EngineStopped):
        host.begin("waits", "x" * 1_000_000)
    wait_until_broken(host)
    assert isinstance(host.broken[0], HubError)
    assert "The disk is full" in str(host.broken[0])
    with pytest.raises(EngineStopped):
        host.begin("waits")
    host.engine.stop(0.1)
    host.broken.clear()
    # The limit was the old connection's own, so the new engine has room again.
    host.start()
    assert len(host.engine.list_instances(InstanceFilter(), 10).rows) == 1


def test_a_hub_that_is_deleted_meanwhile_ends_the_engine_with_one_sentence(
    host_for: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Looks at the file before each commit and not only once a second, so that no wait is needed.
    monkeypatch.setattr(Presence, "EVERY", 0.0)
    app = df.DFApp()

    @app.orchestration_trigger(context_name="context")
    def waits(context: df.DurableOrchestrationContext):
        yield context.wait_for_external_event("go")

    host = host_for(app)
    host.begin("waits")
    (tmp_path / "state" / "hub.db").unlink()
    with pytest.raises(EngineStopped):
        host.begin("waits")
    wait_until_broken(host)
    assert "was deleted or replaced while the host was running" in str(host.broken[0])
    host.broken.clear()


@pytest.mark.parametrize(("fsync", "level"), [(False, 1), (True, 2)])
def test_with_fsync_each_commit_is_on_the_disk_before_it_counts(tmp_path: Path, fsync: bool, level: int) -> None:
    """In SQLite's words: NORMAL leaves a write-ahead log to the system, FULL syncs it at each commit."""
    hub = Hub(tmp_path / "hub.db", fsync=fsync)
    assert hub._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert hub._db.execute("PRAGMA synchronous").fetchone() == (level,)
    hub.close()


def test_a_read_that_lasts_holds_up_no_commit_and_sees_one_state(host_for: Callable[..., Any], tmp_path: Path) -> None:
    app = df.DFApp()

    @app.orchestration_trigger(context_name="context")
    def ends(context: df.DurableOrchestrationContext):
        return "ended"

    host = host_for(app)
    reader = open_reader(tmp_path / "state" / "hub.db")
    reader.execute("BEGIN")
    count = "SELECT count(*) FROM instances"
    assert reader.execute(count).fetchone() == (0,)
    for _ in range(20):
        assert host.run("ends").status == "Completed"
    assert reader.execute(count).fetchone() == (0,)
    reader.execute("COMMIT")
    assert reader.execute(count).fetchone() == (20,)
    reader.close()


def test_a_hub_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    Hub(tmp_path / "hub.db").close()
    with sqlite3.connect(tmp_path / "hub.db") as db:
        db.execute("PRAGMA user_version=999")
    db.close()
    with pytest.raises(HubError, match="newer version"):
        Hub(tmp_path / "hub.db")
