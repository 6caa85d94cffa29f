"""Answers that no SDK gives: the host fails the instance in the real host's words and never breaks itself."""

import json
from collections.abc import Callable, Generator
from typing import Any

import azure.durable_functions as df
import pytest

from devhost.protocol import answers
from support.orchestrations.scripts import Script

Code = Generator[Any, Any, Any]

PREFIX = "Orchestrator function 'o' failed: "


@pytest.mark.parametrize(
    "actions",
    ["x", 5, [5], [[5]], [[{}]], [[{"actionType": 1, "functionName": "f", "retryOptions": {}}]], [[{"actionType": 8}]]],
)
def test_malformed_actions_fail_the_instance(actions: object) -> None:
    text = json.dumps({"isDone": False, "schemaVersion": 2, "actions": actions})
    parsed = answers.from_returned("o", text)
    assert parsed.failure is not None
    assert parsed.failure.output.startswith(PREFIX)
    assert not parsed.schedules


def test_a_function_that_returns_an_object_instead_of_text_is_understood() -> None:
    parsed = answers.from_returned("o", {"isDone": True, "schemaVersion": 2, "actions": [[]], "output": {"a": 1}})
    assert (parsed.is_done, parsed.output, parsed.failure) == (True, '{"a":1}', None)


def test_the_state_behind_the_marker_is_used() -> None:
    state = {"isDone": False, "schemaVersion": 2, "actions": [[]], "error": "boom", "customStatus": {"a": 1}}
    message = f"boom\n\n$OutOfProcData$:{json.dumps(state)}"
    parsed = answers.from_error("o", f"Exception: {message}", "")
    assert parsed.failure == answers.Failure(PREFIX + "boom", "Message: boom, StackTrace:    at devhost.Invoke()")
    assert parsed.custom_status == '{"a":1}'
    assert parsed.schedules


@pytest.mark.parametrize(("size", "fits"), [(8190, True), (8191, False)])
def test_a_custom_status_has_room_for_sixteen_kilobytes_of_utf16(size: int, fits: bool) -> None:
    state = {"isDone": False, "schemaVersion": 2, "actions": [[]], "customStatus": "x" * size}
    parsed = answers.from_returned("o", json.dumps(state))
    assert (parsed.failure is None) == fits


def returns_a_task(context: df.DurableOrchestrationContext) -> Any:
    return context.call_activity("x")


def passes_a_task_on(context: df.DurableOrchestrationContext) -> Code:
    task = context.call_activity("x")
    yield context.call_activity("y", task)


def reads_a_task(context: df.DurableOrchestrationContext) -> Code:
    task: Any = context.call_activity("x")
    yield context.call_activity("y", task["key"])


def adds_to_a_task(context: df.DurableOrchestrationContext) -> Code:
    task: Any = context.task_all([context.call_activity("x")])
    yield context.call_activity("y", task + 1)


def puts_a_task_into_the_status(context: df.DurableOrchestrationContext) -> Code:
    context.set_custom_status(context.call_activity("x"))
    yield context.call_activity("y")


@pytest.mark.parametrize(
    "code", [returns_a_task, passes_a_task_on, reads_a_task, adds_to_a_task, puts_a_task_into_the_status]
)
def test_a_forgotten_yield_is_named(code: Callable[[Any], Any]) -> None:
    script = Script(code)
    script.start()
    assert script.answer.failure is not None
    assert (
        "(a `yield` is missing: the code uses a task where it needs the task's result" in script.answer.failure.output
    )


def test_other_errors_are_as_they_were() -> None:
    answer = answers.from_error("o", "TypeError: 'int' object is not subscriptable", "")
    assert "yield" not in (answer.failure or answers.Failure("yield", None)).output
