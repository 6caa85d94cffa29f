"""The answer of an orchestrator function, parsed once.

The SDK's answers are always usable. Others come from functions that were registered without the SDK's wrapper; they
fail with the real host's texts (recordings `raw_answers` and `bad_output`).
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from devhost.protocol.actions import Action
from devhost.protocol.failure_texts import (
    OUT_OF_PROC_MARKER,
    child_details,
    orchestrator_failure,
    raised_at_once_details,
    with_missing_yield,
    worker_failure,
)
from devhost.protocol.listed_actions import NULL_REFERENCE, UnusableError, has_retry, listed
from devhost.protocol.payload import parsed, stored, utf16_size
from devhost.protocol.sdk_state import SdkState

_CUSTOM_STATUS_LIMIT = 16 * 1024
# Characters, which bounds the memory that answers take.
_LONGEST_KEPT = 4096
_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)
_NO_SCHEMA = "Out of proc orchestrators must return a valid JSON schema"


@dataclass(frozen=True, slots=True)
class Failure:
    """The failure of an orchestration: `output` goes into its status; `details` goes to its parent as well."""

    output: str
    details: str | None


@dataclass(frozen=True, slots=True)
class OrchestratorAnswer:
    """The answer of an orchestrator function.

    `output` and `custom_status` are JSON texts as the host stores them, None where there is none.
    `schedules` is false when the answer is unusable: nothing is scheduled, `failure` takes effect at once,
    and the custom status stays.
    `has_retries`: the list contains a WithRetry action. The next episode of such an instance must take one message
    only: otherwise the ids of SDK and host may differ (docs/devhost/behaviour.md, section 3.6).
    `ids_given` is the number of ids that the SDK assigned in its replay, None if it could not be counted.
    """

    actions: tuple[Action, ...]
    is_done: bool
    output: str | None = None
    custom_status: str | None = None
    failure: Failure | None = None
    schedules: bool = True
    has_retries: bool = False
    ids_given: int | None = None


def from_returned(name: str, returned: Any, ids_given: int | None = None) -> OrchestratorAnswer:
    """Return the answer of a function that returned; `name` is for failure texts."""
    if returned is None:
        return OrchestratorAnswer((), True)
    try:
        if isinstance(returned, SdkState):
            read = _rest if len(returned.rest) <= _LONGEST_KEPT else _rest.__wrapped__
            return OrchestratorAnswer(returned.actions, *read(returned.rest), ids_given=ids_given)
        text = returned if isinstance(returned, str) else json.dumps(returned)
        return _parse(
            name,
            _state(text),
            ids_given,
            raised=False,
        )
    except UnusableError as error:
        return _failed(name, str(error))
    except _MALFORMED:
        return _failed(name, NULL_REFERENCE)


def from_error(name: str, text: str, stack: str, ids_given: int | None = None) -> OrchestratorAnswer:
    """Return the answer of a function that raised; `text` and `stack` come from `exception_text` and `frames`.

    The SDK writes its state behind a marker into the exception's message.
    """
    _, marker, state = text.partition(OUT_OF_PROC_MARKER)
    if not marker:
        text = with_missing_yield(text)
        message = f"One or more errors occurred. ({worker_failure(text, stack)})"
        failure = Failure(orchestrator_failure(name, message), raised_at_once_details(text, stack))
        return OrchestratorAnswer((), False, failure=failure, schedules=False)
    try:
        return _parse(
            name,
            _object(state),
            ids_given,
            raised=True,
        )
    except json.JSONDecodeError:
        return OrchestratorAnswer((), False, failure=Failure(_NO_SCHEMA, None), schedules=False)
    except UnusableError as error:
        return _failed(name, str(error))
    except _MALFORMED:
        return _failed(name, NULL_REFERENCE)


def _failed(name: str, message: str) -> OrchestratorAnswer:
    failure = Failure(orchestrator_failure(name, message), child_details(message))
    return OrchestratorAnswer((), False, failure=failure, schedules=False)


def _state(text: str) -> dict[str, Any] | None:
    try:
        return _object(text)
    except json.JSONDecodeError as error:
        raise UnusableError(f"One or more errors occurred. ({_newtonsoft_error(text)})") from error


def _object(text: str) -> dict[str, Any] | None:
    value = parsed(text)
    if isinstance(value, str):
        try:
            # A text inside the text: functions without the SDK's wrapper may return JSON encoded twice (`raw_answers`).
            value = parsed(value)
        except json.JSONDecodeError as error:
            raise UnusableError(_NO_SCHEMA) from error
        if not isinstance(value, dict):
            raise UnusableError(_NO_SCHEMA)
    if value is not None and not isinstance(value, dict):
        raise UnusableError("The data returned by the out-of-process function execution was not valid json.")
    return value  # pyright: ignore[reportUnknownVariableType]


def _newtonsoft_error(text: str) -> str:
    first = text.lstrip()[:1]
    if first in ("t", "f"):
        return "Error parsing boolean value. Path '', line 1, position 1."
    return f"Unexpected character encountered while parsing value: {first}. Path '', line 0, position 0."


def _parse(name: str, state: dict[str, Any] | None, ids_given: int | None, *, raised: bool) -> OrchestratorAnswer:
    if state is None:
        return OrchestratorAnswer((), True)
    actions, status = listed(state), _custom_status(state)
    error = state.get("error")
    if error:
        error = with_missing_yield(str(error))
    # With the SDK, an error always comes as an exception.
    if error and not raised:
        raise UnusableError(NULL_REFERENCE)
    return OrchestratorAnswer(
        actions,
        bool(state.get("isDone")),
        stored(state.get("output")),
        status,
        Failure(orchestrator_failure(name, error), child_details(error)) if error else None,
        has_retries=any(map(has_retry, actions)),
        ids_given=ids_given,
    )


@lru_cache(maxsize=1024)
def _rest(text: str) -> tuple[bool, str | None, str | None]:
    """Return whether the code is done, its output and its custom status. Kept, since most answers repeat them."""
    state = parsed(text)
    return bool(state["isDone"]), stored(state.get("output")), _custom_status(state)


def _custom_status(state: dict[str, Any]) -> str | None:
    status = stored(state.get("customStatus"))
    size = 0 if status is None else utf16_size(status)
    if size > _CUSTOM_STATUS_LIMIT:
        raise UnusableError(
            f"The UTF-16 size of the JSON-serialized payload must not exceed {_CUSTOM_STATUS_LIMIT // 1024} KB. "
            f"The current payload size is {size // 1024} KB."
        )
    return status
