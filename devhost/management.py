"""The management API of Durable Functions, the same on both of its bases; thin over the engine's client operations."""

import asyncio
import math
import os
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar
from urllib.parse import unquote, unquote_plus

from devhost.arguments import Arguments
from devhost.binding import DEFAULT_CONNECTION, Endpoints, check_status_payload
from devhost.engine import Engine
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
from devhost.history_view import SameKeyError, history_events
from devhost.instance_view import entity_object, status_object
from devhost.logs import log
from devhost.records import TERMINAL, EntityFilter, InstanceFilter, InstanceRow
from devhost.wire import Incoming, Reply, compact, dump, json_array, json_reply, strict_loads

T = TypeVar("T")
_NOT_FOUND = Reply(404)
_ACCEPTED = Reply(202)
_FRAMES = "   at devhost.management"
_WRONG_ARGUMENT = "One or more of the arguments submitted is incorrect"
_WENT_WRONG = "Something went wrong while processing your request"
_NEXT_PAGE = "x-ms-continuation-token"
_LARGE = 1_000_000


class Management:
    """Answers requests below one base. `rpc` says that it is the base of the SDK's client."""

    def __init__(self, engine: Engine, endpoints: Endpoints) -> None:
        self._engine, self._endpoints = engine, endpoints

    async def answer(self, incoming: Incoming, below: str, *, rpc: bool) -> Reply:
        """`below` is the raw path below the base. Unknown paths and verbs are 404 with no body."""
        call = _Call(self._engine, self._endpoints, incoming, rpc)
        try:
            return await call.answer(below)
        except _Refused as refused:
            return refused.reply
        except InstanceNotFound:
            return _NOT_FOUND
        except InstanceTerminal:
            return Reply(410)
        except InstanceExists as error:
            return message(409, str(error))
        except InstanceNotTerminal as error:
            return json_reply(412, dump(str(error)))
        except WrongState as error:
            return failure(500, _WENT_WRONG, "System.InvalidOperationException", str(error))
        except (UnknownFunction, BadRequest) as error:
            return message(400, str(error))
        except EngineStopped as error:
            return message(503, str(error))
        except SameKeyError as error:
            return failure(400, _WRONG_ARGUMENT, "System.ArgumentException", str(error))
        except Exception as error:
            log.exception("%s %s could not be answered", incoming.method, incoming.path)
            return failure(500, _WENT_WRONG, type(error).__name__, str(error))


def message(status: int, text: str) -> Reply:
    """The short form of an error."""
    return json_reply(status, dump({"Message": text}))


def failure(status: int, text: str, kind: str, detail: str) -> Reply:
    """The long form of an error, with the exception."""
    return json_reply(
        status,
        dump({"Message": text, "ExceptionMessage": detail, "ExceptionType": kind, "StackTrace": _FRAMES}),
    )


