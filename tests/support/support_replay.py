"""A durable host in memory: runs orchestrators through the real SDK, episode by episode, on a clock of its own.

The history has the wire format of the Functions host, and actions are awaited in the order in which that host awaits
them. What was seen can be kept as a golden history and replayed on other code.
"""

import heapq
import json
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import azure.durable_functions as df

from orchestrators.blueprint import bp

Json = Any
Event = dict[str, Any]
Action = dict[str, Any]
Activity = Callable[[Json], Json]
Handle = Callable[[str], str]

EPOCH = datetime(2026, 2, 16, 14, 30, 22, tzinfo=UTC)
_TICK = timedelta(milliseconds=7)
_MARKER = "\n\n$OutOfProcData$:"
_ACTIVITY, _CHILD, _TIMER, _ANY, _ALL = 0, 2, 5, 11, 12
_CREATED = {_ACTIVITY: 4, _CHILD: 7, _TIMER: 10}


def orchestrators_of(blueprint: df.Blueprint) -> dict[str, Handle]:
    """The SDK's wrapper of each orchestrator that a blueprint registers, by name."""
    app = df.DFApp()
    app.register_functions(blueprint)
    return {
        function.get_function_name(): function.get_user_function()
        for function in app.get_functions()
        if function.get_trigger().type == "orchestrationTrigger"
    }


ORCHESTRATORS = orchestrators_of(bp)


@dataclass
class Instance:
    """One orchestration: what the host keeps of it. `result` is the SDK's last answer."""

    id: str
    name: str
    input: str
    parent: tuple[str, int] | None = None
    history: list[Event] = field(default_factory=list)
    episodes: list[tuple[int, Json]] = field(default_factory=list)
    """For each episode the length of the history that the SDK was given, and its answer."""
    error: str | None = None

    @property
    def result(self) -> Json:
        return self.episodes[-1][1]

    @property
    def output(self) -> Json:
        return self.result.get("output")

    @property
    def is_done(self) -> bool:
        return self.error is not None or bool(self.episodes and self.result["isDone"])


class MemoryHost:
    """Runs orchestrators with Python functions for activities; a function that raises is a failed activity.

    `children` replaces sub-orchestrations, by instance id, with functions as well.
    """

    def __init__(
        self,
        activities: Mapping[str, Activity],
        orchestrators: Mapping[str, Handle] | None = None,
        children: Mapping[str, Activity] | None = None,
    ) -> None:
        self.now = EPOCH
        self.instances: dict[str, Instance] = {}
        self._activities = activities
        self._orchestrators = ORCHESTRATORS if orchestrators is None else orchestrators
        self._children = children or {}
        self._work: deque[Callable[[], None]] = deque()
        self._timers: list[tuple[datetime, int, Callable[[], None]]] = []
        self._timer_count = 0

    def run(self, name: str, instance_id: str, given: Json) -> Instance:
        """Start an orchestration, over an ended one if its id is taken, and run until nothing is left to do."""
        started = self._start(name, instance_id, json.dumps(given))
        while self._work or self._timers:
            if not self._work:
                due, _, fire = heapq.heappop(self._timers)
                self.now = max(self.now, due)
                self._work.append(fire)
            self._work.popleft()()
        if not started.is_done:
            raise AssertionError(f"{instance_id} waits for something that never comes: {started.result}")
        return started

    def _start(self, name: str, instance_id: str, text: str, parent: tuple[str, int] | None = None) -> Instance:
        instance = Instance(instance_id, name, text, parent)
        self.instances[instance_id] = instance
        first = _event(0, Name=name, Version=None, Input=json.dumps(text), Tags=None, ParentInstance=None)
        first["OrchestrationInstance"] = {"InstanceId": instance_id, "ExecutionId": f"execution-of-{instance_id}"}
        self._work.append(lambda: self._episode(instance, first))
        return instance

    def _episode(self, instance: Instance, arrived: Event) -> None:
        if instance.is_done:
            return
        self.now += _TICK
        at = _text(self.now)
        instance.history += [{**event, "Timestamp": at} for event in (_event(12), arrived)]
        answer = replay(self._orchestrators[instance.name], instance.id, instance.input, instance.history)
        instance.episodes.append((len(instance.history), answer))
        instance.error = answer.get("error")
        known = {event["EventId"] for event in instance.history}
        for identifier, action in _reached(answer["actions"][0], _ended(instance.history)):
            if identifier not in known:
                instance.history.append({**_scheduling_event(identifier, action), "Timestamp": at})
                self._schedule(instance, identifier, action)
        instance.history.append({**_event(13), "Timestamp": at})
        if instance.is_done and instance.parent:
            self._tell_parent(instance)

    def _schedule(self, instance: Instance, identifier: int, action: Action) -> None:
        kind = action["actionType"]
        if kind == _TIMER:
            due = datetime.fromisoformat(action["fireAt"])
            fired = _event(11, TimerId=identifier, FireAt=action["fireAt"])
            self._timer_count += 1
            heapq.heappush(self._timers, (due, self._timer_count, lambda: self._episode(instance, fired)))
        elif kind == _CHILD and action["instanceId"] not in self._children:
            parent = (instance.id, identifier)
            self._work.append(
                lambda: self._start(action["functionName"], action["instanceId"], action["input"], parent) and None
            )
        else:
            function = self._function(action)
            self._work.append(lambda: self._episode(instance, _outcome(function, identifier, action)))

    def _function(self, action: Action) -> Activity:
        if action["actionType"] == _CHILD:
            return self._children[action["instanceId"]]
        return self._activities[action["functionName"]]

    def _tell_parent(self, child: Instance) -> None:
        assert child.parent
        parent, identifier = self.instances[child.parent[0]], child.parent[1]
        if child.error is None:
            told = _event(8, TaskScheduledId=identifier, Result=json.dumps(child.output))
        else:
            reason = f"Orchestrator function '{child.name}' failed: {child.error}"
            told = _event(9, TaskScheduledId=identifier, Reason=reason, Details=f"Message: {child.error}")
        self._work.append(lambda: self._episode(parent, told))


