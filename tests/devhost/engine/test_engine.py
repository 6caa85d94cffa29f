"""The engine's promises to its clients, on real functions of the unmodified SDK."""

import asyncio
import json
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import pytest

from devhost.config import HostConfig
from devhost.engine.engine import Engine
from devhost.errors import (
    BadRequest,
    HubError,
    InstanceExists,
    InstanceNotFound,
    InstanceNotTerminal,
    InstanceTerminal,
    UnknownFunction,
    WrongState,
)
from devhost.hub.records import EntityFilter, InstanceFilter

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Potential duplicate")
gate = threading.Event()
runs: list[str] = []


def new_app() -> df.DFApp:
    app = df.DFApp()

    @app.activity_trigger(input_name="value")
    def give_back(value: Any) -> Any:
        runs.append(f"give_back {value if isinstance(value, int) else ''}")
        return value

    @app.activity_trigger(input_name="value")
    def wait_for_gate(value: Any) -> str:
        runs.append("wait_for_gate")
        gate.wait(20)
        return "open"

    @app.activity_trigger(input_name="value")
    async def sleep(value: float) -> str:
        await asyncio.sleep(value)
        return "slept"

    @app.activity_trigger(input_name="value")
    def fails_once(value: str) -> str:
        runs.append(value)
        if runs.count(value) == 1:
            raise RuntimeError("first")
        return "second"

    @app.entity_trigger(context_name="context", entity_name="Tally")
    def tally(context: df.DurableEntityContext) -> None:
        total = context.get_state(lambda: 0)
        match context.operation_name:
            case "add":
                context.set_state(total + 1)
            case "forget":
                context.destruct_on_exit()
                return
            case "block":
                gate.wait(20)
            case "refuse":
                raise ValueError(f"no, not at {total}")
            case "unwritable":
                context.set_state({1, 2})
        context.set_result(total)

    @app.orchestration_trigger(context_name="context")
    def refused(context: df.DurableOrchestrationContext):
        try:
            yield context.call_entity(df.EntityId("tally", "k"), "refuse")
        except Exception as error:
            return str(error)

    @app.orchestration_trigger(context_name="context")
    def echo(context: df.DurableOrchestrationContext):
        return (yield context.call_activity("give_back", context.get_input()))

    @app.orchestration_trigger(context_name="context")
    def waits(context: df.DurableOrchestrationContext):
        return (yield context.wait_for_external_event("go"))

    @app.orchestration_trigger(context_name="context")
    def calls(context: df.DurableOrchestrationContext):
        order: Any = context.get_input()
        name, value = order
        return (yield context.call_activity(name, value))

    @app.orchestration_trigger(context_name="context")
    def many(context: df.DurableOrchestrationContext):
        count: Any = context.get_input()
        yield context.task_all([context.call_activity("wait_for_gate", n) for n in range(count)])

    @app.orchestration_trigger(context_name="context")
    def blocks(context: df.DurableOrchestrationContext):
        gate.wait(20)
        return "done"

    @app.orchestration_trigger(context_name="context")
    def sleeps(context: df.DurableOrchestrationContext):
        seconds: Any = context.get_input()
        yield context.create_timer(context.current_utc_datetime + timedelta(seconds=seconds))
        return "awake"

    @app.orchestration_trigger(context_name="context")
    def parent(context: df.DurableOrchestrationContext):
        try:
            return (yield context.call_sub_orchestrator("waits", None, context.instance_id + "-child"))
        except Exception as error:
            return f"child: {error}"

    @app.orchestration_trigger(context_name="context")
    def breaks(context: df.DurableOrchestrationContext):
        done = yield context.call_activity("fails_once", context.instance_id)
        return done

    @app.orchestration_trigger(context_name="context")
    def retries(context: df.DurableOrchestrationContext):
        policy = df.RetryOptions(10, 2)
        return (yield context.call_activity_with_retry("calls_nobody", policy, None))

    @app.orchestration_trigger(context_name="context")
    def abandons(context: df.DurableOrchestrationContext):
        kept = context.call_activity("wait_for_gate", None)
        yield context.task_any([kept, context.call_activity("give_back", 1)])
        yield context.task_any([kept, context.wait_for_external_event("never")])
        return "never"

    @app.orchestration_trigger(context_name="context")
    def odd_texts(context: df.DurableOrchestrationContext):
        child = yield context.call_sub_orchestrator("echo", "half \ud83d", "half \ud83d")
        yield context.call_entity(df.EntityId("tally", "half \ud83d"), "add")
        context.set_custom_status("half \ud83d")
        return [child, (yield context.call_activity("give_back", "half \ud83d"))]

    @app.orchestration_trigger(context_name="context")
    def leaves(context: df.DurableOrchestrationContext):
        raise SystemExit(3)

    @app.orchestration_trigger(context_name="context")
    def version(context: df.DurableOrchestrationContext):
        return context.version

    return app