class _Refused(Exception):  # noqa: N818 - carries a reply, is no error of the host
    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class _Call:
    """One request to the management API."""

    def __init__(self, engine: Engine, endpoints: Endpoints, incoming: Incoming, rpc: bool) -> None:
        self._engine, self._endpoints, self._incoming, self._rpc = engine, endpoints, incoming, rpc
        self._arguments = Arguments(incoming.query)

    async def answer(self, below: str) -> Reply:
        path = unquote(below).removeprefix("/")
        parts = [unquote_plus(part) for part in path.removesuffix("/").split("/")]
        self._check_hub()
        handler = self._handler(self._incoming.method, parts, path.endswith("/"))
        return _NOT_FOUND if handler is None else await handler

    def _handler(self, method: str, parts: Sequence[str], slash: bool) -> Awaitable[Reply] | None:
        head, given = parts[0].lower(), list(parts[1:])
        if not all(given):
            return None
        match method, head, [p.lower() if n == 1 else p for n, p in enumerate(given)]:
            case "POST", "orchestrators", [name]:
                return self._start(name, None)
            case "POST", "orchestrators", [name, _]:
                return self._start(name, given[1])
            case "GET", "instances", []:
                return self._list()
            case "DELETE", "instances", []:
                return self._purge_many()
            case "GET", "instances", [id]:
                return self._status(id)
            case "DELETE", "instances", [id]:
                return self._purge(id)
            case "POST", "instances", [id, "raiseevent", event] if not slash:
                return self._raise_event(id, event)
            case "POST", "instances", [id, "terminate"]:
                return self._accepted(lambda: self._engine.terminate(id, self._arguments.text("reason")))
            case "POST", "instances", [id, "suspend"]:
                return self._accepted(lambda: self._engine.suspend(id, self._arguments.text("reason")))
            case "POST", "instances", [id, "resume"]:
                return self._accepted(lambda: self._engine.resume(id, self._arguments.text("reason")))
            case "POST", "instances", [id, "rewind"]:
                return self._rewind(id)
            case "POST", "instances", [id, "restart"]:
                return self._restart(id)
            case "GET", "entities", []:
                return self._list_entities("")
            case "GET", "entities", [name]:
                return self._list_entities(name)
            case "GET", "entities", [name, _]:
                return self._entity(name, "" if given[1] == "$" else given[1])
            case "POST", "entities", [name]:
                return self._signal(name, "")
            case "POST", "entities", [name, _]:
                return self._signal(name, given[1])
            case "DELETE", "entities", [name, _]:
                key = given[1]
                return self._accepted(lambda: self._engine.signal_entity(name, key, "delete", '""'))
            case "POST", "makeprimary", []:
                return self._nothing()
            case _:
                return None

    # ---- orchestrations

    async def _start(self, name: str, instance_id: str | None) -> Reply:
        body = self._incoming.body
        text = None
        if body.strip():
            await self._parsed(body)
            text = body.decode("utf-8-sig")
        version = self._arguments.text("version")
        started = self._engine.start_instance(name, None, instance_id, version, input_text=text)
        return await self._started(await _done(started))

    async def _restart(self, instance_id: str) -> Reply:
        new_id = self._arguments.flag("restartWithNewInstanceId", True)
        try:
            started = await _done(self._engine.restart(instance_id, new_id))
        except InstanceNotFound:
            text = f"No instance with ID '{instance_id}' was found. (Parameter 'instanceId')"
            wrong = "InstanceId does not match a valid orchestration instance."
            return failure(400, wrong, "System.ArgumentException", text)
        except (InstanceExists, WrongState):
            text = "A non-terminal instance with this instance ID already exists."
            return failure(409, text, "System.InvalidOperationException", text)
        return await self._started(started)

    async def _started(self, instance_id: str) -> Reply:
        wait = self._wait()
        if wait is not None and (ended := await self._ended(instance_id, *wait)) is not None:
            if ended.status == "Completed":
                return json_reply(200, ended.output or "null")
            return json_reply(200, status_object(ended, show_input=True))
        payload = check_status_payload(self._endpoints, self._incoming.origin, instance_id)
        headers = [("Location", payload["statusQueryGetUri"]), ("Retry-After", "10")]
        return json_reply(202, dump(payload), headers)

    async def _ended(self, instance_id: str, longest: float, interval: float) -> InstanceRow | None:
        """The instance once it has ended, None if it has not within `longest` seconds."""
        deadline = time.monotonic() + longest
        while True:
            row = self._engine.get_instance(instance_id)
            if row is not None and row.status in TERMINAL:
                return row
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            await asyncio.sleep(min(left, max(interval, 0.01)))

    async def _status(self, instance_id: str) -> Reply:
        row = self._engine.get_instance(instance_id)
        if row is None:
            return _NOT_FOUND
        show_input = self._arguments.flag("showInput", True)
        history = None
        if self._arguments.flag("showHistory", False) and row.status != "Pending":
            show_output = self._arguments.flag("showHistoryOutput", False)
            history = await asyncio.to_thread(
                lambda: history_events(
                    self._engine.history(instance_id), show_input=show_input, show_output=show_output
                )
            )
        text = status_object(row, show_input=show_input, history=history)
        if row.status in TERMINAL:
            failed = row.status == "Failed" and self._arguments.flag("returnInternalServerErrorOnFailure", False)
            return json_reply(500 if failed else 200, text)
        location = self._incoming.origin + self._incoming.target
        return json_reply(202, text, [("Location", location), ("Retry-After", "5")])

    async def _list(self) -> Reply:
        wanted = InstanceFilter(
            self._arguments.time("createdTimeFrom"),
            self._arguments.time("createdTimeTo"),
            self._arguments.statuses(),
            self._arguments.text("instanceIdPrefix") or "",
        )
        show_input = self._arguments.flag("showInput", True)

        def read() -> tuple[str, str | None]:
            page = self._engine.list_instances(wanted, self._arguments.top(), self._incoming.header(_NEXT_PAGE))
            return json_array(status_object(row, show_input=show_input) for row in page.rows), page.token

        return self._page(*await asyncio.to_thread(read))

    async def _purge(self, instance_id: str) -> Reply:
        deleted = await _done(self._engine.purge(instance_id))
        return json_reply(200, dump({"instancesDeleted": deleted}))

    async def _purge_many(self) -> Reply:
        since = self._arguments.time("createdTimeFrom")
        if since is None:
            return json_reply(400, dump("Please provide value for 'createdTimeFrom' parameter."))
        statuses = self._arguments.statuses() & TERMINAL
        if self._arguments.text("runtimeStatus") and not statuses:
            text = (
                "None of the given runtimeStatus values is a terminal one (Completed, Failed, Canceled, Terminated), "
                "and only instances that have ended are purged here. The real host would now delete every instance "
                "of the time range, running ones too."
            )
            log.warning("Purge refused: %s", text)
            return message(400, text)
        if not statuses:
            log.warning(
                "Purging instances that have ended only; without runtimeStatus the real host would delete running "
                "ones of the time range too"
            )
        wanted = InstanceFilter(since, self._arguments.time("createdTimeTo"), statuses or TERMINAL)
        deleted = await _done(self._engine.purge_many(wanted))
        return json_reply(200, dump({"instancesDeleted": deleted})) if deleted else _NOT_FOUND

    async def _raise_event(self, instance_id: str, event: str) -> Reply:
        row = self._engine.get_instance(instance_id)
        if row is None:
            return _NOT_FOUND
        if row.status in TERMINAL:
            return Reply(410)
        if (self._media_type() or "") != "application/json":
            return message(400, "Only application/json request content is supported")
        value = await self._parsed(self._incoming.body)
        return await self._accepted(lambda: self._engine.raise_event(instance_id, event, compact(value)))

    async def _rewind(self, instance_id: str) -> Reply:
        try:
            return await self._accepted(lambda: self._engine.rewind(instance_id, self._arguments.text("reason")))
        except InstanceNotFound:
            return json_reply(404, dump(f'No orchestration with instance ID "${instance_id}" found.'))
        except (WrongState, InstanceTerminal) as error:
            return json_reply(412, dump(str(error)))

    # ---- entities

    async def _entity(self, name: str, key: str) -> Reply:
        row = self._engine.get_entity(name, key)
        return _NOT_FOUND if row is None else json_reply(200, row.state or "null")

    async def _list_entities(self, name: str) -> Reply:
        wanted = EntityFilter(
            name, self._arguments.time("lastOperationTimeFrom"), self._arguments.time("lastOperationTimeTo")
        )
        fetch = self._arguments.flag("fetchState", False)

        def read() -> tuple[str, str | None]:
            page = self._engine.list_entities(wanted, self._arguments.top(), self._incoming.header(_NEXT_PAGE))
            return json_array(entity_object(row, fetch) for row in page.rows), page.token

        return self._page(*await asyncio.to_thread(read))

    async def _signal(self, name: str, key: str) -> Reply:
        body = self._incoming.body
        given: str | None = None
        if body:
            if self._media_type() == "text/plain":
                given = compact(body.decode("utf-8", "replace"))
            else:
                try:
                    given = compact(await _loads(body))
                except ValueError as error:
                    return message(400, f"Could not parse JSON content: {_newtonsoft(body, error)}")
        operation = self._arguments.text("op") or ""
        return await self._accepted(lambda: self._engine.signal_entity(name, key, operation, given))

    # ---- parts

    async def _accepted(self, operation: Callable[[], Future[Any]]) -> Reply:
        await _done(operation())
        return _ACCEPTED

    async def _nothing(self) -> Reply:
        return Reply(200)

    def _page(self, text: str, token: str | None) -> Reply:
        headers = [(_NEXT_PAGE, token or "")] if token or self._rpc else []
        return json_reply(200, text, headers)

    async def _parsed(self, body: bytes) -> Any:
        try:
            return await _loads(body)
        except ValueError as error:
            kind = "Newtonsoft.Json.JsonReaderException"
            raise _Refused(failure(400, "Invalid JSON content", kind, _newtonsoft(body, error))) from None

    def _check_hub(self) -> None:
        hub, connection = self._arguments.text("taskHub"), self._arguments.text("connection")
        if hub and hub.lower() != self._endpoints.hub_name.lower():
            raise _Refused(_NOT_FOUND)
        if connection and connection.lower() != DEFAULT_CONNECTION.lower() and not _is_connection(connection):
            text = f"Unable to resolve the Azure Storage connection named '{connection}'."
            raise _Refused(failure(500, _WENT_WRONG, "System.InvalidOperationException", text))

    def _media_type(self) -> str | None:
        header = self._incoming.header("content-type")
        return None if header is None else header.partition(";")[0].strip().lower()

    def _wait(self) -> tuple[float, float] | None:
        """`timeout` and `pollingInterval` in seconds, None unless both are given as numbers."""
        timeout, interval = self._arguments.seconds("timeout"), self._arguments.seconds("pollingInterval")
        if timeout is None or interval is None:
            return None
        if math.isnan(timeout + interval) or math.isinf(timeout + interval) or interval < 0:
            text = "timeout and pollingInterval must be finite numbers of seconds, and not negative"
            raise _Refused(failure(400, _WRONG_ARGUMENT, "System.ArgumentException", text))
        if interval > timeout:
            raise _Refused(message(400, f"Total timeout {timeout:g} should be bigger than retry timeout {interval:g}"))
        return timeout, interval


