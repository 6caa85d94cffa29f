"""An app with an instance of every kind for the dashboard to show."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df

app = df.DFApp()


@app.orchestration_trigger(context_name="context")
def chain(context: df.DurableOrchestrationContext):
    greetings = []
    for city in ("Tokyo", "Seattle", "London"):
        greetings.append((yield context.call_activity("greet", city)))
    context.set_custom_status({"greeted": len(greetings)})
    return greetings


@app.orchestration_trigger(context_name="context")
def echo(context: df.DurableOrchestrationContext):
    yield context.call_activity("greet", "echo")
    return context.get_input()


@app.orchestration_trigger(context_name="context")
def broken(context: df.DurableOrchestrationContext):
    yield context.call_activity("greet", "somebody")
    return (yield context.call_activity("refuse", context.get_input()))


@app.orchestration_trigger(context_name="context")
def retried(context: df.DurableOrchestrationContext):
    options = df.RetryOptions(first_retry_interval_in_milliseconds=150, max_number_of_attempts=4)
    return (yield context.call_activity_with_retry("flaky", options, context.instance_id))


@app.orchestration_trigger(context_name="context")
def napping(context: df.DurableOrchestrationContext):
    yield context.call_activity("greet", "the night")
    yield context.create_timer(context.current_utc_datetime + timedelta(hours=2))
    return "awake"


@app.orchestration_trigger(context_name="context")
def waiting(context: df.DurableOrchestrationContext):
    context.set_custom_status("waits for Approval")
    deadline: Any = context.create_timer(context.current_utc_datetime + timedelta(days=3))
    approval = context.wait_for_external_event("Approval")
    first = yield context.task_any([approval, deadline])
    if first == approval:
        deadline.cancel()
    payload = approval.result if first == approval else None
    greeting = yield context.call_activity("greet", "the approver")
    return {"approval": payload, "greeting": greeting}


@app.orchestration_trigger(context_name="context")
def family(context: df.DurableOrchestrationContext):
    children = [context.call_sub_orchestrator("chain", None, f"{context.instance_id}-child-{n}") for n in range(2)]
    greetings = yield context.task_all(children)
    try:
        yield context.call_sub_orchestrator("broken", "no luck", f"{context.instance_id}-child-broken")
    except Exception:
        greetings.append("one child failed")
    yield context.call_sub_orchestrator("waiting", None, f"{context.instance_id}-child-waiting")
    return greetings


@app.orchestration_trigger(context_name="context")
def counted(context: df.DurableOrchestrationContext):
    counter = df.EntityId("counter", "visits")
    context.signal_entity(counter, "add", 5)
    return (yield context.call_entity(counter, "add", 7))


@app.orchestration_trigger(context_name="context")
def fan(context: df.DurableOrchestrationContext):
    count: Any = context.get_input()
    tasks = [context.call_activity("greet", f"number {n}") for n in range(count)]
    return len((yield context.task_all(tasks)))


@app.orchestration_trigger(context_name="context")
def long(context: df.DurableOrchestrationContext):
    count: Any = context.get_input()
    for n in range(count):
        yield context.call_activity("greet", f"number {n}")


@app.orchestration_trigger(context_name="context")
def order(context: df.DurableOrchestrationContext):
    """Take an order to the end that its input names, each step with a limit, and undo what was done if it fails."""
    end: Any = context.get_input()
    for step in ("reserve_stock", "take_payment"):
        context.set_custom_status({"step": step})
        yield from _limited(context, step)
    if end == "needs_attention":
        context.set_custom_status({"step": "needs_attention"})
        yield context.wait_for_external_event("Decision")
    if end == "failed":
        for step in ("refund_payment", "cancel_reservation"):
            yield from _limited(context, step)
        return {"status": "failed", "error": {"code": "declined", "message": "The bank refused to pay."}}
    if end == "split":
        return (yield context.call_sub_orchestrator("order", "failed", f"{context.instance_id}-part"))
    return {"status": end}


def _limited(context: df.DurableOrchestrationContext, step: str):
    task = context.call_activity(step, context.instance_id)
    limit: Any = context.create_timer(context.current_utc_datetime + timedelta(minutes=10))
    yield context.task_any([task, limit])
    limit.cancel()


def _step(order: str) -> str:
    return order


for _name in ("reserve_stock", "take_payment", "refund_payment", "cancel_reservation"):
    app.function_name(_name)(app.activity_trigger(input_name="order")(_step))


@app.activity_trigger(input_name="name")
def greet(name: str) -> str:
    return f"Hello {name}!"


@app.activity_trigger(input_name="what")
def refuse(what: str) -> str:
    if Path(os.environ["MENDED"]).exists():
        return f"accepted {what}"
    raise ValueError(f"no: {what}")


ATTEMPTS: dict[str, int] = {}


@app.activity_trigger(input_name="key")
def flaky(key: str) -> int:
    ATTEMPTS[key] = ATTEMPTS.get(key, 0) + 1
    if ATTEMPTS[key] < 3:
        raise RuntimeError(f"attempt {ATTEMPTS[key]} went wrong")
    return ATTEMPTS[key]


@app.entity_trigger(context_name="context", entity_name="counter")
def counter(context: df.DurableEntityContext):
    value = context.get_state(lambda: 0) + context.get_input()
    context.set_state(value)
    context.set_result(value)
