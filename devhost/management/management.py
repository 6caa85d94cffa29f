"""The management API of Durable Functions, the same on both of its bases; thin over the engine's client operations."""

from collections.abc import Awaitable, Sequence
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
from devhost.management.api_call import NOT_FOUND, Refused
from devhost.management.entity_calls import EntityCalls
from devhost.management.history_view import SameKeyError
from devhost.management.instance_calls import InstanceCalls
from devhost.wire.replies import WENT_WRONG, WRONG_ARGUMENT, failure, message
from devhost.wire.wire import Incoming, Reply, dump, json_reply


class Management:
    """Answers requests below one base. `rpc` says that it is the base of the SDK's client."""

    def __init__(self, engine: Engine, endpoints: Endpoints) -> None:
        self._engine, self._endpoints = engine, endpoints

    async def answer(self, incoming: Incoming, below: str, *, rpc: bool) -> Reply:
        """`below` is the raw path below the base. Unknown paths and verbs are 404 with no body."""
        path = unquote(below).removeprefix("/")
        parts = [unquote_plus(part) for part in path.removesuffix("/").split("/")]
        try:
            called = self._call(incoming, parts, path.endswith("/"), rpc)
            return NOT_FOUND if called is None else await called
        except Refused as refused:
            return refused.reply
        except InstanceNotFound:
            return NOT_FOUND
        except InstanceTerminal:
            return Reply(410)
        except InstanceExists as error:
            return message(409, str(error))
        except InstanceNotTerminal as error:
            return json_reply(412, dump(str(error)))
        except WrongState as error:
            return failure(500, WENT_WRONG, "System.InvalidOperationException", str(error))
        except (UnknownFunction, BadRequest) as error:
            return message(400, str(error))
        except EngineStopped as error:
            return message(503, str(error))
        except SameKeyError as error:
            return failure(400, WRONG_ARGUMENT, "System.ArgumentException", str(error))
        except Exception as error:
            log.exception("%s %s could not be answered", incoming.method, incoming.path)
            return failure(500, WENT_WRONG, type(error).__name__, str(error))

    def _call(self, incoming: Incoming, parts: Sequence[str], slash: bool, rpc: bool) -> Awaitable[Reply] | None:
        """The endpoint for the decoded path; `slash` says that the path ends with one. None if there is no such."""
        instances = InstanceCalls(self._engine, self._endpoints, incoming, rpc)
        entities = EntityCalls(self._engine, self._endpoints, incoming, rpc)
        instances.check_hub()
        if not all(parts):
            return None
        operation = parts[2].lower() if len(parts) > 2 else ""
        match incoming.method, parts[0].lower(), *parts[1:]:
            case "POST", "orchestrators", name:
                return instances.start(name, None)
            case "POST", "orchestrators", name, id:
                return instances.start(name, id)
            case "GET", "instances":
                return instances.list()
            case "DELETE", "instances":
                return instances.purge_many()
            case "GET", "instances", id:
                return instances.status(id)
            case "DELETE", "instances", id:
                return instances.purge(id)
            case "POST", "instances", id, _, event if operation == "raiseevent" and not slash:
                return instances.raise_event(id, event)
            case "POST", "instances", id, _ if (steer := instances.steering.get(operation)) is not None:
                return steer(id)
            case "GET", "entities":
                return entities.list("")
            case "GET", "entities", name:
                return entities.list(name)
            case "GET", "entities", name, key:
                return entities.read(name, "" if key == "$" else key)
            case "POST", "entities", name:
                return entities.signal(name, "")
            case "POST", "entities", name, key:
                return entities.signal(name, key)
            case "DELETE", "entities", name, key:
                return entities.delete(name, key)
            case "POST", "makeprimary":
                return _nothing()
            case _:
                return None


async def _nothing() -> Reply:
    return Reply(200)
