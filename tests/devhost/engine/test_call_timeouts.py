"""Orchestrators and entities that do not come back are reported, and given up at `functionTimeout`."""

import threading
import time
from collections.abc import Callable
from typing import Any

import azure.durable_functions as df
import pytest

from devhost.engine import call_timeouts

gate = threading.Event()


@pytest.fixture(autouse=True)
def opened() -> Any:
    gate.clear()
    yield
    gate.set()


def new_app() -> df.DFApp:
    app = df.DFApp()

    @app.orchestration_trigger(context_name="context")
    def stuck(context: df.DurableOrchestrationContext):
        gate.wait(60)
        return "too late"

    @app.orchestration_trigger(context_name="context")
    def asks(context: df.DurableOrchestrationContext):
        try:
            yield context.call_entity(df.EntityId("rock", "k"), "block")
        except Exception as error:
            return str(error)

    @app.orchestration_trigger(context_name="context")
    def quick(context: df.DurableOrchestrationContext):
        return "quick"

    @app.entity_trigger(context_name="context", entity_name="rock")
    def rock(context: df.DurableEntityContext) -> None:
        if context.operation_name == "block":
            gate.wait(60)
        context.set_state(context.get_state(lambda: 0) + 1)

    return app


def test_an_orchestrator_that_does_not_return_fails_at_the_time_limit(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app(), function_timeout=1)
    for _ in range(2):  # the second time it is known to be slow
        started = time.monotonic()
        row = host.run("stuck")
        assert time.monotonic() - started < 10
        assert row.status == "Failed"
        text = "Timeout value of 00:00:01 was exceeded by function: Functions.stuck"
        assert row.output == f"Orchestrator function 'stuck' failed: {text}"
    assert host.run("quick").output == '"quick"'


def test_what_returns_after_the_limit_changes_nothing(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app(), function_timeout=1)
    row = host.run("stuck")
    before = host.engine.history(row.instance_id)
    gate.set()
    assert host.run("quick").output == '"quick"'
    # The gate is open now: a worker that was still held by the first call would time out again.
    assert host.ended(host.begin("stuck")).output == '"too late"', "the same worker has come back"
    assert host.engine.history(row.instance_id) == before
    assert host.engine.get_instance(row.instance_id).status == "Failed"


def test_an_entity_that_does_not_return_answers_with_an_error_and_keeps_its_state(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app(), function_timeout=1)
    host.engine.signal_entity("rock", "k", "add", None).result(5)
    assert "Timeout value of 00:00:01 was exceeded by function: Functions.rock" in host.run("asks").output
    assert host.engine.get_entity("rock", "k").state == "1"


def test_who_is_late_is_told_of_once(host_for: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_timeouts, "REPORT_AFTER", 0.5)
    host = host_for(new_app())
    host.begin("stuck", None, "s")
    deadline = time.monotonic() + 10
    while not host.warnings:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert host.run("quick").output == '"quick"'
    gate.set()
    assert host.ended("s").output == '"too late"'
    assert [("'stuck' has not returned" in text) for text in host.warnings] == [True]