async def _done(future: Future[T]) -> T:
    """The future's result. A client that goes away does not undo what it asked for."""
    return await asyncio.shield(asyncio.wrap_future(future))


async def _loads(body: bytes) -> Any:
    text = body.decode("utf-8-sig")
    return strict_loads(text) if len(text) < _LARGE else await asyncio.to_thread(strict_loads, text)


def _is_connection(name: str) -> bool:
    """Whether a setting holds a connection of this name, under one of the ways to write it."""
    wanted = {name.lower(), f"azurewebjobs{name}".lower()}
    return any(key.lower() in wanted or key.lower().startswith(f"{name}__".lower()) for key in os.environ)


def _newtonsoft(body: bytes, error: ValueError) -> str:
    """Why the real host's parser would refuse the body, for the usual cases in its own words."""
    text = body.decode("utf-8", "replace").lstrip()
    if not text:
        return "Error reading JToken from JsonReader. Path '', line 0, position 0."
    if not re.match(r"[\[{\"\d-]|true|false|null", text):
        return f"Unexpected character encountered while parsing value: {text[0]}. Path '', line 0, position 0."
    if re.fullmatch(r"\{\s*[A-Za-z_$][\w$]*", text):
        return f"Unexpected end while parsing unquoted property name. Path '', line 1, position {len(text)}."
    return f"The content is not valid JSON: {error}."
