"""The explainer's sentences, and its silence where all is well."""

from collections import defaultdict
from collections.abc import Generator
from datetime import timedelta
from itertools import count
from typing import Any

import azure.durable_functions as df
import pytest

from devhost.protocol.interpreter import interpret
from support.orchestrations import recordings
from support.orchestrations.scripts import Script

Code = Generator[Any, Any, Any]
Context = df.DurableOrchestrationContext
EXPLAINED = {
    "await_all_fails": "gone on to activity 'hello'",
    "await_any_reused_mixed": "The host waits for event 'e2'",
    "await_any_reused_timer": "yield the old task alone",
    "await_fixed_event_twice": "use another event name for each wait",
    "await_retry_in_any": "do not cancel a timer that was yielded in a task_any with a WithRetry task",
    "fan_one_fails": "gone on to its failure",
    "raw_answers": "can never happen",
    "yields_none": "can never happen",
}


@pytest.mark.parametrize("name", recordings.NAMES)
def test_speaks_of_those_recordings_alone_where_code_and_host_part(name: str) -> None:
    turns = recordings.turns(name)
    inputs: defaultdict[str, dict[int, int]] = defaultdict(dict)
    explanations = [
        interpret(t.instance_id, t.execution_id, t.history, t.answer(), inputs[t.execution_id]).stuck for t in turns
    ]
    if name in EXPLAINED:
        assert any(EXPLAINED[name] in s for s in explanations if s)
    else:
        assert explanations == [None] * len(explanations)


def test_a_task_that_stands_twice_in_a_group_is_named_at_once() -> None:
    def code(context: Context) -> Code:
        task = context.call_activity("a")
        yield context.task_all([task, task])

    script = Script(code)
    assert script.start() == ["activity#0", "activity#1"]
    assert "has started 2 tasks, the code knows 1" in (script.seen.stuck or "")


def test_a_cancelled_timer_that_is_yielded_is_no_matter_since_it_fires() -> None:
    def code(context: Context) -> Code:
        timer: Any = context.create_timer(context.current_utc_datetime + timedelta(seconds=1))
        timer.cancel()
        yield timer
        return "woke"

    script = Script(code)
    assert script.start() == ["timer#0"]
    assert script.seen.stuck is None
    # The SDK yields a cancelled timer like any other, and the host lets it fire.
    assert script.turn(script.fired(0), after_ms=1000) == []
    assert script.seen.may_end


def test_a_group_whose_tasks_were_put_into_another_is_named() -> None:
    def code(context: Context) -> Code:
        task = context.call_activity("a")
        group = context.task_all([task])
        yield context.task_any([task])
        yield group

    script = Script(code)
    assert script.start() == ["activity#0"]
    script.turn(script.completed(0))
    assert "whose tasks were later yielded in another one" in (script.seen.stuck or "")


def test_an_event_that_answers_two_waits_is_named() -> None:
    def code(context: Context) -> Code:
        yield context.call_activity("slow")
        yield context.wait_for_external_event("e")
        yield context.wait_for_external_event("e")
        yield context.call_activity("next")

    script = Script(code)
    script.start()
    assert script.turn(script.raised("e")) == []
    assert script.seen.stuck is None
    assert script.turn(script.completed(0)) == []
    assert "The host waits for event 'e'" in (script.seen.stuck or "")
    assert "gone on to activity 'next'" in (script.seen.stuck or "")
    assert "use another event name for each wait" in (script.seen.stuck or "")
    assert script.turn(script.raised("e")) == ["activity#1"]


def test_a_retry_beside_an_old_task_shifts_ids_and_is_named() -> None:
    def code(context: Context) -> Code:
        event = context.wait_for_external_event("go")
        retried = context.call_activity_with_retry("act", df.RetryOptions(100, 3), 1)
        yield context.task_any([context.call_activity("quick"), retried, event])
        yield event
        yield context.call_activity("act", 2)

    script = Script(code)
    assert script.start() == ["activity#0", "activity#1"]
    assert script.turn(script.completed(0)) == []
    assert script.turn(script.failed(1)) == ["timer#2"]
    assert script.seen.stuck is None
    script.turn(script.raised("go"))
    assert script.seen.non_determinism is not None
    assert "let every WithRetry task end before you yield an old task again" in (script.seen.stuck or "")


def test_a_long_timer_beside_an_event_in_a_task_all_is_named() -> None:
    def code(context: Context) -> Code:
        timer = context.create_timer(context.current_utc_datetime + timedelta(days=7))
        yield context.task_all([timer, context.wait_for_external_event("go")])

    script = Script(code)
    assert script.start() == ["timer#0"]
    # The host takes three days at a time.
    script.turn(script.fired(0), after_ms=3 * 24 * 3600 * 1000)
    assert "A timer of more than six days is made of several" in (script.seen.stuck or "")


def test_a_task_all_that_fails_within_a_task_any_is_named_in_few_words() -> None:
    def code(context: Context) -> Code:
        many = context.task_all([context.call_activity(f"a{i}") for i in range(9)])
        yield context.task_any([many, context.wait_for_external_event("stop")])
        yield context.call_activity("next")

    script = Script(code)
    script.start()
    script.turn(script.failed(3))
    assert script.seen.stuck is not None
    assert script.seen.stuck.startswith(
        "The host waits for activity 'a0' and activity 'a1' and activity 'a2' and 6 more, but the code has "
        "already gone on to activity 'next'. The code goes on at the first failure of a task_all"
    )


