"""Replays histories through the real SDK, and keeps what was seen of an orchestration as a golden history."""

import json
from collections.abc import Sequence

import azure.durable_functions as df

from devhost.protocol.events import Event
from orchestrators.blueprint import bp
from support.orchestrations.action_words import change, short
from support.orchestrations.execution import Execution, Handle, Json

_KEPT = ("isDone", "customStatus", "output", "error")
_NOT_KEPT = {
    "ClientSpanId",
    "Correlation",
    "FailureDetails",
    "GenerateNewTrace",
    "Generation",
    "ParentTraceContext",
    "ScheduledStartTime",
}
"""Keys of events that neither the SDK nor the interpreter reads."""


def orchestrators_of(blueprint: df.Blueprint) -> dict[str, Handle]:
    """Return the SDK's wrapper of each orchestrator that a blueprint registers, by name."""
    app = df.DFApp()
    app.register_functions(blueprint)
    triggered = [(function, function.get_trigger()) for function in app.get_functions()]
    return {
        str(function.get_function_name()): function.get_user_function()
        for function, trigger in triggered
        if trigger and trigger.type == "orchestrationTrigger"
    }


ORCHESTRATORS = orchestrators_of(bp)


def as_golden(
    name: str, instance: str, text: str, history: Sequence[Event], episodes: Sequence[tuple[int, Json]]
) -> Json:
    """Return an orchestration as a golden history: all that is needed to replay it and to compare every episode.

    `episodes` has for each the length of the history that the SDK was given, and its answer.
    """
    return {
        "orchestrator": name,
        "instance": instance,
        "input": text,
        "history": [_without_unread(event) for event in history],
        "actions": episodes[-1][1]["actions"][0],
        "episodes": [
            {"history": length, "actions": len(body["actions"][0]), **{key: body[key] for key in _KEPT if key in body}}
            for length, body in episodes
        ],
    }


def first_difference(recorded: Json) -> str | None:
    """Return where today's code parts from a golden history, as a sentence, or None."""
    episodes = recorded["episodes"]
    name, instance = recorded["orchestrator"], recorded["instance"]
    execution = Execution(
        ORCHESTRATORS[name], name, instance, f"execution-of-{instance}", json.dumps(recorded["input"])
    )
    for number, episode in enumerate(episodes, start=1):
        execution.replay(recorded["history"][: episode["history"]])
        expected, actual = recorded["actions"][: episode["actions"]], execution.body["actions"][0]
        for index in range(max(len(expected), len(actual))):
            pair = [actions[index] if index < len(actions) else None for actions in (expected, actual)]
            # Actions are recorded as the last episode has them, where a timer may be cancelled that no earlier one had.
            compared = pair if number == len(episodes) else [_without_end(action) for action in pair]
            if compared[0] != compared[1]:
                return f"episode {number}, action {index}: {change(*compared)}"
        for key in _KEPT:
            if episode.get(key) != execution.body.get(key):
                values = f"recorded {short(episode.get(key))}, now {short(execution.body.get(key))}"
                return f"episode {number}, {key}: {values}"
    return None


def as_text(recorded: Json) -> str:
    """Return a golden history as a file: one event, action and episode to a line."""
    parts = [f"{json.dumps(name)}: {_lines(value)}" for name, value in recorded.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(value: Json) -> str:
    if not isinstance(value, list):
        return _compact(value)
    return "[\n" + ",\n".join(f" {_compact(line)}" for line in value) + "\n]"


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _without_unread(event: Event) -> Event:
    # The golden histories were recorded without the tags of children, which nothing reads.
    unread = _NOT_KEPT | ({"Tags"} if "InstanceId" in event else set())
    return {key: value for key, value in event.items() if key not in unread}


def _without_end(action: Json) -> Json:
    """Return an action without what a later episode changes of it: whether a timer is cancelled."""
    if not isinstance(action, dict):
        return action
    kept = {name: value for name, value in action.items() if name != "isCanceled"}
    if "compoundActions" in kept:
        kept["compoundActions"] = [_without_end(child) for child in kept["compoundActions"]]
    return kept
