"""How an orchestration ends: completed, failed, terminated, or as a new generation of itself."""

from __future__ import annotations

from uuid import uuid4

from devhost.engine.births import started_event
from devhost.engine.core import Core
from devhost.engine.durable_timers import DurableTimers
from devhost.engine.step import Step
from devhost.hub.instances import Message
from devhost.protocol import events
from devhost.protocol.events import EventType
from devhost.protocol.orchestrator_call import Failure
from devhost.protocol.payload import as_json_string

CONTINUED = "ContinuesAnOlderRun"
RESTLESS = 100
"""So many generations in a row that await nothing look like a loop that was not meant."""
_STEERING = frozenset({EventType.EXECUTION_TERMINATED, EventType.SUSPENDED, EventType.RESUMED})


class Endings:
    """Used by the turn's owner."""

    def __init__(self, core: Core, timers: DurableTimers) -> None:
        self._core, self._timers = core, timers

    def fail(self, step: Step, failure: Failure | None) -> None:
        told = failure or Failure(f"Orchestrator function '{step.instance.name}' failed.", None)
        self.end(step, "Failed", told.output, told.details)

    def end(self, step: Step, status: str, output: str | None, details: str | None) -> None:
        instance, core, at = step.instance, self._core, step.arrived.at
        code = {
            "Completed": events.Status.COMPLETED,
            "Failed": events.Status.FAILED,
            "Terminated": events.Status.TERMINATED,
        }[status]
        step.history.append(events.execution_completed(at, step.next_id, code, output))
        instance.status = status
        if output is not None or status != "Terminated":  # as on the real host, the reason of a suspension stays
            instance.output = output
        core.ended.append(instance)
        for message in instance.inbox:
            core.hub.drop_message(instance, message)
        instance.inbox.clear()
        if not step.is_clean:
            self._drop_pending(step)
        parent = core.find(instance.parent.instance_id) if instance.parent else None
        if instance.parent is None or parent is None or parent.execution_id != instance.parent.execution_id:
            return
        task_id = instance.parent.task_id
        core.deliver(
            parent,
            Message(
                events.child_completed(at, task_id, output)
                if status == "Completed"
                else events.child_failed(at, task_id, output, details)
            ),
        )

    def _drop_pending(self, step: Step) -> None:
        """Forget what the execution scheduled and has not come back."""
        self._core.hub.drop_run(step.instance.run, history=False)
        for task_id in step.pending_timers:
            self._timers.drop(step.instance.run, task_id)

    def continue_as_new(self, step: Step, carried: str) -> None:
        """Begin the next generation in place of this one; events that arrived after this step go with it."""
        instance, core = step.instance, self._core
        kept = sorted((m for m in instance.inbox if m.task_id is None), key=steers, reverse=True)
        self._note_restless(step)
        self._drop_pending(step)
        core.hub.drop_run(instance.run, history=True)
        instance.inbox.clear()
        instance.run, instance.execution_id, instance.generation = core.hub.next_run(), uuid4().hex, None
        instance.input = as_json_string(carried)
        instance.history, instance.stored, instance.size, instance.fresh = [], 0, 0, True
        instance.ended = set()
        instance.busy, step.replaced = False, True
        core.deliver(instance, Message({CONTINUED: True, **started_event(instance, step.arrived.at)}))
        for message in kept:
            core.deliver(instance, Message(message.event))
        for message in instance.deferred:
            core.hub.add_message(instance, message)

    def _note_restless(self, step: Step) -> None:
        """Nothing slows down a loop of generations that await nothing; but its user is told, and the log is spared."""
        instance = step.instance
        instance.restless = instance.restless + 1 if step.awaited_nothing else 0
        if instance.restless >= RESTLESS and str(instance.restless).rstrip("0") == "1":
            self._core.warn(
                instance.instance_id,
                f"'{instance.name}' has continued as new {instance.restless} times in a row without awaiting "
                "anything, which keeps this host and in production the storage busy. Await a timer or an event in "
                "each generation, or terminate the instance. Its runs are not logged until it awaits something",
            )


def steers(message: Message) -> bool:
    """Whether the message terminates, suspends or resumes: a new generation takes it up before anything else."""
    return message.event["EventType"] in _STEERING
