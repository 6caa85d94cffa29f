"""An orchestrator function's answer, parsed once; what the real host says of answers that it cannot use.

The SDK's answers always fit. The odd ones come from functions that were registered without its wrapper.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from devhost.actions import (
    Action,
    CallActivity,
    CallChild,
    CallEntity,
    CallHttp,
    ContinueAsNew,
    CreateTimer,
    Retry,
    SignalEntity,
    WaitForEvent,
    WhenAll,
    WhenAny,
)
from devhost.events import clock_text, ticks_of
from devhost.failure_texts import OUT_OF_PROC_MARKER, child_details, orchestrator_failure, worker_failure
from devhost.payload import parsed, stored, utf16_size

_CUSTOM_STATUS_LIMIT = 16 * 1024
_NO_SCHEMA = "Out of proc orchestrators must return a valid JSON schema"
_NULL_REFERENCE = "Object reference not set to an instance of an object."
_NO_ACTIONS = (
    "Value cannot be null. (Parameter 'Out-of-proc orchestrator schema must have a non-null actions property.')"
)
_NOT_A_LIST = (
    'Cannot deserialize the current JSON object (e.g. {{"name":"value"}}) into type '
    "'Microsoft.Azure.WebJobs.Extensions.DurableTask.OutOfProcOrchestrationShim+AsyncAction[]' because the type "
    "requires a JSON array (e.g. [1,2,3]) to deserialize correctly.\nTo fix this error either change the JSON to a "
    "JSON array (e.g. [1,2,3]) or change the deserialized type so that it is a normal .NET type (e.g. not a "
    "primitive type like integer, not a collection type like an array or List<T>) that can be deserialized from a "
    "JSON object. JsonObjectAttribute can also be added to the type to force it to deserialize from a JSON object."
    "\nPath 'actions[{place}].{key}'."
)
# An activity without a name is awaited for ever and takes no id; no event can have this name.
_NEVER = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an orchestration failed: `output` is what its status shows; `details` is what a parent is told besides."""

    output: str
    details: str | None


@dataclass(frozen=True, slots=True)
class OrchestratorAnswer:
    """What an orchestrator function answered.

    `output` and `custom_status` are JSON texts as the host stores them, None where there is none.
    `schedules` is false when the answer could not be used: nothing is scheduled, `failure` takes effect at once,
    and the custom status stays what it was.
    `retries` tells whether the list holds a WithRetry action anywhere. The next turn of such an instance must bring
    one completion only: the SDK's and the host's ids may part otherwise.
    `ids_given`: how many ids the SDK gave out in its replay, if that is known.
    """

    actions: tuple[Action, ...]
    is_done: bool
    output: str | None = None
    custom_status: str | None = None
    failure: Failure | None = None
    schedules: bool = True
    retries: bool = False
    ids_given: int | None = None


class _UnusableError(Exception):
    """The text says why."""


def from_returned(name: str, returned: Any, ids_given: int | None = None) -> OrchestratorAnswer:
    """The answer of a function that returned; `name` is for failure texts."""
    if returned is None:
        return OrchestratorAnswer((), True)
    try:
        text = returned if isinstance(returned, str) else json.dumps(returned)
        return _parse(name, _state(text), text, ids_given, raised=False)
    except _UnusableError as found:
        return _failed(name, str(found))


def from_error(name: str, message: str, text: str, stack: str, ids_given: int | None = None) -> OrchestratorAnswer:
    """The answer of a function that raised: `message` is the exception's, `text` as `exception_text` has it.

    The SDK puts its state behind a marker into the message.
    """
    _, marker, state = message.partition(OUT_OF_PROC_MARKER)
    if not marker:
        return _failed(name, f"One or more errors occurred. ({worker_failure(text, stack)})")
    try:
        return _parse(name, _object(state), state, ids_given, raised=True)
    except json.JSONDecodeError:
        return OrchestratorAnswer((), False, failure=Failure(_NO_SCHEMA, None), schedules=False)
    except _UnusableError as found:
        return _failed(name, str(found))


def _failed(name: str, message: str) -> OrchestratorAnswer:
    failure = Failure(orchestrator_failure(name, message), child_details(message))
    return OrchestratorAnswer((), False, failure=failure, schedules=False)


def _state(text: str) -> dict[str, Any] | None:
    try:
        return _object(text)
    except json.JSONDecodeError as error:
        raise _UnusableError(f"One or more errors occurred. ({_newtonsoft_error(text)})") from error


def _object(text: str) -> dict[str, Any] | None:
    value = parsed(text)
    if isinstance(value, str):
        try:
            value = parsed(value)
        except json.JSONDecodeError as error:
            raise _UnusableError(_NO_SCHEMA) from error
        if not isinstance(value, dict):
            raise _UnusableError(_NO_SCHEMA)
    if value is not None and not isinstance(value, dict):
        raise _UnusableError("The data returned by the out-of-process function execution was not valid json.")
    return value  # pyright: ignore[reportUnknownVariableType]


def _newtonsoft_error(text: str) -> str:
    first = text.lstrip()[:1]
    if first in ("t", "f"):
        return "Error parsing boolean value. Path '', line 1, position 1."
    return f"Unexpected character encountered while parsing value: {first}. Path '', line 0, position 0."


