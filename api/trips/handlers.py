"""Handlers of the routes of trips: status, cancelling and its terms, changes, and the answer to a question."""

import azure.functions as func

from api.durable_port import Durable
from api.idempotency import read_key
from api.identity.caller import traveller
from api.json_response import json_response
from api.paging import require_parameters
from api.problems import ApiProblem
from api.services import services
from api.shared_ledger import services_with_shared_ledger
from api.stored_names import stored_key
from api.threads import in_thread
from api.trips.commands import Commands
from api.trips.itinerary import MIMETYPE, itinerary
from api.trips.lists import own_trips
from api.trips.owned import OwnedTrips
from api.trips.requests import read_change, read_change_query, read_choice
from api.trips.views import view_of


async def cancel(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """Return 202 with the command, or 200 when there is nothing left to cancel. Raise `ApiProblem`."""
    commands = await _commands(request, durable)
    status, accepted = await commands.cancel(request.route_params["id"])
    return json_response(accepted, status)


async def cancel_terms(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """Return what cancelling would cost and give back now. Raise `ApiProblem`."""
    commands = await _reading(request, durable)
    return json_response(await commands.terms(request.route_params["id"]))


async def modify_terms(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """Return what a change would cost and bring now. Raise `ApiProblem`."""
    commands = await _reading(request, durable)
    requested = read_change_query(request.params)
    return json_response(await commands.change_terms(request.route_params["id"], requested))


async def modify(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """Return 202 with the command. Raise `ApiProblem`."""
    commands, requested = await _commands(request, durable), read_change(request)
    return json_response(await commands.change(request.route_params["id"], requested), 202)


async def answer(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """Return 202 with the command. Raise `ApiProblem`."""
    commands, choice = await _commands(request, durable), read_choice(request)
    return json_response(await commands.answer(request.route_params["id"], choice), 202)


async def _reading(request: func.HttpRequest, durable: Durable) -> Commands:
    services = services_with_shared_ledger()
    return Commands(services, durable, await traveller(request, services))


async def _commands(request: func.HttpRequest, durable: Durable) -> Commands:
    services = services_with_shared_ledger()
    caller = await traveller(request, services)
    return Commands(services, durable, caller, await stored_key(services, caller, read_key(request.headers)))


async def list_trips(request: func.HttpRequest) -> func.HttpResponse:
    """Return a page of the caller's trips, newest first. Raise `ApiProblem`."""
    opened = services()
    caller = await traveller(request, opened)
    require_parameters(request.params, ())
    return json_response(await in_thread(own_trips, opened.stores.ledger, caller.owners, request.params))


async def get_itinerary(request: func.HttpRequest) -> func.HttpResponse:
    """Return what is confirmed of the trip as a calendar. Raise `ApiProblem`."""
    opened = services()
    trips = OwnedTrips(opened.stores.ledger, (await traveller(request, opened)).owners)
    row, facts = await trips.read(request.route_params["id"])
    calendar = itinerary(row, facts)
    if calendar is None:
        raise ApiProblem(
            code="not_confirmed",
            detail="Nothing of this trip is confirmed, so there is nothing to put into a calendar.",
        )
    headers = {"Content-Disposition": f'attachment; filename="{row.id}.ics"'}
    return func.HttpResponse(calendar, mimetype=MIMETYPE, charset="utf-8", headers=headers)


async def get_travel_status(request: func.HttpRequest) -> func.HttpResponse:
    """Return the trip or component with this id. Raise `ApiProblem`."""
    opened = services()
    caller = await traveller(request, opened)
    view = await view_of(opened.stores.ledger, request.route_params["id"], opened.policy, caller.owners)
    return json_response(view)
