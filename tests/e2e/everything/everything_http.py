"""HTTP functions of every kind, and those that use the durable client."""

import json
from datetime import UTC, datetime

import azure.durable_functions as df
import azure.functions as func

web = df.Blueprint()
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def as_json(value) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(value, default=str), mimetype="application/json")


@web.route(route="seen/{kind:alpha}/{number:int?}", methods=["GET", "PUT"])
def seen(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return as_json(
        {
            "route": dict(req.route_params),
            "query": dict(req.params),
            "header": req.headers.get("X-Many"),
            "function": context.function_name,
            "url": req.url,
        }
    )


@web.function_name("renamed")
@web.route(route="files/{*path}")
async def original(req: func.HttpRequest, context: func.Context) -> str:
    return f"{context.function_name}:{req.route_params['path']}"


@web.route(route="reversed", methods=["POST"])
def backwards(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse(req.get_body()[::-1], mimetype="application/octet-stream", status_code=201)
    response.headers.add("Set-Cookie", "a=1")
    response.headers.add("Set-Cookie", "b=2")
    return response


@web.route(route="broken")
def broken(req: func.HttpRequest) -> func.HttpResponse:
    raise LookupError("on purpose")


@web.route(route="start/{name}", methods=["POST"])
@web.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    given = json.loads(req.get_body() or b"null")
    named = {"version": req.params["version"]} if "version" in req.params else {}
    instance = await client.start_new(req.route_params["name"], req.params.get("id"), given, **named)
    if "wait" in req.params:
        return await client.wait_for_completion_or_create_check_status_response(req, instance, 10_000, 100)
    return client.create_check_status_response(req, instance)


@web.route(route="client/{what}/{id}", methods=["POST"])
@web.durable_client_input(client_name="client")
async def use_client(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    what, instance = req.route_params["what"], req.route_params["id"]
    entity = df.EntityId("Account", instance)
    match what:
        case "raise":
            return as_json(await client.raise_event(instance, "go", json.loads(req.get_body())))
        case "suspend":
            return as_json(await client.suspend(instance, "wait"))
        case "resume":
            return as_json(await client.resume(instance, "go on"))
        case "terminate":
            return as_json(await client.terminate(instance, "enough"))
        case "rewind":
            return as_json(await client.rewind(instance, "once more"))
        case "restart":
            return as_json(await client.restart(instance, restart_with_new_instance_id=True))
        case "purge":
            return as_json((await client.purge_instance_history(instance)).instances_deleted)
        case "purge_all":
            ended = [df.OrchestrationRuntimeStatus.Terminated]
            return as_json((await client.purge_instance_history_by(LONG_AGO, runtime_status=ended)).instances_deleted)
        case "signal":
            return as_json(await client.signal_entity(entity, "add", json.loads(req.get_body())))
        case "read":
            found = await client.read_entity_state(entity)
            return as_json([found.entity_exists, found.entity_state])
        case _:
            raise ValueError(what)
