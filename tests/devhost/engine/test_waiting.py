"""A start that waits is woken by the commit that brings the end, without looking again and again."""

import asyncio
import json
import random
import socket
import time
from collections.abc import Callable
from typing import Any

import azure.durable_functions as df
import pytest

from devhost.engine.engine import Engine
from devhost.functions.binding import Endpoints
from devhost.hub.records import InstanceRow
from devhost.management.management import Management
from devhost.serving.server import serve
from devhost.wire.wire import Incoming, Reply

ENDPOINTS = Endpoints("http://localhost:1", "http://localhost:2/durabletask/", "TestHubName", "devhost")
# A look a minute, so that only the commit can have answered in time.
WAITING = "timeout=60&pollingInterval=60"


def new_app() -> df.DFApp:
    app = df.DFApp()

    @app.activity_trigger(input_name="value")
    def give_back(value: Any) -> Any:
        return value

    @app.orchestration_trigger(context_name="context")
    def echo(context: df.DurableOrchestrationContext):
        return (yield context.call_activity("give_back", context.get_input()))

    @app.orchestration_trigger(context_name="context")
    def waits(context: df.DurableOrchestrationContext):
        return (yield context.wait_for_external_event("go"))

    return app


async def ask(engine: Engine, path: str, body: Any = None) -> Reply:
    headers = [("content-type", "application/json")]
    incoming = Incoming("POST", "http://localhost:1", path, headers, json.dumps(body).encode())
    return await Management(engine, ENDPOINTS).answer(incoming, path.partition("?")[0], rpc=False)


async def until(reached: Callable[[], bool]) -> None:
    def look() -> None:
        deadline = time.monotonic() + 15
        while not reached():
            assert time.monotonic() < deadline
            time.sleep(0.002)

    await asyncio.to_thread(look)


def test_a_waiting_start_is_answered_by_the_end_and_not_by_the_next_look(host_for: Callable[..., Any]) -> None:
    engine = host_for(new_app()).engine

    async def scene() -> None:
        waiting = asyncio.create_task(ask(engine, f"/orchestrators/waits/one?{WAITING}"))
        await until(lambda: len(engine.end_waiters) == 1)
        await ask(engine, "/instances/one/raiseEvent/go", "now")
        started = time.monotonic()
        reply = await asyncio.wait_for(waiting, 15)
        assert (reply.status, reply.body) == (200, b'"now"')
        assert time.monotonic() - started < 10, "the interval is a minute"
        assert len(engine.end_waiters) == 0

    asyncio.run(scene())


def test_an_end_right_after_the_look_is_not_missed(
    host_for: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = host_for(new_app()).engine
    look = engine.get_instance
    looked: list[str] = []

    def ends_behind_ones_back(instance_id: str) -> InstanceRow | None:
        row = look(instance_id)
        looked.append(row.status if row else "")
        if len(looked) == 1:
            engine.terminate(instance_id, "gone").result(10)
            while (now := look(instance_id)) is None or now.status != "Terminated":
                time.sleep(0.002)
        return row

    monkeypatch.setattr(engine, "get_instance", ends_behind_ones_back)
    reply = asyncio.run(asyncio.wait_for(ask(engine, f"/orchestrators/waits/one?{WAITING}"), 30))
    assert reply.status == 200
    assert json.loads(reply.body)["runtimeStatus"] == "Terminated"
    assert len(looked) == 2


def test_none_of_many_ends_is_missed_and_nothing_is_left(host_for: Callable[..., Any]) -> None:
    engine = host_for(new_app()).engine
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)

    async def one(number: int) -> bytes:
        # Spread over 200 ms, so that looks fall before, between and after the ends of others.
        await asyncio.sleep(chance.random() / 5)
        return (await ask(engine, f"/orchestrators/echo?{WAITING}", json.dumps(number))).body

    async def scene() -> list[bytes]:
        async with asyncio.timeout(50):
            return list(await asyncio.gather(*map(one, range(400))))

    assert asyncio.run(scene()) == [str(n).encode() for n in range(400)]
    assert len(engine.end_waiters) == 0


def test_a_wait_that_times_out_leaves_nothing(host_for: Callable[..., Any]) -> None:
    engine = host_for(new_app()).engine
    reply = asyncio.run(ask(engine, "/orchestrators/waits?timeout=0.05&pollingInterval=0.01"))
    assert reply.status == 202
    assert len(engine.end_waiters) == 0


def test_a_client_that_goes_away_leaves_nothing(host_for: Callable[..., Any]) -> None:
    engine = host_for(new_app()).engine

    async def scene() -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        management = Management(engine, ENDPOINTS)

        async def answer(incoming: Incoming) -> Reply:
            return await management.answer(incoming, incoming.path, rpc=False)

        runner = await serve(answer, listener, 1_000)
        _, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(
            f"POST /orchestrators/waits/one?{WAITING} HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n".encode()
        )
        await until(lambda: len(engine.end_waiters) == 1)
        writer.close()
        await writer.wait_closed()
        await until(lambda: len(engine.end_waiters) == 0)
        row = engine.get_instance("one")
        assert row is not None
        assert row.status in ("Pending", "Running"), "what was asked for is not undone"
        await runner.cleanup()

    asyncio.run(scene())


def test_whoever_waits_is_sent_away_when_the_engine_stops(host_for: Callable[..., Any]) -> None:
    engine = host_for(new_app()).engine

    async def scene() -> Reply:
        waiting = asyncio.create_task(ask(engine, f"/orchestrators/waits/one?{WAITING}"))
        await until(lambda: len(engine.end_waiters) == 1)
        await asyncio.to_thread(engine.stop)
        return await asyncio.wait_for(waiting, 15)

    reply = asyncio.run(scene())
    assert reply.status == 202
    assert json.loads(reply.body)["id"] == "one"
