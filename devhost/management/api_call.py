"""One request to the management API: what its endpoints share."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from devhost.engine.engine import Engine
from devhost.functions.binding import DEFAULT_CONNECTION, Endpoints
from devhost.wire.arguments import Arguments
from devhost.wire.replies import WENT_WRONG, failure, json_complaint, parsed_json
from devhost.wire.wire import Incoming, Reply, json_reply

T = TypeVar("T")
NOT_FOUND = Reply(404)
NEXT_PAGE = "x-ms-continuation-token"


class Refused(Exception):  # noqa: N818 - carries a reply, is no error of the host
    """Ends a call with this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class ApiCall:
    """The request with its query read. `rpc` says that it came to the base of the SDK's client."""

    def __init__(self, engine: Engine, endpoints: Endpoints, incoming: Incoming, rpc: bool) -> None:
        self.engine, self.endpoints, self.incoming, self.rpc = engine, endpoints, incoming, rpc
        self.arguments = Arguments(incoming.query)

    async def accepted(self, operation: Callable[[], Future[Any]]) -> Reply:
        await done(operation())
        return Reply(202)

    def page(self, text: str, token: str | None) -> Reply:
        headers = [(NEXT_PAGE, token or "")] if token or self.rpc else []
        return json_reply(200, text, headers)

    async def parsed(self, body: bytes) -> Any:
        try:
            return await parsed_json(body)
        except ValueError as error:
            kind = "Newtonsoft.Json.JsonReaderException"
            raise Refused(failure(400, "Invalid JSON content", kind, json_complaint(body, error))) from None

    def check_hub(self) -> None:
        hub, connection = self.arguments.text("taskHub"), self.arguments.text("connection")
        if hub and hub.lower() != self.endpoints.hub_name.lower():
            raise Refused(NOT_FOUND)
        if connection and connection.lower() != DEFAULT_CONNECTION.lower() and not _is_connection(connection):
            text = f"Unable to resolve the Azure Storage connection named '{connection}'."
            raise Refused(failure(500, WENT_WRONG, "System.InvalidOperationException", text))

    def media_type(self) -> str | None:
        header = self.incoming.header("content-type")
        return None if header is None else header.partition(";")[0].strip().lower()


async def done(future: Future[T]) -> T:
    """The future's result. A client that goes away does not undo what it asked for."""
    return await asyncio.shield(asyncio.wrap_future(future))


def _is_connection(name: str) -> bool:
    """Whether a setting holds a connection of this name, under one of the ways to write it."""
    wanted = {name.lower(), f"azurewebjobs{name}".lower()}
    return any(key.lower() in wanted or key.lower().startswith(f"{name}__".lower()) for key in os.environ)
