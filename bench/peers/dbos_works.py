"""The bench's works for DBOS: synchronous where nothing is concurrent (quicker), asynchronous where something is."""

# pyright: reportMissingImports=false
# The packages of a peer are in an environment of their own.

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbos import DBOS

from bench.work import CHAIN, PAUSE, SoldOutError, Value, confirmed, stepped

LEDGER = Path()


@DBOS.workflow()
def chain(value: Value) -> int:
    for _ in range(CHAIN):
        value = step(value)
    return value["steps"]


@DBOS.workflow()
async def fan(value: Value) -> int:
    done = await asyncio.gather(*(async_step(value["item"]) for _ in range(value["count"])))
    return sum(one["steps"] for one in done)


@DBOS.workflow()
def trip(value: Value) -> str:
    for name in ("flight", "hotel", "car"):
        if not leg({**value, "leg": name}):
            cancel({**value, "leg": "hotel"})
            cancel({**value, "leg": "flight"})
            return "undone"
    return "booked"


@DBOS.workflow()
def leg(value: Value) -> bool:
    value = step(value)
    try:
        confirm(value)
    except SoldOutError:
        cancel(value)
        return False
    return True


@DBOS.workflow()
async def nap(_: Value) -> int:
    await DBOS.sleep_async(1)
    return 1


@DBOS.workflow()
def slow_chain(value: Value) -> int:
    for _ in range(CHAIN):
        value = slow_step(value)
    return value["steps"]


@DBOS.workflow()
def count(goal: int) -> int:
    total = 0
    while total < goal:
        total += DBOS.recv(timeout_seconds=60) or 0
    return total


@DBOS.step()
def step(value: Value) -> Value:
    return stepped(value)


@DBOS.step()
async def async_step(value: Value) -> Value:
    return stepped(value)


@DBOS.step()
def confirm(value: Value) -> Value:
    return confirmed(value)


@DBOS.step()
def cancel(value: Value) -> Value:
    return stepped(value)


@DBOS.step()
def slow_step(value: Value) -> Value:
    with LEDGER.open("a") as ledger:
        ledger.write(f"{value['trip']} {value['steps']}\n")
    time.sleep(PAUSE)
    return stepped(value)


SYNC: dict[str, Callable[[Value], Any]] = {"chain": chain, "trip": trip, "slow_chain": slow_chain}
ASYNC: dict[str, Callable[[Value], Any]] = {"fan": fan, "nap": nap}
