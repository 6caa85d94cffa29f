"""Rewind of failed instances: their failed tasks run again, and their failed children are rewound too."""

from collections.abc import Sequence

from devhost.engine.core import Core
from devhost.errors import WrongState
from devhost.hub.instances import Instance, Message
from devhost.protocol.actions import CallActivity, CallChild
from devhost.protocol.events import Event, EventType, generic_event
from devhost.protocol.non_determinism import NonDeterminismError
from devhost.protocol.orchestrator_call import CallSettings, OrchestratorCall, call_orchestrator
from devhost.protocol.replay import Replay

_FAILED = frozenset({EventType.TASK_FAILED, EventType.CHILD_FAILED})
_COMPLETED = frozenset({EventType.TASK_COMPLETED, EventType.CHILD_COMPLETED})


class Rewind:
    """Replaces failed events in history by GenericEvents with the old ids, so that the replay schedules them again.

    The shape of the rewound history is the real host's (recording `rewind_api`). Retry chains differ on purpose
    (docs/devhost/behaviour.md, section 12): a WithRetry chain that was used up starts again, by dropping the events
    after its first attempt. This works only if nothing else was scheduled after them.
    """

    def __init__(self, core: Core) -> None:
        self._core = core

    def rewind(self, instance: Instance, reason: str | None) -> None:
        """Rewind the instance and its failed children.

        Raises WrongState where the replay of the rewound history would be non-deterministic.
        """
        for rewound, history, is_leaf in self._plan(instance):
            self._rewrite(rewound, history)
            if is_leaf:
                self._core.deliver(rewound, Message(generic_event("", -1, reason)))

    def _plan(self, instance: Instance) -> list[tuple[Instance, list[Event], bool]]:
        """Return each instance with its rewound history, and whether it is a leaf: one without failed children."""
        core = self._core
        # The instance has failed, so it is usually not in memory any more.
        if instance.history is None:
            instance.remember(core.hub.history(instance.run))
        history = instance.history or []
        kept, dropped = self._chains(instance, history)
        # Failed attempts of a chain that succeeded in the end stay as they are.
        failed = {e["TaskScheduledId"] for e in history if e["EventType"] in _FAILED} - kept
        after = [
            generic_event(e["Timestamp"], e["EventId"], None) if _is_cut(e, failed) else e
            for e in history
            if _task_of(e) not in dropped
        ]
        plans = [(instance, after, True)]
        for event in history:
            if event["EventType"] == EventType.CHILD_CREATED and event["EventId"] in failed - dropped:
                child = core.find(event["InstanceId"])
                if child is not None and child.status == "Failed":
                    plans[0] = (instance, after, False)
                    plans += self._plan(child)
        return plans

    def _chains(self, instance: Instance, history: list[Event]) -> tuple[set[int], set[int]]:
        """Return the ids of retry chains that succeeded, and the ids to drop of those that failed."""
        kept, dropped = set[int](), set[int]()
        failed = {e["TaskScheduledId"] for e in history if e["EventType"] in _FAILED}
        completed = {e["TaskScheduledId"] for e in history if e["EventType"] in _COMPLETED}
        for chain in self._chains_of(instance, history):
            if completed.intersection(chain):
                kept.update(chain)
            elif failed.intersection(chain):
                last_id = max(e["EventId"] for e in history if _schedules(e))
                if last_id > chain[-1]:
                    raise WrongState(
                        instance.instance_id,
                        instance.status,
                        "This orchestration has used up a retry chain and scheduled other work since, so it cannot "
                        "be rewound; on the real host its replay would be non-deterministic. Start it again instead.",
                    )
                dropped.update(chain[1:])
        return kept, dropped

    def _chains_of(self, instance: Instance, history: list[Event]) -> list[Sequence[int]]:
        """Return the ids of each WithRetry action, by running the orchestrator over its history once more."""
        function = self._core.app.orchestrator(instance.name)
        if function is None or all(e["EventType"] != EventType.TIMER_CREATED for e in history):
            return []
        # Without the end, the history is the one that the last episode was called with.
        before_end = [e for e in history if e["EventType"] != EventType.EXECUTION_COMPLETED][:-1]
        parent = instance.parent.instance_id if instance.parent else None
        call = OrchestratorCall(
            instance.name,
            instance.instance_id,
            parent,
            instance.input,
            before_end,
        )
        result = call_orchestrator(function.user_function, call, CallSettings())
        replay = Replay(instance.instance_id, instance.execution_id, result.actions, {})
        try:
            replay.run(before_end)
        except NonDeterminismError:
            return []
        chains: dict[int, list[int]] = {}
        for task_id, origin in enumerate(replay.origins):
            if isinstance(origin, CallActivity | CallChild) and origin.retry is not None:
                chains.setdefault(id(origin), []).append(task_id)
        return list(chains.values())

    def _rewrite(self, instance: Instance, history: list[Event]) -> None:
        core = self._core
        core.hub.drop_run(instance.run, history=True)
        # A new run: late results for the old one are dropped.
        instance.run = core.hub.next_run()
        instance.stored = instance.size = 0
        core.hub.append(instance, history)
        instance.remember(history)
        instance.inputs, instance.lingers = {}, False
        instance.status, instance.output = "Running", None
        # One message at a time: the replay must find the chains in their old order.
        instance.has_retries = True
        _, instance.updated_at = core.times()
        core.cache.put(instance)
        core.hub.save(instance)


def _schedules(event: Event) -> bool:
    return event["EventType"] in (
        EventType.TASK_SCHEDULED,
        EventType.CHILD_CREATED,
        EventType.TIMER_CREATED,
        EventType.EVENT_SENT,
    )


def _task_of(event: Event) -> int | None:
    """Return the id of the task that the event schedules or ends."""
    if _schedules(event):
        return event["EventId"]
    return event.get("TaskScheduledId", event.get("TimerId"))


def _is_cut(event: Event, failed: set[int]) -> bool:
    kind = event["EventType"]
    if kind == EventType.TASK_SCHEDULED:
        return event["EventId"] in failed
    if kind in _FAILED:
        return event["TaskScheduledId"] in failed
    return kind == EventType.EXECUTION_COMPLETED
