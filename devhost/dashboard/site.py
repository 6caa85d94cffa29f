"""The dashboard at /devhost/: the page's files, and the parent and children of an instance."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qsl

from devhost.auth import Access
from devhost.engine.engine import Engine
from devhost.protocol.events import Event, EventType
from devhost.wire.wire import Incoming, Reply, json_reply

DASHBOARD_PATH = "/devhost"
_PAGE = Path(__file__).parent / "page"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_ENDED = (EventType.CHILD_COMPLETED, EventType.CHILD_FAILED)
# The page has no inline script and no source but this host, and shows what apps have stored.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = [
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
]


class Dashboard:
    """Answers paths below /devhost.

    With keys, a request without one for the document gets 401 with the page all the same, which then asks for the
    key. Its scripts and styles need no key: they are the same for everybody and contain nothing of the app.
    """

    def __init__(self, engine: Engine, access: Access) -> None:
        self._engine, self._access = engine, access
        self._files = {f"/{file.name}": file for file in _PAGE.iterdir() if file.suffix in _TYPES}

    async def answer(self, incoming: Incoming, below: str) -> Reply:
        """Answer a request for the path `below` /devhost."""
        if incoming.method not in ("GET", "HEAD"):
            return Reply(404)
        if below == "":
            # With the slash, the page's relative addresses lie below /devhost/.
            query = incoming.target.removeprefix(incoming.path)
            return Reply(308, [("Location", f"{incoming.path}/{query}"), *_HEADERS])
        is_open = self._access.opens_api(incoming)
        if below == "/":
            return self._file("/index.html", 200 if is_open else 401)
        if below == "/relatives":
            return await self._relatives(incoming) if is_open else Reply(401)
        if below in self._files:
            return self._file(below, 200)
        return Reply(404)

    def _file(self, name: str, status: int) -> Reply:
        file = self._files[name]
        kind = ("Content-Type", f"{_TYPES[file.suffix]}; charset=utf-8")
        return Reply(status, [kind, *_HEADERS], file.read_bytes())

    async def _relatives(self, incoming: Incoming) -> Reply:
        """Answer with `{"parent": id or null, "children": [ids]}` of `instanceId`.

        The management API has no parent, and no ids in the rows of `historyEvents` that end a sub-orchestration;
        the children are in the order of those rows.
        """
        instance_id = dict(parse_qsl(incoming.query)).get("instanceId", "")
        row = self._engine.get_instance(instance_id)
        if row is None:
            return Reply(404)
        # A long history takes a while to read.
        history = await asyncio.to_thread(self._engine.history, instance_id)
        relatives = {"parent": row.parent_instance_id, "children": _ended_children(history)}
        return json_reply(200, json.dumps(relatives), _HEADERS)


def _ended_children(history: Sequence[Event]) -> list[str]:
    created: dict[int, str] = {}
    ended: list[str] = []
    for event in history:
        if event["EventType"] == EventType.CHILD_CREATED:
            created[event["EventId"]] = str(event["InstanceId"])
        elif event["EventType"] in _ENDED:
            ended.append(created.get(event["TaskScheduledId"], ""))
    return ended
