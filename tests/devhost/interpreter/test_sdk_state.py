"""The host reads the same from the SDK's objects as from the text that they are written as."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

import pytest
from azure.durable_functions import Orchestrator
from azure.durable_functions.models import DurableOrchestrationContext, RetryOptions
from azure.durable_functions.models.utils.entity_utils import EntityId

from devhost.protocol import sdk_speed, sdk_state, sdk_witness
from devhost.protocol.answers import OrchestratorAnswer
from devhost.protocol.events import execution_started, orchestrator_started
from devhost.protocol.orchestrator_call import CallSettings, OrchestratorCall, call_orchestrator
from support.orchestrations import execution, fuzz

Context = DurableOrchestrationContext
Code = Callable[[Context], Generator[Any, Any, Any]]
AT = "2026-01-01T00:00:00.1234567Z"
HISTORY = [orchestrator_started(AT), execution_started(AT, "o", "i1", "x1", None)]
HALVES = "\ud83d" + "\ude00"
"""Two halves of a surrogate pair, which JSON turns into one letter."""


class Name(StrEnum):
    PAY = "pay"


@pytest.fixture(autouse=True)
def stand_ins() -> Iterator[None]:
    sdk_witness.install()
    take_out = sdk_speed.install()
    yield
    take_out()


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return, for each answer that might be taken as a state, whether it was."""
    seen: list[bool] = []
    original = sdk_state.taken

    def taken(state: Any) -> Any:
        answer = original(state)
        seen.append(answer is not None)
        return answer

    monkeypatch.setattr(sdk_state, "taken", taken)
    return seen


def assert_alike(by_state: OrchestratorAnswer, by_text: OrchestratorAnswer) -> None:
    assert replace(by_state, failure=None) == replace(by_text, failure=None)
    # The stack of an error shows by which way the code was called.
    outputs = [failure and failure.output.partition("\nStack:")[0] for failure in (by_state.failure, by_text.failure)]
    assert outputs[0] == outputs[1]


def answers(code: Code) -> tuple[OrchestratorAnswer, OrchestratorAnswer]:
    """Return the answer of the SDK's wrapper, and of one that the app has wrapped once more."""
    wrapper = Orchestrator.create(code)
    call = OrchestratorCall("o", "i1", None, None, HISTORY)
    settings = CallSettings()
    return call_orchestrator(wrapper, call, settings), call_orchestrator(lambda c: wrapper(c), call, settings)


def yielding(make: Callable[[Context], Any]) -> Code:
    def code(context: Context) -> Generator[Any, Any, Any]:
        yield make(context)

    return code


def ending(status: Any, output: Any = None) -> Code:
    def code(context: Context) -> Generator[Any, Any, Any]:
        context.set_custom_status(status)
        context.signal_entity(EntityId("counter", "a"), "add") if status == "signals" else None
        return output
        yield

    return code


def cancelled(context: Context) -> Generator[Any, Any, Any]:
    timer = context.create_timer(context.current_utc_datetime + timedelta(hours=1))
    timer.cancel()  # type: ignore[attr-defined]
    both = [timer, context.wait_for_external_event("go"), context.task_all([context.call_activity("a", {"ž": [1.5]})])]
    yield context.task_any(both)


PLAIN: list[Code] = [
    cancelled,
    yielding(lambda c: c.call_activity("pay", {"text": "ž" + HALVES, "n": None})),
    yielding(lambda c: c.call_sub_orchestrator("child", [1], "id-1", "2.0")),
    yielding(lambda c: c.call_sub_orchestrator("child")),
    yielding(lambda c: c.create_timer(c.current_utc_datetime + timedelta(days=20))),
    yielding(lambda c: c.task_all([])),
    ending({1: 2, "n": float("nan"), "big": 1e22, "t": (1, HALVES)}, {"$type": "x", "a": [1e999]}),
    ending("", []),
    ending("x" * 20_000),
]
OTHER: list[Code] = [
    yielding(lambda c: c.call_activity(Name.PAY, 1)),
    yielding(lambda c: c.call_activity("ž" + HALVES, 1)),
    yielding(lambda c: c.call_sub_orchestrator("child", 1, HALVES)),
    yielding(lambda c: c.call_sub_orchestrator("child", 1, 7)),  # type: ignore[arg-type]
    yielding(lambda c: c.call_activity_with_retry("pay", RetryOptions(100, 2), 1)),
    yielding(lambda c: c.task_any([c.call_http("GET", "http://127.0.0.1")])),
    yielding(lambda c: c.call_entity(EntityId("counter", "a"), "get")),
    yielding(lambda c: c.wait_for_external_event("ž")),
    yielding(lambda c: c.continue_as_new(1)),
    yielding(lambda c: 1 / 0),
    ending("signals"),
    ending("x", {1, 2}),
]


@pytest.mark.parametrize("code", PLAIN)
def test_plain_answers_are_taken_from_objects(code: Code, states: list[bool]) -> None:
    assert_alike(*answers(code))
    assert states == [True]


@pytest.mark.parametrize("code", OTHER)
def test_all_other_answers_are_written_as_text(code: Code, states: list[bool]) -> None:
    assert_alike(*answers(code))
    assert states == [False]


def test_a_status_that_is_no_json_fails_alike() -> None:
    by_state, by_text = answers(ending(object()))
    assert_alike(by_state, by_text)
    assert by_state.failure is not None


def test_an_app_that_wraps_the_sdks_wrapper_sees_its_text() -> None:
    seen: list[Any] = []
    wrapper = Orchestrator.create(cancelled)
    call_orchestrator(
        lambda c: seen.append(wrapper(c)), OrchestratorCall("o", "i1", None, None, HISTORY), CallSettings()
    )
    assert [type(text) for text in seen] == [str]


def test_fuzzed_programs_are_read_alike(monkeypatch: pytest.MonkeyPatch, states: list[bool]) -> None:
    def compared(noting: Any, call: OrchestratorCall, settings: CallSettings) -> OrchestratorAnswer:
        by_text = call_orchestrator(noting, call, settings)
        assert_alike(call_orchestrator(noting.__self__.handle, call, settings), by_text)
        return by_text

    monkeypatch.setattr(execution, "call_orchestrator", compared)
    for seed in range(100):
        fuzz.run(seed)
    assert sum(states) > 100
