"""A small durable app: it greets several people, and remembers how far it came when the process dies."""

from typing import Any

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="greetings", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start_greetings(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Start an orchestration for the names in the body, and answer with the addresses at which it can be followed."""
    names = req.get_json() if req.get_body() else ["Ada", "Grace", "Katherine"]
    instance_id = await client.start_new("greet_everybody", None, names)
    return client.create_check_status_response(req, instance_id)


@app.orchestration_trigger(context_name="context")
def greet_everybody(context: df.DurableOrchestrationContext) -> Any:
    """Greet one person after the other. Code here runs again and again, so side effects belong into activities."""
    names: Any = context.get_input()
    greetings: list[str] = []
    for name in names:
        context.set_custom_status({"step": f"greeting {name}"})
        greetings.append((yield context.call_activity("greet", name)))
    return {"status": "greeted", "greetings": greetings}


@app.activity_trigger(input_name="name")
def greet(name: str) -> str:
    """Return the greeting. An activity runs at least once, and its result is kept."""
    return f"Hello {name}!"
