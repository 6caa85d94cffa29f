"""Registers the HTTP functions: routes, methods and who may call them."""

import azure.durable_functions as df
import azure.functions as func

from api import handlers
from api.durable_port import SdkDurable
from api.problems import answered

bp = df.Blueprint()


@bp.route(route="chat", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
@bp.durable_client_input(client_name="client")
async def post_chat(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Say something; book what was asked for."""
    return await answered(handlers.post_chat(req, SdkDurable(client)))


@bp.route(route="chat/{conversation_id}/turns/{turn}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
@bp.durable_client_input(client_name="client")
async def get_turn(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """One turn of a conversation, as `post_chat` answers it."""
    return await answered(handlers.get_turn(req, SdkDurable(client)))


@bp.route(route="travel-status/{id}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
async def get_travel_status(req: func.HttpRequest) -> func.HttpResponse:
    """A trip, or one component of it."""
    return await answered(handlers.get_travel_status(req))


@bp.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_health(req: func.HttpRequest) -> func.HttpResponse:
    """Which model and ledger answer, and whether they can be reached."""
    return await answered(handlers.get_health())