def _parse(
    name: str, state: dict[str, Any] | None, source: str, ids_given: int | None, *, raised: bool
) -> OrchestratorAnswer:
    if state is None:
        return OrchestratorAnswer((), True)
    actions = _actions(state)
    status = stored(state.get("customStatus"), source)
    if status is not None and (size := utf16_size(status)) > _CUSTOM_STATUS_LIMIT:
        raise _UnusableError(
            f"The UTF-16 size of the JSON-serialized payload must not exceed {_CUSTOM_STATUS_LIMIT // 1024} KB. "
            f"The current payload size is {size // 1024} KB."
        )
    error = state.get("error")
    if error and not raised:
        raise _UnusableError(_NULL_REFERENCE)
    return OrchestratorAnswer(
        actions,
        bool(state.get("isDone")),
        stored(state.get("output"), source),
        status,
        Failure(orchestrator_failure(name, error), child_details(error)) if error else None,
        retries=any(map(_has_retry, actions)),
        ids_given=ids_given,
    )


# ---- actions


def _actions(state: dict[str, Any]) -> tuple[Action, ...]:
    schema = state.get("schemaVersion", 0)
    if schema not in (0, 1, 2):
        raise _UnusableError(
            f'The OOProc schema of of version "{schema}" is unsupported by this durable-extension version.'
        )
    turns = state.get("actions")
    if turns is None:
        raise _UnusableError(_NULL_REFERENCE if schema else _NO_ACTIONS)
    for place, turn in enumerate(turns):
        if isinstance(turn, dict):
            raise _UnusableError(_NOT_A_LIST.format(place=place, key=next(iter(turn), "")))  # pyright: ignore[reportUnknownArgumentType]
    if schema == 0:
        return tuple(_first_schema_turn(turn) for turn in turns if turn)
    if len(turns) != 1:
        raise _UnusableError(
            f"With OOProc schema V{schema + 1}, expected actions array to be of length 1 in outer layer but got size: "
            f"{len(turns)}"
        )
    return tuple(map(_action, turns[0]))


def _first_schema_turn(turn: list[dict[str, Any]]) -> Action:
    actions = tuple(map(_action, turn))
    return actions[0] if len(actions) == 1 else WhenAny(actions)


def _action(raw: dict[str, Any]) -> Action:
    read = _READERS.get(raw["actionType"])
    if read is None:
        raise _UnusableError(
            f"Received an unexpected action type from the out-of-proc function: '${raw['actionType']}'."
        )
    return read(raw)


def _activity(raw: dict[str, Any]) -> Action:
    if "functionName" not in raw:
        return WaitForEvent(_NEVER)
    return CallActivity(raw["functionName"], raw.get("input"), _retry(raw))


def _child(raw: dict[str, Any]) -> Action:
    return CallChild(raw["functionName"], raw.get("input"), raw.get("instanceId"), raw.get("version"), _retry(raw))


def _retry(raw: dict[str, Any]) -> Retry | None:
    options = raw.get("retryOptions")
    if options is None:
        return None
    return Retry(options["maxNumberOfAttempts"], options["firstRetryIntervalInMilliseconds"])


def _http(raw: dict[str, Any]) -> Action:
    return CallHttp(raw["httpRequest"])


def _timer(raw: dict[str, Any]) -> Action:
    return CreateTimer(clock_text(ticks_of(raw["fireAt"])), raw.get("isCanceled", False))


def _wait(raw: dict[str, Any]) -> Action:
    return WaitForEvent(raw["externalEventName"])


def _entity_call(raw: dict[str, Any]) -> Action:
    return CallEntity(_entity_id(raw), raw["operation"], raw.get("input"))


def _entity_signal(raw: dict[str, Any]) -> Action:
    return SignalEntity(_entity_id(raw), raw["operation"], raw.get("input"), fire_at=raw.get("fireAt"))


def _entity_id(raw: dict[str, Any]) -> str:
    entity_id = raw["instanceId"]
    if (length := entity_id.find("@", 1) - 1) < 0:
        raise _UnusableError(
            f"length ('{length}') must be a non-negative value. (Parameter 'length')\nActual value was {length}."
        )
    return entity_id


def _continue(raw: dict[str, Any]) -> Action:
    return ContinueAsNew(raw.get("input"))


def _any(raw: dict[str, Any]) -> Action:
    return WhenAny(tuple(map(_action, raw["compoundActions"])))


def _all(raw: dict[str, Any]) -> Action:
    return WhenAll(tuple(map(_action, raw["compoundActions"])))


def _has_retry(action: Action) -> bool:
    if isinstance(action, CallActivity | CallChild):
        return action.retry is not None
    return isinstance(action, WhenAll | WhenAny) and any(map(_has_retry, action.children))


_READERS: dict[int | str, Callable[[dict[str, Any]], Action]] = {}
for _number, _name, _reader in (
    (0, "CallActivity", _activity),
    (1, "CallActivityWithRetry", _activity),
    (2, "CallSubOrchestrator", _child),
    (3, "CallSubOrchestratorWithRetry", _child),
    (4, "ContinueAsNew", _continue),
    (5, "CreateTimer", _timer),
    (6, "WaitForExternalEvent", _wait),
    (7, "CallEntity", _entity_call),
    (8, "CallHttp", _http),
    (9, "SignalEntity", _entity_signal),
    (10, "ScheduledSignalEntity", _entity_signal),
    (11, "WhenAny", _any),
    (12, "WhenAll", _all),
):
    _READERS[_number] = _READERS[_name] = _reader