def replay(handle: Handle, instance_id: str, text: str, history: Sequence[Event]) -> Json:
    """What the SDK answers to a history: the body that it gives the Functions host, with `error` if it raised."""
    context = {
        "history": history,
        "input": text,
        "instanceId": instance_id,
        "isReplaying": False,
        "parentInstanceId": None,
        "upperSchemaVersion": 1,
        "upperSchemaVersionNew": 3,
        "defaultHttpAsyncRequestSleepTimeMillseconds": 30000,
        "longRunningTimerIntervalDuration": "3.00:00:00",
        "maximumShortTimerDuration": "6.00:00:00",
    }
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "azure.functions df_", DeprecationWarning)
            return json.loads(handle(json.dumps(context)))
    except Exception as error:
        _, marker, body = str(error).partition(_MARKER)
        if not marker:
            raise
        return json.loads(body)


def golden(instance: Instance) -> Json:
    """An instance as a golden history: all that is needed to replay it and to compare every episode."""
    return {
        "orchestrator": instance.name,
        "instance": instance.id,
        "input": instance.input,
        "history": instance.history,
        "actions": instance.result["actions"][0],
        "episodes": [
            {
                "history": length,
                "actions": len(answer["actions"][0]),
                **{name: answer[name] for name in ("isDone", "customStatus", "output", "error") if name in answer},
            }
            for length, answer in instance.episodes
        ],
    }


def first_difference(recorded: Json, orchestrators: Mapping[str, Handle] | None = None) -> str | None:
    """Where today's code parts from a golden history, as a sentence; None if it doesn't."""
    handle = (ORCHESTRATORS if orchestrators is None else orchestrators)[recorded["orchestrator"]]
    for number, episode in enumerate(recorded["episodes"], start=1):
        history = recorded["history"][: episode["history"]]
        answer = replay(handle, recorded["instance"], recorded["input"], history)
        wanted, found = recorded["actions"][: episode["actions"]], answer["actions"][0]
        for index in range(max(len(wanted), len(found))):
            pair = [actions[index] if index < len(actions) else None for actions in (wanted, found)]
            if pair[0] != pair[1]:
                return f"episode {number}, action {index}: recorded {pair[0]}, now {pair[1]}"
        for name in ("isDone", "customStatus", "output", "error"):
            if episode.get(name) != answer.get(name):
                return f"episode {number}, {name}: recorded {episode.get(name)}, now {answer.get(name)}"
    return None


def _reached(actions: Sequence[Action], ended: set[int]) -> list[tuple[int, Action]]:
    """The actions that the host has started, with their ids: it awaits each before it starts the next."""
    reached: list[tuple[int, Action]] = []
    for action in actions:
        leaves = list(enumerate(_leaves(action), start=len(reached)))
        reached += leaves
        done = [identifier in ended or leaf.get("isCanceled", False) for identifier, leaf in leaves]
        if not (any(done) if action["actionType"] == _ANY else all(done)):
            break
    return reached


def _leaves(action: Action) -> Iterator[Action]:
    if action["actionType"] in (_ANY, _ALL):
        for child in action["compoundActions"]:
            yield from _leaves(child)
    elif action["actionType"] in _CREATED:
        yield action
    else:
        raise NotImplementedError(f"this host knows no action of type {action['actionType']}")


def _ended(history: Sequence[Event]) -> set[int]:
    keys = {5: "TaskScheduledId", 6: "TaskScheduledId", 8: "TaskScheduledId", 9: "TaskScheduledId", 11: "TimerId"}
    return {event[keys[event["EventType"]]] for event in history if event["EventType"] in keys}


def _scheduling_event(identifier: int, action: Action) -> Event:
    kind = action["actionType"]
    if kind == _TIMER:
        return _event(10, identifier, FireAt=action["fireAt"])
    if kind == _CHILD:
        return _event(
            7, identifier, Name=action["functionName"], Version=None, InstanceId=action["instanceId"], Input=None
        )
    return _event(4, identifier, Name=action["functionName"], Version="", Input=None, Tags=None)


def _outcome(function: Activity, identifier: int, action: Action) -> Event:
    completed, failed = (8, 9) if action["actionType"] == _CHILD else (5, 6)
    try:
        result = function(json.loads(action["input"]))
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        reason = f"Activity function '{action['functionName']}' failed:  {text}"
        return _event(failed, TaskScheduledId=identifier, Reason=reason, Details=json.dumps({"Message": f" {text}"}))
    return _event(completed, TaskScheduledId=identifier, Result=json.dumps(result))


def _event(kind: int, identifier: int = -1, **fields: Json) -> Event:
    return {"EventType": kind, "EventId": identifier, "IsPlayed": False, "Timestamp": "", **fields}


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
