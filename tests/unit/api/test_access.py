"""Every route answers every kind of caller as the table in docs/access.md says."""

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func
import pytest
from azure.functions.http import HttpRequest

from api import health, sessions, unknown_routes
from api.blueprint import bp
from api.chat import handlers as chat
from api.identity.caller import traveller
from api.identity.tokens import new_session, token_of
from api.operations import handlers as operations
from api.problems import answered
from api.quotes import handlers as quotes
from api.services import ApiServices, serving
from api.trips import handlers as trips
from domain import problem_list
from domain.conversation.turn import TripCall
from domain.money.change_terms import PriceAnswer, PriceOrder
from domain.options import TripOptions
from domain.quotes.offer import signed_offer
from domain.quotes.quote import Quote
from domain.trip.outcomes import TripOutcome
from domain.value import Value
from settings import Settings
from stores.conversations import Post
from stores.opening import open_stores
from support.app.callers import SIGNED_IN, TRAVELLERS_KEY, bearer, key, principal
from support.app.durable import FakeDurable
from support.app.http_calls import JSON
from support.stores.ledgers import TRIP, new_trip, paid, request
from support.suppliers.companies import NOW

ROOT = Path(__file__).resolve().parents[3]
OWNER = principal("ada-1")
CALLERS: Mapping[str, dict[str, str]] = {
    "nobody": {},
    "wrong key": key("guessed"),
    "key": key(TRAVELLERS_KEY),
    "other session": {},
    "other traveller": principal("bob-1"),
    "owner": OWNER,
    "operator": principal("eve-1", roles=["operator"]),
}
Handler = Callable[[func.HttpRequest, FakeDurable], Coroutine[Any, Any, func.HttpResponse]]


def unpriced(order: Value) -> Any:
    """Answer an enquiry about a price as a company that names none, and any other orchestration not at all."""
    return PriceAnswer(order=order, price=None).model_dump(mode="json") if isinstance(order, PriceOrder) else None


async def problems(_: func.HttpRequest, durable: FakeDurable) -> func.HttpResponse:
    return func.HttpResponse(problem_list.page())


HANDLERS: Mapping[str, Handler] = {
    "POST chat": chat.post_chat,
    "DELETE chat/{conversation_id}": chat.forget_conversation,
    "GET chat/{conversation_id}/turns/{turn}": chat.get_turn,
    "GET travel-status/{id}": lambda asked, durable: trips.get_travel_status(asked),
    "DELETE trips/{id}/cancel": trips.cancel,
    "GET trips/{id}/cancel-terms": trips.cancel_terms,
    "GET trips/{id}/modify-terms": trips.modify_terms,
    "GET trips/{id}/itinerary.ics": lambda asked, durable: trips.get_itinerary(asked),
    "PUT trips/{id}/modify": trips.modify,
    "POST trips/{id}/answer": trips.answer,
    "GET operations/attention": lambda asked, durable: operations.attention(asked),
    "POST operations/attention/{trip}/items/{item}": operations.decide,
    "GET operations/ledger": lambda asked, durable: operations.ledger(asked),
    "POST quotes": quotes.post_quote,
    "GET quotes/{id}": lambda asked, durable: quotes.get_quote(asked),
    "POST approvals/{quote}": quotes.post_approval,
    "POST session": lambda asked, durable: sessions.begin(asked),
    "GET session": lambda asked, durable: sessions.look(asked),
    "DELETE session": lambda asked, durable: sessions.end(asked),
    "GET health": lambda asked, durable: health.get_health(),
    "GET problems": problems,
    "GET {*path}": lambda asked, durable: unknown_routes.refuse(asked),
}
BODIES: Mapping[str, Any] = {
    "POST chat": {"message": "a flight to Rome", "conversation_id": "c-1"},
    "POST quotes": {"tool": "book_flight", "arguments": {"destination": "Rome"}, "conversation_id": "c-1"},
    "POST approvals/{quote}": {"decision": "reject"},
    "PUT trips/{id}/modify": {"component": "hotel", "nights": 3},
    "POST trips/{id}/answer": {"choice": "keep"},
    "POST operations/attention/{trip}/items/{item}": {"decision": "retry", "reason": "by phone"},
}
QUERIES: Mapping[str, dict[str, str]] = {
    "GET trips/{id}/modify-terms": {"component": "hotel", "nights": "3"},
    "GET operations/ledger": {"trip": TRIP},
}
QUOTE = "quote-" + "a" * 32
_REQUESTS = (request("flight"),)
OFFER = signed_offer(b"secret", QUOTE, 1, _REQUESTS, TripOptions(), (), NOW + timedelta(days=1))
BODIES["POST approvals/{quote}"]["hash"] = OFFER.hash
ROUTE_PARAMS = {
    "quote": QUOTE,
    "conversation_id": "c-1", "turn": "1", "id": TRIP, "trip": TRIP, "item": "hotel-refund-1", "path": "elsewhere",
}  # fmt: skip