def test_waiting_for_an_event_that_may_still_come_is_no_matter() -> None:
    def code(context: Context) -> Code:
        yield context.wait_for_external_event("go")

    script = Script(code)
    script.start()
    assert script.seen.stuck is None


def test_an_old_timer_beside_a_fresh_event_is_the_cause_and_no_early_event() -> None:
    def code(context: Context) -> Code:
        timer = context.create_timer(context.current_utc_datetime + timedelta(seconds=60))
        while True:
            event = context.wait_for_external_event("e")
            first = yield context.task_any([timer, event])
            if first is timer:
                yield context.call_activity("late")
                return

    script = Script(code)
    script.start()
    assert script.turn(script.raised("e")) == []
    assert script.seen.stuck is None
    script.turn(script.fired(0), after_ms=60_000)
    sentence = script.seen.stuck or ""
    assert "The host waits for event 'e', but the code has already gone on to activity 'late'" in sentence
    assert "waits only for the tasks that were not yielded before" in sentence
    assert "before the code waits" not in sentence


@pytest.mark.parametrize(
    ("open_task", "mend"),
    [
        (lambda c: c.call_activity("slow"), "until activity 'slow' has ended. Only a timer can be cancelled"),
        (lambda c: c.call_sub_orchestrator("child"), "until sub-orchestration 'child' has ended. Only a timer"),
        (lambda c: c.call_http("GET", "http://x"), "until the HTTP call to http://x has ended. Only a timer"),
        (lambda c: c.create_timer(c.current_utc_datetime + timedelta(hours=1)), "timer.cancel()"),
    ],
)
def test_work_that_is_open_when_the_code_has_ended_is_named(open_task: Any, mend: str) -> None:
    def code(context: Context) -> Code:
        yield context.task_any([context.call_activity("quick"), open_task(context)])
        return "done"

    script = Script(code)
    script.start()
    assert script.seen.lingering is None
    script.turn(script.completed(0))
    assert script.seen.stuck is None
    assert "The code has ended, but the instance stays Running until" in (script.seen.lingering or "")
    assert mend in (script.seen.lingering or "")


def test_a_long_timer_that_cancel_does_not_cancel_is_named() -> None:
    def code(context: Context) -> Code:
        timer: Any = context.create_timer(context.current_utc_datetime + timedelta(days=7))
        yield context.task_any([context.call_activity("quick"), timer])
        timer.cancel()

    script = Script(code)
    script.start()
    script.turn(script.completed(0))
    assert "made of several timers, which cancel() does not cancel" in (script.seen.lingering or "")


def test_nothing_lingers_behind_a_cancelled_timer_or_an_event() -> None:
    def code(context: Context) -> Code:
        timer: Any = context.create_timer(context.current_utc_datetime + timedelta(hours=1))
        yield context.task_any([context.call_activity("quick"), timer, context.wait_for_external_event("e")])
        timer.cancel()

    script = Script(code)
    script.start()
    script.turn(script.completed(0))
    assert script.seen.may_end
    assert script.seen.lingering is None


TICKS = count()
CHANGING: dict[str, Any] = {
    "activity 'a'": lambda c: c.call_activity("a", next(TICKS)),
    "sub-orchestration 'a' has another input": lambda c: c.call_sub_orchestrator("a", next(TICKS)),
    "another input or instance id": lambda c: c.call_sub_orchestrator("a", 1, f"id-{next(TICKS)}"),
    "the HTTP call to http://x": lambda c: c.call_http("POST", "http://x", str(next(TICKS))),
    "'op' of entity @e@k": lambda c: c.call_entity(df.EntityId("e", "k"), "op", next(TICKS)),
    "has another time": lambda c: c.create_timer(
        c.current_utc_datetime + timedelta(seconds=60, microseconds=next(TICKS))
    ),
    "activity 'r'": lambda c: c.call_activity_with_retry("r", df.RetryOptions(1000, 2), next(TICKS)),
}


@pytest.mark.parametrize("described", CHANGING)
def test_an_input_that_changes_at_replay_is_named(described: str) -> None:
    def code(context: Context) -> Code:
        yield context.task_all([CHANGING[described](context), context.wait_for_external_event("e")])

    script = Script(code)
    script.start()
    assert script.seen.stuck is None
    script.turn(script.raised("other"))
    assert described in (script.seen.stuck or "")
    assert "The code is not deterministic: at replay" in (script.seen.stuck or "")
    assert "context.current_utc_datetime" in (script.seen.stuck or "")


def test_a_process_that_has_not_seen_the_first_episode_compares_from_the_next_one_on() -> None:
    def code(context: Context) -> Code:
        yield context.call_activity("a", next(TICKS))

    script = Script(code)
    script.start()
    script.inputs.clear()
    script.turn(script.raised("other"))
    assert script.seen.stuck is None
    script.turn(script.raised("other"))
    assert "activity 'a' has another input" in (script.seen.stuck or "")
