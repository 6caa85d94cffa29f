"""The bench's works for `durabletask`, and its worker; as a program, a worker process for the backend on a port."""

# pyright: reportMissingImports=false
# The packages of a peer are in an environment of their own.

import logging
import signal
import sys
from collections.abc import Generator
from datetime import timedelta
from typing import Any

from durabletask import entities, task, worker

from bench.work import CHAIN, Value, confirmed, stepped

Steps = Generator[task.Task[Any], Any, Any]


def chain(context: task.OrchestrationContext, value: Value) -> Steps:
    for _ in range(CHAIN):
        value = yield context.call_activity(step, input=value)
    return value["steps"]


def fan(context: task.OrchestrationContext, value: Value) -> Steps:
    done = yield task.when_all([context.call_activity(step, input=value["item"]) for _ in range(value["count"])])
    return sum(one["steps"] for one in done)


def trip(context: task.OrchestrationContext, value: Value) -> Steps:
    for name in ("flight", "hotel", "car"):
        booked = yield context.call_sub_orchestrator(leg, input={**value, "leg": name})
        if not booked:
            yield context.call_activity(cancel, input={**value, "leg": "hotel"})
            yield context.call_activity(cancel, input={**value, "leg": "flight"})
            return "undone"
    return "booked"


def leg(context: task.OrchestrationContext, value: Value) -> Steps:
    value = yield context.call_activity(step, input=value)
    try:
        yield context.call_activity(confirm, input=value)
    except task.TaskFailedError:
        yield context.call_activity(cancel, input=value)
        return False
    return True


def nap(context: task.OrchestrationContext, _: Value) -> Steps:
    yield context.create_timer(timedelta(seconds=1))
    return 1


def step(_: task.ActivityContext, value: Value) -> Value:
    return stepped(value)


def confirm(_: task.ActivityContext, value: Value) -> Value:
    return confirmed(value)


def cancel(_: task.ActivityContext, value: Value) -> Value:
    return stepped(value)


def counter(context: entities.EntityContext, amount: int) -> None:
    context.set_state(context.get_state(int, 0) + amount)


def make_worker(port: int) -> worker.TaskHubGrpcWorker:
    """Return a worker that is not started yet, for the backend on this port."""
    quiet = logging.getLogger("quiet")
    quiet.setLevel(logging.ERROR)
    # Without traces and logs, which would cost it time that the other peers do not spend.
    grpc_worker = worker.TaskHubGrpcWorker(host_address=f"127.0.0.1:{port}", emit_trace_spans=False, logger=quiet)
    for orchestrator in (chain, fan, trip, leg, nap):
        grpc_worker.add_orchestrator(orchestrator)
    for activity in (step, confirm, cancel):
        grpc_worker.add_activity(activity)
    grpc_worker.add_entity(counter)
    return grpc_worker


if __name__ == "__main__":
    grpc_worker = make_worker(int(sys.argv[1]))
    grpc_worker.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    grpc_worker.stop()
