"""Requests that may be delivered twice: one case for each route that changes something, on either store.

The registered functions are called as the Functions worker calls them; trips are driven by the host in memory.
"""

import asyncio
import hashlib
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import azure.durable_functions as df
import pytest

import api.blueprint
from activities import attention, quotes, turns
from api.durable_port import InstanceState
from api.services import ApiServices
from domain.attention.decisions import DecisionOrder
from domain.components import HOTEL, SAGA_OF
from domain.conversation.chat_turn import TurnRef
from domain.options import TripOptions
from domain.quotes.quote import Quote, QuoteRef
from domain.trip.outcomes import SagaInput
from domain.trip.requests import TripRequest
from domain.value import Value
from settings import Settings
from stores.opening import Stores, open_stores
from support.app.durable import FakeDurable
from support.app.http_calls import Answered, answer_of, request
from support.orchestrations.installation import MemoryInstallation
from support.orchestrations.services import RealActivities

CONVERSATION = "conversation-1"
ELSEWHERE = "elsewhere"
Route = tuple[str, str]
"""Method and path of a route, as it is registered."""


class SharedDurable(FakeDurable):
    """A durable host that several requests use at once; like the real one it starts no instance that is alive."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()

    async def start(self, orchestrator: str, instance_id: str, order: Value) -> None:
        with self._lock:
            if self.instances.get(instance_id) == "alive":
                return
            if isinstance(order, SagaInput):
                # The test takes the saga's steps itself.
                self.others.append((orchestrator, instance_id, order))
                self.instances[instance_id] = "alive"
            else:
                await super().start(orchestrator, instance_id, order)


class RequestWorld:
    """An installation on one of the stores, its HTTP functions, and companies that a test makes refuse or fail."""

    def __init__(self, settings: Settings, activities: RealActivities, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = settings.model_copy(update={"chat_wait_seconds": 0})
        self.house = MemoryInstallation(activities=activities, now=datetime.now(UTC), **self.settings.model_dump())
        self.durable = SharedDurable()
        # Turns need a model and are answered by the test; sagas are run by the house when a case says so.
        self.durable.on_start = self._answer_turn
        self.durable.on_other = self._decide
        self.is_slow = False
        """True if the orchestration of a turn stays at work."""
        self.restart()
        self._functions = http_functions()
        monkeypatch.setattr(api.blueprint, "SdkDurable", lambda client: self.durable)

    def restart(self) -> None:
        """Open everything anew, as an app does that was stopped."""
        self.stores: Stores = open_stores(self.settings)
        self.services = ApiServices(self.settings, self.stores, lambda: datetime.now(UTC))

    def work(self, trip: str, *, refused: str = "", stuck: str = "") -> None:
        """Let the saga of the last command go on to its end, with the companies refusing or failing at one point."""
        self.house.schedule.refusing, self.house.schedule.stuck = frozenset({refused}), frozenset({stuck})
        self.house.wake(trip)
        self.house.settle(trip)
        self.house.schedule.refusing = self.house.schedule.stuck = frozenset()

    def send(
        self, route: Route, names: Mapping[str, str], body: Any, key: str | None = None, **headers: str
    ) -> Answered:
        """Deliver one request."""
        sent = {"content-type": "application/json", **headers}
        if key is not None:
            sent["idempotency-key"] = key
        delivery = request(b"" if body is None else body, sent, route[0], **names)
        return answer_of(asyncio.run(self._functions[route](delivery)))

    def commands(self, trip: str) -> list[str]:
        return [command.id for command in self.stores.ledger.commands(trip)]

    def end_turns(self) -> None:
        """Let every turn that is claimed be answered."""
        for ref in self.durable.started:
            self._say(ref)
        self.durable.end_all()

    def _answer_turn(self, ref: TurnRef) -> InstanceState:
        if self.is_slow:
            return "alive"
        self._say(ref)
        return "ended"

    def _say(self, ref: TurnRef) -> None:
        turn = self.stores.conversations.turn(ref.conversation, ref.turn)
        assert turn
        if not turn.asked:
            self.stores.conversations.decide(turn, (), "Where to?", None, "offline")
            return
        # The request that waits for it has this thread's loop.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(turns.decide(self.house.services, ref))).result()

    def _decide(self, order: Value) -> Any:
        if isinstance(order, QuoteRef):
            return None
        assert isinstance(order, DecisionOrder)
        return attention.decide(self.house.services, order).model_dump(mode="json")


Later = Callable[[RequestWorld, str], None]


def http_functions() -> dict[Route, Callable[..., Any]]:
    """Return every HTTP function that reads or changes something of the app; each takes the request alone."""
    app = df.DFApp()
    app.register_functions(api.blueprint.bp)
    functions: dict[Route, Callable[..., Any]] = {}
    for function in app.get_functions():
        trigger: Any = function.get_trigger()
        if trigger.route in ("problems", "{*path}"):
            # Both answer with words of the code alone.
            continue
        called = function.get_user_function()
        if with_client := getattr(called, "client_function", None):
            called = partial(with_client, client=None)
        functions |= {(method.value, trigger.route): called for method in trigger.methods}
    return functions


@dataclass(frozen=True)
class RepeatedRequest:
    """A request of one route, the state in which it is accepted, and what may happen before it comes again."""

    names: Callable[[str], dict[str, str]]
    """The names in the path, for a trip or conversation of this name."""
    prepare: Later
    body: Any = None
    other_body: Any = None
    later: Mapping[str, Later] = field(default_factory=dict[str, Later])
    is_recognised_without_key: bool = True
    same: Callable[[Answered], Any] = lambda reply: (reply.status, reply.body["command_id"], reply.body["id"])
    """The part of the reply that is the same for every delivery."""
    headers: Callable[[RequestWorld, str], dict[str, str]] = lambda world, name: {}
    filled: Callable[[RequestWorld, str, Any], Any] = lambda world, name, body: body
    """Adds to a body what only the prepared state tells."""


def nothing(world: RequestWorld, trip: str) -> None:
    """The repeat comes at once."""


def ended(world: RequestWorld, trip: str) -> None:
    world.work(trip)


def not_made(world: RequestWorld, trip: str) -> None:
    world.work(trip, refused="hotel/hold")


def until_charged(world: RequestWorld, trip: str) -> None:
    """The work comes to the point right before the money is taken."""
    world.house.wake(trip)
    world.house.delivered.clear()
    while HOTEL.pay not in world.house.delivered:
        world.house.go_on(1)


def cancelled(world: RequestWorld, trip: str) -> None:
    """Another command came after the first, and the trip has ended."""
    assert world.send(CANCEL, {"id": trip}, None).status == 202
    world.work(trip)


def _confirmed(world: RequestWorld, trip: str) -> None:
    world.house.book("hotel", trip=trip)


def _waiting(world: RequestWorld, trip: str) -> None:
    house = world.house
    house.schedule.refusing = frozenset({"car/hold"})
    request = house.open(trip, on_failure="ask_me")
    house.host.start(SAGA_OF["travel"], trip, house.order(trip, request))
    # Not to the end: the deadline of the question would come.
    while house.status(trip) != "waiting":
        house.go_on(1)
    house.schedule.refusing = frozenset()


def _parked(world: RequestWorld, trip: str) -> None:
    _confirmed(world, trip)
    assert world.send(CANCEL, {"id": trip}, None).status == 202
    world.work(trip, stuck="hotel/refund")


def _talked(world: RequestWorld, conversation: str) -> None:
    assert world.send(CHAT, {}, {"message": "hello", "conversation_id": conversation}).status in (200, 202)


def quote_of(name: str) -> str:
    """Return the id of the quote of this name."""
    return "quote-" + hashlib.sha256(name.encode()).hexdigest()[:32]


def _quoted(world: RequestWorld, name: str) -> None:
    request = TripRequest(kind="hotel", destination="Paris", nights=2, date=datetime.now(UTC).date())
    quote = Quote(
        id=quote_of(name),
        conversation=name,
        turn=1,
        requests=(request,),
        options=TripOptions(),
        created=datetime.now(UTC),
    )
    world.stores.quotes.add(quote)
    quotes.price(world.house.services, QuoteRef(quote=quote.id))


def _with_hash(world: RequestWorld, name: str, body: Any) -> Any:
    quote = world.stores.quotes.quote(quote_of(name))
    assert quote
    assert quote.offer
    return body | {"hash": quote.offer.hash}


def _of_trip(name: str) -> dict[str, str]:
    return {"id": name}


def _version(world: RequestWorld, trip: str) -> dict[str, str]:
    row = world.stores.ledger.trip(trip)
    assert row
    return {"if-match": f'"{row.version}"'}


CHAT: Route = ("POST", "chat")
FORGET: Route = ("DELETE", "chat/{conversation_id}")
CANCEL: Route = ("DELETE", "trips/{id}/cancel")
MODIFY: Route = ("PUT", "trips/{id}/modify")
ANSWER: Route = ("POST", "trips/{id}/answer")
PRICE: Route = ("POST", "quotes")
APPROVE: Route = ("POST", "approvals/{quote}")
DECIDE: Route = ("POST", "operations/attention/{trip}/items/{item}")

CASES: dict[Route, RepeatedRequest] = {
    CHAT: RepeatedRequest(
        names=lambda name: {},
        prepare=nothing,
        body={"message": "hello"},
        other_body={"message": "good evening"},
        later={"at once": nothing, "answered": lambda world, _: world.end_turns()},
        is_recognised_without_key=False,
        same=lambda reply: (reply.body["conversation_id"], reply.body["turn"]),
    ),
    PRICE: RepeatedRequest(
        names=lambda name: {},
        prepare=nothing,
        body={"tool": "book_hotel", "arguments": {"destination": "Paris", "nights": 2}},
        other_body={"tool": "book_hotel", "arguments": {"destination": "Paris", "nights": 3}},
        later={"at once": nothing},
        is_recognised_without_key=False,
        same=lambda reply: reply.body["conversation_id"],
    ),
    APPROVE: RepeatedRequest(
        names=lambda name: {"quote": quote_of(name)},
        prepare=_quoted,
        body={"decision": "reject"},
        other_body={"decision": "change", "note": "three nights"},
        filled=_with_hash,
        later={"at once": nothing},
        same=lambda reply: (reply.status, reply.body),
    ),
    FORGET: RepeatedRequest(
        names=lambda name: {"conversation_id": name},
        prepare=_talked,
        later={"at once": nothing},
        same=lambda reply: (reply.status, reply.body),
    ),
    CANCEL: RepeatedRequest(names=_of_trip, prepare=_confirmed, later={"at once": nothing}),
    MODIFY: RepeatedRequest(
        names=_of_trip,
        prepare=_confirmed,
        body={"component": "hotel", "nights": 6},
        other_body={"component": "hotel", "nights": 7},
        later={
            "at once": nothing,
            "charging": until_charged,
            "made": ended,
            "not made": not_made,
            "cancelled": cancelled,
        },
    ),
    ANSWER: RepeatedRequest(
        names=_of_trip,
        prepare=_waiting,
        body={"choice": "keep"},
        other_body={"choice": "undo"},
        later={"at once": nothing, "kept": ended, "cancelled": cancelled},
    ),
    DECIDE: RepeatedRequest(
        names=lambda name: {"trip": name, "item": "hotel-refund-1"},
        prepare=_parked,
        body={"decision": "settled", "reason": "by bank transfer", "reference": "R-1"},
        other_body={"decision": "written_off", "reason": "nobody answers"},
        later={"at once": nothing, "closed": ended},
        headers=_version,
    ),
}