@pytest.fixture(autouse=True)
def closed_gate() -> Any:
    gate.clear()
    runs.clear()
    yield
    gate.set()


@pytest.fixture
def host(host_for: Callable[..., Any]) -> Any:
    return host_for(new_app())


def as_input(value: Any) -> str:
    """Return an input as the SDK's client sends it."""
    return json.dumps(value)


def entity_reaches(host: Any, state: str) -> None:
    deadline = time.monotonic() + 10
    while (entity := host.engine.get_entity("Tally", "k")) is None or entity.state != state:
        assert time.monotonic() < deadline, entity
        time.sleep(0.002)


def test_an_acknowledged_start_is_stored_and_ends(host: Any) -> None:
    instance = host.begin("echo", as_input({"a": 1}))
    assert host.engine.get_instance(instance) is not None
    row = host.ended(instance)
    assert (row.status, row.output, row.name) == ("Completed", '{"a":1}', "echo")


def test_ten_megabytes_travel_through_an_activity(host: Any) -> None:
    text = "ten megabytes" * 800_000
    assert json.loads(host.run("echo", as_input(text)).output) == text


def test_a_start_does_not_replace_a_running_instance(host: Any) -> None:
    host.begin("waits", None, "one")
    with pytest.raises(InstanceExists, match="Running already exists"):
        host.begin("waits", None, "one")


def test_a_start_replaces_an_ended_instance_with_all_its_rows(host: Any) -> None:
    host.begin("echo", as_input(1), "one")
    first = host.ended("one")
    host.begin("echo", as_input(2), "one")
    again = host.until("one", lambda row: row.output == "2")
    assert again.execution_id != first.execution_id
    assert [e["Generation"] for e in host.engine.history("one") if e["EventType"] == 0] == [1]


def test_any_state_may_be_replaced_if_the_app_says_so(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app(), overridable_states="AnyState")
    host.begin("waits", None, "one")
    host.begin("echo", as_input(2), "one")
    assert host.ended("one").output == "2"


def test_messages_to_unknown_and_ended_instances_are_refused(host: Any) -> None:
    instance = host.run("echo").instance_id
    for operation in (host.engine.terminate, host.engine.suspend, host.engine.resume):
        with pytest.raises(InstanceNotFound):
            operation("nobody", None).result(5)
        with pytest.raises(InstanceTerminal):
            operation(instance, None).result(5)
    with pytest.raises(InstanceNotFound):
        host.engine.raise_event("nobody", "go", None).result(5)
    with pytest.raises(InstanceTerminal):
        host.engine.raise_event(instance, "go", None).result(5)


def test_what_arrives_while_suspended_counts_after_resume(host: Any) -> None:
    instance = host.begin("waits")
    host.engine.suspend(instance, "hold").result(5)
    assert host.until(instance, lambda row: row.status == "Suspended").output == "hold"
    with pytest.raises(WrongState, match="Suspended state"):
        host.engine.suspend(instance, "again").result(5)
    host.engine.raise_event(instance, "go", "5").result(5)
    assert host.engine.get_instance(instance).status == "Suspended"
    host.restart()
    host.engine.resume(instance, None).result(5)
    assert host.ended(instance).output == "5"
    with pytest.raises(InstanceTerminal):
        host.engine.resume(instance, None).result(5)


def test_a_terminated_child_fails_its_parent_and_a_terminated_parent_leaves_its_child(host: Any) -> None:
    first, second = host.begin("parent"), host.begin("parent")
    host.engine.terminate(first + "-child", "enough").result(5)
    assert json.loads(host.ended(first).output) == "child: enough \n None"
    host.engine.terminate(second, "enough").result(5)
    assert host.ended(second).output == "enough"
    assert host.engine.get_instance(second + "-child").status == "Running"


def test_a_terminated_instance_drops_the_late_result(host: Any) -> None:
    instance = host.begin("calls", as_input(["wait_for_gate", None]))
    host.engine.terminate(instance, None).result(5)
    host.ended(instance)
    gate.set()
    assert host.run("echo").status == "Completed"
    assert all(e["EventType"] != 5 for e in host.engine.history(instance))


