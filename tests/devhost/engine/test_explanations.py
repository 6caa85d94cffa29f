"""What the engine says of instances that fail, linger or differ at replay, and of functions that cannot run."""

import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import azure.durable_functions as df
import azure.functions as func
import pytest

from devhost.errors import UnknownFunction

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Potential duplicate")
gate = threading.Event()


def new_app() -> df.DFApp:
    app = df.DFApp()
    register_called(app)
    register_callers(app)
    register_others(app)
    return app


def register_called(app: df.DFApp) -> None:
    @app.activity_trigger(input_name="value")
    def give_back(value: Any) -> Any:
        return value

    @app.activity_trigger(input_name="value")
    def Waits_For_Gate(value: Any) -> str:  # noqa: N802 - time-outs name functions as they are spelled
        gate.wait(20)
        return "open"

    @app.activity_trigger(input_name="value")
    @app.queue_output(arg_name="out", queue_name="q", connection="c")
    def with_queue(value: Any, out: func.Out[str]) -> str:
        return "never called"

    @app.activity_trigger(input_name="value", activity="OffAlias")
    def switched_off(value: Any) -> str:
        return "never called"

    @app.queue_output(arg_name="out", queue_name="q", connection="c")
    @app.entity_trigger(context_name="context", entity_name="WithQueue")
    def entity_with_queue(context: df.DurableEntityContext) -> None:
        raise AssertionError

    @app.entity_trigger(context_name="context", entity_name="SlowEntity")
    def SlowFunction(context: df.DurableEntityContext) -> None:  # noqa: N802
        gate.wait(20)

    @app.orchestration_trigger(context_name="context")
    def Loops(context: df.DurableOrchestrationContext):  # noqa: N802
        gate.wait(20)
        return "never in time"


def register_callers(app: df.DFApp) -> None:
    @app.orchestration_trigger(context_name="context")
    def calls(context: df.DurableOrchestrationContext):
        name: Any = context.get_input()
        return (yield context.call_activity(name, 1))

    @app.orchestration_trigger(context_name="context")
    def calls_child(context: df.DurableOrchestrationContext):
        name: Any = context.get_input()
        try:
            return (yield context.call_sub_orchestrator(name))
        except Exception as error:
            return str(error)

    @app.orchestration_trigger(context_name="context")
    def calls_entity(context: df.DurableOrchestrationContext):
        return (yield context.call_entity(df.EntityId("SlowEntity", "k"), "op"))

    @app.orchestration_trigger(context_name="context")
    def lingers(context: df.DurableOrchestrationContext):
        timer = context.create_timer(context.current_utc_datetime + timedelta(hours=1))
        yield context.task_any([context.call_activity("give_back", 1), timer])
        return "done"


def register_others(app: df.DFApp) -> None:
    @app.orchestration_trigger(context_name="context")
    def uses_the_clock(context: df.DurableOrchestrationContext):
        yield context.call_activity("give_back", time.time_ns())
        yield context.call_activity("give_back", 2)
        return "done"

    @app.orchestration_trigger(context_name="context")
    def uses_context(context: df.DurableOrchestrationContext):
        stamp = [context.current_utc_datetime.isoformat(), context.new_uuid()]
        yield context.call_activity("give_back", stamp)
        yield context.call_sub_orchestrator("calls", "give_back", context.new_uuid())
        yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=1))
        return "done"

    @app.orchestration_trigger(context_name="context")
    def changes_its_mind(context: df.DurableOrchestrationContext):
        if context.is_replaying:
            yield context.create_timer(context.current_utc_datetime)
        yield context.call_activity("give_back", 1)
        return "done"

    @app.orchestration_trigger(context_name="context")
    def raises_at_once(context: df.DurableOrchestrationContext):
        raise ValueError("immediate")


@pytest.fixture(autouse=True)
def closed_gate() -> Any:
    gate.clear()
    yield
    gate.set()


