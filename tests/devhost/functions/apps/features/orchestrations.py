"""A blueprint with orchestrators, activities and an entity of every kind, and an HTTP function."""

from datetime import timedelta
from typing import Any

import azure.durable_functions as df
import azure.functions as func

durable = df.Blueprint()
RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=50, max_number_of_attempts=3)
SEEN: dict[str, int] = {}


def times(key: str) -> int:
    """Return how often this process has come here under that key."""
    SEEN[key] = SEEN.get(key, 0) + 1
    return SEEN[key]


@durable.route(route="from-blueprint")
@durable.durable_client_input(client_name="client")
async def from_blueprint(req: func.HttpRequest, client) -> func.HttpResponse:
    return func.HttpResponse(client.create_http_management_payload("i")["statusQueryGetUri"])


@durable.activity_trigger(input_name="word")
def shout(word: str) -> str:
    return word.upper()


@durable.activity_trigger(input_name="word", activity="Whisper")
async def whisper(word: str, context: func.Context) -> str:
    return f"{word.lower()} in {context.function_name}"


@durable.activity_trigger(input_name="instance")
@durable.durable_client_input(client_name="client")
async def nudge(instance: str, client: df.DurableOrchestrationClient) -> str:
    await client.raise_event(instance, "go", "nudged")
    return instance


@durable.activity_trigger(input_name="value")
async def same(value):
    return value


@durable.activity_trigger(input_name="size")
def big(size: int) -> str:
    return "ž" * size


@durable.activity_trigger(input_name="value")
def not_json(value):
    return object()


@durable.activity_trigger(input_name="key")
def third_time(key: str) -> int:
    if (n := times(key)) < 3:
        raise ValueError(f"attempt {n}")
    return n


@durable.activity_trigger(input_name="key")
def second_time(key: str) -> str:
    if times(key) < 2:
        raise ValueError("first time")
    return "second time"


@durable.entity_trigger(context_name="context")
def counter(context: df.DurableEntityContext) -> None:
    value = context.get_state(lambda: 0)
    match context.operation_name:
        case "add":
            value += context.get_input()
        case "overdraw":
            raise ValueError("not enough")
        case "delete":
            context.destruct_on_exit()
            return
    context.set_state(value)
    context.set_result(value)


@durable.orchestration_trigger(context_name="context")
def nudges(context: df.DurableOrchestrationContext):
    return (yield context.call_activity("nudge", context.get_input()))


@durable.orchestration_trigger(context_name="context")
def words(context: df.DurableOrchestrationContext):
    context.set_custom_status("shouting")
    loud = yield context.call_activity("shout", context.get_input())
    quiet = yield context.call_activity("whisper", loud)
    return [loud, quiet]


@durable.orchestration_trigger(context_name="context", orchestration="Waiter")
def waits(context: df.DurableOrchestrationContext):
    return (yield context.wait_for_external_event("go"))


@durable.orchestration_trigger(context_name="context")
def sleeps(context: df.DurableOrchestrationContext):
    started = context.current_utc_datetime
    for _ in range(3):
        yield context.create_timer(context.current_utc_datetime + timedelta(days=1))
    return (context.current_utc_datetime - started).days


@durable.orchestration_trigger(context_name="context")
def fortnight(context: df.DurableOrchestrationContext):
    began = context.current_utc_datetime
    yield context.create_timer(began + timedelta(days=14))
    return (context.current_utc_datetime - began).days


@durable.orchestration_trigger(context_name="context")
def naive(context: df.DurableOrchestrationContext):
    yield context.create_timer(context.current_utc_datetime.replace(tzinfo=None) + timedelta(seconds=1))


@durable.orchestration_trigger(context_name="context")
def once_more(context: df.DurableOrchestrationContext):
    return (yield context.call_activity("second_time", context.instance_id))


@durable.orchestration_trigger(context_name="context", orchestration="Everything")
def chained(context: df.DurableOrchestrationContext):
    context.set_custom_status({"step": "žluť"})
    loud = yield context.call_activity("shout", context.get_input())
    values = yield context.task_all([context.call_activity("same", value) for value in (None, 1.5, [1], {"k": "ž"})])
    return {"loud": loud, "values": values, "version": context.version}


@durable.orchestration_trigger(context_name="context")
def huge(context: df.DurableOrchestrationContext):
    return len((yield context.call_activity("big", context.get_input())))


@durable.orchestration_trigger(context_name="context")
def says_too_much(context: df.DurableOrchestrationContext):
    length: Any = context.get_input()
    context.set_custom_status("x" * length)
    yield context.call_activity("same", 1)
    return "said"


@durable.orchestration_trigger(context_name="context")
def failures(context: df.DurableOrchestrationContext):
    texts = []
    for name in ("not_json", "nowhere"):
        try:
            yield context.call_activity(name, 1)
        except Exception as error:
            texts.append(str(error))
    try:
        yield context.call_sub_orchestrator("no_such_child", 1)
    except Exception as error:
        texts.append(str(error))
    return texts


@durable.orchestration_trigger(context_name="context")
def retried(context: df.DurableOrchestrationContext):
    own = yield context.call_activity_with_retry("third_time", RETRY, context.instance_id + "a")
    childs = yield context.call_sub_orchestrator_with_retry("weak_child", RETRY, context.instance_id + "c")
    return [own, childs]


@durable.orchestration_trigger(context_name="context")
def weak_child(context: df.DurableOrchestrationContext):
    return (yield context.call_activity("third_time", context.get_input()))


@durable.orchestration_trigger(context_name="context")
def talks(context: df.DurableOrchestrationContext):
    entity = df.EntityId("counter", context.instance_id)
    results = [(yield context.call_entity(entity, "add", 5))]
    context.signal_entity(entity, "add", 2)
    try:
        yield context.call_entity(entity, "overdraw")
    except Exception as error:
        results.append(str(error))
    results.append((yield context.call_entity(entity, "get")))
    context.signal_entity(entity, "delete")
    results.append((yield context.call_entity(entity, "get")))
    return results


@durable.orchestration_trigger(context_name="context")
def calls(context: df.DurableOrchestrationContext):
    response = yield context.call_http("GET", str(context.get_input()))
    return [response["statusCode"], response["content"]]


@durable.orchestration_trigger(context_name="context")
def again(context: df.DurableOrchestrationContext):
    left = context.get_input()
    yield context.call_activity("same", left)
    if left:
        context.continue_as_new(left - 1)
        return None
    return "no more"


@durable.orchestration_trigger(context_name="context")
def leaves_open(context: df.DurableOrchestrationContext):
    quick = context.call_activity("same", 1)
    slow = context.create_timer(context.current_utc_datetime + timedelta(hours=1))
    yield context.task_any([quick, slow])
    return "left"


@durable.orchestration_trigger(context_name="context")
def waits_again_for_an_old_task(context: df.DurableOrchestrationContext):
    old = context.wait_for_external_event("old")
    yield context.task_any([old, context.call_activity("same", 1)])
    yield context.task_any([old, context.wait_for_external_event("new")])
    return "went on"
