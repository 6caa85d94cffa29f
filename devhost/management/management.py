"""The management API of Durable Functions, the same on both of its bases (docs/devhost/behaviour.md, section 2.3)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from urllib.parse import unquote, unquote_plus

from devhost.engine.engine import Engine
from devhost.errors import (
    BadRequest,
    EngineStopped,
    InstanceExists,
    InstanceNotFound,
    InstanceNotTerminal,
    InstanceTerminal,
    UnknownFunction,
    WrongState,
)
from devhost.functions.binding import Endpoints
from devhost.logs import log
from devhost.management.api_call import NOT_FOUND, RefusedCall
from devhost.management.entity_calls import EntityCalls
from devhost.management.history_view import SameKeyError
from devhost.management.instance_calls import InstanceCalls
from devhost.wire.replies import WENT_WRONG, WRONG_ARGUMENT, failure, message
from devhost.wire.wire import Incoming, Reply, dump, json_reply

_REPLIES: dict[type[Exception], Callable[[Exception], Reply]] = {
    InstanceNotFound: lambda error: NOT_FOUND,
    InstanceTerminal: lambda error: Reply(410),
    InstanceExists: lambda error: message(409, str(error)),
    InstanceNotTerminal: lambda error: json_reply(412, dump(str(error))),
    WrongState: lambda error: failure(500, WENT_WRONG, "System.InvalidOperationException", str(error)),
    UnknownFunction: lambda error: message(400, str(error)),
    BadRequest: lambda error: message(400, str(error)),
    EngineStopped: lambda error: message(503, str(error)),
    SameKeyError: lambda error: failure(400, WRONG_ARGUMENT, "System.ArgumentException", str(error)),
}
"""The response to each error of an endpoint, unless the endpoint has its own for it."""


class Management:
    """Answers the requests below both bases."""

    # Reads at a time: each may need many times the memory of what it reads.
    READS = 2

    def __init__(self, engine: Engine, endpoints: Endpoints) -> None:
        self._engine, self._endpoints = engine, endpoints
        self._reads = asyncio.Semaphore(self.READS)

    async def answer(self, incoming: Incoming, below: str, *, rpc: bool) -> Reply:
        """Answer the request for the raw path `below` a base; `rpc`: it is the base of the SDK's client.

        Unknown paths and verbs are 404 without a body.
        """
        # Paths are decoded twice, as on the real host (docs/devhost/behaviour.md, section 2.3).
        path = unquote(below).removeprefix("/")
        parts = [unquote_plus(part) for part in path.removesuffix("/").split("/")]
        try:
            # No read waits for something else, so each gets its turn.
            async with self._reads if incoming.method == "GET" else nullcontext():
                called = self._call(incoming, parts, path.endswith("/"), rpc)
                return NOT_FOUND if called is None else await called
        except RefusedCall as refused:
            return refused.reply
        except tuple(_REPLIES) as error:
            log.warning("Refused: %s %s: %s", incoming.method, below, error)
            return _REPLIES[type(error)](error)
        except Exception as error:
            log.exception("%s %s could not be answered", incoming.method, incoming.path)
            return failure(500, WENT_WRONG, type(error).__name__, str(error))

    def _call(self, incoming: Incoming, parts: Sequence[str], slash: bool, rpc: bool) -> Awaitable[Reply] | None:
        """Return the call of the endpoint for the decoded path, None if there is none.

        `slash` says that the path ends with one.
        """
        instances = InstanceCalls(self._engine, self._endpoints, incoming, rpc)
        # Before anything else: another hub knows none of these instances.
        instances.check_hub()
        if not all(parts):
            return None
        match incoming.method, parts[0].lower():
            case _, "entities":
                return _entity_call(EntityCalls(self._engine, self._endpoints, incoming, rpc), parts[1:])
            case _, "instances":
                return _instance_call(instances, parts[1:], slash)
            case "POST", "orchestrators" if len(parts) in (2, 3):
                return instances.start(parts[1], parts[2] if len(parts) == 3 else None)
            case "POST", "makeprimary" if len(parts) == 1:
                return _nothing()
            case _:
                return None


def _instance_call(calls: InstanceCalls, parts: Sequence[str], slash: bool) -> Awaitable[Reply] | None:
    operation = parts[1].lower() if len(parts) > 1 else ""
    match calls.incoming.method, *parts:
        case ["GET"]:
            return calls.list()
        case ["DELETE"]:
            return calls.purge_many()
        case "GET", id:
            return calls.status(id)
        case "DELETE", id:
            return calls.purge(id)
        case "POST", id, _, event if operation == "raiseevent" and not slash:
            return calls.raise_event(id, event)
        case "POST", id, _ if operation in calls.operations:
            return calls.operations[operation](id)
        case _:
            return None


def _entity_call(calls: EntityCalls, parts: Sequence[str]) -> Awaitable[Reply] | None:
    match calls.incoming.method, *parts:
        case ["GET"]:
            return calls.list("")
        case "GET", name:
            return calls.list(name)
        case "GET", name, key:
            # `$` stands for the empty key, which a path cannot hold.
            return calls.read(name, "" if key == "$" else key)
        case "POST", name:
            return calls.signal(name, "")
        case "POST", name, key:
            return calls.signal(name, key)
        case "DELETE", name, key:
            return calls.delete(name, key)
        case _:
            return None


async def _nothing() -> Reply:
    return Reply(200)
