"""The part that all endpoints of the management API share: one request with its query."""

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


class RefusedCall(Exception):  # noqa: N818 - carries a reply, is no error of the host
    """The end of a call with this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class ApiCall:
    """A request to the management API; `rpc`: it came to the base of the SDK's client."""

    def __init__(self, engine: Engine, endpoints: Endpoints, incoming: Incoming, rpc: bool) -> None:
        self.engine, self.endpoints, self.incoming, self.rpc = engine, endpoints, incoming, rpc
        self.arguments = Arguments(incoming.query)

    async def accepted(self, operation: Callable[[], Future[Any]]) -> Reply:
        """Wait for the operation, and answer 202."""
        await done(operation())
        return Reply(202)

    def page(self, text: str, token: str | None) -> Reply:
        """Answer with one page of a list; the SDK's base always sends the continuation header (`list_api`)."""
        headers = [(NEXT_PAGE, token or "")] if token or self.rpc else []
        return json_reply(200, text, headers)

    async def parsed(self, body: bytes) -> Any:
        """Parse the body as JSON. Raises RefusedCall with the real host's 400."""
        try:
            return await parsed_json(body)
        except ValueError as error:
            kind = "Newtonsoft.Json.JsonReaderException"
            raise RefusedCall(failure(400, "Invalid JSON content", kind, json_complaint(body, error))) from None

    def check_hub(self) -> None:
        """Refuse a request for another task hub or connection (docs/devhost/behaviour.md, section 2.1)."""
        hub, connection = self.arguments.text("taskHub"), self.arguments.text("connection")
        if hub and hub.lower() != self.endpoints.hub_name.lower():
            raise RefusedCall(NOT_FOUND)
        if connection and connection.lower() != DEFAULT_CONNECTION.lower() and not _is_connection(connection):
            text = f"Unable to resolve the Azure Storage connection named '{connection}'."
            raise RefusedCall(failure(500, WENT_WRONG, "System.InvalidOperationException", text))

    def media_type(self) -> str | None:
        """Return the media type of the body, in lower case and without parameters."""
        header = self.incoming.header("content-type")
        return None if header is None else header.partition(";")[0].strip().lower()


async def done(future: Future[T]) -> T:
    """Wait for the future's result."""
    # Shielded: a client that disconnects does not cancel the operation that it has sent.
    return await asyncio.shield(asyncio.wrap_future(future))


def _is_connection(name: str) -> bool:
    """Return whether a setting holds a connection of this name, in one of its spellings."""
    spellings = {name.lower(), f"azurewebjobs{name}".lower()}
    prefix = f"{name}__".lower()
    return any(key.lower() in spellings or key.lower().startswith(prefix) for key in os.environ)