def test_restart_copies_name_and_input(host: Any) -> None:
    first = host.run("echo", as_input([1]))
    second = host.engine.restart(first.instance_id, True).result(5)
    assert second != first.instance_id
    assert host.ended(second).input == first.input
    assert host.engine.restart(first.instance_id, False).result(5) == first.instance_id
    waiting = host.begin("waits")
    with pytest.raises(InstanceExists):
        host.engine.restart(waiting, False).result(5)
    with pytest.raises(InstanceNotFound):
        host.engine.restart("nobody", True).result(5)


def test_a_rewound_instance_runs_again_what_failed(host: Any) -> None:
    instance = host.run("breaks").instance_id
    assert host.engine.get_instance(instance).status == "Failed"
    host.engine.rewind(instance, "again").result(5)
    assert host.ended(instance).output == '"second"'
    with pytest.raises(WrongState, match="Completed"):
        host.engine.rewind(instance, "again").result(5)


def test_a_used_up_retry_chain_starts_anew_when_rewound(host: Any) -> None:
    instance = host.run("retries").instance_id
    attempts = lambda: sum(e["EventType"] == 4 for e in host.engine.history(instance))  # noqa: E731
    assert (host.engine.get_instance(instance).status, attempts()) == ("Failed", 2)
    host.engine.rewind(instance, "again").result(5)
    assert host.ended(instance).status == "Failed"
    assert attempts() == 2
    assert "Non-Deterministic" not in host.engine.get_instance(instance).output


def test_purge_deletes_only_what_has_ended(host: Any, tmp_path: Path) -> None:
    done, waiting = host.run("echo").instance_id, host.begin("waits")
    with pytest.raises(InstanceNotTerminal):
        host.engine.purge(waiting).result(5)
    assert host.engine.purge(done).result(5) == 1
    with pytest.raises(InstanceNotFound):
        host.engine.purge(done).result(5)
    others = [host.run("echo").instance_id for _ in range(3)]
    with pytest.raises(BadRequest):
        host.engine.purge_many(InstanceFilter(statuses=frozenset({"Running"}))).result(5)
    assert host.engine.purge_many(InstanceFilter(created_from="2000-01-01T00:00:00Z")).result(5) == len(others)
    assert [row.instance_id for row in host.engine.list_instances(InstanceFilter(), 10).rows] == [waiting]
    with sqlite3.connect(tmp_path / "state" / "hub.db") as db:
        assert db.execute("SELECT count(DISTINCT run) FROM history").fetchone() == (1,)
    db.close()


def test_listing_pages_through_all_instances_and_entities_in_the_order_of_their_ids(host: Any) -> None:
    ids = sorted(f"list-{n}" for n in range(7))
    for instance in ids:
        host.begin("echo", None, instance)
        host.ended(instance)
    host.engine.signal_entity("Tally", "k", "add", None).result(5)
    listed: list[str] = []
    token = None
    while True:
        page = host.engine.list_instances(InstanceFilter(), 3, token)
        listed += [row.instance_id for row in page.rows]
        token = page.token
        if token is None:
            break
    assert listed == ["@tally@k", *ids]
    assert [r.key for r in host.engine.list_entities(EntityFilter("TALLY"), 3).rows] == ["k"]
    with pytest.raises(BadRequest):
        host.engine.list_instances(InstanceFilter(), 3, "not a token!")


def test_signals_are_applied_in_order_and_once(host: Any) -> None:
    signals = [host.engine.signal_entity("tally", "k", "add", None) for _ in range(200)]
    for signal in signals:
        signal.result(5)
    # In the middle of applying them: what was acknowledged must not be applied again, nor be lost.
    host.restart()
    entity_reaches(host, "200")
    host.engine.signal_entity("tally", "k", "forget", None).result(5)
    # A signal that comes alone is applied before it is acknowledged.
    assert host.engine.get_entity("tally", "k").exists is False
    assert host.engine.purge("@tally@k").result(5) == 1
    assert host.engine.get_entity("tally", "k") is None
    with pytest.raises(UnknownFunction):
        host.engine.signal_entity("nobody", "k", "add", None).result(5)
    with pytest.raises(BadRequest):
        host.engine.signal_entity("tally", "a/b", "add", None).result(5)


def test_an_entity_that_cannot_write_its_state_keeps_the_old_one(host: Any) -> None:
    for operation in ("add", "unwritable", "add"):
        host.engine.signal_entity("tally", "k", operation, None).result(5)
    entity_reaches(host, "2")
    assert any("failed outside its operations" in text for text in host.warnings)


