"""A deployed app that signs people in, on real stores in a folder: its routes, with a clock that the test moves."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import azure.functions as func
from azure.functions.http import HttpRequest

from api import me, sessions
from api.chat import handlers as chat
from api.identity.caller import traveller
from api.operations import handlers as operations
from api.problems import answered
from api.services import ApiServices
from api.trips import handlers as trips
from domain.conversation.turn import TripCall
from domain.trip.outcomes import TripEnd, TripOutcome
from settings import Settings
from stores.conversations import Post
from stores.opening import open_stores
from support.app.callers import SIGNED_IN, bearer
from support.app.durable import FakeDurable
from support.app.http_calls import JSON, Answered, answer_of
from support.stores.ledgers import new_trip, paid, request
from support.suppliers.companies import NOW

SITE = "https://travel.example"


class DeployedApp:
    """The app. Each call takes the headers of its caller."""

    def __init__(self, state: Path, **variables: Any) -> None:
        settings = Settings(state_dir=state, chat_wait_seconds=0, **(SIGNED_IN | variables))
        self.now: datetime = NOW
        # The store of a deployed app is shared by all instances; these tests do not depend on it.
        self.stores = replace(open_stores(settings), name="tables")
        self.services = ApiServices(settings, self.stores, lambda: self.now)
        self.durable = FakeDurable()

    def ask(
        self,
        method: str,
        handler: Any,
        who: Mapping[str, str],
        body: Any = None,
        query: Mapping[str, str] | None = None,
        **names: str,
    ) -> Answered:
        return answer_of(self.response(method, handler, who, body, query, **names))

    def response(
        self,
        method: str,
        handler: Any,
        who: Mapping[str, str],
        body: Any = None,
        query: Mapping[str, str] | None = None,
        **names: str,
    ) -> func.HttpResponse:
        sent = HttpRequest(
            method,
            f"{SITE}/api/any",
            headers={"host": "travel.example", **JSON, **who},
            params=dict(query or {}),
            route_params=names,
            body_type="bytes",
            body=json.dumps(body if body is not None else {}).encode(),
        )
        takes_durable = handler in (chat.post_chat, chat.get_turn, chat.forget_conversation, trips.cancel, me.forget_me)
        return asyncio.run(answered(handler(sent, self.durable) if takes_durable else handler(sent), "change"))

    def begin(self, who: Mapping[str, str] | None = None, **body: Any) -> Answered:
        return self.ask("POST", sessions.begin, who or {}, {"token": True, **body})

    def session(self) -> dict[str, str]:
        """Begin a session, and return the headers of its traveller."""
        return bearer(self.begin().body["token"])

    def code(self, who: Mapping[str, str]) -> str:
        return self.ask("POST", sessions.link, who).body["code"]

    def say(self, who: Mapping[str, str], message: str = "hello", key: str | None = None, **body: Any) -> Answered:
        headers = {**who, **({"idempotency-key": key} if key else {})}
        return self.ask("POST", chat.post_chat, headers, {"message": message, **body})

    def turn(self, who: Mapping[str, str], conversation: str) -> Answered:
        return self.ask("GET", chat.get_turn, who, conversation_id=conversation, turn="1")

    def trips(self, who: Mapping[str, str], **query: str) -> Answered:
        return self.ask("GET", trips.list_trips, who, query=query)

    def status(self, who: Mapping[str, str], trip: str) -> Answered:
        return self.ask("GET", trips.get_travel_status, who, id=trip)

    def search(self, who: Mapping[str, str], **query: str) -> Answered:
        return self.ask("GET", operations.trips, who, query=query)

    def forget_me(self, who: Mapping[str, str], key: str | None = None) -> Answered:
        return self.ask("DELETE", me.forget_me, {**who, **({"idempotency-key": key} if key else {})})

    def owner(self, who: Mapping[str, str]) -> str | None:
        sent = HttpRequest("GET", SITE, headers=dict(who), params={}, route_params={}, body_type="bytes", body=b"")
        return asyncio.run(traveller(sent, self.services)).owner

    def books(
        self,
        who: Mapping[str, str],
        trip: str,
        conversation: str = "c-1",
        destination: str = "Paris",
        ends_as: TripEnd | None = "confirmed",
    ) -> None:
        """Let a turn of the caller book a trip whose hotel is paid, and end it unless it stays open."""
        owner = self.owner(who)
        stored = conversation if owner is None else f"{owner}.{conversation}"
        wish = request(destination=destination)
        turn = self.stores.conversations.claim(Post("a trip", stored, None, "hash", self.now, owner=owner))
        self.stores.conversations.decide(turn, (TripCall(trip=trip, kind="travel", request=wish),), None, None, "m")
        self.stores.conversations.finish(turn, "Booked.")
        self.stores.ledger.open(replace(new_trip(trip, conversation=stored), request=wish))
        paid(self.stores.ledger, "hotel", trip)
        if ends_as:
            self.stores.ledger.close(TripOutcome(status=ends_as, id=trip, kind="travel"), 1, 0)
