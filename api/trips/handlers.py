"""What a traveller may ask of a trip: cancel it, hear the terms first, change it, answer it."""

import azure.functions as func

from api.caller import resolved_caller
from api.durable_port import Durable
from api.idempotency import read_key
from api.json_response import json_response
from api.services import services
from api.shared_ledger import services_with_shared_ledger
from api.trips.commands import Commands
from api.trips.requests import read_change, read_choice
from api.trips.views import view_of


async def cancel(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """202 with the command, 200 when there is nothing left to cancel."""
    status, accepted = await _commands(request, durable).cancel(request.route_params["id"])
    return json_response(accepted, status)


async def cancel_terms(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """What cancelling would cost and give back now."""
    given = services_with_shared_ledger()
    commands = Commands(given, durable, resolved_caller(request, given.settings))
    return json_response(await commands.terms(request.route_params["id"]))


async def modify(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """202 with the command."""
    commands, wanted = _commands(request, durable), read_change(request)
    return json_response(await commands.change(request.route_params["id"], wanted), 202)


async def answer(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """202 with the command."""
    commands, choice = _commands(request, durable), read_choice(request)
    return json_response(await commands.answer(request.route_params["id"], choice), 202)


def _commands(request: func.HttpRequest, durable: Durable) -> Commands:
    given = services_with_shared_ledger()
    return Commands(given, durable, resolved_caller(request, given.settings), read_key(request.headers))


async def get_travel_status(request: func.HttpRequest) -> func.HttpResponse:
    """The trip or component as the ledger has it."""
    return json_response(await view_of(services().stores.ledger, request.route_params["id"]))