@pytest.mark.parametrize("blocked", ["orchestrator", "entity"])
def test_code_that_blocks_holds_up_nobody_else(host: Any, blocked: str) -> None:
    if blocked == "orchestrator":
        host.engine.start_instance("blocks", None, "blocked")
    else:
        host.engine.signal_entity("tally", "blocked", "block", None)
    started = time.monotonic()
    assert host.run("echo").status == "Completed"
    assert time.monotonic() - started < 5
    assert not gate.is_set()
    gate.set()
    if blocked == "orchestrator":
        assert host.ended("blocked").output == '"done"'
    assert host.run("echo").status == "Completed"


def test_no_more_activities_run_at_once_than_the_app_allows(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app(), max_concurrent_activities=3)
    instance = host.begin("many", as_input(8))
    deadline = time.monotonic() + 5
    while len(runs) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    # An acknowledged start is a commit later than the three: a fourth would have begun by then.
    host.begin("waits")
    assert len(runs) == 3
    gate.set()
    assert host.ended(instance).status == "Completed"
    assert len(runs) == 8


@pytest.mark.parametrize("activity", ["sleep", "wait_for_gate"])
def test_an_activity_that_runs_too_long_fails(host_for: Callable[..., Any], activity: str) -> None:
    host = host_for(new_app(), function_timeout=0.1)
    row = host.run("calls", as_input([activity, 20]))
    assert row.status == "Failed"
    assert f"was exceeded by function: Functions.{activity}" in row.output


def test_timers_never_fire_early_and_can_be_skipped_to(host: Any) -> None:
    assert host.run("sleeps", as_input(0.2)).output == '"awake"'
    # The types of TimerCreated and TimerFired.
    created, fired = (
        next(e for e in host.engine.history(host.runs[0].instance_id) if e["EventType"] == kind) for kind in (10, 11)
    )
    assert fired["Timestamp"] >= created["FireAt"]
    instance = host.begin("sleeps", as_input(86_400))
    assert host.engine.skip_to_next_timer().result(5) > 86_000
    assert host.ended(instance).output == '"awake"'
    assert host.engine.skip_to_next_timer().result(5) is None
    host.restart()
    assert host.run("echo").created_at > host.engine.get_instance(instance).created_at


def test_what_was_in_flight_goes_on_after_a_restart(host: Any) -> None:
    event, timer = host.begin("waits"), host.begin("sleeps", as_input(0.3))
    activity = host.begin("calls", as_input(["wait_for_gate", None]))
    host.restart()
    gate.set()
    host.engine.raise_event(event, "go", '"late"').result(5)
    assert [host.ended(i).status for i in (event, timer, activity)] == ["Completed"] * 3
    assert runs.count("wait_for_gate") == 2


def test_an_async_activity_that_was_stopped_runs_again(host: Any) -> None:
    instance = host.begin("calls", as_input(["sleep", 1.0]))
    # Less than the activity sleeps, so that it is stopped in the middle.
    host.engine.stop(0.05)
    host.start()
    assert host.ended(instance).output == '"slept"'


def test_a_purged_entity_stays_purged_when_its_operation_returns(host: Any) -> None:
    host.engine.signal_entity("tally", "k", "add", None).result(5)
    host.engine.signal_entity("tally", "k", "block", None)
    assert host.run("echo").status == "Completed"
    assert host.engine.purge("@tally@k").result(5) == 1
    gate.set()
    assert host.run("echo").status == "Completed"
    assert host.engine.get_entity("tally", "k") is None
    host.engine.signal_entity("tally", "k", "add", None).result(5)
    entity_reaches(host, "1")


def test_an_event_that_comes_too_early_is_told(host: Any) -> None:
    instance = host.begin("calls", as_input(["wait_for_gate", None]))
    host.engine.raise_event(instance, "early", "1").result(5)
    gate.set()
    host.ended(instance)
    assert any("'early' came before anybody waited" in text for text in host.warnings)


def test_half_a_surrogate_pair_does_not_stop_the_host(host: Any) -> None:
    row = host.run("odd_texts")
    assert (row.status, row.output) == ("Completed", '["half \ufffd","half \ufffd"]')
    assert host.broken == []


def test_code_that_asks_the_process_to_end_fails_only_its_instance(host: Any) -> None:
    assert host.run("leaves").status == "Failed"
    assert host.run("echo").status == "Completed"
    assert host.broken == []


