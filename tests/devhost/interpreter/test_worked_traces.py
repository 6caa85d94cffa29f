"""Whole orchestrations by hand, with all that each episode schedules and the moment at which it may end."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import azure.durable_functions as df

from devhost.protocol.actions import CreateTimer
from devhost.protocol.clock import ticks_of
from support.orchestrations.scripts import Script

Code = Generator[Any, Any, Any]
Context = df.DurableOrchestrationContext
COUNTER = df.EntityId("counter", "K")


def later(context: Context, seconds: float) -> Any:
    return context.create_timer(context.current_utc_datetime + timedelta(seconds=seconds))


def test_retries_used_up_take_a_timer_after_the_last_failure_too() -> None:
    def code(context: Context) -> Code:
        try:
            yield context.call_activity_with_retry("boom", df.RetryOptions(100, 3), "x")
        except Exception:
            return (yield context.call_activity("echo", "compensation"))

    script = Script(code)
    assert script.start() == ["activity#0"]
    assert script.turn(script.failed(0)) == ["timer#1"]
    assert waits(script) == 100
    assert script.turn(script.fired(1)) == ["activity#2"]
    assert script.turn(script.failed(2)) == ["timer#3"]
    assert waits(script) == 100
    assert script.turn(script.fired(3)) == ["activity#4"]
    assert script.turn(script.failed(4)) == ["timer#5"]
    assert waits(script) == 0
    assert script.turn(script.fired(5)) == ["activity#6"]
    assert script.turn(script.completed(6)) == []
    assert script.seen.may_end
    assert script.seen.next_id == 7


def test_a_cancelled_timer_does_not_keep_the_instance() -> None:
    def code(context: Context) -> Code:
        timer = later(context, 60)
        yield context.task_any([context.call_activity("quick"), timer])
        timer.cancel()
        return (yield context.call_activity("next"))

    script = Script(code)
    assert script.start() == ["activity#0", "timer#1"]
    assert script.turn(script.completed(0)) == ["activity#2"]
    assert script.seen.cancelled_timers == {1}
    assert script.turn(script.completed(2)) == []
    assert script.seen.may_end
    assert script.seen.next_id == 3


def test_signals_and_entity_calls_take_ids_and_responses_find_their_calls() -> None:
    def code(context: Context) -> Code:
        context.signal_entity(COUNTER, "add", 5)
        caught = ""
        first = yield context.call_entity(COUNTER, "get")
        try:
            yield context.call_entity(COUNTER, "fail")
        except Exception as error:
            caught = str(error)
        both = yield context.task_all([context.call_entity(COUNTER, "add", 1), context.call_entity(COUNTER, "add", 2)])
        yield context.call_activity("echo")
        return [first, caught, both]

    script = Script(code)
    assert script.start() == ["entity_signal#0", "entity_call#1"]
    assert script.turn(script.answered(1, "5")) == ["entity_call#2"]
    assert script.turn(script.answered(2, '"nope"', failed=True)) == ["entity_call#3", "entity_call#4"]
    assert script.turn(script.answered(3, "6"), script.answered(4, "8")) == ["activity#5"]
    assert script.turn(script.completed(5)) == []
    assert script.seen.may_end
    assert script.answer.output == '[5,"nope",[6,8]]'
    assert script.seen.next_id == 6


def test_what_follows_a_failed_task_all_waits_for_all_of_its_tasks() -> None:
    def code(context: Context) -> Code:
        try:
            yield context.task_all([context.call_activity("a"), context.call_activity("b"), later(context, 9)])
        except Exception:
            return (yield context.call_activity("compensate"))

    script = Script(code)
    assert script.start() == ["activity#0", "activity#1", "timer#2"]
    assert script.turn(script.failed(0)) == []
    assert script.seen.stuck is not None
    assert "the timer of 2026-01-01T00:00:09.001Z" in script.seen.stuck
    assert "activity 'b'" in script.seen.stuck
    assert "gone on to activity 'compensate'" in script.seen.stuck
    assert script.turn(script.completed(1)) == []
    assert script.turn(script.fired(2)) == ["activity#3"]
    assert script.seen.stuck is None
    assert script.turn(script.completed(3)) == []
    assert script.seen.may_end


def test_an_open_timer_keeps_the_instance_that_has_returned() -> None:
    def code(context: Context) -> Code:
        yield context.task_any([context.wait_for_external_event("Stop"), later(context, 5)])
        return (yield context.call_activity("last"))

    script = Script(code)
    assert script.start() == ["timer#0"]
    assert script.turn(script.raised("Stop")) == ["activity#1"]
    assert script.turn(script.completed(1)) == []
    assert not script.seen.may_end
    assert script.seen.open_ids == (0,)
    assert script.turn(script.fired(0)) == []
    assert script.seen.may_end


def test_continue_as_new_carries_its_input_when_nothing_is_open() -> None:
    def code(context: Context) -> Code:
        yield context.call_activity("one")
        context.continue_as_new(2)

    script = Script(code)
    assert script.start() == ["activity#0"]
    assert script.turn(script.completed(0)) == []
    assert script.seen.may_end
    assert script.seen.carried_input == "2"


def test_a_signal_goes_out_although_the_code_then_fails() -> None:
    def code(context: Context) -> Code:
        context.signal_entity(COUNTER, "add", 1)
        if context.instance_id:
            raise ValueError("boom")
        yield

    script = Script(code)
    assert script.start() == ["entity_signal#0"]
    assert script.seen.may_end
    assert script.answer.failure is not None
    assert script.answer.failure.output == "Orchestrator function 'o' failed: boom"


def test_the_newest_of_two_waits_gets_the_event() -> None:
    def code(context: Context) -> Code:
        abandoned = context.wait_for_external_event("go")
        yield context.task_any([abandoned, context.call_activity("quick")])
        data = yield context.wait_for_external_event("go")
        yield context.call_activity("next", data)

    script = Script(code)
    assert script.start() == ["activity#0"]
    assert script.turn(script.completed(0)) == []
    assert script.turn(script.raised("go")) == ["activity#1"]
    assert script.seen.stuck is None


def test_several_completions_of_one_turn_are_taken_in_their_order() -> None:
    def code(context: Context) -> Code:
        first = yield context.task_any([context.call_activity("a"), context.call_activity("b")])
        yield context.call_activity("next", first.result)

    script = Script(code)
    assert script.start() == ["activity#0", "activity#1"]
    assert script.turn(script.completed(1, '"b"'), script.completed(0, '"a"')) == ["activity#2"]


def test_a_completion_that_comes_twice_is_passed_over() -> None:
    def code(context: Context) -> Code:
        yield context.call_activity("a")
        yield context.call_activity("b")

    script = Script(code)
    script.start()
    assert script.turn(script.completed(0)) == ["activity#1"]
    assert script.turn(script.completed(0)) == []
    assert not script.seen.may_end


def test_an_orchestrator_that_exits_fails_and_leaves_the_host_alone() -> None:
    def code(context: Context) -> Code:
        yield context.call_activity("a")
        raise SystemExit("\ud83d")

    script = Script(code)
    script.start()
    script.turn(script.completed(0))
    assert script.seen.may_end
    assert script.answer.failure is not None
    assert "SystemExit: \ufffd" in script.answer.failure.output


def waits(script: Script) -> float:
    """Return the milliseconds from now to the timer that this episode has created."""
    (decision,) = script.seen.decisions
    assert isinstance(decision.action, CreateTimer)
    # A tick is 100 ns.
    return (ticks_of(decision.action.fire_at) - script.now) / 10_000