def rows() -> dict[str, list[str]]:
    """Return the cells of the table behind each route: the host's level, then a status for each caller."""
    table = (ROOT / "docs" / "access.md").read_text(encoding="utf-8").partition("## Every route")[2]
    found = re.finditer(r"^\| `(.+?)` \|(.*)\|$", table, re.MULTILINE)
    return {row[1]: [cell.strip() for cell in row[2].split("|")] for row in found}


def registered() -> dict[str, str]:
    """Return the host's level of access to each route of the app."""
    app = df.DFApp()
    app.register_functions(bp)
    levels: dict[str, str] = {}
    for function in app.get_functions():
        trigger: Any = function.get_trigger()
        # What is no route is answered alike for all methods.
        method = "GET" if len(trigger.methods) > 1 else trigger.methods[0].value
        levels[f"{method} {trigger.route}"] = trigger.auth_level.value
    return levels


def a_quote(conversation: str) -> Quote:
    return Quote(id=QUOTE, conversation=conversation, turn=1, requests=_REQUESTS, options=TripOptions(), created=NOW)


class OwnedApp:
    """A deployed app with a turn and a paid trip of its owner."""

    def __init__(self, state: Path) -> None:
        self.settings = Settings(state_dir=state, chat_wait_seconds=0, **SIGNED_IN)
        opened = open_stores(self.settings)
        # The store of a deployed app is shared by all instances; who may ask for what does not depend on it.
        self.stores = replace(opened, name="tables")
        self.durable = FakeDurable(instances={TRIP: "alive"})
        self.durable.on_other = unpriced
        self.services = ApiServices(self.settings, self.stores, lambda: NOW)

    async def fill(self) -> None:
        caller = await traveller(self.asked("POST chat", OWNER), self.services)
        stored = caller.conversation("c-1")
        turn = self.stores.conversations.claim(Post("a trip", stored, None, "hash", NOW, owner=caller.owner))
        call = TripCall(trip=TRIP, kind="travel", request=request())
        self.stores.conversations.decide(turn, (call,), None, None, "offline")
        self.stores.conversations.finish(turn, "Booked.")
        self.stores.quotes.add(a_quote(stored))
        self.stores.quotes.offer(QUOTE, OFFER)
        self.stores.ledger.open(new_trip(conversation=stored))
        paid(self.stores.ledger, "hotel")
        self.stores.ledger.close(TripOutcome(status="confirmed", id=TRIP, kind="travel"), 1, 0)

    def headers(self, caller: str) -> dict[str, str]:
        """Return the headers of a caller; a session has to be begun first."""
        if caller != "other session":
            return CALLERS[caller]
        return bearer(token_of(new_session(NOW), self.stores.sessions.signing_secret()))

    def asked(self, route: str, headers: Mapping[str, str]) -> func.HttpRequest:
        method = route.partition(" ")[0]
        return HttpRequest(
            method,
            "http://travel.example/api/any",
            headers={**JSON, **headers, "if-match": '"1"'},
            params=QUERIES.get(route, {}),
            route_params=ROUTE_PARAMS | ({"id": QUOTE} if "quotes" in route else {}),
            body_type="bytes",
            body=json.dumps(BODIES.get(route, {})).encode(),
        )


def test_every_route_has_a_row_and_a_handler_here() -> None:
    assert {route: cells[0] for route, cells in rows().items()} == registered()
    assert set(HANDLERS) == set(rows())


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("route", HANDLERS)
def test_who_may_ask(route: str, caller: str, tmp_path: Path) -> None:
    app = OwnedApp(tmp_path)
    asyncio.run(app.fill())
    with serving(app.services):
        response = asyncio.run(answered(HANDLERS[route](app.asked(route, app.headers(caller)), app.durable), "change"))
    expected = rows()[route][1 + list(CALLERS).index(caller)]
    assert response.status_code == int(expected), response.get_body()
