"""Registration of the HTTP functions: routes, methods and levels of access.

The host lets everybody in to a traveller's route, since it knows no traveller: `api.identity` says who asks. Operators
need a key of the host besides.
"""

import azure.durable_functions as df
import azure.functions as func

from api import health, sessions, unknown_routes
from api.chat import handlers as chat
from api.durable_port import SdkDurable
from api.operations import handlers as operations
from api.quotes import handlers as quotes
from api.request_log import logged
from api.trips import handlers as trips
from domain import problem_list

bp = df.Blueprint()


@bp.route(route="chat", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
async def post_chat(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Take a message of the traveller, and book what it asks for."""
    return await logged(req, "chat", chat.post_chat(req, SdkDurable(client)), chat.kind_of_post(req))


@bp.route(route="chat/{conversation_id}/turns/{turn}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
async def get_turn(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Return one turn of a conversation, in the form in which `post_chat` returns it."""
    return await logged(req, "chat/{conversation_id}/turns/{turn}", chat.get_turn(req, SdkDurable(client)), "read")


@bp.route(route="chat/{conversation_id}", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
async def delete_chat(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Forget a conversation and what is personal in its trips."""
    return await logged(req, "chat/{conversation_id}", chat.forget_conversation(req, SdkDurable(client)), "change")


@bp.route(route="session", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def begin_session(req: func.HttpRequest) -> func.HttpResponse:
    """Make the caller an anonymous traveller."""
    return await logged(req, "session", sessions.begin(req), "change")


@bp.route(route="session", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_session(req: func.HttpRequest) -> func.HttpResponse:
    """Return who the app takes the caller for."""
    return await logged(req, "session", sessions.look(req), "read")


@bp.route(route="session", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS)
async def end_session(req: func.HttpRequest) -> func.HttpResponse:
    """End the caller's session."""
    return await logged(req, "session", sessions.end(req), "change")


@bp.route(route="travel-status/{id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_travel_status(req: func.HttpRequest) -> func.HttpResponse:
    """Return a trip, or one component of it."""
    return await logged(req, "travel-status/{id}", trips.get_travel_status(req), "read")


@bp.route(route="trips/{id}/cancel", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
async def cancel_trip(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Cancel a trip at any moment."""
    return await logged(req, "trips/{id}/cancel", trips.cancel(req, SdkDurable(client)), "change")


@bp.route(route="trips/{id}/cancel-terms", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
async def get_cancel_terms(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Return what cancelling would cost and give back now."""
    return await logged(req, "trips/{id}/cancel-terms", trips.cancel_terms(req, SdkDurable(client)), "read")


@bp.route(route="trips/{id}/modify-terms", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
async def get_modify_terms(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Return what a change would cost and bring now."""
    return await logged(req, "trips/{id}/modify-terms", trips.modify_terms(req, SdkDurable(client)), "read")


@bp.route(route="trips/{id}/modify", methods=["PUT"], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
async def modify_trip(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Change the day or the length of one component of a confirmed trip."""
    return await logged(req, "trips/{id}/modify", trips.modify(req, SdkDurable(client)), "change")


@bp.route(route="trips/{id}/itinerary.ics", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_itinerary(req: func.HttpRequest) -> func.HttpResponse:
    """Return what is confirmed of a trip as a calendar."""
    return await logged(req, "trips/{id}/itinerary.ics", trips.get_itinerary(req), "read")


@bp.route(route="trips/{id}/answer", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
async def answer_trip(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Keep or undo what could be booked."""
    return await logged(req, "trips/{id}/answer", trips.answer(req, SdkDurable(client)), "change")


@bp.route(route="quotes", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
async def post_quote(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Ask for the price of something, and book nothing."""
    return await logged(req, "quotes", quotes.post_quote(req, SdkDurable(client)), chat.kind_of_post(req))


@bp.route(route="quotes/{id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_quote(req: func.HttpRequest) -> func.HttpResponse:
    """Return a quote."""
    return await logged(req, "quotes/{id}", quotes.get_quote(req), "read")


@bp.route(route="approvals/{quote}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
async def post_approval(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Decide about a quote: approve, reject or change it."""
    return await logged(req, "approvals/{quote}", quotes.post_approval(req, SdkDurable(client)), "change")


@bp.route(route="operations/attention", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
async def get_attention(req: func.HttpRequest) -> func.HttpResponse:
    """Return every open item of every trip."""
    return await logged(req, "operations/attention", operations.attention(req), "read")


@bp.route(route="operations/attention/{trip}/items/{item}", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
@bp.durable_client_input(client_name="client")
async def post_decision(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Try again, settle or write off one open item."""
    return await logged(
        req, "operations/attention/{trip}/items/{item}", operations.decide(req, SdkDurable(client)), "change"
    )


@bp.route(route="operations/ledger", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
async def get_ledger(req: func.HttpRequest) -> func.HttpResponse:
    """Return all rows of one trip, and whether they balance."""
    return await logged(req, "operations/ledger", operations.ledger(req), "read")


@bp.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_health(req: func.HttpRequest) -> func.HttpResponse:
    """Return which model and ledger are in use, and whether they can be reached."""
    return await logged(req, "health", health.get_health(), "read")


@bp.route(route="problems", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def get_problems(req: func.HttpRequest) -> func.HttpResponse:
    """Return the list of problem codes, to which the type of each problem leads."""
    return await logged(req, "problems", _problem_list(), "read")


# Without it the host itself answers an unknown address, with no body. Other routes come first: they are more precise.
@bp.route(route="{*path}", methods=list(unknown_routes.ANY_METHOD), auth_level=func.AuthLevel.ANONYMOUS)
async def refuse_unknown_route(req: func.HttpRequest) -> func.HttpResponse:
    """Answer a request for which there is no route."""
    return await logged(
        req, "{*path}", unknown_routes.refuse(req), "read" if req.method in ("GET", "HEAD", "OPTIONS") else "change"
    )


async def _problem_list() -> func.HttpResponse:
    return func.HttpResponse(problem_list.page(), mimetype="text/markdown", charset="utf-8")