@pytest.fixture
def host(host_for: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AzureWebJobs.switched_off.Disabled", "true")
    return host_for(new_app())


def given(value: Any) -> str:
    return json.dumps(value)


def test_a_function_with_an_unsupported_binding_is_not_called(host: Any) -> None:
    row = host.run("calls", given("with_queue"))
    assert row.status == "Failed"
    assert "The activity 'with_queue' cannot run on this host, which does not support its binding queue." in row.output
    assert any(text.endswith("The real host would run it.") for text in host.warnings)
    with pytest.raises(UnknownFunction, match="which does not support its binding queue"):
        host.engine.signal_entity("WithQueue", "k", "op", None).result(5)


def test_a_disabled_function_names_the_setting_that_disables_it(host: Any) -> None:
    row = host.run("calls", given("OffAlias"))
    assert row.status == "Failed"
    assert "It is disabled by the setting AzureWebJobs.switched_off.Disabled." in row.output
    assert any(text.endswith("would leave the instance in Running for ever.") for text in host.warnings)


@pytest.mark.parametrize("strict", [False, True])
def test_open_work_behind_ended_code_is_named_once(host_for: Callable[..., Any], strict: bool) -> None:
    host = host_for(new_app(), strict=strict)
    instance = host.begin("lingers")
    host.until(instance, lambda _: bool(host.warnings))
    assert host.engine.get_instance(instance).status == "Running"
    host.engine.raise_event(instance, "any", "1").result(5)
    assert host.engine.skip_to_next_timer().result(5) > 3_000
    assert host.ended(instance).output == '"done"'
    (warning,) = [text for text in host.warnings if "stays Running" in text]
    assert warning.startswith("The code has ended, but the instance stays Running until the timer of")
    assert warning.endswith("timer.cancel().")


def test_an_input_made_of_the_clock_is_named_and_fails_in_strict_mode(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app())
    assert host.run("uses_the_clock").status == "Completed"
    (warning,) = host.warnings
    assert "at replay activity 'give_back' has another input than when it was scheduled" in warning
    host.engine.stop()
    strict = host_for(new_app(), strict=True)
    row = strict.run("uses_the_clock")
    assert (row.status, "at replay activity 'give_back'" in row.output) == ("Failed", True)


def test_times_and_ids_of_the_context_are_the_same_at_replay(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app(), strict=True)
    assert host.run("uses_context").status == "Completed"
    assert host.warnings == []


def test_a_non_deterministic_failure_is_logged_as_an_error(host: Any) -> None:
    row = host.run("changes_its_mind")
    assert row.status == "Failed"
    host.engine.stop()
    errors = [run.error for run in host.runs if run.function == "changes_its_mind"]
    assert errors == [None, row.output]
    assert "Non-Deterministic workflow detected" in row.output


def test_a_child_that_raises_at_once_carries_the_nested_details(host: Any) -> None:
    text = json.loads(host.run("calls_child", given("raises_at_once")).output)
    reason, _, details = text.partition(" \n {")
    assert reason.startswith("Orchestrator function 'raises_at_once' failed: One or more errors occurred. (Result:")
    error = json.loads("{" + details)
    assert (error["ClassName"], error["Message"]) == ("System.AggregateException", "One or more errors occurred.")
    assert error["InnerException"]["RemoteMessage"] == "ValueError: immediate"
    assert error["InnerExceptions"] == [error["InnerException"]]


@pytest.mark.parametrize(
    ("orchestrator", "value", "spelled"),
    [
        ("calls", "WAITS_for_gate", "Waits_For_Gate"),
        ("LOOPS", None, "Loops"),
        ("calls_entity", None, "SlowFunction"),
    ],
)
def test_a_time_out_names_the_function_as_it_is_spelled(
    host_for: Callable[..., Any], orchestrator: str, value: Any, spelled: str
) -> None:
    host = host_for(new_app(), function_timeout=0.6)
    row = host.run(orchestrator, given(value))
    assert row.status == "Failed"
    assert f"was exceeded by function: Functions.{spelled}" in row.output
    assert not any("without end" in text for text in host.warnings)


def test_an_entity_that_runs_too_long_is_not_said_to_be_repeated(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app(), function_timeout=0.6)
    host.run("calls_entity")
    (warning,) = host.warnings
    assert warning.endswith("Functions.SlowFunction. The calls of the batch fail, as on the real host")
