"""Replays histories through the real SDK, and keeps what was seen of an orchestration as a golden history."""

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import azure.durable_functions as df

from devhost.protocol import answers, sdk_witness
from devhost.protocol.answers import OrchestratorAnswer
from orchestrators.blueprint import bp

Json = Any
Event = dict[str, Any]
Handle = Callable[[str], str]

MARKER = "\n\n$OutOfProcData$:"
_KEPT = ("isDone", "customStatus", "output", "error")


def orchestrators_of(blueprint: df.Blueprint) -> dict[str, Handle]:
    """The SDK's wrapper of each orchestrator that a blueprint registers, by name."""
    app = df.DFApp()
    app.register_functions(blueprint)
    return {
        str(function.get_function_name()): function.get_user_function()
        for function in app.get_functions()
        if (trigger := function.get_trigger()) and trigger.type == "orchestrationTrigger"
    }


ORCHESTRATORS = orchestrators_of(bp)


@dataclass(frozen=True)
class ReplayedAnswer:
    """The SDK's answer to a history: its body as JSON, with `error` if the code raised, and as the host reads it."""

    body: Json
    read: OrchestratorAnswer


def replay(handle: Handle, name: str, instance: str, text: str, history: Sequence[Event]) -> ReplayedAnswer:
    """Run an orchestrator over a history that ends with the new events; `text` is its input."""
    context = {
        "history": history,
        "input": text,
        "instanceId": instance,
        "isReplaying": False,
        "parentInstanceId": None,
        "upperSchemaVersion": 1,
        "upperSchemaVersionNew": 3,
        "defaultHttpAsyncRequestSleepTimeMillseconds": 30000,
        "longRunningTimerIntervalDuration": "3.00:00:00",
        "maximumShortTimerDuration": "6.00:00:00",
    }
    sdk_witness.install()
    with warnings.catch_warnings(), sdk_witness.Witness() as witness:
        warnings.filterwarnings("ignore", "azure.functions df_", DeprecationWarning)
        warnings.filterwarnings("ignore", "Potential duplicate Task completion")
        try:
            returned = handle(json.dumps(context))
        except Exception as error:
            _, marker, body = str(error).partition(MARKER)
            if not marker:
                raise
            return ReplayedAnswer(json.loads(body), answers.from_error(name, str(error), "", witness.ids_given()))
        return ReplayedAnswer(json.loads(returned), answers.from_returned(name, returned, witness.ids_given()))


def golden(name: str, instance: str, text: str, history: Sequence[Event], episodes: Sequence[tuple[int, Json]]) -> Json:
    """An orchestration as a golden history: all that is needed to replay it and to compare every episode.

    `episodes` has for each the length of the history that the SDK was given, and its answer.
    """
    return {
        "orchestrator": name,
        "instance": instance,
        "input": text,
        "history": list(history),
        "actions": episodes[-1][1]["actions"][0],
        "episodes": [
            {
                "history": length,
                "actions": len(body["actions"][0]),
                **{name: body[name] for name in _KEPT if name in body},
            }
            for length, body in episodes
        ],
    }


def first_difference(recorded: Json, orchestrators: Mapping[str, Handle] | None = None) -> str | None:
    """Where today's code parts from a golden history, as a sentence; None if it doesn't."""
    name = recorded["orchestrator"]
    handle = (ORCHESTRATORS if orchestrators is None else orchestrators)[name]
    episodes = recorded["episodes"]
    for number, episode in enumerate(episodes, start=1):
        history = recorded["history"][: episode["history"]]
        body = replay(handle, name, recorded["instance"], recorded["input"], history).body
        wanted, found = recorded["actions"][: episode["actions"]], body["actions"][0]
        for index in range(max(len(wanted), len(found))):
            pair = [actions[index] if index < len(actions) else None for actions in (wanted, found)]
            compared = pair if number == len(episodes) else [_without_end(action) for action in pair]
            if compared[0] != compared[1]:
                return f"episode {number}, action {index}: recorded {pair[0]}, now {pair[1]}"
        for key in _KEPT:
            if episode.get(key) != body.get(key):
                return f"episode {number}, {key}: recorded {episode.get(key)}, now {body.get(key)}"
    return None


def as_text(recorded: Json) -> str:
    """A golden history as a file: one event, action and episode to a line."""
    parts = [f"{json.dumps(name)}: {_lines(value)}" for name, value in recorded.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(value: Json) -> str:
    if not isinstance(value, list):
        return _compact(value)
    return "[\n" + ",\n".join(f" {_compact(each)}" for each in value) + "\n]"


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _without_end(action: Json) -> Json:
    """An action without what a later episode changes of it: whether a timer is cancelled."""
    if not isinstance(action, dict):
        return action
    kept = {name: value for name, value in action.items() if name != "isCanceled"}
    if "compoundActions" in kept:
        kept["compoundActions"] = [_without_end(child) for child in kept["compoundActions"]]
    return kept
