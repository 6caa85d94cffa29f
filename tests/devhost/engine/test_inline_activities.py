"""Activities that are known to compute run in the engine's turn; what waits, or begins to, never holds it up."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import azure.durable_functions as df
import pytest

from devhost.engine.inline_activities import (
    LATE_SECONDS,
    MOST_LATE_RUNS,
    MOST_RUNS_NEEDED,
    MOST_WAITED_SECONDS,
    RUNS_NEEDED,
    SLOW_SECONDS,
    STUCK_SECONDS,
    WAITED_SECONDS,
    InlinePolicy,
    RunTime,
)
from support.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def computing(seconds: float) -> RunTime:
    return RunTime(seconds, seconds, seconds)


def waiting(seconds: float, *, others: float = 0.0) -> RunTime:
    """Return the time of a run that waits, of which other threads compute for `others` seconds."""
    return RunTime(seconds, 0.0, others)


def proven() -> InlinePolicy:
    policy = InlinePolicy()
    for _ in range(RUNS_NEEDED):
        assert not policy.may_run_inline("step")
        policy.ran_on_worker("step", waiting(SLOW_SECONDS / 2))
    assert policy.may_run_inline("step")
    return policy


def run_inline(policy: InlinePolicy, time: RunTime) -> None:
    policy.begins_inline("step")
    policy.ran_inline("step", time)


def runs_until_sent_back(policy: InlinePolicy, time: RunTime, most: int) -> int:
    """Run inline until the activity goes back to the workers, and return the number of runs."""
    runs = 0
    while policy.may_run_inline("step") and runs < most:
        run_inline(policy, time)
        runs += 1
    return runs


def test_a_slow_run_on_a_worker_makes_the_proof_begin_anew() -> None:
    policy = proven()
    policy.ran_on_worker("step", waiting(SLOW_SECONDS))
    assert not policy.may_run_inline("step")
    for _ in range(RUNS_NEEDED):
        policy.ran_on_worker("step", waiting(0))
    assert policy.may_run_inline("step")


def test_a_run_on_a_worker_that_is_late_because_others_compute_counts_for_the_proof() -> None:
    policy = InlinePolicy()
    for _ in range(RUNS_NEEDED):
        policy.ran_on_worker("step", waiting(SLOW_SECONDS * 4, others=SLOW_SECONDS * 3.5))
    assert policy.may_run_inline("step")


def test_what_runs_in_the_turn_may_not_run_there_twice_at_a_time() -> None:
    policy = proven()
    policy.begins_inline("step")
    assert not policy.may_run_inline("step")
    policy.ran_on_worker("step", waiting(0))
    assert not policy.may_run_inline("step")
    policy.ran_inline("step", computing(WAITED_SECONDS))
    assert policy.may_run_inline("step")


def test_what_computes_stays_in_the_turn_however_often_it_does() -> None:
    assert runs_until_sent_back(proven(), computing(SLOW_SECONDS * 0.9), most=100) == 100


def test_short_waits_for_threads_that_compute_are_no_waits() -> None:
    times = waiting(LATE_SECONDS * 0.9, others=LATE_SECONDS * 0.9)
    assert runs_until_sent_back(proven(), times, most=100) == 100


def test_what_is_late_in_each_run_goes_back_to_the_workers_though_other_threads_compute_meanwhile() -> None:
    times = waiting(LATE_SECONDS * 2, others=LATE_SECONDS * 2)
    assert runs_until_sent_back(proven(), times, most=100) == MOST_LATE_RUNS


def test_one_run_in_time_excuses_the_late_ones_before_it() -> None:
    policy = proven()
    for _ in range(10):
        for _ in range(MOST_LATE_RUNS - 1):
            run_inline(policy, waiting(SLOW_SECONDS * 2, others=SLOW_SECONDS * 2))
        run_inline(policy, waiting(0))
        assert policy.may_run_inline("step")


def test_waits_of_a_busy_machine_are_borne_as_long_as_they_come_now_and_then() -> None:
    policy = proven()
    for seconds in (0.4, 0.2, 0, 0.4, 0, 0, 0.3, 0, 0.5, 0, 0) * 10:
        run_inline(policy, waiting(MOST_WAITED_SECONDS * seconds))
        assert policy.may_run_inline("step")


@pytest.mark.parametrize(("seconds", "runs"), [(0.006, 25), (0.05, 3), (0.1, 2), (0.2, 1)])
def test_what_waits_in_each_run_goes_back_to_the_workers_before_it_has_waited_for_long(
    seconds: float, runs: int
) -> None:
    assert runs_until_sent_back(proven(), waiting(seconds), most=100) in (runs, runs + 1)


def test_what_waits_in_most_runs_goes_back_to_the_workers_too() -> None:
    policy = proven()
    for _ in range(20):
        for seconds in (0.05, 0.05, 0):
            if policy.may_run_inline("step"):
                run_inline(policy, waiting(seconds))
    assert not policy.may_run_inline("step")


def test_each_slow_run_in_the_turn_asks_for_twice_the_proof_up_to_a_limit() -> None:
    policy = proven()
    for runs in (RUNS_NEEDED * 2, RUNS_NEEDED * 4, RUNS_NEEDED * 8, MOST_RUNS_NEEDED, MOST_RUNS_NEEDED):
        run_inline(policy, computing(SLOW_SECONDS))
        for _ in range(runs):
            assert not policy.may_run_inline("step")
            policy.ran_on_worker("step", waiting(0))
        assert policy.may_run_inline("step")


def test_what_was_stuck_in_the_turn_never_runs_there_again() -> None:
    policy = proven()
    run_inline(policy, waiting(STUCK_SECONDS))
    for _ in range(1_000):
        policy.ran_on_worker("step", waiting(0))
    assert not policy.may_run_inline("step")


def test_quick_activities_run_in_the_turn_and_their_failures_too(host_for: Callable[..., Any]) -> None:
    threads: list[str] = []
    app = df.DFApp()

    @app.activity_trigger(input_name="n")
    def halve(n: int) -> int:
        threads.append(threading.current_thread().name)
        if n % 2:
            raise ValueError(f"{n} is odd")
        return n // 2

    @app.orchestration_trigger(context_name="context")
    def halves(context: df.DurableOrchestrationContext):
        done = []
        # More runs than the proof needs, so that the later ones are inline.
        for n in range(60):
            try:
                done.append((yield context.call_activity("halve", n)))
            except Exception as error:
                done.append(str(error).partition("ValueError: ")[2].partition("\n")[0].strip())
        return done

    row = host_for(app).run("halves")
    expected = [f'"{n} is odd"' if n % 2 else str(n // 2) for n in range(60)]
    assert row.output == f"[{','.join(expected)}]"
    assert len(threads) == 60
    assert all(name.startswith("devhost-activity") for name in threads[:RUNS_NEEDED])
    assert any(name.startswith("devhost-engine") for name in threads)


def test_quick_activities_that_begin_to_wait_for_each_other_meet_and_hold_up_nobody(
    host_for: Callable[..., Any],
) -> None:
    # The three activities and the test itself.
    meeting = threading.Barrier(4)
    app = df.DFApp()

    @app.activity_trigger(input_name="waits")
    def step(waits: bool) -> str:
        if waits:
            meeting.wait(20)
        return "done"

    @app.orchestration_trigger(context_name="context")
    def alone(context: df.DurableOrchestrationContext):
        for _ in range(RUNS_NEEDED * 4):
            yield context.call_activity("step", False)

    @app.orchestration_trigger(context_name="context")
    def together(context: df.DurableOrchestrationContext):
        return (yield context.task_all([context.call_activity("step", True) for _ in range(3)]))

    @app.orchestration_trigger(context_name="context")
    def other(context: df.DurableOrchestrationContext):
        return (yield context.call_activity("step", False))

    host = host_for(app)
    host.run("alone")
    waiting = host.begin("together")
    started = time.monotonic()
    assert host.run("other").output == '"done"'
    assert time.monotonic() - started < 5
    assert host.engine.get_instance(waiting).status == "Running"
    meeting.wait(20)
    assert host.ended(waiting).output == '["done","done","done"]'


def test_activities_that_wait_run_side_by_side_while_another_thread_computes_without_a_pause(
    host_for: Callable[..., Any],
) -> None:
    inline, over = list[bool](), threading.Event()
    app = df.DFApp()

    @app.activity_trigger(input_name="n")
    def step(n: int) -> int:
        inline.append(threading.current_thread().name.startswith("devhost-engine"))
        time.sleep(LATE_SECONDS * 2)
        return n

    @app.orchestration_trigger(context_name="context")
    def steps(context: df.DurableOrchestrationContext):
        for _ in range(10):
            yield context.task_all([context.call_activity("step", n) for n in range(20)])

    def compute() -> None:
        while not over.is_set():
            sum(range(1000))

    host = host_for(app)
    other = threading.Thread(target=compute)
    other.start()
    try:
        host.run("steps")
    finally:
        over.set()
        other.join()
    assert len(inline) == 200
    # Each proof takes twice as long as the one before it, so that few of 200 are tried inline.
    assert sum(inline) < 60


def test_the_limit_on_activities_holds_for_those_in_the_turn_too(host_for: Callable[..., Any]) -> None:
    entered, gate, ran = threading.Event(), threading.Event(), list[str]()
    app = df.DFApp()

    @app.activity_trigger(input_name="value")
    def step(value: Any) -> None:
        ran.append("step")

    @app.activity_trigger(input_name="value")
    def wait(value: Any) -> None:
        entered.set()
        gate.wait(20)
        ran.append("wait")

    @app.orchestration_trigger(context_name="context")
    def calls(context: df.DurableOrchestrationContext):
        names: Any = context.get_input()
        for name in names:
            yield context.call_activity(name)

    host = host_for(app, max_concurrent_activities=1)
    host.run("calls", json.dumps(["step"] * RUNS_NEEDED * 4))
    ran.clear()
    waiting = host.begin("calls", json.dumps(["wait"]))
    assert entered.wait(10)
    others = [host.begin("calls", json.dumps(["step"])) for _ in range(3)]
    # It calls nothing and starts last: when it has ended, the engine has come to the three before it.
    host.run("calls", json.dumps([]))
    assert ran == []
    gate.set()
    for instance in (waiting, *others):
        assert host.ended(instance).status == "Completed"
    assert ran == ["wait", "step", "step", "step"]


def test_a_quick_activity_asked_for_in_the_step_that_fails_its_instance_runs_all_the_same(
    host_for: Callable[..., Any],
) -> None:
    ran: list[str] = []
    app = df.DFApp()

    @app.activity_trigger(input_name="name")
    def note(name: str) -> None:
        ran.append(name)

    @app.activity_trigger(input_name="name")
    def other(name: str) -> None:
        ran.append(name)

    @app.orchestration_trigger(context_name="context")
    def proof(context: df.DurableOrchestrationContext):
        for _ in range(RUNS_NEEDED * 2):
            yield context.call_activity("note", "proof")

    turns: list[str] = []

    @app.orchestration_trigger(context_name="context")
    def fickle(context: df.DurableOrchestrationContext):
        turns.append("turn")
        yield context.call_activity("other" if len(turns) == 1 else "note", "first")
        yield context.call_activity("note", "second")

    host = host_for(app)
    host.run("proof")
    row = host.run("fickle")
    assert row.status == "Failed"
    assert "Non-Deterministic" in row.output
    until(lambda: ran.count("first") == 2, patience=10)
