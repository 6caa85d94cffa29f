"""A loop of continue-as-new that awaits nothing keeps nobody else waiting, can be ended, and does not flood the log."""

import time
from collections.abc import Callable
from typing import Any

import azure.durable_functions as df
import pytest

from devhost.logs import RunReport


def new_app() -> df.DFApp:
    app = df.DFApp()

    @app.activity_trigger(input_name="value")
    def give_back(value: Any) -> Any:
        return value

    @app.orchestration_trigger(context_name="context")
    def loop(context: df.DurableOrchestrationContext):
        context.continue_as_new((context.get_input() or 0) + 1)

    @app.orchestration_trigger(context_name="context")
    def signals(context: df.DurableOrchestrationContext):
        context.signal_entity(df.EntityId("tally", "loop"), "add")
        context.continue_as_new((context.get_input() or 0) + 1)

    @app.orchestration_trigger(context_name="context")
    def calm(context: df.DurableOrchestrationContext):
        count = context.get_input() or 0
        yield context.call_activity("give_back", count)
        # More than the 100 in a row after which generations that await nothing are warned of.
        if count < 150:
            context.continue_as_new(count + 1)
        return count

    @app.orchestration_trigger(context_name="context")
    def echo(context: df.DurableOrchestrationContext):
        return (yield context.call_activity("give_back", 7))

    @app.entity_trigger(context_name="context", entity_name="tally")
    def tally(context: df.DurableEntityContext) -> None:
        context.set_state(context.get_state(lambda: 0) + 1)

    return app


def generation(host: Any) -> int:
    row = host.engine.get_instance("loop")
    return int((row.input or "0").strip('"'))


def reach(host: Any, count: int, seconds: float = 30) -> None:
    host.until("loop", lambda _: generation(host) >= count, seconds)


def runs_of(runs: list[RunReport], name: str) -> int:
    return sum(run.function == name for run in runs)


@pytest.mark.parametrize("name", ["loop", "signals"])
def test_others_go_on_and_it_can_be_terminated(host_for: Callable[..., Any], name: str) -> None:
    host = host_for(new_app())
    host.begin(name, None, "loop")
    for others in range(5):
        # Again and again while the loop goes on, and not only before it has begun.
        reach(host, others * 50)
        started = time.monotonic()
        assert host.run("echo").output == "7"
        assert time.monotonic() - started < 5
    host.engine.terminate("loop", "enough").result(10)
    row = host.ended("loop")
    assert (row.status, row.output) == ("Terminated", "enough")
    assert host.run("echo").output == "7"


def test_it_can_be_suspended_and_resumed_and_keeps_its_events(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app())
    host.begin("loop", None, "loop")
    reach(host, 20)
    host.engine.suspend("loop", "a moment").result(10)
    host.until("loop", lambda row: row.status == "Suspended")
    count = generation(host)
    assert host.run("echo").output == "7"
    assert generation(host) == count
    host.engine.resume("loop", None).result(10)
    reach(host, count + 20)
    host.engine.terminate("loop", None).result(10)
    assert host.ended("loop").status == "Terminated"


def test_its_user_is_told_and_the_log_is_spared(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app())
    host.begin("loop", None, "loop")
    # Beyond the second warning, which comes after ten times as many generations as the first.
    reach(host, 1_200, 60)
    host.engine.terminate("loop", None).result(10)
    host.ended("loop")
    warnings = [text for text in host.warnings if "in a row without awaiting" in text]
    assert len(warnings) == 2
    assert ["continued as new 100 times" in warnings[0], "continued as new 1000 times" in warnings[1]] == [True, True]
    assert "terminate the instance" in warnings[0]
    assert runs_of(host.runs, "loop") <= 101


def test_generations_that_await_something_are_none_of_this(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app())
    assert host.run("calm").output == "150"
    assert not [text for text in host.warnings if "in a row" in text]
    assert runs_of(host.runs, "calm") >= 300


def test_it_leaves_nothing_behind_in_memory_or_hub(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app())
    host.begin("signals", None, "loop")
    reach(host, 400)
    host.engine.terminate("loop", None).result(10)
    host.ended("loop")
    host.restart()
    hub = host.engine._hub
    tables = ("work", "timers", "inbox")
    left = {table: hub._value(f"SELECT count(*) FROM {table}", 0) for table in tables}
    assert left == dict.fromkeys(tables, 0)
    assert hub._value("SELECT count(DISTINCT run) FROM history", 0) == 1
    assert hub._value("SELECT count(*) FROM instances", 0) == 1
