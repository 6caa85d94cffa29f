"""The bench's works for Restate, as an ASGI app; an activity is a `run` in its handler's journal."""

# pyright: reportMissingImports=false
# The packages of a peer are in an environment of their own.

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

import hypercorn.asyncio
import hypercorn.config
import restate

from bench.work import CHAIN, PAUSE, SoldOutError, Value, confirmed, stepped

bench = restate.Service("Bench")
counter = restate.VirtualObject("Counter")


@bench.handler()
async def chain(context: restate.Context, value: Value) -> int:
    for _ in range(CHAIN):
        value = await context.run_typed("step", stepped, restate.RunOptions(), value)
    return value["steps"]


@bench.handler()
async def fan(context: restate.Context, value: Value) -> int:
    item = value["item"]
    steps = [context.run_typed("step", astepped, restate.RunOptions(), item) for _ in range(value["count"])]
    done = [await one for one in await restate.gather(*steps)]
    return sum(one["steps"] for one in done)


async def astepped(value: Value) -> Value:
    return stepped(value)


@bench.handler()
async def trip(context: restate.Context, value: Value) -> str:
    for name in ("flight", "hotel", "car"):
        if not await context.service_call(leg, {**value, "leg": name}):
            await context.run_typed("cancel", stepped, restate.RunOptions(), {**value, "leg": "hotel"})
            await context.run_typed("cancel", stepped, restate.RunOptions(), {**value, "leg": "flight"})
            return "undone"
    return "booked"


@bench.handler()
async def leg(context: restate.Context, value: Value) -> bool:
    value = await context.run_typed("step", stepped, restate.RunOptions(), value)
    try:
        await context.run_typed("confirm", confirm, restate.RunOptions(), value)
    except restate.TerminalError:
        await context.run_typed("cancel", stepped, restate.RunOptions(), value)
        return False
    return True


def confirm(value: Value) -> Value:
    try:
        return confirmed(value)
    except SoldOutError as error:
        raise restate.TerminalError(str(error)) from error


@bench.handler()
async def nap(context: restate.Context, value: Value) -> int:
    await context.sleep(timedelta(seconds=1))
    return 1


@bench.handler()
async def slow_chain(context: restate.Context, value: Value) -> int:
    for _ in range(CHAIN):
        value = await context.run_typed("slow_step", slow_step, restate.RunOptions(), value)
    return value["steps"]


async def slow_step(value: Value) -> Value:
    with Path(os.environ["BENCH_LEDGER"]).open("a") as ledger:  # noqa: ASYNC230 - a line takes no time
        ledger.write(f"{value['trip']} {value['steps']}\n")
    await asyncio.sleep(PAUSE)
    return stepped(value)


@counter.handler()
async def add(context: restate.ObjectContext, amount: int) -> None:
    context.set("total", (await context.get("total", type_hint=int) or 0) + amount)


@counter.handler()
async def total(context: restate.ObjectContext) -> int:
    return await context.get("total", type_hint=int) or 0


if __name__ == "__main__":
    config = hypercorn.config.Config()
    config.bind = [f"127.0.0.1:{sys.argv[1]}"]
    # The server would otherwise close or hold back connections in the middle of a measurement.
    config.h2_max_concurrent_streams = 2147483647
    config.keep_alive_max_requests = 2147483647
    config.keep_alive_timeout = 2147483647
    app = restate.app([bench, counter])
    asyncio.run(hypercorn.asyncio.serve(app, config))  # type: ignore[arg-type]
