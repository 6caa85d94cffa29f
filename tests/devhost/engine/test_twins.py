"""A child that waited for the id of another has its first turn run twice, as the recording of the real host has it."""

from collections.abc import Callable
from typing import Any

import azure.durable_functions as df

from devhost.hub.records import EntityFilter, InstanceFilter

runs: list[str] = []


def new_app() -> df.DFApp:
    app = df.DFApp()
    runs.clear()

    @app.activity_trigger(input_name="value")
    def note(value: str) -> str:
        runs.append(value)
        return value

    @app.entity_trigger(context_name="context", entity_name="tally")
    def tally(context: df.DurableEntityContext) -> None:
        total = context.get_state(lambda: 0) + 1
        context.set_state(total)
        context.set_result(total)

    @app.orchestration_trigger(context_name="context")
    def parent(context: df.DurableOrchestrationContext):
        same = context.instance_id + "-same"
        children = [context.call_sub_orchestrator(str(context.get_input()), name, same) for name in ("a", "b")]
        return (yield context.task_all(children))

    @app.orchestration_trigger(context_name="context")
    def acts(context: df.DurableOrchestrationContext):
        first = yield context.call_activity("note", context.get_input())
        second = yield context.call_activity("note", f"{context.get_input()} later")
        return [first, second]

    @app.orchestration_trigger(context_name="context")
    def counts(context: df.DurableOrchestrationContext):
        context.signal_entity(df.EntityId("tally", str(context.get_input())), "add")
        return (yield context.call_entity(df.EntityId("tally", str(context.get_input())), "add"))

    @app.orchestration_trigger(context_name="context")
    def delegates(context: df.DurableOrchestrationContext):
        return (yield context.call_sub_orchestrator("leaf", context.get_input()))

    @app.orchestration_trigger(context_name="context")
    def leaf(context: df.DurableOrchestrationContext):
        return (yield context.call_activity("note", f"{context.get_input()} leaf"))

    @app.orchestration_trigger(context_name="context")
    def misses(context: df.DurableOrchestrationContext):
        try:
            yield context.call_activity("nothing of the kind", context.get_input())
        except Exception:
            return "caught"

    @app.orchestration_trigger(context_name="context")
    def at_once(context: df.DurableOrchestrationContext):
        return context.get_input()

    return app


def kinds(host: Any, instance: str) -> list[int]:
    # Without OrchestratorStarted and OrchestratorCompleted, which enclose every episode.
    return [event["EventType"] for event in host.engine.history(instance) if event["EventType"] not in (12, 13)]


def test_its_activity_runs_twice_and_one_completion_enters_history(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app())
    parent = host.ended(host.begin("parent", '"acts"', "p"))
    assert (parent.status, parent.output) == ("Completed", '[["a","a later"],["b","b later"]]')
    assert sorted(runs) == ["a", "a", "a later", "b", "b later"]
    assert kinds(host, "p-same") == [0, 4, 5, 4, 5, 1]
    warnings = [text for text in host.warnings if "run twice" in text]
    assert len(warnings) == 1
    assert "give each child an id that no other has" in warnings[0]


def test_its_activity_runs_twice_when_it_is_known_to_be_quick(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app())
    # Two activities each: enough runs for `note` to count as quick.
    for number in range(20):
        host.ended(host.begin("acts", f'"warm {number}"'))
    runs.clear()
    host.ended(host.begin("parent", '"acts"', "p"))
    assert sorted(runs) == ["a", "a", "a later", "b", "b later"]


def test_its_entity_operations_are_done_twice_and_answered_once(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app())
    assert host.ended(host.begin("parent", '"counts"', "p")).output == "[4,2]"
    entities = host.engine.list_entities(EntityFilter(), 10).rows
    assert [(entity.key, entity.state) for entity in entities] == [("a", "4"), ("b", "2")]
    assert kinds(host, "p-same") == [0, 14, 14, 15, 1]


def test_its_children_are_started_twice_and_the_later_ones_answer(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app())
    assert host.ended(host.begin("parent", '"delegates"', "p")).output == '["a leaf","b leaf"]'
    assert runs.count("b leaf") == 1
    assert runs.count("a leaf") == 2
    assert len(host.engine.list_instances(InstanceFilter(), 20).rows) == 4, "none was left behind"


def test_what_it_cannot_schedule_fails_once(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app())
    assert host.ended(host.begin("parent", '"misses"', "p")).output == '["caught","caught"]'
    assert kinds(host, "p-same") == [0, 4, 6, 1]


def test_it_may_end_in_its_first_turn(host_for: Callable[..., Any]) -> None:
    host = host_for(new_app())
    assert host.ended(host.begin("parent", '"at_once"', "p")).output == '["a","b"]'
    assert sum(run.function == "at_once" for run in host.runs) == 3
