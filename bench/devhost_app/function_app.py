"""The bench's works as an ordinary Durable app."""

import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import azure.durable_functions as df

# The host imports the app from its own folder, and the works are in the project's.
sys.path.append(str(Path(__file__).parents[2]))

from bench.work import CHAIN, PAUSE, Value, confirmed, stepped

app = df.DFApp()


def input_of(context: df.DurableOrchestrationContext) -> Value:
    """Return the instance's input."""
    return cast(Value, context.get_input())


@app.orchestration_trigger(context_name="context")
def chain(context: df.DurableOrchestrationContext) -> Any:
    value = input_of(context)
    for _ in range(CHAIN):
        value = yield context.call_activity("step", value)
    return value["steps"]


@app.orchestration_trigger(context_name="context")
def fan(context: df.DurableOrchestrationContext) -> Any:
    value = input_of(context)
    done = yield context.task_all([context.call_activity("step", value["item"]) for _ in range(value["count"])])
    return sum(one["steps"] for one in done)


@app.orchestration_trigger(context_name="context")
def trip(context: df.DurableOrchestrationContext) -> Any:
    value = input_of(context)
    for leg in ("flight", "hotel", "car"):
        booked = yield context.call_sub_orchestrator("leg", {**value, "leg": leg})
        if not booked:
            yield context.call_activity("cancel", {**value, "leg": "hotel"})
            yield context.call_activity("cancel", {**value, "leg": "flight"})
            return "undone"
    return "booked"


@app.orchestration_trigger(context_name="context")
def leg(context: df.DurableOrchestrationContext) -> Any:
    value = yield context.call_activity("step", input_of(context))
    try:
        yield context.call_activity("confirm", value)
    except Exception:
        yield context.call_activity("cancel", value)
        return False
    return True


@app.orchestration_trigger(context_name="context")
def nap(context: df.DurableOrchestrationContext) -> Any:
    yield context.create_timer(context.current_utc_datetime + timedelta(seconds=1))
    return 1


@app.orchestration_trigger(context_name="context")
def slow_chain(context: df.DurableOrchestrationContext) -> Any:
    value = input_of(context)
    for _ in range(CHAIN):
        value = yield context.call_activity("slow_step", value)
    return value["steps"]


# Annotated `Any`, because the worker refuses an annotation like `dict[str, Any]`.
@app.activity_trigger(input_name="value")
def step(value: Any) -> Any:
    return stepped(value)


@app.activity_trigger(input_name="value")
def confirm(value: Any) -> Any:
    return confirmed(value)


@app.activity_trigger(input_name="value")
def cancel(value: Any) -> Any:
    return stepped(value)


@app.activity_trigger(input_name="value")
def slow_step(value: Any) -> Any:
    with Path(os.environ["BENCH_LEDGER"]).open("a") as ledger:
        ledger.write(f"{value['trip']} {value['steps']}\n")
    time.sleep(PAUSE)
    return stepped(value)


@app.entity_trigger(context_name="context", entity_name="counter")
def counter(context: df.DurableEntityContext) -> None:
    context.set_state(context.get_state(lambda: 0) + context.get_input())
