"""Completion of orchestrations: completed, failed, terminated, or continued as a new generation."""

from uuid import uuid4

from devhost.engine.core import Core
from devhost.engine.durable_timers import DurableTimers
from devhost.engine.episode import Episode
from devhost.engine.starts import started_event
from devhost.hub.instances import Message
from devhost.protocol import events
from devhost.protocol.events import EventType
from devhost.protocol.orchestrator_call import Failure
from devhost.protocol.payload import as_json_string

CONTINUED = "ContinuesAnOlderRun"
"""Key in the start event of a new generation; stored rows have it, so its spelling stays."""
IDLE_GENERATIONS = 100
"""The number of generations in a row without a wait that looks like an endless loop."""
_CONTROL = frozenset({EventType.EXECUTION_TERMINATED, EventType.SUSPENDED, EventType.RESUMED})
_STATUS_CODES = {
    "Completed": events.Status.COMPLETED,
    "Failed": events.Status.FAILED,
    "Terminated": events.Status.TERMINATED,
}


class Completion:
    """Ends instances, or continues them as new. Used on the engine thread only."""

    def __init__(self, core: Core, timers: DurableTimers) -> None:
        self._core, self._timers = core, timers

    def fail(self, episode: Episode, failure: Failure | None) -> None:
        """End the instance as Failed, with a text of the host if the answer has none."""
        failure = failure or Failure(f"Orchestrator function '{episode.instance.name}' failed.", None)
        self.end(episode, "Failed", failure.output, failure.details)

    def end(self, episode: Episode, status: str, output: str | None, details: str | None) -> None:
        """End the instance, drop what it no longer waits for, and pass the result to its parent."""
        instance, core, at = episode.instance, self._core, episode.arrived.at
        completed = events.execution_completed(at, episode.next_id, _STATUS_CODES[status], output)
        episode.history.append(completed)
        instance.status = status
        # As on the real host (docs/devhost/behaviour.md, section 2.4): without a reason for the termination, the one
        # of the suspension before it stays.
        if output is not None or status != "Terminated":
            instance.output = output
        core.ended.append(instance)
        for message in instance.inbox:
            core.hub.drop_message(instance, message)
        instance.inbox.clear()
        if not episode.is_clean:
            self._drop_pending(episode)
        self._tell_parent(episode, status, output, details)

    def _tell_parent(self, episode: Episode, status: str, output: str | None, details: str | None) -> None:
        waiting, at = episode.instance.parent, episode.arrived.at
        parent = self._core.find(waiting.instance_id) if waiting else None
        # A parent that was replaced or has continued as new does not wait for this child any more.
        if waiting is None or parent is None or parent.execution_id != waiting.execution_id:
            return
        if status == "Completed":
            event = events.child_completed(at, waiting.task_id, output)
        else:
            event = events.child_failed(at, waiting.task_id, output, details)
        self._core.deliver(parent, Message(event))

    def _drop_pending(self, episode: Episode) -> None:
        """Drop the work, timers and messages that the execution has not got back."""
        self._core.hub.drop_run(episode.instance.run, history=False)
        for task_id in episode.pending_timers:
            self._timers.drop(episode.instance.run, task_id)

    def continue_as_new(self, episode: Episode, carried: str) -> None:
        """Replace this generation by the next one, and pass it the events that arrived after this episode."""
        instance, core = episode.instance, self._core
        # Events that the old generation has not taken go on to the next; results of its tasks do not (recording
        # `can_events`).
        kept = sorted((m for m in instance.inbox if m.task_id is None), key=is_control, reverse=True)
        self._note_idle_generation(episode)
        self._drop_pending(episode)
        core.hub.drop_run(instance.run, history=True)
        instance.inbox.clear()
        instance.run, instance.execution_id, instance.generation = core.hub.next_run(), uuid4().hex, None
        instance.input = as_json_string(carried)
        instance.history, instance.stored, instance.size, instance.is_new = [], 0, 0, True
        instance.ended, instance.inputs, instance.lingers = set(), {}, False
        # The new generation may run in this round already.
        instance.is_busy, episode.replaced = False, True
        core.deliver(instance, Message({CONTINUED: True, **started_event(instance, episode.arrived.at)}))
        for message in kept:
            core.deliver(instance, Message(message.event))
        for message in instance.deferred:
            core.hub.add_message(instance, message)

    def _note_idle_generation(self, episode: Episode) -> None:
        """Count the generations in a row that awaited nothing, and warn of the 100th, the 1,000th and so on.

        Such a loop is not slowed down, as the real host does not do it either; only the log is spared.
        """
        instance = episode.instance
        instance.idle_generations = instance.idle_generations + 1 if episode.is_first_of_generation else 0
        count = instance.idle_generations
        if count >= IDLE_GENERATIONS and str(count).rstrip("0") == "1":
            self._core.warn(
                instance.instance_id,
                f"'{instance.name}' has continued as new {count} times in a row without awaiting "
                "anything, which keeps this host and in production the storage busy. Await a timer or an event in "
                "each generation, or terminate the instance. Its runs are not logged until it awaits something",
            )


def is_control(message: Message) -> bool:
    """Return whether the message terminates, suspends or resumes: a new generation takes it up before any other."""
    return message.event["EventType"] in _CONTROL
