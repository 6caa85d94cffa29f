"""Handlers of the operators' routes: open items, decisions on them, and the ledger of a trip."""

from itertools import groupby
from operator import itemgetter

import azure.functions as func

from api.durable_port import Durable
from api.idempotency import read_key
from api.identity.caller import operator
from api.json_body import invalid
from api.json_response import json_response
from api.operations.decisions import AttentionDecisions
from api.operations.requests import if_match, read_decision
from api.operations.search import search
from api.problems import ApiProblem
from api.services import services
from api.shared_ledger import services_with_shared_ledger
from api.stored_names import stored_key
from api.threads import in_thread
from api.trips.views import may_be_an_id
from domain.attention.open_items import OpenItem, open_item
from domain.money.ledger_view import LedgerView, ledger_view
from domain.value import Value
from stores.ledger import Ledger


class OpenItems(Value):
    """The body of `GET /api/operations/attention`."""

    items: tuple[OpenItem, ...]


async def attention(request: func.HttpRequest) -> func.HttpResponse:
    """Return every open item, those of the oldest trip first. Raise `ApiProblem`."""
    opened = services()
    await operator(request, opened)
    return json_response(await in_thread(_open_items, opened.stores.ledger))


async def decide(request: func.HttpRequest, durable: Durable) -> func.HttpResponse:
    """Return 202 with the command that the decision became. Raise `ApiProblem`."""
    services = services_with_shared_ledger()
    caller = await operator(request, services)
    requested, version = read_decision(request), if_match(request)
    key = await stored_key(services, caller, read_key(request.headers))
    decisions = AttentionDecisions(services, durable, caller.name, key)
    trip, item = request.route_params["trip"], request.route_params["item"]
    return json_response(await decisions.decide(trip, item, version, requested), 202)


async def trips(request: func.HttpRequest) -> func.HttpResponse:
    """Return a page of the trips that the query asks for. Raise `ApiProblem`."""
    opened = services()
    await operator(request, opened)
    return json_response(await in_thread(search, opened.stores.ledger, request.params))


async def ledger(request: func.HttpRequest) -> func.HttpResponse:
    """Return all rows of the trip that the query names, and whether they balance. Raise `ApiProblem`."""
    opened = services()
    await operator(request, opened)
    trip = request.params.get("trip", "")
    if not trip:
        raise invalid("The query trip is missing: it names the trip, as in ?trip=trip-0123.")
    view = await in_thread(_ledger, opened.stores.ledger, trip) if may_be_an_id(trip) else None
    if view is None:
        raise ApiProblem(
            code="trip_not_found",
            detail="No trip has this id. Take the id from the trips of a chat's answer.",
        )
    return json_response(view)


def _open_items(ledger: Ledger) -> OpenItems:
    items: list[OpenItem] = []
    # The items of a trip come one after the other, so its rows are read once.
    for row, listed in groupby(ledger.attention(), key=itemgetter(0)):
        entries, claims, facts = ledger.entries(row.id), ledger.claims(row.id), ledger.facts(row.id)
        for _, item in listed:
            items.append(open_item(row, entries, claims, facts, item))
    return OpenItems(items=tuple(items))


def _ledger(ledger: Ledger, trip: str) -> LedgerView | None:
    row = ledger.trip(trip)
    if row is None:
        return None
    return ledger_view(row, ledger.entries(trip), ledger.commands(trip), ledger.postings(trip))
