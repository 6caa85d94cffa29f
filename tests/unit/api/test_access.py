"""Every route answers every kind of caller as the table in docs/access.md says."""

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import azure.durable_functions as df
import azure.functions as func
import pytest
from azure.functions.http import HttpRequest

from api import health, me, sessions, unknown_routes
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
from support.app.callers import OPERATORS_KEY, SIGNED_IN, TRAVELLERS_KEY, bearer, key, principal
from support.app.durable import FakeDurable
from support.app.http_calls import JSON
from support.stores.ledgers import TRIP, new_trip, paid, request
from support.suppliers.companies import NOW

ROOT = Path(__file__).resolve().parents[3]
OWNER = principal("ada-1")
SITE = "https://travel.example"


@dataclass(frozen=True)
class Asking:
    """A caller: the headers, and a session's token beside them, as a bearer or in a cookie."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    token: Literal["valid", "forged", "expired"] | None = None
    in_cookie: bool = False
    signs_in: bool = True
    """False for an app without the platform's sign-in, which knows its callers by keys alone."""


CALLERS: Mapping[str, Asking] = {
    "nobody": Asking(),
    "wrong key": Asking(key("guessed")),
    "forged token": Asking(token="forged"),
    "expired token": Asking(token="expired"),
    "unread principal": Asking({"x-ms-client-principal": "forged"} | key(TRAVELLERS_KEY)),
    "invented principal": Asking(OWNER, signs_in=False),
    "cross-site": Asking({"origin": "https://evil.example"}, token="valid", in_cookie=True),
    "no origin": Asking(token="valid", in_cookie=True),
    "key": Asking(key(TRAVELLERS_KEY)),
    "operator's key": Asking(key(OPERATORS_KEY), signs_in=False),
    "other session": Asking(token="valid"),
    "other cookie": Asking({"origin": SITE}, token="valid", in_cookie=True),
    "other traveller": Asking(principal("bob-1")),
    "owner": Asking(OWNER),
    "operator": Asking(principal("eve-1", roles=["operator"])),
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
    "GET trips": lambda asked, durable: trips.list_trips(asked),
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
    "GET operations/trips": lambda asked, durable: operations.trips(asked),
    "POST session": lambda asked, durable: sessions.begin(asked),
    "GET session": lambda asked, durable: sessions.look(asked),
    "DELETE session": lambda asked, durable: sessions.end(asked),
    "POST session/link": lambda asked, durable: sessions.link(asked),
    "DELETE me": me.forget_me,
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


def rows() -> dict[str, dict[str, str]]:
    """Return the cells of the tables behind each route, by column: the host's level, and a status for each caller."""
    text = (ROOT / "docs" / "access.md").read_text(encoding="utf-8").partition("## Every route")[2]
    cells: dict[str, dict[str, str]] = {}
    columns: list[str] = []
    for line in re.findall(r"^\| (.*) \|$", text, re.MULTILINE):
        first, *others = (cell.strip() for cell in line.split(" | "))
        if first == "route":
            columns = others
        elif first.startswith("`"):
            cells.setdefault(first.strip("`"), {}).update(zip(columns, others, strict=True))
    return cells


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
    """A deployed app with a turn and a paid trip of its owner, who signs in."""

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
        [stored] = caller.conversations("c-1")
        turn = self.stores.conversations.claim(Post("a trip", stored, None, "hash", NOW, owner=caller.owner))
        call = TripCall(trip=TRIP, kind="travel", request=request())
        self.stores.conversations.decide(turn, (call,), None, None, "offline")
        self.stores.conversations.finish(turn, "Booked.")
        self.stores.quotes.add(a_quote(stored))
        self.stores.quotes.offer(QUOTE, OFFER)
        self.stores.ledger.open(new_trip(conversation=stored))
        paid(self.stores.ledger, "hotel")
        self.stores.ledger.close(TripOutcome(status="confirmed", id=TRIP, kind="travel"), 1, 0)

    def of(self, asking: Asking) -> ApiServices:
        """Return the services of the app that the caller asks."""
        settings = self.settings.model_copy(update={"website_auth_enabled": asking.signs_in})
        return replace(self.services, settings=settings)

    def headers(self, asking: Asking) -> dict[str, str]:
        """Return the headers of a caller; a session is begun for it."""
        if asking.token is None:
            return dict(asking.headers)
        begun = NOW - timedelta(days=31) if asking.token == "expired" else NOW
        secret = b"another" if asking.token == "forged" else self.stores.sessions.signing_secret()
        token = token_of(new_session(begun), secret)
        return {**asking.headers, **({"cookie": f"__Host-session={token}"} if asking.in_cookie else bearer(token))}

    def asked(self, route: str, headers: Mapping[str, str]) -> func.HttpRequest:
        method = route.partition(" ")[0]
        return HttpRequest(
            method,
            f"{SITE}/api/any",
            headers={**JSON, **headers, "if-match": '"1"'},
            params=QUERIES.get(route, {}),
            route_params=ROUTE_PARAMS | ({"id": QUOTE} if "quotes" in route else {}),
            body_type="bytes",
            body=json.dumps(BODIES.get(route, {})).encode(),
        )


def test_every_route_has_a_row_and_a_handler_here() -> None:
    assert {route: cells["host"] for route, cells in rows().items()} == registered()
    assert set(HANDLERS) == set(rows())
    assert {frozenset(cells) for cells in rows().values()} == {frozenset({"host", *CALLERS})}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("route", HANDLERS)
def test_who_may_ask(route: str, caller: str, tmp_path: Path) -> None:
    app = OwnedApp(tmp_path)
    asyncio.run(app.fill())
    asking = CALLERS[caller]
    with serving(app.of(asking)):
        response = asyncio.run(answered(HANDLERS[route](app.asked(route, app.headers(asking)), app.durable), "change"))
    assert response.status_code == int(rows()[route][caller]), response.get_body()