@pytest.mark.parametrize("call", [True, False])
def test_an_entity_operation_that_raises_is_logged_as_failed(host_for: Callable[..., Any], call: bool) -> None:
    host = host_for(new_app())
    host.engine.signal_entity("tally", "k", "add", None).result(5)
    if call:
        assert host.run("refused").output == '"no, not at 1"'
    else:
        host.engine.signal_entity("tally", "k", "refuse", None).result(5)
    host.engine.signal_entity("tally", "k", "add", None).result(5)
    host.engine.stop()
    errors = [run.error for run in host.runs if run.kind == "entity"]
    assert errors == [None, "operation 'refuse' raised: no, not at 1", None]


def test_more_actions_than_the_app_allows_fail_the_instance(host_for: Callable[..., Any]) -> None:
    gate.set()
    host = host_for(new_app(), max_actions=3)
    assert host.run("many", as_input(3)).status == "Completed"
    row = host.run("many", as_input(4))
    assert row.status == "Failed"
    assert "Maximum amount of orchestration actions (3) has been reached" in row.output


def test_a_version_that_the_app_does_not_have_waits_for_it(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app(), default_version="1.0")
    assert host.run("version").output == '"1.0"'
    instance = host.begin("version", None, "newer", "2.0")
    dropped = host.begin("version", None, "dropped", "2.0")
    host.engine.raise_event(instance, "x", None).result(5)
    host.engine.terminate(dropped, "no").result(5)
    assert host.ended(dropped).output == "no"
    assert host.engine.history(dropped) == []
    assert host.engine.get_instance(instance).status == "Pending"
    host.restart(default_version="2.0")
    assert host.ended(instance).output == '"2.0"'


@pytest.mark.parametrize(
    ("match", "failure", "version", "status"),
    [
        ("CurrentOrOlder", "Fail", "3.0", "Failed"),
        ("CurrentOrOlder", "Fail", "1.0", "Completed"),
        ("Strict", "Fail", "1.0", "Failed"),
        ("Strict", "Reject", "1.0", "Pending"),
        ("Strict", "Reject", "2.0", "Completed"),
        ("None", "Fail", "3.0", "Completed"),
        ("None", "Reject", "3.0", "Completed"),
    ],
)
def test_the_strategies_for_versions_decide(
    host_for: Callable[..., Any], match: str, failure: str, version: str, status: str
) -> None:
    host = host_for(new_app(), default_version="2.0", version_match=match, version_failure=failure)
    instance = host.begin("version", None, "one", version)
    if status == "Pending":
        assert host.run("version").output == '"2.0"'
        assert host.engine.get_instance(instance).status == "Pending"
        assert any("by the versionMatchStrategy Strict, so the instance stays Pending" in w for w in host.warnings)
        return
    row = host.ended(instance)
    assert row.status == status
    if status == "Failed":
        assert row.output == "VersionMismatch: Orchestration version did not comply with Worker Versioning"


def test_a_running_instance_of_a_newer_version_waits_for_it_too(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app(), default_version="2.0")
    instance = host.begin("waits")
    host.until(instance, lambda row: row.status == "Running")
    host.restart(default_version="1.0")
    host.engine.raise_event(instance, "go", "5").result(5)
    assert host.run("version").output == '"1.0"'
    assert host.engine.get_instance(instance).status == "Running"
    assert any("so the instance stays Running" in text for text in host.warnings)
    host.restart(default_version="2.0")
    assert host.ended(instance).output == "5"


def test_unknown_functions_fail_their_task_with_a_clear_text(host: Any) -> None:
    row = host.run("calls", as_input(["nobody", None]))
    assert row.status == "Failed"
    assert "The function 'nobody' doesn't exist, is disabled, or is not an activity function." in row.output
    assert any("real host would leave" in text for text in host.warnings)
    assert "known orchestrator functions: 'abandons'" in host.run("nobody").output


def test_what_the_real_host_would_wait_for_is_told_and_in_strict_mode_fails(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app())
    host.begin("abandons", None, "one")
    gate.set()
    host.until("one", lambda _: bool(host.warnings))
    assert host.engine.get_instance("one").status == "Running"
    host.engine.stop()
    gate.clear()
    strict = host_for(new_app(), strict=True)
    strict.begin("abandons", None, "two")
    gate.set()
    assert strict.ended("two").status == "Failed"


def test_a_damaged_hub_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "hub.db").write_bytes(b"no database at all" * 1000)
    loop = asyncio.new_event_loop()
    engine = Engine(None, HostConfig(), tmp_path, user_loop=loop, strict=True)  # type: ignore[arg-type]
    with pytest.raises(HubError, match="is damaged"):
        engine.start()
    loop.close()
