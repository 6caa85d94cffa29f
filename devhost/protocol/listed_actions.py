"""The actions that an orchestrator's answer lists, read from its JSON."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from devhost.protocol.actions import (
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
from devhost.protocol.clock import clock_text, ticks_of

NULL_REFERENCE = "Object reference not set to an instance of an object."
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
# The real host awaits an activity without a name for ever and gives it no id (recording `raw_answers`). A wait for an
# event does the same here, since no event can have this name.
_NO_EVENT = ""


class UnusableError(Exception):
    """An answer that the host cannot use; the text says why, in the real host's words (recording `raw_answers`)."""


def listed(state: dict[str, Any]) -> tuple[Action, ...]:
    """Return the actions of an answer. Raises UnusableError where the real host could not use them either."""
    schema = state.get("schemaVersion", 0)
    if schema not in (0, 1, 2):
        raise UnusableError(
            f'The OOProc schema of of version "{schema}" is unsupported by this durable-extension version.'
        )
    # Schema 0 has one list for each episode; later schemas have a single list in the outer one.
    lists = state.get("actions")
    if lists is None:
        raise UnusableError(NULL_REFERENCE if schema else _NO_ACTIONS)
    for place, actions in enumerate(lists):
        if isinstance(actions, dict):
            raise UnusableError(_NOT_A_LIST.format(place=place, key=next(iter(actions), "")))  # pyright: ignore[reportUnknownArgumentType]
    if schema == 0:
        return tuple(_first_schema_action(actions) for actions in lists if actions)
    if len(lists) != 1:
        raise UnusableError(
            f"With OOProc schema V{schema + 1}, expected actions array to be of length 1 in outer layer but got size: "
            f"{len(lists)}"
        )
    return tuple(map(_action, lists[0]))


def _first_schema_action(raw_actions: list[dict[str, Any]]) -> Action:
    actions = tuple(map(_action, raw_actions))
    # Schema 0 had no compounds: several actions of one episode are a task_any.
    return actions[0] if len(actions) == 1 else WhenAny(actions)


def _action(raw: dict[str, Any]) -> Action:
    read = _READERS.get(raw["actionType"])
    if read is None:
        raise UnusableError(
            f"Received an unexpected action type from the out-of-proc function: '${raw['actionType']}'."
        )
    return read(raw)


def _activity(raw: dict[str, Any]) -> Action:
    if "functionName" not in raw:
        return WaitForEvent(_NO_EVENT)
    return CallActivity(raw["functionName"], raw.get("input"), _retry(raw))


def _child(raw: dict[str, Any]) -> Action:
    return CallChild(
        raw["functionName"],
        raw.get("input"),
        raw.get("instanceId"),
        raw.get("version"),
        _retry(raw),
    )


def _retry(raw: dict[str, Any]) -> Retry | None:
    options = raw.get("retryOptions")
    if options is None:
        return None
    return Retry(options["maxNumberOfAttempts"], options["firstRetryIntervalInMilliseconds"])


def _http(raw: dict[str, Any]) -> Action:
    return CallHttp(raw["httpRequest"])


def _timer(raw: dict[str, Any]) -> Action:
    return CreateTimer(event_time(raw["fireAt"]), raw.get("isCanceled", False))


@lru_cache(maxsize=4096)
def event_time(text: str) -> str:
    """Return a listed time as events carry it; cached, since each answer lists all timers again."""
    return clock_text(ticks_of(text))


def _wait(raw: dict[str, Any]) -> Action:
    return WaitForEvent(raw["externalEventName"])


def _entity_call(raw: dict[str, Any]) -> Action:
    return CallEntity(_entity_id(raw), raw["operation"], raw.get("input"))


def _entity_signal(raw: dict[str, Any]) -> Action:
    return SignalEntity(_entity_id(raw), raw["operation"], raw.get("input"), fire_at=raw.get("fireAt"))


def _entity_id(raw: dict[str, Any]) -> str:
    entity_id = raw["instanceId"]
    length = entity_id.find("@", 1) - 1
    if length < 0:
        raise UnusableError(
            f"length ('{length}') must be a non-negative value. (Parameter 'length')\nActual value was {length}."
        )
    return entity_id


def _continue(raw: dict[str, Any]) -> Action:
    return ContinueAsNew(raw.get("input"))


def _any(raw: dict[str, Any]) -> Action:
    return WhenAny(tuple(map(_action, raw["compoundActions"])))


def _all(raw: dict[str, Any]) -> Action:
    return WhenAll(tuple(map(_action, raw["compoundActions"])))


def has_retry(action: Action) -> bool:
    """Return whether the action is a WithRetry action or contains one."""
    if isinstance(action, CallActivity | CallChild):
        return action.retry is not None
    return isinstance(action, WhenAll | WhenAny) and any(map(has_retry, action.children))


# The SDK writes the number of a type; functions without its wrapper may also write the name.
_TYPES: tuple[tuple[int, str, Callable[[dict[str, Any]], Action]], ...] = (
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
)
_READERS = {key: reader for number, name, reader in _TYPES for key in (number, name)}
