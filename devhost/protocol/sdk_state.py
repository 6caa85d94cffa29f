"""Answers of the SDK's own wrapper, taken from its objects: their JSON text would be parsed again at once.

Only the actions that nearly all answers consist of are taken so, and only with values that JSON gives back unchanged.
Any other answer is written and parsed as text.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from azure.durable_functions.models.actions.CallActivityAction import CallActivityAction
from azure.durable_functions.models.actions.CallSubOrchestratorAction import CallSubOrchestratorAction
from azure.durable_functions.models.actions.CreateTimerAction import CreateTimerAction
from azure.durable_functions.models.actions.WaitForExternalEventAction import WaitForExternalEventAction
from azure.durable_functions.models.actions.WhenAllAction import WhenAllAction
from azure.durable_functions.models.actions.WhenAnyAction import WhenAnyAction
from azure.durable_functions.models.OrchestratorState import OrchestratorState
from azure.functions._durable_functions import df_dumps

from devhost.protocol.actions import Action, CallActivity, CallChild, CreateTimer, WaitForEvent, WhenAll, WhenAny
from devhost.protocol.listed_actions import event_time

_LATEST_SCHEMA = 2


class SdkState(NamedTuple):
    """An answer: its actions, and the JSON text of everything else."""

    actions: tuple[Action, ...]
    rest: str


class _OtherError(Exception):
    """An action that has to be taken from its JSON text."""


def taken(state: OrchestratorState) -> SdkState | None:
    """Return the answer of code that has not raised, None if it has to be written as text."""
    if state.error or state.schema_version != _LATEST_SCHEMA or len(state.actions) != 1:
        return None
    try:
        actions = tuple(map(_read, state.actions[0]))
    except _OtherError:
        return None
    rest: dict[str, Any] = {"isDone": state.is_done}
    # With the conditions of the SDK: it leaves out a custom status that is false.
    if state.output is not None:
        rest["output"] = state.output
    if state.custom_status:
        rest["customStatus"] = state.custom_status
    return SdkState(actions, df_dumps(rest))


def _read(action: Any) -> Action:
    read = _READERS.get(type(action))
    if read is None:
        raise _OtherError
    return read(action)


def _text(value: Any) -> str:
    # JSON makes one letter of two halves of a surrogate pair, and plain text of an enumeration's member.
    if type(value) is str and value.isascii():
        return value
    raise _OtherError


def _optional(value: Any) -> str | None:
    return None if value is None else _text(value)


def _activity(action: Any) -> Action:
    return CallActivity(_text(action.function_name), _text(action.input_))


def _child(action: Any) -> Action:
    return CallChild(
        _text(action.function_name),
        _text(action._input),
        _optional(action.instance_id),
        _optional(action.version),
    )


def _timer(action: Any) -> Action:
    time = action.fire_at
    if type(time) is not datetime or time.year < 1000 or type(action.is_cancelled) is not bool:
        raise _OtherError
    # Without the offset, as the SDK writes it.
    return CreateTimer(event_time(time.isoformat(timespec="microseconds")[:26] + "Z"), action.is_cancelled)


def _wait(action: Any) -> Action:
    return WaitForEvent(_text(action.external_event_name))


def _any(action: Any) -> Action:
    return WhenAny(tuple(map(_read, action.compound_tasks)))


def _all(action: Any) -> Action:
    return WhenAll(tuple(map(_read, action.compound_tasks)))


_READERS: dict[type, Callable[[Any], Action]] = {
    CallActivityAction: _activity,
    CallSubOrchestratorAction: _child,
    CreateTimerAction: _timer,
    WaitForExternalEventAction: _wait,
    WhenAnyAction: _any,
    WhenAllAction: _all,
}
