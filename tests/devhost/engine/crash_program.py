"""A program of every durable kind, to be killed at any moment and started again until all of it has ended.

    python crash_program.py STATE_DIR FIRST LAST [STEPS]

Starts the instances FIRST to LAST - 1 that do not exist yet, sends each its event, waits until all that exist have
ended and exits 0. Adds a line to STATE_DIR/acknowledged when the engine is up and for each acknowledged operation,
and one to STATE_DIR/effects for each run of an activity. STEPS is how many steps the engine puts into one commit at
most.
"""

import asyncio
import os
import sys
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

import azure.durable_functions as df  # noqa: E402 -- the script is run by its path

from devhost import faults  # noqa: E402
from devhost.config import HostConfig  # noqa: E402
from devhost.engine import engine as engine_module  # noqa: E402
from devhost.engine.engine import Engine  # noqa: E402
from devhost.errors import InstanceTerminal  # noqa: E402
from devhost.functions.loading import index_app  # noqa: E402

STATE = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
KINDS = ("everything", "fan", "retries", "talk", "parent", "generations", "twins")
COUNTER = df.EntityId("tally", "all")
app = df.DFApp()


@app.activity_trigger(input_name="key")
def effect(key: str) -> str:
    with (STATE / "effects").open("ab", buffering=0) as file:
        file.write(f"{key}\n".encode())
    return key


@app.activity_trigger(input_name="key")
async def late_effect(key: str) -> str:
    await asyncio.sleep(0.01)
    return effect._function.get_user_function()(key)  # the decorated name is a builder


@app.activity_trigger(input_name="key")
def fails_first(key: str) -> str:
    tried = STATE / f"tried-{key}"
    if not tried.exists():
        tried.touch()
        raise RuntimeError("the first try fails")
    return key


@app.activity_trigger(input_name="key")
def refuses(key: str) -> str:
    raise ValueError(f"no {key}")


@app.entity_trigger(context_name="context", entity_name="tally")
def tally(context: df.DurableEntityContext) -> None:
    total = context.get_state(lambda: 0)
    if context.operation_name == "add":
        total += 1
        context.set_state(total)
    context.set_result(total)


@app.orchestration_trigger(context_name="context")
def everything(context: df.DurableOrchestrationContext):
    me = context.instance_id
    first = yield context.call_activity("effect", f"{me}/first")
    context.signal_entity(COUNTER, "add")
    yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=30))
    child = yield context.call_sub_orchestrator("child", f"{me}/child")
    event = yield context.wait_for_external_event("go")
    mine = df.EntityId("tally", me)
    yield context.call_entity(mine, "add")
    own = yield context.call_entity(mine, "add")
    last = yield context.call_activity("late_effect", f"{me}/last")
    return [first, child, event, own, last]


@app.orchestration_trigger(context_name="context")
def fan(context: df.DurableOrchestrationContext):
    me = context.instance_id
    kinds = ("effect", "late_effect")
    done = yield context.task_all([context.call_activity(kinds[n % 2], f"{me}/{n}") for n in range(8)])
    context.signal_entity(COUNTER, "add")
    yield context.wait_for_external_event("go")
    return len(done)


@app.orchestration_trigger(context_name="context")
def retries(context: df.DurableOrchestrationContext):
    me = context.instance_id
    policy = df.RetryOptions(20, 3)
    done = yield context.call_activity_with_retry("fails_first", policy, me)
    try:
        yield context.call_activity_with_retry("refuses", policy, me)
    except Exception:
        done += " refused"
    context.signal_entity(COUNTER, "add")
    yield context.wait_for_external_event("go")
    return done


@app.orchestration_trigger(context_name="context")
def talk(context: df.DurableOrchestrationContext):
    mine = df.EntityId("tally", context.instance_id)
    totals = []
    for _ in range(3):
        context.signal_entity(COUNTER, "add")
        totals.append((yield context.call_entity(mine, "add")))
    go = context.wait_for_external_event("go")
    deadline: Any = context.create_timer(context.current_utc_datetime + timedelta(hours=1))
    yield context.task_any([go, deadline])
    deadline.cancel()
    return totals


