"""A process holds one set of stores and one pool of threads for each purpose, and nothing at import."""

import asyncio
import gc
import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from process import Bell, Process
from settings import settings
from support.races import exit_code_in_a_process, in_threads


def logger_levels() -> dict[str, int]:
    loggers = logging.root.manager.loggerDict.items()
    return {name: logger.level for name, logger in loggers if isinstance(logger, logging.Logger) and logger.level}


# Run in processes of their own, because the tests' process has imported the app and opened stores already.
def load_the_app(state_dir: Path) -> None:
    os.environ["STATE_DIR"] = str(state_dir)
    levels = logger_levels()
    import function_app

    assert function_app.app
    assert logger_levels() == levels
    assert not [thing for thing in gc.get_objects() if isinstance(thing, ThreadPoolExecutor)]
    assert threading.active_count() == 1
    assert not list(state_dir.iterdir())


def serve_from_both_rooms(state_dir: Path) -> None:
    os.environ["STATE_DIR"] = str(state_dir)
    from activities.services import services as of_activities
    from api.services import services as of_the_api

    stores = of_the_api().stores
    assert of_activities().ledger is stores.ledger
    assert of_activities().conversations is stores.conversations


def test_importing_the_app_opens_nothing_and_starts_no_thread(tmp_path: Path) -> None:
    assert exit_code_in_a_process(load_the_app, tmp_path) == 0


def test_the_api_and_the_activities_share_the_stores(tmp_path: Path) -> None:
    assert exit_code_in_a_process(serve_from_both_rooms, tmp_path) == 0


def test_threads_that_come_at_once_get_the_same_stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    settings.cache_clear()
    process = Process()
    opened = in_threads(lambda _: process.stores(), range(8))
    settings.cache_clear()
    assert {id(stores) for stores in opened} == {id(process.stores())}


def test_a_pool_is_made_once_and_is_another_for_another_name() -> None:
    process = Process()
    pools = in_threads(lambda _: process.pool("activity", 2), range(8))
    assert {id(pool) for pool in pools} == {id(process.pool("activity", 2))}
    assert process.pool("company", 2) is not pools[0]
    assert pools[0].submit(lambda: threading.current_thread().name).result().startswith("activity")


async def test_a_ring_from_another_thread_wakes_all_who_listen_for_its_name() -> None:
    bell = Bell()
    with bell.heard("trip") as first, bell.heard("trip") as second, bell.heard("other") as other:
        await asyncio.to_thread(bell.ring, "trip")
        await asyncio.wait_for(asyncio.gather(first.wait(), second.wait()), 10)
        assert not other.is_set()


async def test_a_bell_that_nobody_listens_to_any_more_wakes_nobody() -> None:
    bell = Bell()
    with bell.heard("trip") as rung:
        pass
    bell.ring("trip")
    await asyncio.sleep(0)
    assert not rung.is_set()
