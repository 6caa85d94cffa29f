"""An app that uses each feature of HTTP functions, triggers and the durable client once."""

import asyncio
import json
import logging
import os
import time
from datetime import UTC, datetime
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from orchestrations import durable

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
app.register_functions(durable)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def as_json(value) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(value, default=str), mimetype="application/json")


@app.route(route="echo/{word:alpha}/{n:int?}", methods=["GET", "POST"])
def echo(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    storage: Any = context.thread_local_storage
    storage.seen = context.invocation_id
    return as_json(
        {
            "method": req.method,
            "url": req.url,
            "headers": dict(req.headers),
            "params": dict(req.params),
            "route_params": dict(req.route_params),
            "body": req.get_body().hex(),
            "function_name": context.function_name,
            "invocation_id": context.invocation_id,
            "thread_invocation_id": storage.invocation_id,
            "function_directory": context.function_directory,
            "traceparent": context.trace_context.trace_parent,
            "retry_count": context.retry_context.retry_count,
        }
    )


@app.route(route="async")
async def asynchronous(req: func.HttpRequest) -> func.HttpResponse:
    await asyncio.sleep(0)
    return as_json({"setting": os.environ["A_SETTING"], "json": req.get_json() if req.get_body() else None})


@app.function_name("catch_all")
@app.route(route="files/{*path}")
async def files(req: func.HttpRequest, context: func.Context) -> str:
    return f"{context.function_name}:{req.route_params['path']}"


@app.route(route="binary", methods=["POST"])
def binary(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.get_body()[::-1], mimetype="application/octet-stream", status_code=201)


@app.route(route="large")
def large(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(b"x" * 3_000_001)


@app.route(route="cookies")
def cookies(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse("two", headers={"X-One": "1"})
    response.headers.add("Set-Cookie", "a=1; Path=/")
    response.headers.add("Set-Cookie", "b=2; HttpOnly")
    response.headers.add("X-Many", "first")
    response.headers.add("X-Many", "second")
    return response


@app.route(route="text")
def text(req: func.HttpRequest) -> str:
    return "ž plain"


@app.route(route="set", binding_arg_name="response")
def sets(req: func.HttpRequest, response: func.Out[func.HttpResponse]) -> None:
    response.set(func.HttpResponse("was set", status_code=202))


@app.route(route="returns/{what}")
def returns(req: func.HttpRequest):
    return {"none": None, "dict": {"a": 1}, "int": 5}[req.route_params["what"]]


@app.route(route="raises")
def raises(req: func.HttpRequest) -> func.HttpResponse:
    raise LookupError("no such thing")


@app.route(route="exits/{how}")
def exits(req: func.HttpRequest) -> func.HttpResponse:
    raise SystemExit(3)


@app.route(route="exits-async")
async def exits_async(req: func.HttpRequest) -> func.HttpResponse:
    raise SystemExit(3)


@app.route(route="bad-header")
def bad_header(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("x", headers={"X-Bad": "a\0b"})


@app.route(route="form", methods=["POST"])
def form(req: func.HttpRequest) -> func.HttpResponse:
    files = {name: file.read().decode() for name, file in req.files.items()}
    return as_json({"form": dict(req.form), "files": files})


@app.route(route="empty", methods=["GET"])
def empty(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=204)


@app.route(route="order/{x}")
def b_second(req: func.HttpRequest) -> str:
    return "b_second"


@app.route(route="order/{y}")
def A_first(req: func.HttpRequest) -> str:  # noqa: N802 - order of names does not depend on case
    return "A_first"


@app.route(route="switched-off")
def switched_off(req: func.HttpRequest) -> str:
    return "on"


@app.route(route="slow/{kind}")
async def slow_async(req: func.HttpRequest) -> str:
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        logging.warning("slow_async was cancelled")
        raise
    return "late"


@app.route(route="slow-thread")
def slow_thread(req: func.HttpRequest) -> str:
    time.sleep(2.5)
    return "late"


@app.function_name("named")
@app.route(methods=[func.HttpMethod.GET])
def has_another_name(req: func.HttpRequest) -> str:
    return "named"


@app.timer_trigger(schedule="%TICK_SCHEDULE%", arg_name="timer")
def tick(timer: func.TimerRequest) -> None:
    logging.info("tick past due: %s", timer.past_due)


@app.timer_trigger(schedule="0 0 3 * * *", arg_name="timer", run_on_startup=True)
async def nightly(timer: func.TimerRequest, context: func.Context) -> None:
    status: Any = getattr(timer, "schedule_status")  # noqa: B009 - the SDK sets it and does not declare it
    logging.info("nightly ran as %s, last %s", context.function_name, status["Last"])


@app.queue_trigger(arg_name="message", queue_name="q", connection="AzureWebJobsStorage")
def from_queue(message: func.QueueMessage) -> None:
    raise AssertionError("not served")


@app.route(route="to-queue")
@app.queue_output(arg_name="out", queue_name="q", connection="AzureWebJobsStorage")
def to_queue(req: func.HttpRequest, out: func.Out[str]) -> str:
    raise AssertionError("not served")


@app.route(route="start/{name}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient, context: func.Context):
    payload = json.loads(req.get_body()) if req.get_body() else None
    instance = await client.start_new(
        req.route_params["name"], req.params.get("id"), payload, version=req.params.get("version")
    )
    return client.create_check_status_response(req, instance)


@app.route(route="start-and-wait/{name}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start_and_wait(req: func.HttpRequest, client: df.DurableOrchestrationClient):
    instance = await client.start_new(req.route_params["name"], None, json.loads(req.get_body() or "null"))
    return await client.wait_for_completion_or_create_check_status_response(req, instance, 1500, 100)


@app.route(route="client/{what}/{id}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def use_client(req: func.HttpRequest, client: df.DurableOrchestrationClient):
    what, instance = req.route_params["what"], req.route_params["id"]
    entity = df.EntityId("counter", instance)
    if what == "status":
        status = await client.get_status(instance, show_history=True, show_history_output=True)
        return as_json(status.to_json())
    if what == "status_by":
        statuses = await client.get_status_by(runtime_status=[df.OrchestrationRuntimeStatus.Completed])
        return as_json([status.instance_id for status in statuses])
    if what == "read":
        state = await client.read_entity_state(entity)
        return as_json({"exists": state.entity_exists, "state": state.entity_state})
    if what == "payload":
        return as_json(client.create_http_management_payload(instance))
    calls = {
        "raise": lambda: client.raise_event(instance, "go", {"raised": True}),
        "terminate": lambda: client.terminate(instance, "enough"),
        "suspend": lambda: client.suspend(instance, "wait"),
        "resume": lambda: client.resume(instance, "go on"),
        "rewind": lambda: client.rewind(instance, "again"),
        "restart": lambda: client.restart(instance),
        "signal": lambda: client.signal_entity(entity, "add", 5),
    }
    if what == "purge":
        return as_json((await client.purge_instance_history(instance)).instances_deleted)
    if what == "purge_terminated":
        ended = [df.OrchestrationRuntimeStatus.Terminated]
        return as_json((await client.purge_instance_history_by(LONG_AGO, runtime_status=ended)).instances_deleted)
    return as_json(await calls[what]())
