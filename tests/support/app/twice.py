"""Requests that may be delivered twice: one case for each route that changes something, on either store.

The registered functions are called as the Functions worker calls them; trips are driven step by step.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import azure.durable_functions as df
import azure.functions as func
import pytest

import api.blueprint
from activities import attention
from activities.services import ActivityServices as Desk
from api.durable_port import InstanceState
from api.services import ApiServices
from domain.attention.decisions import DecisionOrder
from domain.conversation.chat_turn import TurnRef
from domain.trip.outcomes import SagaInput
from domain.value import Value
from settings import Settings
from stores.opening import Stores, open_stores
from support.app.durable import FakeDurable
from support.app.http_calls import request
from support.orchestrations.settling import open_desk, open_trip, settle, steps

CONVERSATION = "conversation-1"
ELSEWHERE = "elsewhere"
Route = tuple[str, str]
"""Method and path of a route, as it is registered."""


@dataclass(frozen=True)
class HttpReply:
    """What came back of one delivery."""

    status: int
    body: Any

    @property
    def text(self) -> str:
        return json.dumps(self.body)


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

    def __init__(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = settings.model_copy(update={"chat_wait_seconds": 0})
        self.durable = SharedDurable()
        self.durable.on_start = self._answer_turn
        self.durable.on_other = self._decide
        self.is_slow = False
        """Whether the orchestration of a turn stays at work."""
        self.restart()
        self._functions = http_functions()
        monkeypatch.setattr(api.blueprint, "SdkDurable", self._durable_of)

    def _durable_of(self, client: Any) -> SharedDurable:
        return self.durable

    def restart(self) -> None:
        """Open everything anew, as an app does that was stopped."""
        self.stores: Stores = open_stores(self.settings)
        self.services = ApiServices(self.settings, self.stores, lambda: datetime.now(UTC))

    def desk(self, **dials: Any) -> Desk:
        return open_desk(**{**self.settings.model_dump(), **dials})

    def send(
        self, route: Route, names: Mapping[str, str], body: Any, key: str | None = None, **headers: str
    ) -> HttpReply:
        """Deliver one request."""
        sent = {"content-type": "application/json", **headers}
        if key is not None:
            sent["idempotency-key"] = key
        raw = b"" if body is None else json.dumps(body).encode()
        response: func.HttpResponse = asyncio.run(self._functions[route](request(raw, sent, route[0], **names)))
        text = response.get_body()
        return HttpReply(response.status_code, json.loads(text) if text else None)

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
        self.stores.conversations.decide(turn, (), "Where to?", None, "offline")

    def _decide(self, order: Value) -> Any:
        assert isinstance(order, DecisionOrder)
        return attention.decide(self.desk(), order).model_dump(mode="json")


Later = Callable[[RequestWorld, str], None]


def http_functions() -> dict[Route, Callable[..., Any]]:
    """Every HTTP function that reads or changes something of the app; each takes the request alone."""
    app = df.DFApp()
    app.register_functions(api.blueprint.bp)
    found: dict[Route, Callable[..., Any]] = {}
    for function in app.get_functions():
        trigger: Any = function.get_trigger()
        if trigger.route in ("problems", "{*path}"):
            # Both answer with words of the code alone.
            continue
        called = function.get_user_function()
        if with_client := getattr(called, "client_function", None):
            called = partial(with_client, client=None)
        found |= {(method.value, trigger.route): called for method in trigger.methods}
    return found


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
    same: Callable[[HttpReply], Any] = lambda reply: (reply.status, reply.body["command_id"], reply.body["id"])
    """What every delivery is answered alike."""
    headers: Callable[[RequestWorld, str], dict[str, str]] = lambda world, name: {}


def nothing(world: RequestWorld, trip: str) -> None:
    """The repeat comes at once."""


def ended(world: RequestWorld, trip: str) -> None:
    settle(world.desk(), trip)


def not_made(world: RequestWorld, trip: str) -> None:
    settle(world.desk(sim_reject_hotel=1), trip)


def until_charged(world: RequestWorld, trip: str) -> None:
    """The work stands right before the money is taken."""
    for step in steps(world.desk(), trip):
        if step.endswith("authorize"):
            return


def cancelled(world: RequestWorld, trip: str) -> None:
    """Another command came after the first, and the trip has ended."""
    assert world.send(CANCEL, {"id": trip}, None).status == 202
    settle(world.desk(), trip)


def _confirmed(world: RequestWorld, trip: str) -> None:
    open_trip(world.desk(), trip, "hotel")
    settle(world.desk(), trip)


def _waiting(world: RequestWorld, trip: str) -> None:
    open_trip(world.desk(), trip, "travel", on_failure="ask_me")
    settle(world.desk(sim_reject_car=1), trip)


def _parked(world: RequestWorld, trip: str) -> None:
    _confirmed(world, trip)
    assert world.send(CANCEL, {"id": trip}, None).status == 202
    settle(world.desk(sim_fail_refund=1), trip, attempts=1)


def _talked(world: RequestWorld, conversation: str) -> None:
    assert world.send(CHAT, {}, {"message": "hello", "conversation_id": conversation}).status in (200, 202)


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