@app.orchestration_trigger(context_name="context")
def parent(context: df.DurableOrchestrationContext):
    me = context.instance_id
    done = []
    for n in range(3):
        done.append((yield context.call_sub_orchestrator("child", f"{me}/{n}", f"{me}-{n}")))
    try:
        yield context.call_sub_orchestrator("broken_child", me, f"{me}-broken")
    except Exception:
        done.append((yield context.call_activity("effect", f"{me}/undo")))
    context.signal_entity(COUNTER, "add")
    yield context.wait_for_external_event("go")
    return done


@app.orchestration_trigger(context_name="context")
def twins(context: df.DurableOrchestrationContext):
    """Two children of one id: the second waits for the first's end, and its first turn is run twice."""
    me = context.instance_id
    done = yield context.task_all([context.call_sub_orchestrator("child", f"{me}/{n}", f"{me}-twin") for n in range(2)])
    context.signal_entity(COUNTER, "add")
    yield context.wait_for_external_event("go")
    return done


@app.orchestration_trigger(context_name="context")
def child(context: df.DurableOrchestrationContext):
    key = context.get_input()
    one = yield context.call_activity("effect", f"{key}/one")
    two = yield context.call_activity("late_effect", f"{key}/two")
    return [one, two]


@app.orchestration_trigger(context_name="context")
def broken_child(context: df.DurableOrchestrationContext):
    yield context.call_activity("effect", f"{context.get_input()}/broken")
    raise ValueError("broken")


@app.orchestration_trigger(context_name="context")
def generations(context: df.DurableOrchestrationContext):
    n = context.get_input() or 0
    if n == 0:
        yield context.wait_for_external_event("go")
    yield context.call_activity("effect", f"{context.instance_id}/{n}")
    context.signal_entity(COUNTER, "add")
    if n < 3:
        context.continue_as_new(n + 1)
        return None
    return n


def expected(instance: str) -> tuple[Any, int, list[str]]:
    """Return the output of the instance, how often it counts, and the effects that it has at least once."""
    pair = lambda key: [f"{key}/one", f"{key}/two"]  # noqa: E731
    match instance.split("-")[0]:
        case "everything":
            keys = [f"{instance}/first", *pair(f"{instance}/child"), f"{instance}/last"]
            return [keys[0], keys[1:3], "event", 2, keys[3]], 1, keys
        case "fan":
            return 8, 1, [f"{instance}/{n}" for n in range(8)]
        case "retries":
            return f"{instance} refused", 1, []
        case "talk":
            return [1, 2, 3], 3, []
        case "parent":
            children = [pair(f"{instance}/{n}") for n in range(3)]
            keys = [k for c in children for k in c]
            return [*children, f"{instance}/undo"], 1, [*keys, f"{instance}/broken", f"{instance}/undo"]
        case "twins":
            children = [pair(f"{instance}/{n}") for n in range(2)]
            return children, 1, [k for c in children for k in c]
        case _:
            return 3, 4, [f"{instance}/{n}" for n in range(4)]


def name_of(number: int) -> str:
    return f"{KINDS[number % len(KINDS)]}-{number}"


def run(first: int, last: int, steps: int = engine_module.MAX_STEPS) -> None:
    engine_module.MAX_STEPS = steps
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    engine = Engine(
        index_app(Path(), app), HostConfig(max_concurrent_activities=16), STATE, user_loop=loop, strict=True,
        on_broken=lambda error: os._exit(3),
    )  # fmt: skip
    engine.start()
    log = STATE / "acknowledged"
    before = set(log.read_text().splitlines()) if log.exists() else set[str]()
    names = [name_of(number) for number in range(first, last)]
    with log.open("a", buffering=1) as acknowledged:
        # The test that kills this process waits for this line, so that each start gets to work.
        acknowledged.write("up\n")
        for name in names:
            if f"start {name}" not in before and engine.get_instance(name) is None:
                engine.start_instance(name.split("-")[0], None, name).result(30)
                acknowledged.write(f"start {name}\n")
        for name in names:
            if f"go {name}" not in before and _runs(engine, name):
                with suppress(InstanceTerminal):
                    engine.raise_event(name, "go", '"event"').result(30)
                    acknowledged.write(f"go {name}\n")
    while any(_runs(engine, name) for name in names):
        time.sleep(0.005)
    engine.stop()


def _runs(engine: Engine, instance: str) -> bool:
    row = engine.get_instance(instance)
    return row is None or row.status not in ("Completed", "Failed")


if __name__ == "__main__":
    faults.arm(os.environ.get("DEVHOST_FAULTS", ""))
    run(*map(int, sys.argv[2:]))
